"""How soon a change is told, and what it costs to have many who follow.

`python -m tests.bench.events` prints the time from the answer to a change until its event is at a live follower, with
the embedded parts and with MongoDB's wire protocol and RabbitMQ, and what one event costs with a thousand followers of
whom each wants one in a hundred.
"""

import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import quantiles

from handlers.core.clock import system_clock
from handlers.core.events import Event, EventFilter, Logged, Stretch
from handlers.core.principals import Principal
from handlers.core.tail import Tail
from handlers.core.tasks import Tasks
from handlers.settings import Settings
from handlers.storage import Storage
from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import private_rabbitmq
from tests.conftest import make_settings

CHANGES = 300
FOLLOWERS, EVENTS = 1_000, 2_000
REQUIRED_P50_MS = 10.0
ANN = Principal("usr_ann", "t_bench", frozenset({"admin"}))


async def delays(settings: Settings) -> list[float]:
    """Milliseconds from the answer to each change until a follower has its event; one that came first counts 0."""
    storage = Storage(settings)
    await storage.open()
    tasks, follower = Tasks(storage.documents, system_clock), storage.log.follow(ANN.tenant)
    found = []
    for _ in range(CHANGES):
        told = asyncio.ensure_future(moment(follower))
        await tasks.create(ANN, {"name": "n", "type": "t"})
        answered = time.perf_counter()
        found.append(max(0.0, await told - answered) * 1000)
    await storage.close()
    return found


async def moment(follower: object) -> float:
    """When the next event is here."""
    assert isinstance(await anext(follower), Logged)
    return time.perf_counter()


class Empty:
    """A log without a past."""

    async def read(self, tenant: str, after: int, limit: int) -> Stretch:
        """Nothing."""
        return Stretch([], after)


async def crowd() -> float:
    """Microseconds that one event costs when a thousand follow and ten of them want it."""
    tail = Tail(Empty())
    tail.begin("bench", 0)
    followers = [tail.follow("t", EventFilter(subject=f"s{number % 100}")) for number in range(FOLLOWERS)]
    taking = [asyncio.create_task(drain(follower, EVENTS // 100)) for follower in followers]
    await asyncio.sleep(0)
    began = time.process_time()
    for number in range(EVENTS):
        event = Event(f"e{number}", "task.updated", "t", f"s{number % 100}", 1, {})
        tail.add([Logged(event, "bench", number + 1, 500)])
        await asyncio.sleep(0)
    await asyncio.gather(*taking)
    return (time.process_time() - began) / EVENTS * 1e6


async def drain(follower: object, count: int) -> None:
    """Take so many events."""
    for _ in range(count):
        await anext(follower)


def show(name: str, found: list[float]) -> bool:
    """Print a line; whether it is as required."""
    cuts = quantiles(found, n=100)
    print(f"{name:<44}p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms   required p50 < {REQUIRED_P50_MS:g} ms")
    return cuts[49] < REQUIRED_P50_MS


def main() -> int:
    """Measure, and judge the times."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        embedded = show("told, embedded", asyncio.run(delays(make_settings(place / "embedded"))))
        with private_mongo_wire(place / "mongo") as mongo, private_rabbitmq(place / "rabbitmq") as node:
            shared = replace(make_settings(place / "shared"), database_url=mongo.url, amqp_url=node.url)
            remote = show("told, MongoDB's wire protocol and RabbitMQ", asyncio.run(delays(shared)))
    print(f"one event, {FOLLOWERS:,} followers of 1% each{asyncio.run(crowd()):>12.0f} µs of processor time")
    return 0 if embedded and remote else 1


if __name__ == "__main__":
    sys.exit(main())
