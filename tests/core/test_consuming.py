"""Consumers of the event log: nothing is missed, one worker reads at a time, and a gap is noted."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from handlers.core import consuming
from handlers.core.agenda import Agenda
from handlers.core.collections import CONSUMERS, PLATFORM
from handlers.core.consuming import Consumers
from handlers.core.errors import Unavailable
from handlers.core.events import EVERYTHING, Event, EventFilter, Follower, Logged, Stretch, cursor_of
from handlers.core.ports import Insert
from handlers.core.tail import Tail
from tests.fakes import NOON, Clock, MemoryDocuments


class Log:
    """An event log over what a store was told."""

    def __init__(self, documents: MemoryDocuments) -> None:
        self.tail = Tail(documents, most=4)
        self.tail.begin("fake", len(documents.told))
        documents.hear = self.tail.add

    def follow(self, tenant: str | None, wanted: EventFilter = EVERYTHING, after: str | None = None) -> Follower:
        """Follow."""
        return self.tail.follow(tenant, wanted, after)

    async def read(self, tenant: str | None, after: str | None, limit: int) -> Stretch:
        """Read."""
        return await self.tail.read(tenant, after, limit)

    def newest(self) -> str:
        """The present end."""
        return self.tail.newest()

    async def oldest(self) -> str:
        """The beginning."""
        return cursor_of("fake", 0)


class Worker:
    """One process that consumes, and what it was given."""

    def __init__(
        self, documents: MemoryDocuments, clock: Clock, log: Log | None = None, *, is_shared: bool = True
    ) -> None:
        self.seen: list[str] = []
        self.gaps = 0
        self.refusals = 0
        self.said: list[str] = []
        self.agenda = Agenda(documents, clock, lambda event, **facts: self.said.append(event), is_shared=True)
        self.consumers = Consumers(
            documents,
            log or Log(documents),
            self.agenda,
            clock,
            lambda event, **facts: self.said.append(event),
            is_shared=is_shared,
            missed=self._miss,
        )
        self.consumers.take("hooks", self._consume)

    async def begin(self) -> "Worker":
        """Start as a server does."""
        await self.consumers.begin()
        await self.look()
        return self

    async def look(self) -> None:
        """Do what is due now."""
        await self.agenda.look()
        await self.agenda.settle()

    async def _consume(self, events: Sequence[Logged]) -> None:
        await asyncio.sleep(0)
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("Not now")
        self.seen += [logged.event.id for logged in events]

    def _miss(self) -> None:
        self.gaps += 1


def event(number: int, tenant: str = "t_one") -> Event:
    """An event."""
    return Event(f"evt_{number}", "task.created", tenant, "task_1", NOON, {})


def names(first: int, last: int) -> list[str]:
    """The names of events."""
    return [f"evt_{number}" for number in range(first, last + 1)]


def place(documents: MemoryDocuments) -> str:
    """How far the store knows that was read."""
    (record,) = documents.all_of(CONSUMERS, PLATFORM)
    return record["cursor"]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def worker(documents: MemoryDocuments, clock: Clock):
    """A worker that consumes."""
    started = await Worker(documents, clock).begin()
    yield started
    await started.consumers.close()


async def test_every_event_of_every_tenant_is_consumed(worker: Worker, documents: MemoryDocuments) -> None:
    """In order, from the first server's start on, more of them than memory holds."""
    for number in range(100):
        documents.tell([event(number, f"t_{number % 3}")])
        if number % 7 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(worker.seen) == 100)
    assert worker.seen == names(0, 99) and worker.gaps == 0


async def test_a_consumer_goes_on_where_it_was(documents: MemoryDocuments, clock: Clock) -> None:
    """What is told between a stop and a start is consumed, and what was before the first start is not."""
    documents.tell([event(1)])
    first = await Worker(documents, clock).begin()
    documents.tell([event(2)])
    await until(lambda: first.seen == names(2, 2))
    await first.consumers.close()
    documents.tell([event(3)])
    second = await Worker(documents, clock).begin()
    await until(lambda: second.seen == names(3, 3))
    await second.consumers.close()


