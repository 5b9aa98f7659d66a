"""`python -m tests.bench.due`: what it costs that a task is due some time, and what the engine costs."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.agenda import Agenda
from handlers.core.clock import system_clock
from handlers.core.collections import ALL, APPOINTMENTS, TASKS, TENANTS
from handlers.core.duties import Duty
from handlers.core.ports import Documents
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from scripts.mongo_wire import private_mongo_wire

ANN = Principal("usr_ann", "t_one", frozenset({"admin"}))
DAY = 24 * 3_600_000
ROUNDS = 5
IDLE_SECONDS = 10


async def measure(name: str, documents: Documents, many: int) -> None:
    """Everything, over one store."""
    await documents.open()
    tasks = Tasks(documents, system_clock)
    await fill(tasks, 1, 1, {})
    for callers in (1, 64):
        print(f"{name}, {callers} callers: {await inserts(tasks, callers, many)}")
    for is_shared in (False, True):
        print(f"{name}, idle, {'shared' if is_shared else 'alone'}: {await idle(documents, tasks, is_shared)}")
    print(f"{name}: {await endings(documents, tasks, many)}")
    await documents.close()


async def fill(tasks: Tasks, callers: int, many: int, given: dict[str, Any]) -> float:
    """Make so many tasks; return the microseconds that each took."""

    async def some() -> None:
        for _ in range(many // callers):
            await tasks.create(ANN, {"name": "n", "type": "t", **given})

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(callers)))
    return (time.perf_counter() - began) / (many // callers * callers) * 1e6


async def inserts(tasks: Tasks, callers: int, many: int) -> str:
    """What a moment adds to an insert, in interleaved rounds."""
    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "without": dict,
        "passed": lambda: {"deadline": 1},  # the same document, and no moment
        "due": lambda: {"deadline": system_clock() + DAY},
    }
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, given in kinds.items():
            found[kind].append(await fill(tasks, callers, many, given()))
    without, passed, due = (median(found[kind]) for kind in kinds)
    return f"{without:.0f} µs without a deadline, {passed:.0f} µs with one that has passed, {due:.0f} µs with a moment"


async def idle(documents: Documents, tasks: Tasks, is_shared: bool) -> str:
    """What the engine takes of this process while nothing is due."""
    agenda = Agenda(documents, system_clock, print, is_shared=is_shared)
    for collection in (TASKS, TENANTS, APPOINTMENTS):
        agenda.take(Duty(collection, tasks.attend))
    agenda.start()
    await asyncio.sleep(1)
    began, spent = time.perf_counter(), time.process_time()
    await asyncio.sleep(IDLE_SECONDS)
    share = (time.process_time() - spent) / (time.perf_counter() - began)
    await agenda.close()
    return f"{share:.3%} of one core"


async def endings(documents: Documents, tasks: Tasks, many: int) -> str:
    """How fast tasks are ended that are all due at once."""
    deadline = system_clock() + 5_000
    await fill(tasks, 20, many, {"deadline": deadline})
    await asyncio.sleep(max(0.0, (deadline - system_clock()) / 1000))
    agenda = Agenda(documents, system_clock, print)
    agenda.take(Duty(TASKS, tasks.attend))
    began = time.perf_counter()
    while await agenda.look() == 0:
        pass
    await agenda.settle()
    return f"{agenda.figures.acted['tasks'] / (time.perf_counter() - began):.0f} of {many} tasks ended per second"


async def main() -> None:
    """Both stores."""
    folder = Path(tempfile.mkdtemp())
    await measure("sqlite", SqliteDocuments(folder / "nexus.db", ALL), 1_920)
    with private_mongo_wire(folder / "data") as server:
        await measure("mongo's wire", MongoDocuments(server.url, ALL), 128)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
