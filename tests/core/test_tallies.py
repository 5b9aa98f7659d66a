"""Reads are counted together, and none goes missing unsaid."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.audit import Audit
from handlers.core.collections import AUDIT
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.tallies import Read, Tallies
from tests.core.test_audit import ANN, FlakyDocuments, Said, eventually
from tests.fakes import Clock, MemoryDocuments

GET = Read("v2.tasks.get_task", "GET", "read")
LIST = Read("v2.tasks.list_tasks", "GET", "read")


@pytest.fixture(autouse=True)
def short_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a second here."""
    monkeypatch.setattr("handlers.core.tallies.WINDOW_SECONDS", 0.02)


@pytest.fixture
def documents(clock: Clock) -> FlakyDocuments:
    """The store."""
    return FlakyDocuments(clock)


@pytest.fixture
def said() -> Said:
    """What the operator hears."""
    return Said()


@pytest.fixture
def audit(documents: FlakyDocuments, clock: Clock, said: Said) -> Audit:
    """The log."""
    return Audit(documents, clock, days=30, say=said)


@pytest.fixture
def tallies(audit: Audit, clock: Clock, said: Said) -> Tallies:
    """The reads."""
    return Tallies(audit, clock, said)


def read(tallies: Tallies, task: str | None = "task_1", who: Principal = ANN, what: Read = GET, **other: Any) -> None:
    """Somebody reads a task."""
    given = {"status": 200, "peer": "192.0.2.1", "agent": b"curl/8", "request_id": "req_1", **other}
    tallies.add(what, who, {"task_id": task} if task else None, **given)


def kept(documents: MemoryDocuments) -> list[Document]:
    """All that is kept."""
    return documents.all_of(AUDIT, "t_one")


def counted(documents: MemoryDocuments) -> int:
    """All reads in all entries."""
    return sum(document.get("count", 1) for document in kept(documents))


async def test_a_read_is_written_a_moment_later(tallies: Tallies, documents: FlakyDocuments, clock: Clock) -> None:
    """With the moment at which it was made, and nothing waits for it."""
    read(tallies)
    assert kept(documents) == []
    made = clock.now
    clock.advance(500)
    await eventually(lambda: kept(documents))
    (document,) = kept(documents)
    assert {
        name: document[name] for name in ("event_type", "user", "resource", "created_at", "status", "request_id")
    } == {
        "event_type": "read",
        "user": "usr_ann",
        "resource": "task_1",
        "created_at": made,
        "status": 200,
        "request_id": "req_1",
    }
    assert "count" not in document


async def test_the_same_read_again_is_counted(tallies: Tallies, documents: FlakyDocuments) -> None:
    """Another caller, key, item, operation, outcome, address or program is another entry."""
    for _ in range(100):
        read(tallies)
    bob = Principal("usr_bob", "t_one", frozenset())
    for other in (
        {"who": bob},
        {"who": Principal("usr_ann", "t_one", frozenset(), key="b" * 64)},
        {"task": "task_2"},
        {"task": None, "what": LIST},
        {"status": 404},
        {"peer": "192.0.2.2"},
        {"agent": None},
    ):
        read(tallies, **other)
    await tallies.close()
    assert sorted(document.get("count", 1) for document in kept(documents)) == [1] * 7 + [100]


