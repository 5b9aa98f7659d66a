"""Records that are changed by what they were here last: never wrong for it, and read where they may be."""

from typing import Any

import pytest

from handlers.core.errors import Conflict, NotFound, Unavailable
from handlers.core.guesses import Guesses
from handlers.core.ports import Change, Collection, Delete, Document, Insert, Listing
from handlers.core.records import Records
from tests.fakes import MemoryDocuments

THINGS = Collection("things", listings=(Listing(order="number"),))


class Store(MemoryDocuments):
    """A store that counts what is read, and does not answer when it is told so."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = self.writes = 0
        self.is_away = False

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """Count, and read."""
        self.reads += 1
        return await super().get(collection, tenant, identifier)

    async def write(self, change: Change, events: Any = ()) -> Document:
        """Write, and say nothing of it if that is wanted."""
        self.writes += 1
        after = await super().write(change, events)
        if self.is_away:
            raise Unavailable("away")
        return after


@pytest.fixture
async def store() -> Store:
    """A store with one record."""
    store = Store()
    await store.write(Insert(THINGS, "t", {"id": "a", "number": 0, "version": 1}))
    return store


def process(store: Store) -> Records:
    """What one process has of the records."""
    return Records(store, THINGS, "thing", guesses=True)


def more(present: Document) -> dict[str, Any]:
    """One more."""
    return {"number": present["number"] + 1}


def at_most_two(present: Document) -> dict[str, Any]:
    """One more, of two."""
    if present["number"] >= 2:
        raise Conflict("There are two")
    return more(present)


async def test_what_was_changed_here_is_changed_again_without_being_read(store: Store) -> None:
    """Only the first change reads."""
    records = process(store)
    for number in range(1, 5):
        before, after = await records.change("t", "a", more, None)
        assert (before["number"], after["number"]) == (number - 1, number)
    assert store.reads == 1


async def test_what_another_process_has_changed_is_read(store: Store) -> None:
    """No change is lost, whoever makes it, and each decides by the present record."""
    one, other = process(store), process(store)
    for records in (one, other, one, one, other):
        await records.change("t", "a", more, None)
    held = await one.get("t", "a")
    assert (held["number"], held["version"]) == (5, 6)


async def test_nothing_is_refused_for_what_is_no_more(store: Store) -> None:
    """Who would refuse by what the record was here decides by what it is; who refuses that has refused."""
    one, other = process(store), process(store)
    await one.change("t", "a", at_most_two, None)
    await one.change("t", "a", at_most_two, None)
    await other.change("t", "a", lambda present: {"number": 0}, None)
    assert (await one.change("t", "a", at_most_two, None))[1]["number"] == 1
    await one.change("t", "a", at_most_two, None)
    with pytest.raises(Conflict):
        await one.change("t", "a", at_most_two, None)


async def test_what_changes_nothing_is_answered_by_the_record(store: Store) -> None:
    """Both before and after are what is there."""
    one, other = process(store), process(store)
    await one.change("t", "a", more, None)
    await other.change("t", "a", more, None)
    before, after = await one.change("t", "a", lambda present: {}, None)
    assert before is after
    assert after["number"] == 2


async def test_what_was_deleted_is_not_there(store: Store) -> None:
    """However well it was remembered."""
    records = process(store)
    await records.change("t", "a", more, None)
    await store.write(Delete(THINGS, "t", "a", {}))
    with pytest.raises(NotFound):
        await records.change("t", "a", more, None)


async def test_a_store_that_does_not_answer_is_not_asked_twice(store: Store) -> None:
    """It may have done what it was asked to: to decide anew would do it twice."""
    records = process(store)
    await records.change("t", "a", more, None)
    store.is_away, writes = True, store.writes
    with pytest.raises(Unavailable):
        await records.change("t", "a", more, None)
    assert store.writes == writes + 1


async def test_so_many_are_remembered() -> None:
    """The oldest goes first; what is kept anew is the youngest."""
    guesses = Guesses(2)
    for place in "abac":
        guesses.keep(place, {"id": place})
    assert [guesses.of(place) is None for place in "abc"] == [False, True, False]
