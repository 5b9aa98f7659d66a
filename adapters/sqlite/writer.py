"""What is written: whatever is submitted while a commit runs goes into the next commit, together.

Statements run in the event loop, for each is short, and a thread would contend with the loop for the interpreter
between any two of them. A commit, which waits for the disk, runs in a thread, unless the disk is quicker than that. A
caller is answered after the commit that its change is part of.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from adapters.sqlite.changes import Changes
from adapters.sqlite.copying import Copying
from adapters.sqlite.errors import is_busy, refusal
from adapters.sqlite.file import DatabaseFile, Session
from adapters.sqlite.hands import Hand
from adapters.sqlite.journal import Hear
from adapters.sqlite.tables import Table
from handlers.core.answering import answered
from handlers.core.clock import Clock
from handlers.core.errors import Unavailable

GROUP = 1_000
BUSY_MS = 2_000
_BUSY_PAUSE_SECONDS = 0.01
# What is submitted in so many turns of the loop is committed together: a loop that has nothing else to do takes next to
# no time for them, and in a busy one a commit for each change would cost more than the changes.
_TURNS = 8
# So long the loop does nothing else.
_SLICE_SECONDS = 0.001
# A commit that takes less is not worth a thread, which first has to get the interpreter. Where one took more, commits
# are left to the thread for so many times as long: so the loop waits for a slow disk for next to none of its time.
_QUICK_SECONDS, _PATIENCE = 0.002, 100

Work = Callable[[Changes, Any], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with each of some things, and who waits for what comes of each."""

    work: Work
    things: Sequence[Any]
    weight: int
    answer: asyncio.Future[list[Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job."""

    job: Job
    results: list[Any] | None = None
    error: Exception | None = None

    def settle(self) -> None:
        """Answer the caller, if it still waits."""
        answered(self.job.answer, self.results, self.error)


class Writer:
    """Takes work from its event loop and does it in groups, one transaction each."""

    def __init__(self, file: DatabaseFile, tables: Mapping[str, Table], clock: Clock, capacity: int) -> None:
        self._session = Session(file, busy_ms=0)
        self._copying = Copying(file)
        self._tables = tables
        self._clock = clock
        self._capacity = capacity
        self._jobs: deque[Job] = deque()
        self._waiting = 0
        self._is_closing = self._is_transacting = False
        self._writing: asyncio.Task[None] | None = None
        self._hear: Hear | None = None
        self._slow_until = 0.0
        self._hand = Hand("sqlite-writer")

    def start(self) -> None:
        """Begin to write."""
        self._copying.start()
        self._hand.start()

    def listen(self, hear: Hear) -> None:
        """Have somebody hear of all new events, in the order of the log, before their writers are answered."""
        self._hear = hear

    async def stop(self) -> None:
        """Write what was accepted, then end."""
        self._is_closing = True
        if self._writing is not None:
            await self._writing
        await asyncio.to_thread(self._hand.stop)
        await asyncio.to_thread(self._copying.stop)
        self._session.discard()

    def idle(self) -> Session | None:
        """The session, if others may read by it: it has a connection, and no transaction."""
        return self._session if self._session.is_open and not self._is_transacting else None

    async def submit(self, work: Work, thing: Any = None, weight: int = 1) -> Any:
        """Have some work done in the next transaction; return its result when that is on disk."""
        (result,) = await self._submit(work, (thing,), weight)
        return result

    async def submit_all(self, work: Work, things: Sequence[Any]) -> list[Any]:
        """Have some work done with each of some things; return the results when they are on disk, together."""
        return await self._submit(work, things, len(things))

    async def _submit(self, work: Work, things: Sequence[Any], weight: int) -> list[Any]:
        if self._is_closing:
            raise Unavailable("The store is closed")
        if self._jobs and self._waiting + weight > self._capacity:
            raise Unavailable("Too many writes are waiting for the disk")
        job = Job(work, things, weight, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._waiting += weight
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await job.answer

    async def _write_all(self) -> None:
        """Write as long as anything waits."""
        try:
            while self._jobs:
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
                for outcome in await self._attempt(self._take()):
                    outcome.settle()
        finally:
            self._writing = None

    def _take(self) -> list[Job]:
        """The next group."""
        group: list[Job] = []
        taken = 0
        while self._jobs and (not group or taken + self._jobs[0].weight <= GROUP):
            taken += self._jobs[0].weight
            group.append(self._jobs.popleft())
        self._waiting -= taken
        return group

    async def _attempt(self, group: list[Job]) -> list[Outcome]:
        """Do a group's work and commit it, or none of it."""
        self._is_transacting = True
        try:
            return await self._transact(group)
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller of the group must hear of it
            self._session.discard()
            return [Outcome(job, error=refusal(error)) for job in group]
        finally:
            self._is_transacting = False

    async def _transact(self, group: list[Job]) -> list[Outcome]:
        try:
            connection = self._begin()
        except sqlite3.OperationalError as problem:
            if not is_busy(problem):
                raise
            connection = await self._hand.do(self._begin_late)
        changes = Changes(connection, self._tables, self._clock())
        outcomes = await performed(group, changes)
        told = changes.finish()
        await self._commit(connection)
        self._session.verify()
        self._copying.note(sum(job.weight for job in group))
        if told and self._hear is not None:  # what is written is written, whatever becomes of the telling
            asyncio.get_running_loop().call_soon(self._hear, told)
        return outcomes

    async def _commit(self, connection: sqlite3.Connection) -> None:
        """Commit: here, as long as the disk is quick; else in the thread, and here again after a while."""
        commit, began = partial(connection.execute, "COMMIT"), time.monotonic()
        if began < self._slow_until:
            await self._hand.do(commit)
            return
        commit()
        took = time.monotonic() - began
        if took > _QUICK_SECONDS:
            self._slow_until = began + _PATIENCE * took

    def _begin(self) -> sqlite3.Connection:
        connection = self._session.writing()
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def _begin_late(self) -> sqlite3.Connection:
        """Begin when another program lets go of the file, if that is soon."""
        until = time.monotonic() + BUSY_MS / 1000
        while True:
            time.sleep(_BUSY_PAUSE_SECONDS)
            try:
                return self._begin()
            except sqlite3.OperationalError as problem:
                if not is_busy(problem) or time.monotonic() > until:
                    raise


async def performed(group: Sequence[Job], changes: Changes) -> list[Outcome]:
    """A group's share of a transaction, with room in between for whatever else the loop has to do."""
    outcomes, until = [], time.perf_counter() + _SLICE_SECONDS
    for job in group:
        results: list[Any] = []
        try:
            for thing in job.things:
                results.append(job.work(changes, thing))
                if time.perf_counter() > until:
                    await asyncio.sleep(0)
                    until = time.perf_counter() + _SLICE_SECONDS
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - its refusal is its own, and is raised again where its caller waits
            outcomes.append(Outcome(job, error=error))
        else:
            outcomes.append(Outcome(job, results))
    return outcomes
