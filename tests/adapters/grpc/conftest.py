"""Callers of the session's server."""

from collections.abc import Iterator

import pytest

from generated.grpc.nexus_pb2_grpc import TelemetryStub
from tests.frames import Metadata, by, stub
from tests.serving import Running


@pytest.fixture
def telemetry(shared_server: Running) -> Iterator[TelemetryStub]:
    """The service, as its clients see it."""
    with stub(shared_server.procedures) as made:
        yield made


@pytest.fixture
def ours(key: str) -> Metadata:
    """The metadata of an administrator of the test's tenant."""
    return by(key)
