"""A change and its events are one write, in every store: neither is ever there without the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.local.log import LocalEventLog
from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.errors import Duplicate, Stale
from handlers.core.events import Event
from handlers.core.ports import Delete, Documents, Insert, Update
from tests.adapters.documents.declarations import BOTH, ITEMS, SESSIONS, item, items, session
from tests.adapters.documents.stores import RUN, Clock

Told = Callable[[], Awaitable[list[Event]]]


@pytest_asyncio.fixture
async def log(tmp_path: Path, clock: Clock) -> AsyncIterator[LocalEventLog]:
    """The log that events reach: in the embedded store's own file, or in one beside MongoDB."""
    async with AsyncExitStack() as opened:
        file = SqliteDocuments(tmp_path / "events.db", BOTH, clock)
        log = LocalEventLog(file)
        for part in (file, log):
            await part.open()
            opened.push_async_callback(part.close)
        yield log


@pytest_asyncio.fixture
async def store(kind: str, log: LocalEventLog, mongo_url: str, clock: Clock) -> AsyncIterator[Documents]:
    """A store whose events reach the log."""
    if kind == "sqlite":
        yield log._journal
        return
    driver, name = kind.removeprefix("mongo-"), f"nexus_test_{RUN}_{uuid4().hex[:8]}"
    store = MongoDocuments(mongo_url, BOTH, clock, driver=driver, name=name, tell=log.append, orphaned_after=200)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def told(log: LocalEventLog, tenant: str) -> Callable[[int], Awaitable[list[Event]]]:
    """Waits for so many events of the test's tenant, and returns all that there are."""

    async def told(count: int) -> list[Event]:
        async with asyncio.timeout(10):
            while len(found := (await log.read(tenant, None, 10_000)).entries) < count:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert len((await log.read(tenant, None, 10_000)).entries) == len(found)
        return [logged.event for logged in found]

    return told


async def test_what_is_made_is_told_in_order(store: Documents, tenant: str, told: Told) -> None:
    """An insert, its changes and none but those, in the order of the versions; one write may tell several things."""
    new = item(version=1, data={"\x00": 2**64 - 1})
    await store.write(Insert(ITEMS, tenant, new), [event(tenant, new["id"], 1)])
    for version in range(1, 6):
        change = Update(ITEMS, tenant, new["id"], {"version": version}, {"version": version + 1})
        await store.write(change, [event(tenant, new["id"], version + 1), event(tenant, "other", version)])
    found = await told(11)
    assert [seen.sequence for seen in found if seen.subject == new["id"]] == [1, 2, 3, 4, 5, 6]
    assert [seen.sequence for seen in found if seen.subject == "other"] == [1, 2, 3, 4, 5]
    assert "_outbox" not in (await store.get(ITEMS, tenant, new["id"]))


async def test_what_is_refused_is_not_told(store: Documents, tenant: str, told: Told) -> None:
    """A duplicate, a change that comes too late, a document that cannot be stored: no event."""
    new = item(key="k")
    await store.write(Insert(ITEMS, tenant, new), [event(tenant, new["id"], 1)])
    for change, refusal in (
        (Insert(ITEMS, tenant, new), Duplicate),
        (Insert(ITEMS, tenant, item(key="k")), Duplicate),
        (Update(ITEMS, tenant, new["id"], {"status": "x"}, {"status": "y"}), Stale),
        (Update(ITEMS, tenant, "none", {}, {"status": "y"}), Stale),
        (Insert(ITEMS, tenant, item(value=object())), TypeError),
    ):
        with pytest.raises(refusal):
            await store.write(change, [event(tenant, new["id"], 9)])
    assert [seen.sequence for seen in await told(1)] == [1]


async def test_an_event_that_cannot_be_told_changes_nothing(store: Documents, tenant: str, told: Told) -> None:
    """What JSON cannot say is refused before anything is written."""
    with pytest.raises(TypeError):
        await store.write(Insert(ITEMS, tenant, item()), [event(tenant, "x", 1, data={"x": object()})])
    with pytest.raises(TypeError):
        await store.insert_many(ITEMS, tenant, [item()], [event(tenant, "x", 1, data={"x": object()})])
    assert await store.count(items(tenant)) == 0
    assert await told(0) == []


