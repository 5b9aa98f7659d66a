"""Reads: in the event loop as long as they are short, else on threads, which are bounded in number, queue and time.

A thread's hop costs more than most reads, and a thread contends with the loop for the interpreter at every row.

Whoever writes has in memory what was written, and every other connection has to read it anew after each commit. So what
is short is read by the writer's connection, whenever that is idle.
"""

import asyncio
import math
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from adapters.sqlite.errors import is_interrupted, translating
from adapters.sqlite.file import DatabaseFile, Session
from adapters.sqlite.queries import Statement
from handlers.core.errors import Unavailable

WORKERS = 2
BACKLOG = 256
BUSY_MS = 1_000
INLINE_BUSY_MS = 50
SHORT_SECONDS = 0.001
STEPS_BETWEEN_CHECKS, STEPS_BETWEEN_SHORT_CHECKS = 10_000, 1_000


class Watch:
    """How long what a connection does now may take: each has one of its own, for a commit is nobody's to interrupt."""

    def __init__(self) -> None:
        self.until = math.inf

    def is_late(self) -> bool:
        """Whether that is over."""
        return time.perf_counter() > self.until


class Readers:
    """Runs statements, those on threads until their deadline at the longest.

    `idle` is the writer's session, if others may read by it now.
    """

    def __init__(self, file: DatabaseFile, seconds: float, idle: Callable[[], Session | None]) -> None:
        self._seconds = seconds
        self._idle = idle
        self._pending = 0
        self._here = Session(file, busy_ms=INLINE_BUSY_MS)
        self._watched: dict[Session, tuple[sqlite3.Connection, Watch]] = {}
        self._spent = 0.0
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="sqlite-reader")
        self._sessions: SimpleQueue[Session] = SimpleQueue()
        for _ in range(WORKERS):
            self._sessions.put(Session(file, busy_ms=BUSY_MS))

    def open(self) -> None:
        """Connect: where nothing can be written any more, what is there can still be read."""
        with translating():
            self._here.reading()

    def point(self, statement: Statement) -> list[tuple]:
        """The rows of a statement that finds its few rows by their keys."""
        with translating():
            return self._session().rows(statement.sql, statement.parameters)

    async def rows(self, statement: Statement) -> list[tuple]:
        """All rows of a statement. Who reads again and again lets others have their turn in between."""
        if self._spent > SHORT_SECONDS:
            await asyncio.sleep(0)
        found = self._short(statement)
        return await self._long(statement) if found is None else found

    def close(self) -> None:
        """Finish what was accepted, then let go."""
        self._threads.shutdown()
        self._here.discard()
        while not self._sessions.empty():
            self._sessions.get().discard()

    def _short(self, statement: Statement) -> list[tuple] | None:
        """All rows, if that takes next to no time."""
        session = self._session()
        with translating():
            connection, watch = self._on_watch(session)
            began = time.perf_counter()
            watch.until = began + min(SHORT_SECONDS, self._seconds)
            try:
                return connection.execute(statement.sql, statement.parameters).fetchall()
            except sqlite3.Error as problem:
                if is_interrupted(problem):
                    return None
                session.discard()
                raise
            finally:
                watch.until = math.inf
                self._spend(time.perf_counter() - began)

    def _session(self) -> Session:
        return self._idle() or self._here

    def _on_watch(self, session: Session) -> tuple[sqlite3.Connection, Watch]:
        """A session's connection, and who looks how long it takes."""
        connection, known = session.reading(), self._watched.get(session)
        if known is None or known[0] is not connection:
            known = self._watched[session] = connection, Watch()
            connection.set_progress_handler(known[1].is_late, STEPS_BETWEEN_SHORT_CHECKS)
        return known

    def _spend(self, seconds: float) -> None:
        """Know how long this turn of the loop has read."""
        if not self._spent:
            asyncio.get_running_loop().call_soon(self._renew)
        self._spent += seconds

    def _renew(self) -> None:
        self._spent = 0.0

    async def _long(self, statement: Statement) -> list[tuple]:
        if self._pending >= BACKLOG:
            raise Unavailable("Too many queries are waiting for the database")
        self._pending += 1
        try:
            deadline = time.monotonic() + self._seconds
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, statement, deadline)
        finally:
            self._pending -= 1

    def _read(self, statement: Statement, deadline: float) -> list[tuple]:
        session = self._sessions.get()
        try:
            with translating():
                connection = session.reading()
                connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_CHECKS)
                return session.rows(statement.sql, statement.parameters)
        finally:
            self._sessions.put(session)
