"""The audit log: written before the answer, kept for a store that is away, read by its own tenant."""

import asyncio
from typing import Any

import pytest

from handlers.core.audit import Audit, Sought
from handlers.core.audit_entries import Entry, is_name
from handlers.core.collections import AUDIT
from handlers.core.errors import Unavailable
from handlers.core.ports import Document, Position
from handlers.core.principals import ANONYMOUS, Principal
from tests.fakes import Clock, MemoryDocuments

DAY = 24 * 3600 * 1000
ANN = Principal("usr_ann", "t_one", frozenset({"admin"}), key="a" * 64)


class FlakyDocuments(MemoryDocuments):
    """A store that is away when it is told to be; `after` the write when that is told too."""

    is_away = False
    after = False
    delay = 0.0
    gate: asyncio.Event | None = None
    tries = at_once = most_at_once = 0

    async def insert_many(self, collection: Any, tenant: str, documents: Any) -> Any:
        """Insert, if the store is there."""
        self.tries += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (asyncio.sleep(self.delay) if self.gate is None else self.gate.wait())
        finally:
            self.at_once -= 1
        if self.is_away and not self.after:
            raise Unavailable("away")
        inserted = await super().insert_many(collection, tenant, documents)
        if self.is_away:
            raise Unavailable("away, but written")
        return inserted


class Said(list[dict[str, Any]]):
    """What was said to the operator."""

    def __call__(self, event: str, **facts: Any) -> None:
        self.append({"event": event, **facts})


@pytest.fixture
def documents(clock: Clock) -> FlakyDocuments:
    """The store."""
    return FlakyDocuments(clock)


@pytest.fixture
def said() -> Said:
    """What the operator hears."""
    return Said()


