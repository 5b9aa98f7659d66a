"""A server that speaks MongoDB's wire protocol, for tests."""

from collections.abc import Iterator

import pytest

from scripts.mongo_wire import MongoWireServer, private_mongo_wire


@pytest.fixture(scope="session")
def mongo_wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoWireServer]:
    """A server that stays up for the whole run; tests that kill it start it again."""
    with private_mongo_wire(tmp_path_factory.mktemp("mongo")) as server:
        yield server
