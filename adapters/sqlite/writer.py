"""The one thread that writes. Whatever is submitted while a commit runs goes into the next commit, together.

A caller is answered only after the commit that its change is part of, and each event loop is woken once per commit.
"""

import asyncio
import sqlite3
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.sqlite.changes import Changes
from adapters.sqlite.copying import Copying
from adapters.sqlite.errors import refusal
from adapters.sqlite.file import DatabaseFile, Session
from adapters.sqlite.journal import Hear
from adapters.sqlite.tables import Table
from handlers.core.clock import Clock
from handlers.core.errors import Unavailable
from handlers.core.events import Logged

GROUP = 1_000
BUSY_MS = 2_000

Work = Callable[[Changes], Any]


@dataclass(frozen=True)
class Job:
    """A piece of work, how many documents it touches, and who waits for it."""

    work: Work
    weight: int
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


@dataclass(frozen=True)
class Outcome:
    """What came of a job."""

    job: Job
    result: Any = None
    error: Exception | None = None

    def settle(self) -> None:
        """Answer the caller, in its own thread, if it still waits."""
        if self.job.answer.done():
            return
        if self.error is not None:
            self.job.answer.set_exception(self.error)
        else:
            self.job.answer.set_result(self.result)


class Writer:
    """Takes work from event loops and does it in groups, one transaction each."""

    def __init__(self, file: DatabaseFile, tables: Mapping[str, Table], clock: Clock, capacity: int) -> None:
        self._session = Session(file, busy_ms=BUSY_MS)
        self._copying = Copying(file)
        self._tables = tables
        self._clock = clock
        self._capacity = capacity
        self._jobs: deque[Job] = deque()
        self._waiting = 0
        self._closing = False
        self._changed = threading.Condition()
        self._listener: tuple[asyncio.AbstractEventLoop, Hear] | None = None
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._copying.start()
        self._thread.start()

    def listen(self, hear: Hear) -> None:
        """Have this event loop hear of all new events, in the order of the log, before their writers are answered."""
        self._listener = (asyncio.get_running_loop(), hear)

    def stop(self) -> None:
        """Write what was accepted, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._copying.stop()

    async def submit(self, work: Work, weight: int = 1) -> Any:
        """Have some work done in the next transaction; return its result when that is on disk."""
        loop = asyncio.get_running_loop()
        job = Job(work, weight, loop, loop.create_future())
        with self._changed:
            if self._closing:
                raise Unavailable("The store is closed")
            if self._jobs and self._waiting + weight > self._capacity:
                raise Unavailable("Too many writes are waiting for the disk")
            self._jobs.append(job)
            self._waiting += weight
            self._changed.notify()
        return await job.answer

    def _run(self) -> None:
        while (group := self._take()) is not None:
            self._answer(self._attempt(group))
        self._session.discard()

    def _take(self) -> list[Job] | None:
        """The next group, or None when all is done."""
        group: list[Job] = []
        taken = 0
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closing)
            if not self._jobs:
                return None
            while self._jobs and (not group or taken + self._jobs[0].weight <= GROUP):
                taken += self._jobs[0].weight
                group.append(self._jobs.popleft())
            self._waiting -= taken
        return group

    def _attempt(self, group: list[Job]) -> list[Outcome]:
        """Do a group's work and commit it, or none of it."""
        try:
            return self._transact(group)
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller of the group must hear of it
            self._session.discard()
            return [Outcome(job, error=refusal(error)) for job in group]

    def _transact(self, group: list[Job]) -> list[Outcome]:
        connection = self._session.writing()
        connection.execute("BEGIN IMMEDIATE")
        changes = Changes(connection, self._tables, self._clock())
        outcomes = [perform(job, changes) for job in group]
        told = changes.finish()
        connection.execute("COMMIT")
        self._session.verify()
        self._copying.note(sum(job.weight for job in group))
        self._tell(told)
        return outcomes

    def _tell(self, told: Sequence[Logged]) -> None:
        if told and self._listener is not None:
            loop, hear = self._listener
            if not loop.is_closed():
                loop.call_soon_threadsafe(hear, told)

    def _answer(self, outcomes: list[Outcome]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            by_loop[outcome.job.loop].append(outcome)
        for loop, answers in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, answers)


def perform(job: Job, changes: Changes) -> Outcome:
    """One job's share of a transaction. Its refusal is its own; an error of the database is everybody's."""
    try:
        return Outcome(job, result=job.work(changes))
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001 - it is raised again where its caller waits
        return Outcome(job, error=error)


def settle(outcomes: list[Outcome]) -> None:
    """Answer every caller of one event loop."""
    for outcome in outcomes:
        outcome.settle()
