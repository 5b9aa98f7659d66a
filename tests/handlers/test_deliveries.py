"""The server put together, and deliveries: how soon they arrive, who delays whom, and several servers together."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import quantiles

import httpx
import pytest

from handlers.app import build
from handlers.settings import Settings
from scripts.mongo_wire import MongoWireServer
from scripts.rabbitmq import RabbitNode
from tests.receivers import Received, Receiver
from tests.services.brokers import rabbitmq
from tests.services.databases import mongo_wire
from tests.serving import ADMIN_KEY, HASHER, Connect, Running, eventually

__all__ = ["mongo_wire", "rabbitmq"]
MANY = 60


def hook(client: httpx.Client, url: str) -> str:
    """A webhook for new tasks; its path."""
    answer = client.post("/v2/webhooks", json={"url": url, "types": ["task.created"]})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def new_tasks(client: httpx.Client, many: int) -> dict[str, float]:
    """New tasks, and when each was acknowledged."""

    def make(number: int) -> tuple[str, float]:
        answer = client.post("/v2/tasks", json={"title": str(number)})
        return answer.json()["task_id"], time.time()

    with ThreadPoolExecutor(4) as pool:
        return dict(pool.map(make, range(many)))


def test_a_target_that_hangs_delays_no_other(serve: Callable[..., Running], connect: Connect) -> None:
    """Beside twenty that hang and one that fails, one that is well hears of each change before a try times out."""

    def hang(received: Received) -> int:
        time.sleep(30)
        return 200

    with Receiver(hang) as hanging, Receiver(lambda received: 500) as failing, Receiver() as well:
        client = connect(serve(allow_private_targets=True), ADMIN_KEY)
        for number in range(20):
            hook(client, f"{hanging.url}/{number}")
        hook(client, failing.url)
        hook(client, well.url)
        made = new_tasks(client, MANY)
        told = well.wait_for(MANY, seconds=60)
        late = [one.at - made[one.json["data"]["task_id"]] for one in told]
        print(f"\nto a target that is well: p50 {quantiles(late)[1] * 1000:.0f} ms, most {max(late) * 1000:.0f} ms")
        assert {one.json["data"]["task_id"] for one in told} == set(made)
        assert max(late) < 10.0  # a try has ten seconds
        assert hanging.most_at_once <= 20 * 4


@pytest.fixture
def pair(settings: Settings, mongo_wire: MongoWireServer, rabbitmq: RabbitNode) -> Iterator[list[Running]]:
    """Two servers on one database and one broker."""
    shared = replace(settings, database_url=mongo_wire.url, amqp_url=rabbitmq.url, allow_private_targets=True)
    started = [Running(build(shared, hasher=HASHER)).start() for _ in range(2)]
    yield started
    for running in started:
        running.stop()


def test_several_servers_deliver_together(pair: list[Running], connect: Connect) -> None:
    """Whichever server takes a change, it is delivered once; when the one that reads the log stops, the other does."""
    clients = [connect(server, ADMIN_KEY) for server in pair]
    with Receiver() as receiver:
        path = hook(clients[0], receiver.url)
        made = {**new_tasks(clients[0], MANY), **new_tasks(clients[1], MANY)}
        assert eventually(lambda: len(receiver.names) == 2 * MANY, seconds=60)
        reading = next(server for server in pair if server.nexus.parts.sending.consumers._reading)
        other = clients[1 - pair.index(reading)]
        reading.stop()
        made |= new_tasks(other, 10)
        assert eventually(lambda: len(receiver.names) == 2 * MANY + 10, seconds=60)
        time.sleep(0.5)
        assert {one.json["data"]["task_id"] for one in receiver.received} == set(made)
        assert set(receiver.names.values()) == {1}
        assert eventually(lambda: other.get(path).json()["consecutive_failures"] == 0)