async def test_the_place_moves_behind_what_is_safe(worker: Worker, documents: MemoryDocuments) -> None:
    """What could not be consumed is consumed later; until then the record stands where it stood."""
    worker.refusals = 1
    documents.tell([event(1)])
    await until(lambda: "consumer_waits" in worker.said)
    assert place(documents) == "fake.0"
    await until(lambda: worker.seen == names(1, 1))
    await until(lambda: place(documents) == "fake.1")


async def test_the_place_is_noted_now_and_then(worker: Worker, documents: MemoryDocuments) -> None:
    """Events that come one by one are not a write each; soon after the last one the place is safe."""
    places, began = set(), asyncio.get_running_loop().time()
    for number in range(20):
        documents.tell([event(number)])
        await until(lambda number=number: len(worker.seen) == number + 1)
        places.add(place(documents))
    seconds = asyncio.get_running_loop().time() - began
    assert len(places) <= 2 + seconds
    await until(lambda: place(documents) == "fake.20")


async def test_one_worker_consumes_until_it_dies(documents: MemoryDocuments, clock: Clock) -> None:
    """A second worker waits; when the first is not heard of any more it goes on, and the first is relieved."""
    log = Log(documents)
    first, second = [await Worker(documents, clock, log).begin() for _ in range(2)]
    documents.tell([event(1)])
    await until(lambda: first.seen == names(1, 1))
    await until(lambda: place(documents) == "fake.1")
    await second.look()
    assert second.seen == []
    clock.advance(15_001)
    await second.look()
    documents.tell([event(2)])
    await until(lambda: second.seen == names(2, 2))
    await until(lambda: "consumer_relieved" in first.said)
    documents.tell([event(3)])
    await until(lambda: second.seen == names(2, 3))
    assert set(first.seen) <= {"evt_1", "evt_2"}
    for one in (first, second):
        await one.consumers.close()


async def test_a_server_that_is_alone_takes_over_at_once(documents: MemoryDocuments, clock: Clock) -> None:
    """After a crash nobody waits for the dead one's time to be over."""
    first = await Worker(documents, clock, is_shared=False).begin()
    for reading in first.consumers._reading.values():
        reading.task.cancel()
    documents.tell([event(1)])
    second = await Worker(documents, clock, is_shared=False).begin()
    await until(lambda: second.seen == names(1, 1))
    await second.consumers.close()


async def test_a_gap_is_noted(documents: MemoryDocuments, clock: Clock) -> None:
    """Where the log is another one than it was, that is counted and said, and the rest is consumed."""
    first = await Worker(documents, clock).begin()
    await first.consumers.close()
    key = (CONSUMERS.name, PLATFORM, "hooks")
    documents._held[key]["cursor"] = "another.17"
    documents.tell([event(1)])
    second = await Worker(documents, clock).begin()
    await until(lambda: second.seen == names(1, 1))
    assert (second.gaps, "events_missed" in second.said) == (1, True)
    await second.consumers.close()


async def test_a_place_that_nobody_reads_here_is_left(worker: Worker, documents: MemoryDocuments, clock: Clock) -> None:
    """Whoever does not know a consumer lets it stand where it was, for another version that does."""
    left = {"id": "gone", "cursor": "fake.0", "due_at": clock.now}
    await documents.write(Insert(CONSUMERS, PLATFORM, left))
    await worker.look()
    (found,) = (record for record in documents.all_of(CONSUMERS, PLATFORM) if record["id"] == "gone")
    assert found["cursor"] == "fake.0" and 500 <= found["due_at"] - clock.now < 1_500
    assert worker.said == [] and worker.agenda.figures.failed == {}


