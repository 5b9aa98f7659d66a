"""A kill -9 of the server, RabbitMQ or the database in mid-load: every acknowledged change has its event, once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import httpx
import orjson
import pytest

from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import private_rabbitmq
from scripts.serving import API_KEY, Served

CALLERS = 8
_SECONDS = 90


class Part(Protocol):
    """A process of ours that can die."""

    def kill(self) -> None:
        """Die without a word."""

    def start(self) -> None:
        """Come back."""


class Load:
    """Callers that make tasks and change them, and what was acknowledged to them.

    Each change of a task says which one it is in `timeout_seconds`. A caller who is not answered does not know whether
    the change was made, and turns to another task.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._is_over = False
        self.safe: dict[str, int] = {}
        self.tried: dict[str, int] = {}

    @property
    def acknowledged(self) -> int:
        """How many changes were."""
        return sum(self.safe.values())

    async def until(self, more: int) -> None:
        """Return when so many more changes were acknowledged."""
        wanted = self.acknowledged + more
        async with asyncio.timeout(_SECONDS):
            while self.acknowledged < wanted:
                await asyncio.sleep(0.01)

    async def run(self) -> None:
        """Go on until it is over."""
        await asyncio.gather(*(self._call() for _ in range(CALLERS)))

    def end(self) -> None:
        """Begin nothing more."""
        self._is_over = True

    async def _call(self) -> None:
        while not self._is_over:
            try:
                await self._live_a_life()
            except httpx.HTTPError:
                await asyncio.sleep(0.1)

    async def _live_a_life(self) -> None:
        made = await self._client.post("/v2/tasks", json={"title": "t", "timeout_seconds": 1})
        identifier = made.raise_for_status().json()["task_id"]
        for number in range(2, 12):
            self.safe[identifier] = number - 1
            self.tried[identifier] = number
            change = {"timeout_seconds": number}
            (await self._client.patch(f"/v2/tasks/{identifier}", json=change)).raise_for_status()
        self.safe[identifier] = self.tried[identifier]


@contextmanager
def embedded(folder: Path, victim: str) -> Iterator[tuple[Served, Part]]:
    """A server with its own parts, and what is to die of it."""
    server = Served(folder)
    with ended(server):
        yield server, server


@contextmanager
def full(folder: Path, victim: str) -> Iterator[tuple[Served, Part]]:
    """A server over MongoDB's wire protocol and RabbitMQ, and what is to die of it."""
    with ExitStack() as opened:
        store = opened.enter_context(private_mongo_wire(folder / "mongo"))
        broker = opened.enter_context(private_rabbitmq(folder / "rabbitmq"))
        server = Served(folder, database_url=store.url, amqp_url=broker.url)
        opened.enter_context(ended(server))
        yield server, {"server": server, "broker": broker, "store": store}[victim]


@contextmanager
def ended(server: Served) -> Iterator[None]:
    """Started, and ended with the block."""
    try:
        server.start()
        yield
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("shape", "victim", "changes"),
    [(embedded, "server", 500), (full, "server", 100), (full, "broker", 100), (full, "store", 100)],
)
async def test_a_kill_costs_no_event(tmp_path: Path, shape: Callable[..., Any], victim: str, changes: int) -> None:
    """Whoever reads the log from before the load on finds each acknowledged change once, and each task's in order."""
    with shape(tmp_path, victim) as (server, part):
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as client:
            start = await anext(aiter(names(client, {})))
            load = Load(client)
            running = asyncio.create_task(load.run())
            await load.until(changes)
            await asyncio.to_thread(part.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(part.start)
            await load.until(changes)
            load.end()
            await running
            told = await read(client, start, load.safe)
    for identifier, numbers in told.items():
        assert numbers == list(range(1, len(numbers) + 1)), identifier
        if identifier in load.safe:
            assert load.safe[identifier] <= numbers[-1] <= load.tried[identifier]


async def read(client: httpx.AsyncClient, start: str, safe: dict[str, int]) -> dict[str, list[int]]:
    """What is told of every task from a place on, until all that was acknowledged is among it."""
    told: dict[str, list[int]] = {}
    seen: set[str] = set()
    missing = dict(safe)
    deadline = time.monotonic() + _SECONDS
    for attempt in count():
        assert time.monotonic() < deadline, f"{len(missing)} tasks lack events after {attempt} streams"
        async with aclosing(events(client, {"Last-Event-ID": start})) as found:
            async for name, data in found:
                start = name
                identifier = name.partition(".")[0]
                assert identifier not in seen
                seen.add(identifier)
                task = data["data"]
                told.setdefault(task["task_id"], []).append(task["timeout_seconds"])
                if task["timeout_seconds"] >= missing.get(task["task_id"], 10**6):
                    del missing[task["task_id"]]
                if not missing:
                    return told
    raise AssertionError("unreachable")


async def names(client: httpx.AsyncClient, headers: dict[str, str]) -> AsyncIterator[str]:
    """The names of a stream's places, first that of its beginning."""
    async with client.stream("GET", "/v2/events/stream", headers=headers) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("id: "):
                yield line.removeprefix("id: ")


async def events(client: httpx.AsyncClient, headers: dict[str, str]) -> AsyncIterator[tuple[str, Any]]:
    """The events of a stream and their names, until the stream rests for a while.

    A gap has no name: while the broker was away telemetry may have been told that did not get here.
    """
    name = ""
    try:
        async with client.stream("GET", "/v2/events/stream", headers=headers, timeout=5) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    name = ""
                elif line.startswith("id: "):
                    name = line.removeprefix("id: ")
                elif line.startswith("data: ") and name:
                    yield name, orjson.loads(line.removeprefix("data: "))
    except httpx.HTTPError:
        return
