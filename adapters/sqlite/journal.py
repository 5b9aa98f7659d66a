"""The event log in the database file: a row for each event, in the order of the commits.

An event is written in the transaction of the change that it tells of, so that there is neither without the other.
The newest row is never removed, so that no place is given twice.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import token_hex

import orjson

from adapters.sqlite.queries import Statement
from handlers.core.events import Event, Logged, Stretch

TABLES = (
    "CREATE TABLE IF NOT EXISTS log (place INTEGER PRIMARY KEY, tenant, id, at, event)",
    "CREATE UNIQUE INDEX IF NOT EXISTS log_id ON log (id)",
    "CREATE INDEX IF NOT EXISTS log_tenant ON log (tenant, place)",
    "CREATE TABLE IF NOT EXISTS log_facts (name PRIMARY KEY, value) WITHOUT ROWID",
)
KEPT = 500_000
KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000
AGED_BITE = 500
_EPOCH, _RELAYED = "epoch", "relayed"
_ADD = "INSERT INTO log (place, tenant, id, at, event) VALUES (?, ?, ?, ?, ?)"
_BOUNDS = "SELECT (SELECT min(place) FROM log), (SELECT max(place) FROM log), value FROM log_facts WHERE name = 'epoch'"
# One statement sees one state of the file: bounds and rows agree.
_READ = """
    SELECT bounds.*, log.place, log.event FROM ({bounds}) AS bounds
    LEFT JOIN log ON {whose}log.place > ? ORDER BY log.place LIMIT ?
"""
_READ_TENANT = _READ.format(bounds=_BOUNDS, whose="log.tenant = ? AND ")
_READ_ALL = _READ.format(bounds=_BOUNDS, whose="")

Entry = tuple[Event, str]
Hear = Callable[[Sequence[Logged]], None]


@dataclass(frozen=True)
class Bounds:
    """The first and the last place of the log, which are 1 and 0 when it is empty, and its epoch."""

    oldest: int
    newest: int
    epoch: str


def begin(connection: sqlite3.Connection) -> None:
    """Give a log that is new its epoch."""
    facts = [(_EPOCH, token_hex(4)), (_RELAYED, 0)]
    connection.executemany("INSERT OR IGNORE INTO log_facts VALUES (?, ?)", facts)


def entry(event: Event) -> Entry:
    """An event with its text. What JSON cannot say is refused here, before anything is written."""
    return event, orjson.dumps(event).decode()


class Journalling:
    """What one transaction adds to the log."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._entries: list[Entry] = []

    def add(self, entries: Sequence[Entry]) -> None:
        """Note entries for the end of the transaction."""
        self._entries += entries

    def note_relayed(self, place: int) -> None:
        """Note how far another log was told."""
        self._connection.execute("UPDATE log_facts SET value = ? WHERE name = ?", (place, _RELAYED))

    def write(self) -> list[Logged]:
        """Write what was noted, and let go of as much at the other end if the log is full."""
        if not self._entries:
            return []
        present = bounds(self._connection)
        try:
            told = self._number(present, self._entries)
        except sqlite3.IntegrityError:
            told = self._number(present, self._new_ones(present))
        self._let_go(present, len(told))
        return told

    def _number(self, present: Bounds, entries: Sequence[Entry]) -> list[Logged]:
        numbered = list(enumerate(entries, present.newest + 1))
        rows = [(place, event.tenant, event.id, event.at, text) for place, (event, text) in numbered]
        self._connection.executemany(_ADD, rows)
        return [Logged(event, present.epoch, place, len(text)) for place, (event, text) in numbered]

    def _new_ones(self, present: Bounds) -> list[Entry]:
        """The noted entries without those that the log has: an event that is appended again shows once."""
        self._connection.execute("DELETE FROM log WHERE place > ?", (present.newest,))
        first = {noted[0].id: noted for noted in reversed(self._entries)}
        known = "SELECT 1 FROM log WHERE id = ?"
        return [
            noted
            for noted in self._entries
            if first[noted[0].id] is noted and self._connection.execute(known, (noted[0].id,)).fetchone() is None
        ]

    def _let_go(self, present: Bounds, added: int) -> None:
        """Twice as fast as it grows, so that a log that was too long gets shorter."""
        surplus = present.newest + added - KEPT
        if surplus >= present.oldest:
            self._connection.execute("DELETE FROM log WHERE place <= ?", (min(surplus, present.oldest + 2 * added),))


BOUNDS = Statement(_BOUNDS, [])


def bounds(connection: sqlite3.Connection) -> Bounds:
    """How far the log reaches."""
    oldest, newest, epoch = connection.execute(_BOUNDS).fetchone()
    return Bounds(oldest or 1, newest or 0, epoch)


def forget_aged(connection: sqlite3.Connection, now: int) -> int:
    """Remove a bite of what is too old, but never the newest row; return how many."""
    present = bounds(connection)
    last = min(present.oldest + AGED_BITE, present.newest)
    young = "SELECT min(place) FROM log WHERE place < ? AND at > ?"
    (first_young,) = connection.execute(young, (last, now - KEPT_MILLISECONDS)).fetchone()
    return connection.execute("DELETE FROM log WHERE place < ?", (first_young or last,)).rowcount


def reading(tenant: str | None, after: int, limit: int) -> Statement:
    """The statement of a stretch, of one tenant or of all."""
    if tenant is None:
        return Statement(_READ_ALL, [after, limit])
    return Statement(_READ_TENANT, [tenant, after, limit])


def stretch(rows: Sequence[tuple], after: int, limit: int) -> Stretch:
    """What a reading has found."""
    oldest, newest, epoch = rows[0][:3]
    found = [logged(epoch, place, text) for *_, place, text in rows if place is not None]
    reached = found[-1].offset if len(found) == limit else newest or 0
    is_gone = 0 <= after < (oldest or 1) - 1 or after > (newest or 0)
    return Stretch(found, reached, lost=is_gone)


def logged(epoch: str, place: int, text: str) -> Logged:
    """An entry as it was written."""
    return Logged(Event(**orjson.loads(text)), epoch, place, len(text))


UNRELAYED = Statement(
    "SELECT epoch.value, place, event FROM log, log_facts AS epoch, log_facts AS relayed WHERE epoch.name = 'epoch'"
    " AND relayed.name = 'relayed' AND place > relayed.value ORDER BY place LIMIT 500",
    [],
)
