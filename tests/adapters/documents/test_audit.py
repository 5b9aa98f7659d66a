"""The audit log over every real store: what the rules ask for has an index, and is found."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from handlers.core.audit import Audit, Sought
from handlers.core.audit_entries import Entry
from handlers.core.collections import AUDIT
from handlers.core.ports import Documents, Position
from handlers.core.principals import Principal
from handlers.core.tallies import Read, Tallies
from tests.adapters.documents.stores import Clock, make

KEY = "a" * 64
GET = Read("v2.tasks.get_task", "GET", "read")


@pytest_asyncio.fixture
async def documents(kind: str, tmp_path: Path, mongo_url: str, clock: Clock) -> AsyncIterator[Documents]:
    """An open store with the audit log's collection."""
    opened = make(kind, tmp_path, mongo_url, clock, [AUDIT])
    await opened.open()
    yield opened
    await opened.close()


async def test_what_was_written_is_found_in_every_way(documents: Documents, clock: Clock, tenant: str) -> None:
    """Each filter alone and all together, with bounds, in pages, in numbers; until the entries' days are over."""
    said: list[str] = []
    audit = Audit(documents, clock, days=1, say=lambda event, **_: said.append(event))
    tallies = Tallies(audit, clock, lambda event, **_: said.append(event))
    began = clock()
    for number in range(6):
        who = Principal(f"usr_{number % 2}", tenant, frozenset(), key=KEY if number == 1 else None)
        clock.advance(10)
        await audit.record(Entry(who, "task_created", "v2.tasks.create_task", "POST", 201, "req_1", resource="task_1"))
        tallies.add(GET, who, {"task_id": f"task_{number}"}, 404, "192.0.2.1", None, "req_2")
    await tallies.close()
    reader = Principal("usr_reader", tenant, frozenset())
    for sought, count in (
        (Sought(), 12),
        (Sought("read"), 6),
        (Sought(actor="usr_1"), 6),
        (Sought("read", "usr_1"), 3),
        (Sought(actor=KEY), 2),
        (Sought("read", KEY, "failed", "task_1"), 1),
        (Sought(outcome="failed"), 6),
        (Sought(resource="task_1"), 7),
        (Sought("read", "usr_1", "failed", "task_1"), 1),
        (Sought("task_created", since=began + 20, until=began + 50), 3),
        (Sought(actor="usr_0", resource="task_1", since=began + 20), 2),
    ):
        assert len(await audit.page(reader, sought, 100)) == await audit.count(reader, sought) == count
    first = await audit.page(reader, Sought(), 5)
    rest = await audit.page(reader, Sought(), 100, after=Position(first[-1].created_at, first[-1].id))
    assert len({entry.id for entry in (*first, *rest)}) == 12
    clock.advance(24 * 3600 * 1000)
    assert await audit.page(reader, Sought(), 100) == [] and await audit.count(reader, Sought()) == 0
    assert said == []
