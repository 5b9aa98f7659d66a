"""What SQLite's errors mean to a caller of the store. The only place that knows the driver's exceptions by name.

A caller may be a stranger: the driver's own words, which tell paths, stay in the cause.
"""

import sqlite3

from handlers.core.errors import Unavailable

# By the primary result code, the low byte of the extended one: https://www.sqlite.org/rescode.html
REASONS = {
    sqlite3.SQLITE_BUSY: "is locked by another program",
    sqlite3.SQLITE_LOCKED: "is locked by another program",
    sqlite3.SQLITE_FULL: "has no room left on its disk",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is damaged: not a database",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_READONLY: "cannot be written",
    sqlite3.SQLITE_PERM: "may not be accessed",
    sqlite3.SQLITE_IOERR: "cannot be read or written",
    sqlite3.SQLITE_INTERRUPT: "took too long to answer",
}


def translated(error: sqlite3.Error) -> Unavailable:
    """The refusal that stands for an error of the driver."""
    code = getattr(error, "sqlite_errorcode", None)
    reason = "cannot answer" if code is None else REASONS.get(code & 0xFF, "cannot answer")
    return Unavailable(f"The database {reason}")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another program holds the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_interrupted(error: sqlite3.Error) -> bool:
    """Whether a statement was ended before its end."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_INTERRUPT


def refusal(error: Exception) -> Exception:
    """What one caller of a failed group gets: an instance of its own, because raising one changes it."""
    own: Exception = RuntimeError("A group of writes failed")
    if isinstance(error, sqlite3.Error):
        own = translated(error)
    elif isinstance(error, Unavailable):
        own = Unavailable(error.message, retry_after=error.retry_after)
    own.__cause__ = error
    return own


class translating:  # noqa: N801 - it is used like a function; one that is a generator costs more than a short read
    """Let no error of the driver out."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise translated(error) from error