async def test_a_consumer_may_take_few_at_a_time(documents: MemoryDocuments, clock: Clock) -> None:
    """Who takes one event at a time is given one again, and not those before it."""
    worker, sizes = Worker(documents, clock), []

    async def consume(events: Sequence[Logged]) -> None:
        sizes.append(len(events))
        if len(sizes) == 2:
            raise Unavailable("Not now")
        worker.seen += [logged.event.id for logged in events]

    worker.consumers.take("hooks", consume, most=1)
    await worker.begin()
    documents.tell([event(number) for number in range(4)])
    await until(lambda: len(worker.seen) == 4)
    assert (worker.seen, set(sizes)) == (names(0, 3), {1})
    await worker.consumers.close()


@pytest.mark.parametrize("yields", [False, True])
async def test_who_takes_long_is_known_to_be_at_it(
    documents: MemoryDocuments, clock: Clock, monkeypatch: pytest.MonkeyPatch, *, yields: bool
) -> None:
    """Longer than a worker that says nothing is waited for: the place is kept, or left to others, and does not move."""
    monkeypatch.setattr(consuming, "_SHARED_MILLISECONDS", 60)
    monkeypatch.setattr(consuming, "_PAUSE_SECONDS", 0.01)
    worker, is_over = Worker(documents, clock), asyncio.Event()

    async def consume(events: Sequence[Logged]) -> None:
        worker.seen += [logged.event.id for logged in events]
        await is_over.wait()

    worker.consumers.take("hooks", consume, yields=yields)
    await worker.begin()
    documents.tell([event(1)])
    await until(lambda: worker.seen == names(1, 1))
    for _ in range(3):
        clock.advance(50)
        await asyncio.sleep(0.1)
        await worker.look()
    assert worker.seen == (names(1, 1) * 2 if yields else names(1, 1))
    assert place(documents) == "fake.0"
    is_over.set()
    await until(lambda: place(documents) == "fake.1")
    await worker.consumers.close()


async def test_trouble_with_the_store_stops_nobody_who_takes_long(
    documents: MemoryDocuments, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be noted meanwhile is noted later, and what is consumed goes on; if another reads, it is stopped."""
    monkeypatch.setattr(consuming, "_SHARED_MILLISECONDS", 60)
    monkeypatch.setattr(consuming, "_PAUSE_SECONDS", 0.01)
    worker, ended = Worker(documents, clock), []

    async def consume(events: Sequence[Logged]) -> None:
        worker.seen += [logged.event.id for logged in events]
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stopped")

    async def away(*given: Any) -> None:
        raise Unavailable("Not now")

    worker.consumers.take("hooks", consume)
    await worker.begin()
    documents.tell([event(1)])
    await until(lambda: worker.seen == names(1, 1))
    with monkeypatch.context() as trouble:
        trouble.setattr(documents, "write", away)
        await asyncio.sleep(0.1)
    assert (worker.seen, ended) == (names(1, 1), [])
    documents._held[(CONSUMERS.name, PLATFORM, "hooks")]["holder"] = "another"
    await until(lambda: "consumer_relieved" in worker.said)
    assert ended == ["stopped"]
    await worker.consumers.close()


async def test_who_gathers_is_given_a_burst_together(documents: MemoryDocuments, clock: Clock) -> None:
    """What comes after a rest is given at once, what follows it soon in one piece, and nothing is missed."""
    worker, sizes, times = Worker(documents, clock), [], []

    async def consume(events: Sequence[Logged]) -> None:
        times.append(asyncio.get_running_loop().time())
        sizes.append(len(events))

    worker.consumers.take("hooks", consume, gathers=0.2)
    await worker.begin()
    began = asyncio.get_running_loop().time()
    documents.tell([event(0)])
    await until(lambda: len(sizes) == 1)
    for number in range(1, 4):
        documents.tell([event(number)])
        await asyncio.sleep(0)
    await until(lambda: sum(sizes) == 4)
    assert sizes == [1, 3]
    assert times[0] - began < 0.1 and times[1] - times[0] >= 0.2
    await worker.consumers.close()