@pytest.fixture
def audit(documents: FlakyDocuments, clock: Clock, said: Said, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """The log, kept for thirty days; it waits for a store as long as any machine takes, and soon tries again."""
    monkeypatch.setattr("handlers.core.audit._PATIENCE_SECONDS", 20)
    monkeypatch.setattr("handlers.core.audit._RETRY_SECONDS", 0.01)
    return Audit(documents, clock, days=30, say=said)


def entry(who: Principal = ANN, status: int = 201, **changes: Any) -> Entry:
    """Somebody has created a task."""
    given = {
        "event_type": "task_created",
        "operation": "v2.tasks.create_task",
        "method": "POST",
        "request_id": "req_1",
        "peer": "192.0.2.1",
        "user_agent": "curl/8",
        "resource": "task_1",
        "is_change": status < 400,
    }
    return Entry(who, status=status, **{**given, **changes})


def kept(documents: MemoryDocuments, tenant: str = "t_one") -> list[Document]:
    """All that is kept for a tenant."""
    return documents.all_of(AUDIT, tenant)


async def eventually(condition: Any) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def test_an_entry_says_who_what_when_and_from_where(
    audit: Audit, documents: FlakyDocuments, clock: Clock
) -> None:
    """It is written when the call returns, and is gone after its days."""
    await audit.record(entry())
    (document,) = kept(documents)
    assert document.pop("id").startswith("audit_")
    assert document == {
        "tenant": "t_one",
        "created_at": clock.now,
        "expires_at": clock.now + 30 * DAY,
        "event_type": "task_created",
        "outcome": "success",
        "user": "usr_ann",
        "key": "a" * 64,
        "operation": "v2.tasks.create_task",
        "method": "POST",
        "status": 201,
        "resource": "task_1",
        "request_id": "req_1",
        "peer": "192.0.2.1",
        "user_agent": "curl/8",
        "marks": ["resource task_1", "key " + "a" * 64, "outcome success"],
    }
    assert audit.figures.written == 1
    clock.advance(30 * DAY)
    assert kept(documents) and await audit.page(ANN, Sought(), 10) == []


async def test_the_rules_may_say_more(audit: Audit, documents: FlakyDocuments) -> None:
    """Who has just come in, what exactly was done, to whom, and details."""
    noted = {
        "user": "usr_bob",
        "tenant": "t_two",
        "event_type": "task_execution",
        "agent": "web_agent",
        "resource": "task_2",
        "details": {"success": True},
    }
    await audit.record(entry(ANONYMOUS, noted=noted))
    (document,) = kept(documents, "t_two")
    assert {name: document[name] for name in noted} == noted


async def test_what_nobody_did_belongs_to_the_default_tenant(audit: Audit, documents: FlakyDocuments) -> None:
    """A denied stranger is seen by those who run the installation."""
    await audit.record(entry(ANONYMOUS, 401))
    (document,) = kept(documents, "t_default")
    assert (document["event_type"], document["outcome"]) == ("access_denied", "denied")
    assert "user" not in document


async def test_an_entry_is_bounded(audit: Audit, documents: FlakyDocuments) -> None:
    """However long what a caller sends, only so much is kept; what is no identifier is nothing that there is."""
    await audit.record(entry(peer="x" * 500, user_agent="y" * 5000, resource="\0../etc" * 100))
    (document,) = kept(documents)
    assert (len(document["peer"]), len(document["user_agent"])) == (45, 256)
    assert "resource" not in document
    assert document["marks"] == ["key " + "a" * 64, "outcome success"]


@pytest.mark.parametrize("name", ["admin", "john_sharma", "ann+ops@example.com", "o'hara@example.com", "a" * 128])
def test_a_name_is_told(name: str) -> None:
    """What somebody can be called may stand in the log."""
    assert is_name(name)


@pytest.mark.parametrize(
    "text",
    ["", "Secure Pass!", "p@ss@word", "SecurePass123!", "nexus_sk_live_0123_secret", "eyJhbGciOi", "a" * 129, "x\ny"],
)
def test_what_is_no_name_is_not_told(text: str) -> None:
    """A password or a token in the wrong field stays out of the log."""
    assert not is_name(text)


async def test_a_list_is_filtered_in_every_way(audit: Audit, clock: Clock) -> None:
    """By all that a list takes, alone and together, in pages and numbers; never another tenant's."""
    bob = Principal("usr_bob", "t_one", frozenset())
    for who in (ANN, bob):
        for status in (201, 404):
            for resource in ("task_1", "task_2"):
                clock.advance(10)
                await audit.record(entry(who, status, resource=resource))
    await audit.record(entry(Principal("usr_eve", "t_other", frozenset())))
    for sought, count in (
        (Sought(), 8),
        (Sought("task_created"), 8),
        (Sought("other"), 0),
        (Sought(actor="usr_bob"), 4),
        (Sought(actor="a" * 64), 4),
        (Sought("task_created", actor="a" * 64, outcome="failed", resource="task_2"), 1),
        (Sought(actor="b" * 64), 0),
        (Sought(outcome="failed"), 4),
        (Sought(resource="task_2"), 4),
        (Sought("task_created", "usr_bob", "failed", "task_2"), 1),
        (Sought(since=clock.now - 20), 3),
        (Sought(until=clock.now - 20), 5),
        (Sought(actor="usr_bob", since=clock.now - 20, until=clock.now), 2),
    ):
        assert len(await audit.page(ANN, sought, 100)) == await audit.count(ANN, sought) == count
    first = await audit.page(ANN, Sought(), 3)
    assert [one.created_at for one in first] == sorted((one.created_at for one in first), reverse=True)
    rest = await audit.page(ANN, Sought(), 100, after=Position(first[-1].created_at, first[-1].id))
    assert rest == await audit.page(ANN, Sought(), 100, offset=3)


@pytest.mark.parametrize("after", [False, True])
async def test_a_store_that_is_away_loses_no_entry(
    audit: Audit, documents: FlakyDocuments, said: Said, after: bool
) -> None:
    """Entries wait, and are written once when the store is back, also those that it wrote without saying so."""
    documents.is_away, documents.after = True, after
    for _ in range(5):
        await audit.record(entry())
    assert audit.figures.waiting == 5
    assert [one["event"] for one in said] == ["audit_waits"]
    documents.is_away = False
    await eventually(lambda: audit.figures.waiting == 0)
    assert len(kept(documents)) == 5


async def test_a_store_that_hangs_delays_no_answer_for_long(
    audit: Audit, documents: FlakyDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while the entry waits, and the answer does not; the next ones do not even try."""
    monkeypatch.setattr("handlers.core.audit._PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr("handlers.core.audit._RETRY_SECONDS", 100)
    documents.delay = 100
    async with asyncio.timeout(20):
        for _ in range(50):
            await audit.record(entry())
    assert (audit.figures.waiting, documents.tries) == (50, 1)
    documents.delay = 0
    await audit.close()
    assert len(kept(documents)) == 50


async def test_changes_are_refused_before_they_are_made_when_too_many_entries_wait(
    audit: Audit, documents: FlakyDocuments, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that was made is never left out; denials make room for changes, and are counted."""
    monkeypatch.setattr("handlers.core.audit._MOST_WAITING", 10)
    documents.is_away = True
    for _ in range(8):
        await audit.record(entry(status=403))
    assert (audit.figures.waiting, audit.figures.dropped_denials) == (5, 3)
    for _ in range(5):
        audit.check()
        await audit.record(entry())
    with pytest.raises(Unavailable):
        audit.check()
    await audit.record(entry())  # it was under way
    assert audit.figures.waiting == 11
    documents.is_away = False
    await eventually(lambda: audit.figures.waiting == 0)
    audit.check()
    assert [one["event_type"] for one in kept(documents)].count("task_created") == 6
    assert "audit_dropped" in [one["event"] for one in said]


async def test_a_stop_writes_what_waits(
    audit: Audit, documents: FlakyDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last chance is taken."""
    monkeypatch.setattr("handlers.core.audit._RETRY_SECONDS", 100)
    documents.is_away = True
    await audit.record(entry())
    documents.is_away = False
    await audit.close()
    assert len(kept(documents)) == 1


async def test_what_cannot_be_written_at_all_is_told(audit: Audit, documents: FlakyDocuments, said: Said) -> None:
    """A server that stops without its store puts the entries into its log."""
    documents.is_away = True
    await audit.record(entry())
    await audit.close()
    (told,) = [one for one in said if one["event"] == "audit_unwritten"]
    assert told["entry"]["resource"] == "task_1"


async def test_entries_that_come_together_are_written_together(
    audit: Audit, documents: FlakyDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One group is under way, the next one gathers meanwhile; each caller is answered when its own entry is safe."""
    insert, groups = documents.insert_many, []

    async def counted(collection: Any, tenant: str, given: Any) -> Any:
        groups.append(len(given))
        return await insert(collection, tenant, given)

    monkeypatch.setattr(documents, "insert_many", counted)
    documents.delay = 0.01

    async def one(number: int) -> None:
        await asyncio.sleep(0.001 * number)
        await audit.record(entry(resource=f"task_{number}"))
        assert f"task_{number}" in {document["resource"] for document in kept(documents)}

    await asyncio.gather(*(one(number) for number in range(40)))
    assert sum(groups) == 40 and len(groups) < 20


async def test_one_tenants_entries_do_not_wait_for_anothers(audit: Audit, documents: FlakyDocuments) -> None:
    """A group with many tenants takes no longer than one with a single one: all are written at once."""
    documents.gate = asyncio.Event()
    people = [Principal("usr_ann", f"t_{number}", frozenset()) for number in range(40)]
    recording = asyncio.gather(*(audit.record(entry(who)) for who in people))
    await eventually(lambda: documents.at_once == 40)
    documents.gate.set()
    await recording
    assert all(len(kept(documents, who.tenant)) == 1 for who in people)


async def test_a_caller_who_leaves_does_not_take_the_entry_along(audit: Audit, documents: FlakyDocuments) -> None:
    """A request that is cancelled while its entry is written has been made, and is told."""
    documents.delay = 0.02
    recording = asyncio.ensure_future(audit.record(entry()))
    await asyncio.sleep(0.005)
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    await eventually(lambda: len(kept(documents)) == 1)


async def test_a_defect_is_told_and_hurts_no_answer(
    audit: Audit, documents: FlakyDocuments, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong in the log is no fault of the caller's."""
    monkeypatch.setattr(documents, "insert_many", None)
    await audit.record(entry())
    (told,) = said
    assert told["event"] == "audit_failed"
    assert told["entry"]["resource"] == "task_1"
