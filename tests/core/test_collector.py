"""Everything through one collector: in bulks, each caller answered for their own, and nothing half-done."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from handlers.core.collections import FRAMES
from handlers.core.collector import BULK, Collector, Stored, Unready, refusing
from handlers.core.errors import Conflict, Duplicate, Unavailable
from handlers.core.ports import Collection, Document
from tests.fakes import MemoryDocuments


class SlowDocuments(MemoryDocuments):
    """A store that writes a bulk when it is let, counts them, and refuses those that hold what it cannot take."""

    def __init__(self) -> None:
        super().__init__()
        self.bulks: list[int] = []
        self.open = asyncio.Event()
        self.open.set()
        self.is_away = False
        self.unreadable: str | None = None
        self.reading = self.most_reading = 0

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """The document with this identifier, if it can be read."""
        self.reading += 1
        self.most_reading = max(self.reading, self.most_reading)
        try:
            found = await super().get(collection, tenant, identifier)
        finally:
            self.reading -= 1
        if identifier == self.unreadable:
            raise Unavailable("away")
        return found

    async def insert_many(
        self, collection: Collection, tenant: str, documents: Sequence[Document], events: Any = ()
    ) -> list[Duplicate | None]:
        """Insert all, or nothing."""
        await self.open.wait()
        self.bulks.append(len(documents))
        if self.is_away:
            raise Unavailable("away", retry_after=7)
        if any("poison" in document for document in documents):
            raise ValueError("Nobody can keep this")
        return await super().insert_many(collection, tenant, documents)


class Heard:
    """What listeners were told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.heard: list[tuple[str, int]] = []

    def say(self, event: str, **facts: Any) -> None:
        """Remember a line of the log."""
        self.said.append(event)

    def hear(self, collection: Collection, tenant: str, documents: Sequence[Document]) -> None:
        """Remember who has sent how much."""
        self.heard.append((tenant, len(documents)))


@pytest.fixture
def store() -> SlowDocuments:
    """A store that can be slow."""
    return SlowDocuments()


@pytest.fixture
def heard() -> Heard:
    """Who listens."""
    return Heard()


@pytest.fixture
def collector(store: SlowDocuments, heard: Heard) -> Collector:
    """A collector with room for a thousand documents."""
    made = Collector(store, heard.say, capacity=1000)
    made.listen(heard.hear)
    return made


def frame(name: str, **fields: Any) -> Document:
    """A frame."""
    return {"id": name, "at": 1, "device": "d", **fields}


async def test_what_comes_together_is_written_together(
    collector: Collector, store: SlowDocuments, heard: Heard
) -> None:
    """Many callers make one bulk; what comes while it is written makes the next; each is answered with its own."""
    store.open.clear()
    first = [asyncio.create_task(collector.put(FRAMES, "t", [frame(f"a{n}")])) for n in range(20)]
    await asyncio.sleep(0.01)
    second = [asyncio.create_task(collector.put(FRAMES, "t", [frame(f"b{n}")])) for n in range(30)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in (*first, *second))
    store.open.set()
    found = [outcome for (outcome,) in await asyncio.gather(*first, *second)]
    assert store.bulks == [20, 30]
    assert [outcome.document["id"] for outcome in found] == [f"a{n}" for n in range(20)] + [f"b{n}" for n in range(30)]
    assert heard.heard == [("t", 20), ("t", 30)]
    assert (collector.figures.stored, collector.figures.waiting) == (50, 0)


