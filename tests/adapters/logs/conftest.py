"""Logs to test: each kind of them made by a function that takes the bounds of what it keeps in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from adapters.local.log import LocalEventLog
from adapters.rabbit.log import RabbitEventLog
from adapters.rabbit.topology import Topology, topology_of
from adapters.sqlite.documents import SqliteDocuments
from generated.channels import CHANNELS, OPERATIONS
from handlers.core.events import Event, EventLog, Follower, Gap
from scripts.rabbitmq import RabbitNode
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

MakeLog = Callable[..., Awaitable[EventLog]]
_SECONDS = 20
_BEGAN = int(time.time() * 1000)


class PlainWire:
    """The form of an event on the broker, for events about anything."""

    def events(self, event: Event) -> tuple[bytes, dict[str, Any]]:
        """The whole event."""
        return orjson.dumps(event), {"sequence": event.sequence}

    def log_marks(self) -> bytes:
        """Nothing."""
        return b"{}"

    def read_event(self, payload: Mapping[str, Any], beside: Mapping[str, Any], tenant: str) -> Event:
        """The event in a message."""
        return Event(**{**payload, "sequence": beside["sequence"], "tenant": tenant})


@pytest.fixture(params=["local", "rabbit"])
def make_log(request: pytest.FixtureRequest) -> MakeLog:
    """Every kind of log in turn."""
    return request.getfixturevalue(f"make_{request.param}_log")


@pytest.fixture
async def make_local_log(tmp_path: Path) -> AsyncIterator[MakeLog]:
    """Logs in a file of this test's own; a second one is the same log after a restart."""
    async with AsyncExitStack() as opened:
        present: list[AsyncExitStack] = []

        async def make(**bounds: int) -> LocalEventLog:
            for before in present:
                await before.aclose()
            present[:] = [await opened.enter_async_context(AsyncExitStack())]
            file = SqliteDocuments(tmp_path / "events.db", ())
            log = LocalEventLog(file, **bounds)
            for part in (file, log):
                await part.open()
                present[0].push_async_callback(part.close)
            return log

        yield make


@pytest.fixture
def topology() -> Topology:
    """What the contract declares, under names of this test's own."""
    return topology_of(CHANNELS, OPERATIONS, f"test.{uuid4().hex}.")


@pytest.fixture
async def make_rabbit_log(rabbitmq: RabbitNode, topology: Topology) -> AsyncIterator[MakeLog]:
    """Logs that share a stream of this test's own, each with a connection of its own, as processes have them."""
    async with AsyncExitStack() as logs:

        async def make(url: str = rabbitmq.url, **bounds: int) -> RabbitEventLog:
            log = RabbitEventLog(url, topology, PlainWire(), **bounds)
            await log.open()
            logs.push_async_callback(log.close)
            return log

        yield make


def event(number: int, tenant: str = "acme", **fields: Any) -> Event:
    """The so-many-th event of a tenant."""
    at = _BEGAN + number
    given = {"type": "task.updated", "subject": f"task_{number}", "data": {"n": number}, **fields}
    return Event(id=f"evt_{tenant[:20]}_{number}", tenant=tenant, at=at, **given)


def events(first: int, last: int, tenant: str = "acme") -> list[Event]:
    """A series of events, both ends included."""
    return [event(number, tenant) for number in range(first, last + 1)]


async def take(follower: Follower, count: int) -> list[Event | Gap]:
    """The next items."""
    async with asyncio.timeout(_SECONDS):
        found = [await anext(follower) for _ in range(count)]
    return [item if isinstance(item, Gap) else item.event for item in found]


async def seen(log: EventLog, appended: list[Event]) -> None:
    """Append events, and wait until this process has seen them all."""
    followers = {one.tenant: log.follow(one.tenant) for one in appended}
    await log.append(appended)
    for tenant, follower in followers.items():
        await take(follower, sum(one.tenant == tenant for one in appended))
        follower.close()


async def nothing_more(follower: Follower, seconds: float = 0.3) -> bool:
    """Whether nothing comes for a while."""
    waiting = asyncio.ensure_future(anext(follower))
    done, _ = await asyncio.wait([waiting], timeout=seconds)
    waiting.cancel()
    return not done
