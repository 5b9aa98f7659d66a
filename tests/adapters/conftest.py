"""The servers that the adapters' tests talk to."""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from scripts.mongo_wire import private_mongo_wire
from tests.adapters.documents.stores import RUN, external_mongo


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for the whole run: `NEXUS_TEST_MONGO_URL`, else one of our own."""
    external = external_mongo()
    if external is not None:
        yield external
        tidy(external)
        return
    with private_mongo_wire(tmp_path_factory.mktemp("mongo") / "data") as server:
        yield server.url


def tidy(url: str) -> None:
    """Leave nothing behind on a server that is not ours."""
    with MongoClient(url) as client:
        for name in client.list_database_names():
            if name.startswith(f"nexus_test_{RUN}"):
                client.drop_database(name)