async def test_a_bulk_is_bounded_and_tenants_are_apart(store: SlowDocuments) -> None:
    """No bulk mixes tenants, or is larger than a store likes, unless one caller has brought it."""
    collector = Collector(store, print, capacity=3 * BULK)
    store.open.clear()
    puts = [collector.put(FRAMES, "t", [frame(f"{n}-{k}") for k in range(BULK * 2 // 5)]) for n in range(3)]
    tasks = [asyncio.create_task(put) for put in (*puts, collector.put(FRAMES, "u", [frame("x")]))]
    await asyncio.sleep(0.01)
    store.open.set()
    await asyncio.gather(*tasks)
    assert sorted(store.bulks) == [1, BULK * 2 // 5, BULK * 4 // 5]
    assert max(store.bulks) <= BULK


async def test_what_finds_no_room_is_refused_whole(collector: Collector, store: SlowDocuments) -> None:
    """With a hint when to come again; what was taken before is stored, and afterwards there is room again."""
    store.open.clear()
    taken = asyncio.create_task(collector.put(FRAMES, "t", [frame(f"a{n}") for n in range(900)]))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await collector.put(FRAMES, "t", [frame(f"b{n}") for n in range(101)])
    assert refused.value.retry_after >= 1
    store.open.set()
    assert len(await taken) == 900
    assert len(store.all_of(FRAMES, "t")) == 900
    assert await collector.put(FRAMES, "t", [frame("b1")])


async def test_what_comes_again_is_answered_as_the_first_time(collector: Collector, store: SlowDocuments) -> None:
    """The same content under one name is there already, other content is a conflict, in one bulk as in two."""
    first = frame("a", fingerprint="f", n=1)
    outcomes = await collector.put(FRAMES, "t", [first, frame("a", fingerprint="f", n=2), frame("a", fingerprint="g")])
    assert [getattr(outcome, "is_new", None) for outcome in outcomes] == [True, False, None]
    assert isinstance(outcomes[1], Stored)
    assert outcomes[1].document["n"] == 1
    assert isinstance(outcomes[2], Conflict)
    (again,) = await collector.put(FRAMES, "t", [frame("a", fingerprint="f")])
    assert isinstance(again, Stored)
    assert not again.is_new
    (unnamed,) = await collector.put(FRAMES, "t", [frame("a")])
    assert isinstance(unnamed, Conflict)
    assert collector.figures.repeated == 2


async def test_what_is_there_already_is_read_beside_one_another(
    collector: Collector, store: SlowDocuments, heard: Heard
) -> None:
    """A few at a time; what cannot be read is refused by itself, and costs nothing that came with it."""
    known = [frame(f"a{n}", fingerprint="f") for n in range(200)]
    await collector.put(FRAMES, "t", known)
    store.unreadable = "a7"
    outcomes = await collector.put(FRAMES, "t", [*known, frame("b")])
    assert [n for n, one in enumerate(outcomes) if not isinstance(one, Stored)] == [7]
    assert 1 < store.most_reading <= 50
    assert heard.heard == [("t", 200), ("t", 1)]


async def test_a_store_that_is_away_is_everybodys_refusal(collector: Collector, store: SlowDocuments) -> None:
    """Each caller hears of it, in an error of their own, and what comes later is stored."""
    store.is_away = True
    puts = [collector.put(FRAMES, "t", [frame(f"a{n}")]) for n in range(3)]
    refusals = await asyncio.gather(*puts, return_exceptions=True)
    assert [getattr(refusal, "retry_after", None) for refusal in refusals] == [7, 7, 7]
    assert len({id(refusal) for refusal in refusals}) == 3
    store.is_away = False
    assert await collector.put(FRAMES, "t", [frame("a0")])


async def test_what_no_store_can_take_costs_nobody_else_anything(
    collector: Collector, store: SlowDocuments, heard: Heard
) -> None:
    """A document that fails is its sender's failure; the others of the same bulk are stored."""
    documents = [frame("a"), frame("b", poison=True), frame("c")]
    found = await asyncio.gather(*(collector.put(FRAMES, "t", [one]) for one in documents), return_exceptions=True)
    assert isinstance(found[1], ValueError)
    assert sorted(one["id"] for one in store.all_of(FRAMES, "t")) == ["a", "c"]
    assert heard.said == ["telemetry_failed"]


async def test_a_listener_that_fails_costs_nothing(collector: Collector, heard: Heard) -> None:
    """What is stored is stored, and the next listener hears of it."""

    def deaf(collection: Collection, tenant: str, documents: Sequence[Document]) -> None:
        raise RuntimeError("deaf")

    collector.listen(deaf)
    later = Heard()
    collector.listen(later.hear)
    assert await collector.put(FRAMES, "t", [frame("a")])
    assert (heard.said, later.heard) == (["telemetry_unheard"], [("t", 1)])


async def test_a_document_that_is_stored_is_answered_whatever_comes_after(
    collector: Collector, store: SlowDocuments, heard: Heard
) -> None:
    """Where somebody who is to make it ready fails, nothing is written twice, nobody is refused, and others see it."""
    seen: list[str] = []

    async def broken(collection: Collection, tenant: str, documents: Sequence[Document]) -> Unready:
        raise RuntimeError("broken")

    async def whole(collection: Collection, tenant: str, documents: Sequence[Document]) -> Unready:
        seen.extend(one["id"] for one in documents)
        return {}

    collector.prepare(broken)
    collector.prepare(whole)
    (outcome,) = await collector.put(FRAMES, "t", [frame("a")])
    assert isinstance(outcome, Stored)
    assert (store.bulks, heard.said, seen) == ([1], ["telemetry_unready"], ["a"])


async def test_what_is_not_ready_is_refused_to_its_caller_alone(
    collector: Collector, store: SlowDocuments, heard: Heard
) -> None:
    """It is stored, so listeners hear of it now and not again when it is sent again and made ready."""
    is_away = True

    async def make_ready(collection: Collection, tenant: str, documents: Sequence[Document]) -> Unready:
        return refusing([one for one in documents if one["id"] == "b"], Unavailable("away")) if is_away else {}

    collector.prepare(make_ready)
    frames = [frame(name, fingerprint=name) for name in "abc"]
    outcomes = await asyncio.gather(*(collector.put(FRAMES, "t", [one]) for one in frames))
    assert [isinstance(one, Stored) for (one,) in outcomes] == [True, False, True]
    assert (store.bulks, heard.heard) == ([3], [("t", 3)])
    (again,) = await collector.put(FRAMES, "t", [frames[1]])
    assert isinstance(again, Unavailable)
    is_away = False
    (again,) = await collector.put(FRAMES, "t", [frames[1]])
    assert isinstance(again, Stored)
    assert heard.heard == [("t", 3)]


async def test_what_cannot_be_made_ready_at_all_is_told_all_the_same(collector: Collector, heard: Heard) -> None:
    """Each caller is refused, with a refusal of their own; what is on disk is told."""

    async def away(collection: Collection, tenant: str, documents: Sequence[Document]) -> Unready:
        raise Unavailable("away", retry_after=7)

    collector.prepare(away)
    outcomes = await asyncio.gather(*(collector.put(FRAMES, "t", [frame(name)]) for name in "ab"))
    refusals = [one for (one,) in outcomes]
    assert [getattr(one, "retry_after", None) for one in refusals] == [7, 7]
    assert refusals[0] is not refusals[1]
    assert heard.heard == [("t", 2)]


async def test_a_caller_who_leaves_leaves_the_document(collector: Collector, store: SlowDocuments) -> None:
    """Nobody else of the bulk is disturbed."""
    store.open.clear()
    gone = asyncio.create_task(collector.put(FRAMES, "t", [frame("a")]))
    stays = asyncio.create_task(collector.put(FRAMES, "t", [frame("b")]))
    await asyncio.sleep(0.01)
    gone.cancel()
    store.open.set()
    assert len(await stays) == 1
    assert len(store.all_of(FRAMES, "t")) == 2


async def test_closing_writes_what_was_taken(collector: Collector, store: SlowDocuments) -> None:
    """And takes nothing more."""
    puts = [asyncio.create_task(collector.put(FRAMES, f"t{n}", [frame("a")])) for n in range(9)]
    await asyncio.sleep(0)
    await collector.close()
    async with asyncio.timeout(20):
        assert len(await asyncio.gather(*puts)) == 9
    with pytest.raises(Unavailable):
        await collector.put(FRAMES, "t", [frame("b")])
