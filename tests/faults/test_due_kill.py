"""A kill -9 of a worker, or of the store, while things are due loses none of them, and lets none be done twice."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from handlers.core.clock import system_clock
from handlers.core.collections import TASKS
from handlers.core.lifecycle import Task
from handlers.core.ports import Documents
from handlers.core.principals import Principal
from handlers.core.tasks import Filter, Tasks
from scripts.mongo_wire import MongoWireServer, private_mongo_wire
from tests.faults.due import store
from tests.serving import eventually

MANY = 300  # more than are looked at once
AHEAD = 50  # of whoever counts what is begun
ANN = Principal("usr_ann", "t_one", frozenset({"admin"}))


@pytest.mark.parametrize("begun", [1, 40, 200])
async def test_what_is_due_survives_a_kill_of_its_worker(tmp_path: Path, begun: int) -> None:
    """Killed while it acts, and again, the worker that comes after finishes; each task has changed once."""
    assert begun + AHEAD + 1 < MANY
    place = str(tmp_path / "nexus.db")
    async with opened(place) as documents:
        await fill(documents, MANY)
    assert len(killed_after(place, begun)) >= begun
    assert len(killed_after(place, 1)) >= 1
    due = 'SELECT count(*) FROM "docs:tasks" WHERE f_due_at IS NOT NULL'
    with worker(place, MANY), closing(sqlite3.connect(place)) as connection:
        assert eventually(lambda: connection.execute(due).fetchone() == (0,), seconds=20)
    async with opened(place) as documents:
        await check(documents, MANY)


async def test_what_is_due_survives_a_kill_of_a_worker_and_of_the_database(tmp_path: Path) -> None:
    """Of two workers one is killed, and the database under both: the other goes on by itself when it is back."""
    with private_mongo_wire(tmp_path / "data") as server:
        async with opened(server.url) as documents:
            await fill(documents, MANY)
            await kill_both(server, documents)
            await check(documents, MANY)


async def kill_both(server: MongoWireServer, documents: Documents) -> None:
    """Kill one worker and the database, and return when the other worker has left nothing that is due."""
    with worker(server.url, AHEAD) as other:
        assert len(killed_after(server.url, 40)) >= 40
        server.kill()
        other.stdin.close()
        await asyncio.sleep(0.5)
        server.start()
        async with asyncio.timeout(60):
            while await documents.due(TASKS, system_clock() + 60_000, 1):
                await asyncio.sleep(0.1)
        assert other.poll() is None


@asynccontextmanager
async def opened(place: str) -> AsyncIterator[Documents]:
    """The store at a place, open."""
    documents = store(place)
    await documents.open()
    try:
        yield documents
    finally:
        await documents.close()


async def fill(documents: Documents, many: int) -> None:
    """Tasks that are all due."""
    tasks = Tasks(documents, system_clock)
    for _ in range(many // 20):
        given = {"name": "n", "type": "t", "deadline": system_clock() + 1_000}
        made = await asyncio.gather(*(tasks.create(ANN, dict(given)) for _ in range(20)))
        assert all(task.due_at == given["deadline"] for task in made)
    await asyncio.sleep(1)


async def check(documents: Documents, many: int) -> None:
    """Every task has ended, by one change."""
    tasks = Tasks(documents, system_clock)
    ended: list[Task] = []
    for start in range(0, many, 100):
        ended += await tasks.page(ANN, Filter(), 100, start)
    assert len({task.id for task in ended}) == many
    assert {(task.status, task.version) for task in ended} == {("timeout", 2)}


@contextmanager
def worker(place: str, most: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that is killed in the end, and begins no more than so much until its input is closed."""
    command = [sys.executable, "-m", "tests.faults.due", place, str(most)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def killed_after(place: str, lines: int) -> list[bytes]:
    """What a worker had begun when it was killed after so many things; it had no time to begin them all."""
    command = [sys.executable, "-m", "tests.faults.due", place, str(lines + AHEAD)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        found = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        found += process.stdout.readlines()
    return [line for line in found if line]
