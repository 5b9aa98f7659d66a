"""Workers share the port of gRPC; the one that asks for it first has it for them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest

from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import private_rabbitmq
from scripts.serving import API_KEY, Served
from tests.frames import batch, by, frame, stub
from tests.serving import eventually

WORKERS = 2
_LISTENS = "0A"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server of two workers."""
    with private_mongo_wire(tmp_path / "mongo") as mongo, private_rabbitmq(tmp_path / "rabbitmq") as broker:
        made = Served(tmp_path, database_url=mongo.url, amqp_url=broker.url, workers=str(WORKERS))
        try:
            made.start()
            yield made
        finally:
            made.stop()


def listeners(port: int) -> int:
    """How many sockets take connections at a port."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return sum(int(row[1].rpartition(":")[2], 16) == port and row[3] == _LISTENS for row in rows)


def test_workers_share_the_port(server: Served) -> None:
    """Each listens by itself, connections are served by whichever, and nobody else can join in."""
    port = int(server.procedures.rpartition(":")[2])
    assert eventually(lambda: listeners(port) == WORKERS, seconds=30)
    for number in range(10):
        with stub(server.procedures) as telemetry:
            telemetry.Submit(batch(frame({"n": number})), metadata=by(API_KEY), timeout=20)
    headers = {"Authorization": f"Bearer {API_KEY}"}
    assert len(httpx.get(f"{server.url}/v2/telemetry/frames", headers=headers).json()["data"]) == 10
    with pytest.raises(OSError, match="in use"), socket.create_server(("127.0.0.1", port)):
        pass
    server.stop()
    with stub(server.procedures) as telemetry, pytest.raises(grpc.RpcError) as refused:
        telemetry.Submit(batch(), metadata=by(API_KEY), timeout=20)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
