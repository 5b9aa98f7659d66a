"""The engine of all that is due over the real stores: whatever they promise, exactly one worker acts."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from handlers.core.agenda import Agenda
from handlers.core.clock import Moment
from handlers.core.collections import ALL, TASKS
from handlers.core.duties import Duty
from handlers.core.ports import Collection, Document, Documents, Insert
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from tests.adapters.documents.stores import Clock, make

MINUTE = 60_000


@pytest.fixture
def dues() -> Collection:
    """A collection that no other test has."""
    return Collection(f"dues_{uuid4().hex}", due="due_at")


@pytest_asyncio.fixture
async def documents(
    kind: str, tmp_path: Path, mongo_url: str, clock: Clock, dues: Collection
) -> AsyncIterator[Documents]:
    """An open store with the declared collections and that one."""
    opened = make(kind, tmp_path, mongo_url, clock, [*ALL, dues])
    await opened.open()
    yield opened
    await opened.close()


async def all_look(workers: list[Agenda]) -> None:
    """Every worker looks, all at once, until none finds anything."""
    busy = True
    while busy:
        pauses = await asyncio.gather(*(worker.look() for worker in workers))
        await asyncio.gather(*(worker.settle() for worker in workers))
        busy = any(pause < 0.1 for pause in pauses)


async def test_of_many_workers_one_acts(documents: Documents, clock: Clock, dues: Collection) -> None:
    """Workers that look at the same time share what is due, and nothing is done twice; a failure comes back to one."""
    acted: Counter[str] = Counter()
    failing = {f"due_{number:03}" for number in range(0, 60, 7)}

    async def act(document: Document) -> Moment | None:
        acted[document["id"]] += 1
        await asyncio.sleep(0)
        if document["id"] in failing and acted[document["id"]] == 1:
            raise ZeroDivisionError
        return clock() + 5 * MINUTE if document["id"] == "due_059" else None

    workers = [Agenda(documents, clock, lambda event, **facts: None, is_shared=True) for _ in range(3)]
    for worker in workers:
        worker.take(Duty(dues, act, ends=True))
    new = [{"id": f"due_{number:03}", "due_at": clock() - number} for number in range(60)]
    for tenant, part in (("t_a", new[:30]), ("t_b", new[30:])):
        await documents.insert_many(dues, tenant, part)
    await all_look(workers)
    assert set(acted) == {document["id"] for document in new} and set(acted.values()) == {1}
    clock.advance(2_000)
    await all_look(workers)
    assert {name for name, times in acted.items() if times == 2} == failing
    [left] = await documents.due(dues, clock() + 10 * MINUTE, 100)
    assert left == {"id": "due_059", "tenant": "t_b", "due_at": clock() - 2_000 + 5 * MINUTE}


async def test_a_lost_claim_is_taken_over(documents: Documents, clock: Clock, dues: Collection) -> None:
    """What a worker held when it died is done by another when the claim is over, and not before."""
    done: list[str] = []

    async def die(document: Document) -> Moment | None:
        await asyncio.Event().wait()
        return None

    async def act(document: Document) -> Moment | None:
        done.append(document["id"])
        return None

    dying, living = (Agenda(documents, clock, lambda event, **facts: None) for _ in range(2))
    dying.take(Duty(dues, die))
    living.take(Duty(dues, act))
    await documents.write(Insert(dues, "t", {"id": "due_1", "due_at": clock()}))
    await dying.look()
    while (await documents.due(dues, clock(), 1)) != []:
        await asyncio.sleep(0.01)
    for task in dying._acting.values():
        task.cancel()
    await all_look([living])
    assert done == []
    clock.advance(MINUTE)
    await all_look([living])
    assert done == ["due_1"]


async def test_tasks_end_by_the_clock_in_every_store(documents: Documents, clock: Clock, tenant: str) -> None:
    """Deadlines, time limits and schedules of tasks come due through the store's own index."""
    who = Principal("usr_a", tenant, frozenset({"admin"}))
    tasks = Tasks(documents, clock)
    late = await tasks.create(who, {"name": "n", "type": "t", "deadline": clock() + 1_000})
    slow = await tasks.create(who, {"name": "n", "type": "t", "timeout_seconds": 2})
    await tasks.update(who, slow.id, {"status": "running"})
    waiting = await tasks.create(who, {"name": "n", "type": "t", "schedule": {"cron": "* * * * *"}})
    workers = [Agenda(documents, clock, lambda event, **facts: None, is_shared=True) for _ in range(2)]
    for worker in workers:
        worker.take(Duty(TASKS, tasks.attend))
    clock.advance(2 * MINUTE)
    await all_look(workers)
    found = [await tasks.get(who, task.id) for task in (late, slow, waiting)]
    assert [task.status for task in found] == ["timeout", "timeout", "scheduled"]
    assert found[2].next_run is not None and clock() < found[2].next_run <= clock() + MINUTE
    assert [task.version for task in found[:2]] == [2, 3]
