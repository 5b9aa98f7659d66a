"""The database file: who may have it open, whether it is still there, and how a connection to it is made."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from handlers.core.errors import Unavailable

Identity = tuple[int, int]

# Asking costs a read as much as its statement, and lets other threads in between.
_RECENT_SECONDS = 0.05

# A busy store commits hundreds of pages at a time: at SQLite's 1,000 every other commit would copy the log. At 16,000
# one copies what `copying.py` has left, and the log begins anew.
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "temp_store = MEMORY",
    "cache_size = -65536",
    "wal_autocheckpoint = 16000",
    "journal_size_limit = 67108864",
)


class DatabaseFile:
    """One file, held by one process at a time."""

    def __init__(self, path: Path, max_pages: int | None = None) -> None:
        self.path = path
        self._max_pages = max_pages
        self._lock: IO[str] | None = None
        self._seen: tuple[Identity, float] | None = None

    def acquire(self) -> None:
        """Keep every other process out, or say which one is in."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        name = f"{self.path}.lock"
        lock = open(name, "a+", encoding="ascii", opener=private)  # noqa: SIM115 - held as long as the store is open
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            held = BlockingIOError(f"{self.path} is held by process {holder}")
            raise Unavailable("The database is in use by another server") from held
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Let the next process in."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def identity(self) -> Identity:
        """Which file lies at the path now. A connection goes on writing to a file that was taken away from there."""
        self._seen, now = None, time.monotonic()
        try:
            status = os.stat(self.path)
        except OSError as exc:
            raise Unavailable("The database file has vanished") from exc
        found = status.st_dev, status.st_ino
        self._seen = found, now + _RECENT_SECONDS
        return found

    def recent_identity(self) -> Identity:
        """Which file lay there a moment ago, as far as any of all threads has looked; which does now, if none has."""
        seen = self._seen
        return seen[0] if seen is not None and time.monotonic() < seen[1] else self.identity()

    def connect(self, *, busy_ms: int, create: bool = False) -> sqlite3.Connection:
        """A connection in autocommit mode: whoever wants a transaction begins one."""
        if create:
            make_private(self.path)
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
            uri=True,
            timeout=busy_ms / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        try:
            self._prepare(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if self._max_pages is not None:
            connection.execute(f"PRAGMA max_page_count = {self._max_pages:d}")


def make_private(path: Path) -> None:
    """Make a file, if there is none, for its owner alone. SQLite gives the same rights to the journals beside it."""
    try:
        os.close(private(path, os.O_RDONLY | os.O_CREAT))
    except OSError as exc:
        raise Unavailable("The database cannot be opened") from exc


def private(path: str | Path, flags: int) -> int:
    """Open a file that, if it is new, nobody else may open."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


class Session:
    """A connection that follows the file: made when first needed, and anew after a failure or for another file."""

    def __init__(self, file: DatabaseFile, *, busy_ms: int) -> None:
        self._file = file
        self._busy_ms = busy_ms
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    def writing(self) -> sqlite3.Connection:
        """A connection to the file that lies at the path now: whoever writes does not guess."""
        return self._connection_to(self._file.identity())

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple]:
        """All rows of a statement, of the file that lay there a moment ago. A failed connection is not used again."""
        try:
            return self.reading().execute(sql, parameters).fetchall()
        except sqlite3.Error:
            self.discard()
            raise

    def reading(self) -> sqlite3.Connection:
        """A connection for whoever only reads."""
        return self._connection_to(self._file.recent_identity())

    def _connection_to(self, identity: Identity) -> sqlite3.Connection:
        if identity != self._identity:
            self.discard()
        if self._connection is None:
            self._connection = self._file.connect(busy_ms=self._busy_ms)
            self._identity = identity
        return self._connection

    def verify(self) -> None:
        """Raise if what was just written went to a file that is no longer there."""
        if self._file.identity() != self._identity:
            raise Unavailable("The database file was replaced during a write")

    def discard(self) -> None:
        """Close the connection; whatever it had not committed never happened."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._identity = None