async def test_under_a_flood_detail_goes_before_count(
    tallies: Tallies, documents: FlakyDocuments, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many different items are listed so far, and the rest is one number: nothing is left out of the count."""
    monkeypatch.setattr("handlers.core.tallies._MOST", 50)
    for number in range(1000):
        read(tallies, f"task_{number}")
    await tallies.close()
    assert len(kept(documents)) == 51
    assert counted(documents) == 1000
    (rest,) = [document for document in kept(documents) if "resource" not in document]
    assert (rest["count"], rest["user"]) == (950, "usr_ann")
    assert audit.figures.dropped_reads == 0


async def test_what_finds_no_room_is_counted_and_told(
    tallies: Tallies, documents: FlakyDocuments, audit: Audit, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a flood of callers has an end, and the operator hears how many reads nobody will find."""
    monkeypatch.setattr("handlers.core.tallies._MOST", 5)
    monkeypatch.setattr("handlers.core.tallies._MOST_COARSE", 5)
    for number in range(100):
        read(tallies, who=Principal(f"usr_{number}", "t_one", frozenset()))
    await tallies.close()
    assert counted(documents) == 10
    assert audit.figures.dropped_reads == 90
    assert said == [{"event": "audit_dropped", "what": "reads", "count": 90}]


async def test_reads_outlast_a_store_that_is_away(tallies: Tallies, documents: FlakyDocuments, audit: Audit) -> None:
    """They are written when it is back."""
    documents.is_away = True
    for number in range(30):
        read(tallies, f"task_{number}")
        await asyncio.sleep(0.002)
    documents.is_away = False
    await eventually(lambda: counted(documents) == 30)
    assert audit.figures.dropped_reads == 0


async def test_a_long_absence_costs_reads_and_no_memory(
    tallies: Tallies, documents: FlakyDocuments, audit: Audit, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many wait and no more; what is dropped and what is kept is all that there was."""
    monkeypatch.setattr("handlers.core.tallies._MOST_LATE", 10)
    documents.is_away = True
    for number in range(40):
        read(tallies, f"task_{number}")
        if number % 10 == 9:
            await asyncio.sleep(0.05)
    assert len(tallies._late) == 10
    documents.is_away = False
    await tallies.close()
    assert counted(documents) + audit.figures.dropped_reads == 40
    assert sum(one["count"] for one in said) == audit.figures.dropped_reads > 0


async def test_a_stop_without_a_store_says_what_is_lost(
    tallies: Tallies, documents: FlakyDocuments, audit: Audit, said: Said
) -> None:
    """Nothing goes missing silently."""
    documents.is_away = True
    for _ in range(3):
        read(tallies)
    await tallies.close()
    assert audit.figures.dropped_reads == 3
    assert said[-1] == {"event": "audit_dropped", "what": "reads", "count": 3}


async def test_a_defect_does_not_stop_the_log(
    tallies: Tallies, documents: FlakyDocuments, audit: Audit, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads that could not be written are told, and the next ones are written."""
    monkeypatch.setattr(documents, "insert_many", None)
    read(tallies)
    await eventually(lambda: audit.figures.dropped_reads == 1)
    assert [one["event"] for one in said] == ["audit_failed", "audit_dropped"]
    monkeypatch.undo()
    read(tallies)
    await tallies.close()
    assert counted(documents) == 1


async def test_a_slow_store_is_written_to_once_at_a_time(
    tallies: Tallies, documents: FlakyDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one group is written the next one gathers, however long that takes."""
    insert, under_way, most = documents.insert_many, 0, 0

    async def slow(*given: Any) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return await insert(*given)

    monkeypatch.setattr(documents, "insert_many", slow)
    for number in range(30):
        read(tallies, f"task_{number}")
        await asyncio.sleep(0.005)
    await tallies.close()
    assert most == 1
    assert counted(documents) == 30


reads = st.lists(st.tuples(st.sampled_from(["usr_a", "usr_b"]), st.sampled_from(["t_1", "t_2", ""]), st.integers(0, 9)))


@given(reads=reads, most=st.integers(1, 4), coarse=st.integers(0, 3))
async def test_every_read_is_in_an_entry_or_among_the_dropped(reads: Any, most: int, coarse: int) -> None:
    """However many there are, of whom, in which tenants, and however little room there is."""
    documents, said = MemoryDocuments(), Said()
    audit = Audit(documents, Clock(), days=1, say=said)
    tallies = Tallies(audit, Clock(), said)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("handlers.core.tallies._MOST", most)
        patch.setattr("handlers.core.tallies._MOST_COARSE", coarse)
        for user, tenant, number in reads:
            read(tallies, f"task_{number}", Principal(user, tenant, frozenset()))
        await tallies.close()
    found = [document for tenant in ("t_1", "t_2", "t_default") for document in documents.all_of(AUDIT, tenant)]
    assert sum(document.get("count", 1) for document in found) + audit.figures.dropped_reads == len(reads)
