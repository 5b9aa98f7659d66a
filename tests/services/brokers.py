"""RabbitMQ for tests: one private node for all of them."""

from collections.abc import Iterator

import pytest

from scripts.rabbitmq import RabbitNode, private_rabbitmq


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """A node that stays up for the whole run; tests that kill it start it again."""
    with private_rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as node:
        yield node
