"""How changes reach the disk."""

import asyncio
import math
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite.documents import SqliteDocuments
from adapters.sqlite.writer import performed
from handlers.core.errors import Unavailable
from handlers.core.events import Event, Logged
from handlers.core.ports import Document, Insert
from tests.adapters.documents.declarations import ITEMS, SESSIONS, item, items, session
from tests.adapters.documents.stores import Clock
from tests.adapters.sqlite.conftest import Open


async def test_changes_that_wait_together_are_answered_together(
    open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is submitted while a commit runs becomes one commit, and wakes the event loop once."""
    store = await open_store()
    gate = threading.Event()
    busy = await held_up(store, gate)
    waiting = [asyncio.create_task(store.write(Insert(ITEMS, "t", item()))) for _ in range(50)]
    await asyncio.sleep(0)
    wakes, groups = [], []
    loop = asyncio.get_running_loop()
    wake, perform = loop.call_soon_threadsafe, performed
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *given: (wakes.append(given), wake(*given))[1])
    monkeypatch.setattr("adapters.sqlite.writer.performed", lambda *given: (groups.append(given), perform(*given))[1])
    gate.set()
    await asyncio.gather(busy, *waiting)
    assert [len(group) for group, _ in groups] == [50]
    assert len(wakes) == len(["the gate", "the commit that was held up", "the other one"])


async def test_what_comes_in_a_few_turns_is_committed_together(
    open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy loop brings its changes one after the other, and each commit costs more than a change."""
    store = await open_store()
    groups, perform = [], performed
    monkeypatch.setattr("adapters.sqlite.writer.performed", lambda *given: (groups.append(given), perform(*given))[1])
    writing = []
    for _ in range(4):
        writing.append(asyncio.create_task(store.write(Insert(ITEMS, "t", item()))))
        await asyncio.sleep(0)
    await asyncio.gather(*writing)
    assert [len(group) for group, _ in groups] == [4]


async def test_a_slow_disk_is_left_to_a_thread(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as commits are quick, they are made in the loop; after one that was not, in a thread for a while."""
    monkeypatch.setattr("adapters.sqlite.writer._PATIENCE", 1_000_000)
    store = await open_store()
    hand, beside = store._writing()._hand, []
    do = hand.do
    monkeypatch.setattr(hand, "do", lambda work: (beside.append(work), do(work))[1])
    for quick, commits in ((10.0, 0), (0.0, 0), (0.0, 1), (10.0, 2)):
        monkeypatch.setattr("adapters.sqlite.writer._QUICK_SECONDS", quick)
        await store.write(Insert(ITEMS, "t", item()))
        assert len(beside) == commits
    assert await store.count(items("t")) == 4


async def test_a_large_group_leaves_room_for_others(open_store: Open) -> None:
    """While many documents are written the loop has time for whatever else there is."""
    store = await open_store()
    writing = asyncio.gather(store.insert_many(ITEMS, "t", [item(text="x" * 500) for _ in range(1_000)]))
    turns = 0
    while not writing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 5 and await writing == [[None] * 1_000]


async def test_a_full_queue_refuses_with_a_hint(open_store: Open) -> None:
    """More waiting changes than the queue holds are refused at once, and those that wait are made."""
    store = await open_store(capacity=10)
    gate = threading.Event()
    busy = await held_up(store, gate)
    waiting = [asyncio.create_task(store.write(Insert(ITEMS, "t", item()))) for _ in range(10)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="Too many writes") as refusal:
        await store.write(Insert(ITEMS, "t", item()))
    assert refusal.value.retry_after >= 1
    gate.set()
    await asyncio.gather(busy, *waiting)
    assert await store.count(items("t")) == 11


async def test_closing_writes_what_was_accepted(open_store: Open) -> None:
    """Every change that was accepted before the end is answered, and is there afterwards."""
    store = await open_store()
    waiting = [asyncio.create_task(store.write(Insert(ITEMS, "t", item()))) for _ in range(200)]
    await asyncio.sleep(0)
    await store.close()
    assert len(await asyncio.gather(*waiting)) == 200
    store = await open_store()
    assert await store.count(items("t")) == 200


async def test_a_caller_that_gave_up_disturbs_nobody(open_store: Open) -> None:
    """The answer of a cancelled caller is dropped; the others of its group get theirs."""
    store = await open_store()
    waiting = [asyncio.create_task(store.write(Insert(ITEMS, "t", item()))) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[3].cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(result, dict) for result in results) == 19


async def test_who_hears_of_a_change_cannot_undo_it(open_store: Open) -> None:
    """They hear of it before its writer is answered, and what they make of it is not the writer's trouble."""
    store, heard, troubles = await open_store(), [], []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: troubles.append(context["exception"]))

    def hear(told: Sequence[Logged]) -> None:
        heard.extend(told)
        raise ZeroDivisionError

    store.listen(hear)
    new = item()
    event = Event("evt_1", "item.made", "t", new["id"], 1, {})
    await store.write(Insert(ITEMS, "t", new), [event])
    assert [logged.event for logged in heard] == [event] and len(troubles) == 1
    assert await store.get(ITEMS, "t", new["id"]) is not None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite3.OperationalError("x"), Unavailable),
        (Unavailable("gone", retry_after=7), Unavailable),
        (ZeroDivisionError(), RuntimeError),
    ],
)
async def test_every_caller_of_a_failed_group_hears_of_it(
    open_store: Open, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    """Whatever spoils a commit, each caller gets an exception of its own with that as its cause."""
    store = await open_store()
    monkeypatch.setattr("adapters.sqlite.changes.Changes.finish", lambda changes: raised(error))
    writes = [store.write(Insert(ITEMS, "t", item())) for _ in range(3)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results] == [kind] * 3 and len(set(map(id, results))) == 3
    assert all(result.__cause__ is error for result in results)


async def test_a_defect_in_one_change_spoils_no_other(open_store: Open) -> None:
    """An unforeseen error goes to the caller whose work raised it."""
    store = await open_store()
    broken = store._writing().submit(lambda changes, _: 1 // 0)
    results = await asyncio.gather(broken, store.write(Insert(ITEMS, "t", item())), return_exceptions=True)
    assert isinstance(results[0], ZeroDivisionError) and isinstance(results[1], dict)


async def test_expired_documents_are_swept_in_bites(
    open_store: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has expired leaves the file bite by bite, so that no write waits long, and its numbers with it."""
    monkeypatch.setattr("adapters.sqlite.documents.SWEEP_BITE", 10)
    clock = Clock()
    store = await open_store(clock=clock)
    await store.insert_many(SESSIONS, "t", [session(clock() + 1_000) for _ in range(25)])
    await store.insert_many(SESSIONS, "t", [session(None) for _ in range(5)])
    clock.advance(2_000)
    assert [await store.sweep() for _ in range(4)] == [10, 10, 5, 0]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute('SELECT count(*) FROM "docs:sessions"').fetchone() == (5,)
        assert connection.execute("SELECT DISTINCT n FROM counters WHERE name LIKE 'sessions:%'").fetchall() == [(5,)]


async def test_a_writer_with_nothing_to_do_sleeps(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without changes there is no transaction, however long nothing happens."""
    store = await open_store()
    await store.write(Insert(ITEMS, "t", item()))
    begun: list[object] = []
    monkeypatch.setattr(store._writer, "_attempt", begun.append)
    await asyncio.sleep(0.7)
    assert begun == []


async def held_up(store: SqliteDocuments, gate: threading.Event) -> "asyncio.Task[Document]":
    """A change whose commit does not end before the gate opens, when that has begun."""
    writer = store._writing()
    writer._slow_until = math.inf
    writer._hand.do(lambda: gate.wait(10))
    busy = asyncio.create_task(store.write(Insert(ITEMS, "t", item())))
    while writer._waiting or not writer._writing:
        await asyncio.sleep(0)
    return busy


def raised(error: Exception) -> None:
    """Raise an error where an expression is called for."""
    raise error


@pytest.mark.parametrize("is_slow", [False, True])
async def test_what_is_not_committed_is_read_by_nobody(
    open_store: Open, path: Path, monkeypatch: pytest.MonkeyPatch, *, is_slow: bool
) -> None:
    """Neither while a group's work makes way for others, nor while it is committed in the thread."""
    store = await open_store()
    await store.write(Insert(ITEMS, "t", item()))
    monkeypatch.setattr("adapters.sqlite.writer._SLICE_SECONDS", 0.0)
    store._writing()._slow_until = math.inf if is_slow else 0.0
    new = [item() for _ in range(200)]
    writing = asyncio.create_task(store.insert_many(ITEMS, "t", new))
    looks = 0
    with closing(sqlite3.connect(path)) as other:
        while not writing.done():
            found = await store.get(ITEMS, "t", new[0]["id"])
            counted = len(await store.page(items("t"), 1_000))
            ((present,),) = other.execute('SELECT count(*) FROM "docs:items"').fetchall()
            assert (found is None or present == 201) and counted <= present
            looks += 1
            await asyncio.sleep(0)
    assert looks > 100
    assert await store.get(ITEMS, "t", new[0]["id"]) == new[0] | {"tenant": "t"}
