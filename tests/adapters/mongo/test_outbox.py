"""Events that wait in documents: what a store does with them while the log is away, and when it is back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
import pytest_asyncio
from pymongo.errors import AutoReconnect

from adapters.mongo.documents import MongoDocuments
from handlers.core.clock import system_clock
from handlers.core.errors import Unavailable
from handlers.core.events import Event
from handlers.core.ports import Delete, Insert, Update
from tests.adapters.documents.declarations import ITEMS, item
from tests.adapters.documents.stores import RUN


class Log:
    """A log that is away until it is opened, and keeps all that it is told, repetitions too."""

    def __init__(self) -> None:
        self.there = asyncio.Event()
        self.told: list[Event] = []

    async def append(self, events: Sequence[Event]) -> None:
        """Take events when the log is there."""
        await self.there.wait()
        self.told += events

    @property
    def once(self) -> list[str]:
        """What was told, as a log shows it."""
        return list(dict.fromkeys(event.id for event in self.told))


@pytest.fixture
def log() -> Log:
    """A log that is away."""
    return Log()


@pytest_asyncio.fixture
async def store(mongo_url: str, log: Log) -> AsyncIterator[MongoDocuments]:
    """A store in a database of its own."""
    name = f"nexus_test_{RUN}_{uuid4().hex[:8]}"
    store = MongoDocuments(mongo_url, [ITEMS], name=name, tell=log.append, orphaned_after=100)
    await store.open()
    yield store
    log.there.set()
    await store.close()


async def test_a_change_carries_on_what_was_not_told(store: MongoDocuments, log: Log) -> None:
    """While the log is away a document gathers its events, through changes that tell nothing as well."""
    new = item(version=1)
    await store.write(Insert(ITEMS, "t", new), [event(new["id"], 1)])
    await store.write(Update(ITEMS, "t", new["id"], {}, {"note": "quiet"}))
    after = await store.write(Update(ITEMS, "t", new["id"], {}, {"version": 2}), [event(new["id"], 2)])
    assert await store.get(ITEMS, "t", new["id"]) == after == {**new, "tenant": "t", "version": 2, "note": "quiet"}
    assert len((await record(store, new["id"]))["_outbox"]) == 2
    log.there.set()
    await until_carried_no_more(store, new["id"])
    assert log.once == [event(new["id"], 1).id, event(new["id"], 2).id]


async def test_a_document_goes_when_its_events_are_told(
    store: MongoDocuments, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays while the log is away, for nobody else has them; its end waits for them no longer than it may."""
    monkeypatch.setattr("adapters.mongo.outbox._FIRST_SECONDS", 0.1)
    new = item(version=1)
    await store.write(Insert(ITEMS, "t", new), [event(new["id"], 1)])
    with pytest.raises(Unavailable):
        await store.write(Delete(ITEMS, "t", new["id"]))
    assert await store.get(ITEMS, "t", new["id"]) is not None
    log.there.set()
    await store.write(Delete(ITEMS, "t", new["id"]))
    assert await store.get(ITEMS, "t", new["id"]) is None
    assert log.once == [event(new["id"], 1).id]


async def test_a_document_does_not_gather_without_end(
    store: MongoDocuments, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it carries as much as it may, a change that tells is refused, and nothing of it is made."""
    monkeypatch.setattr("adapters.mongo.records.MAX_OUTBOX_BYTES", 1_000)
    new = item(version=1)
    await store.write(Insert(ITEMS, "t", new), [event(new["id"], 1)])
    with pytest.raises(Unavailable):
        for version in range(2, 20):
            await store.write(Update(ITEMS, "t", new["id"], {}, {"version": version}), [event(new["id"], version)])
    reached = (await store.get(ITEMS, "t", new["id"]))["version"]
    assert 2 < reached < 19
    log.there.set()
    await until_carried_no_more(store, new["id"])
    assert log.once == [event(new["id"], version).id for version in range(1, reached + 1)]
    await store.write(Update(ITEMS, "t", new["id"], {}, {"version": 20}), [event(new["id"], 20)])


async def test_what_finds_no_room_in_memory_is_found_again(
    store: MongoDocuments, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process holds so many events that wait; the others lie in their documents until there is time for them."""
    monkeypatch.setattr("adapters.mongo.outbox._WAITING", 5)
    new = [item(version=1) for _ in range(300)]
    await store.insert_many(ITEMS, "t", new, [event(one["id"], 1) for one in new])
    assert len(store._outbox._waiting) <= 5
    log.there.set()
    async with asyncio.timeout(30):
        while len(log.once) < 300:
            await asyncio.sleep(0.05)
    assert sorted(log.once) == sorted(event(one["id"], 1).id for one in new)


async def test_a_busy_writer_finds_what_another_left(
    store: MongoDocuments, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a dead writer has left is told soon, by one who never rests as well."""
    log.there.set()
    left = item(version=1)
    with monkeypatch.context() as dying:
        dying.setattr(store._outbox, "hand", lambda written: None)
        await store.write(Insert(ITEMS, "t", left), [event(left["id"], 1)])
    async with asyncio.timeout(10):
        while event(left["id"], 1).id not in log.once:
            new = item(version=1)
            await store.write(Insert(ITEMS, "t", new), [event(new["id"], 1)])
    assert len(log.once) > 2


async def test_it_ends_though_a_driver_takes_the_cancellation_for_an_error(store: MongoDocuments, log: Log) -> None:
    """Closing waits for nobody who was told to stop and did not hear it."""
    is_told = asyncio.Event()

    async def deaf(events: Sequence[Event]) -> None:
        is_told.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as exc:
            raise AutoReconnect("operation cancelled") from exc

    store._outbox._tell = deaf
    await store.write(Insert(ITEMS, "t", item(version=1)), [event("item_1", 1)])
    await is_told.wait()
    async with asyncio.timeout(10):
        await store._outbox.finish()
    store._outbox._tell = log.append


async def test_a_log_that_refuses_is_asked_again(store: MongoDocuments, log: Log) -> None:
    """An error of the log, foreseen or not, loses no event."""
    failures: list[Exception] = [Unavailable("away"), ZeroDivisionError("a defect")]
    append = log.append

    async def fail(events: Sequence[Event]) -> None:
        if failures:
            raise failures.pop(0)
        await append(events)

    log.there.set()
    store._outbox._tell = fail
    new = item(version=1)
    await store.write(Insert(ITEMS, "t", new), [event(new["id"], 1)])
    await until_carried_no_more(store, new["id"])
    assert log.once == [event(new["id"], 1).id] and not failures


def event(subject: str, version: int) -> Event:
    """The event of a record's version."""
    data = {"version": version, "text": "x" * 100}
    return Event(f"evt_{subject}_{version}", "item.changed", "t", subject, system_clock(), data, version)


async def record(store: MongoDocuments, identifier: str) -> dict[str, object]:
    """The record as it lies in the database."""
    return await store._database["items"].find_one({"_id": f"t/{identifier}"})


async def until_carried_no_more(store: MongoDocuments, identifier: str) -> None:
    """Wait until a document has no events left."""
    async with asyncio.timeout(20):
        while "_outbox" in await record(store, identifier):
            await asyncio.sleep(0.02)