async def test_an_end_has_nothing_to_travel_with(store: Documents, tenant: str) -> None:
    """A deletion takes no events: what it leaves could not carry them."""
    new = await store.write(Insert(ITEMS, tenant, item()))
    with pytest.raises(ValueError, match="update"):
        await store.write(Delete(ITEMS, tenant, new["id"]), [event(tenant, new["id"], 2)])
    assert await store.get(ITEMS, tenant, new["id"]) == new


async def test_of_a_bulk_what_is_inserted_is_told(
    store: Documents, tenant: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each document has its event, and the event is there if the document is, over as many writes as that takes."""
    for module in ("adapters.mongo.writes", "adapters.sqlite.documents"):
        monkeypatch.setattr(f"{module}.BULK", 50)
    held = item(key="held")
    await store.write(Insert(ITEMS, tenant, held))
    new = [item(), item(key="held"), {**held, "key": None}, *(item() for _ in range(120))]
    await store.insert_many(ITEMS, tenant, new, [event(tenant, one["id"], 1) for one in new])
    found = await told(121)
    assert sorted(seen.subject for seen in found) == sorted(one["id"] for one in (new[0], *new[3:]))


async def test_a_bulk_has_an_event_for_each_or_none(store: Documents, tenant: str) -> None:
    """Anything else is a defect of ours."""
    with pytest.raises(ValueError, match="zip"):
        await store.insert_many(ITEMS, tenant, [item(), item()], [event(tenant, "x", 1)])
    assert await store.count(items(tenant)) == 0


async def test_changes_that_race_are_told_as_they_were_made(store: Documents, tenant: str, told: Told) -> None:
    """Whoever wins: the events of one record are in the order of its versions, and each is there once."""
    new = item(version=1)
    await store.write(Insert(ITEMS, tenant, new), [event(tenant, new["id"], 1)])

    async def change() -> None:
        while True:
            present = (await store.get(ITEMS, tenant, new["id"]))["version"]
            try:
                wanted = Update(ITEMS, tenant, new["id"], {"version": present}, {"version": present + 1})
                await store.write(wanted, [event(tenant, new["id"], present + 1)])
            except Stale:
                continue
            return

    await asyncio.gather(*(change() for _ in range(20)))
    assert [seen.sequence for seen in await told(21)] == list(range(1, 22))


async def test_what_takes_an_expired_place_is_told(store: Documents, tenant: str, clock: Clock, told: Told) -> None:
    """A document that replaces an expired one has its event, and that one loses none."""
    old = session(clock() + 1_000, token="t")
    await store.write(Insert(SESSIONS, tenant, old), [event(tenant, old["id"], 1)])
    clock.advance(2_000)
    new = session(None, token="t")
    await store.write(Insert(SESSIONS, tenant, new), [event(tenant, new["id"], 1)])
    assert [seen.subject for seen in await told(2)] == [old["id"], new["id"]]


def event(tenant: str, subject: str, version: int, **fields: Any) -> Event:
    """An event of a record's version."""
    at = Clock()()
    return Event(
        f"evt_{uuid4().hex}",
        "item.changed",
        tenant,
        subject,
        at,
        **{"data": {"v": version}, **fields},
        sequence=version,
    )


async def test_of_changes_in_turn_those_before_a_refusal_are_made_and_told(
    store: Documents, tenant: str, told: Told
) -> None:
    """The first that is refused is the end: what stands behind it is as if nobody had asked for it."""
    one, two = item(status="a"), item(status="a")
    for new in (one, two):
        await store.write(Insert(ITEMS, tenant, new))

    def step(new: dict[str, Any], was: str, to: str, sequence: int) -> tuple[Update, list[Event]]:
        return Update(ITEMS, tenant, new["id"], {"status": was}, {"status": to}), [event(tenant, new["id"], sequence)]

    made = await store.write_in_turn([step(one, "a", "b", 1), step(two, "a", "b", 2)])
    assert [(after["id"], after["status"]) for after in made] == [(one["id"], "b"), (two["id"], "b")]
    made = await store.write_in_turn([step(one, "b", "c", 3), step(two, "a", "c", 4), step(one, "c", "d", 5)])
    assert [after["status"] for after in made] == ["c"]
    assert await store.write_in_turn([step(two, "a", "c", 6), step(one, "c", "d", 7)]) == []
    left = [(await store.get(ITEMS, tenant, new["id"]) or {})["status"] for new in (one, two)]
    assert left == ["c", "b"]
    assert [seen.sequence for seen in await told(3)] == [1, 2, 3]
