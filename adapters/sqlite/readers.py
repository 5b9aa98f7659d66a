"""Threads for reads that take longer than a thread's hop: bounded in number, in queue and in time."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from adapters.sqlite.errors import translating
from adapters.sqlite.file import DatabaseFile, Session
from adapters.sqlite.queries import Statement
from handlers.core.errors import Unavailable

WORKERS = 2
BACKLOG = 256
BUSY_MS = 1_000
STEPS_BETWEEN_CHECKS = 10_000


class Readers:
    """Runs statements on threads of its own, each until its deadline at the longest."""

    def __init__(self, file: DatabaseFile, seconds: float) -> None:
        self._seconds = seconds
        self._pending = 0
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="sqlite-reader")
        self._sessions: SimpleQueue[Session] = SimpleQueue()
        for _ in range(WORKERS):
            self._sessions.put(Session(file, busy_ms=BUSY_MS))

    async def rows(self, statement: Statement) -> list[tuple]:
        """All rows of a statement."""
        if self._pending >= BACKLOG:
            raise Unavailable("Too many queries are waiting for the database")
        self._pending += 1
        try:
            deadline = time.monotonic() + self._seconds
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, statement, deadline)
        finally:
            self._pending -= 1

    def close(self) -> None:
        """Finish what was accepted, then let go."""
        self._threads.shutdown()
        while not self._sessions.empty():
            self._sessions.get().discard()

    def _read(self, statement: Statement, deadline: float) -> list[tuple]:
        session = self._sessions.get()
        try:
            with translating():
                connection = session.reading()
                connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_CHECKS)
                return session.rows(statement.sql, statement.parameters)
        finally:
            self._sessions.put(session)
