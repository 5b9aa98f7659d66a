"""The kept numbers of documents: one for each order of a collection, group of fields, tenant and their values.

A document that has no value for the order, or for a field of the group, is in no number.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import orjson

from adapters.sqlite.queries import Statement
from adapters.sqlite.rows import Row
from adapters.sqlite.tables import Table, counter_name
from handlers.core.ports import Query

TABLE = "CREATE TABLE IF NOT EXISTS counters (name, tenant, held, n, PRIMARY KEY (name, tenant, held)) WITHOUT ROWID"
ADD = "INSERT INTO counters VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
TIDY = "DELETE FROM counters WHERE name = ? AND tenant = ? AND held = ? AND n = 0"
FORGET = "DELETE FROM counters WHERE name >= ? AND name < ?"

Key = tuple[str, str, str]


class Deltas:
    """What a transaction adds to the numbers. Written once, however many changes touch the same one."""

    def __init__(self) -> None:
        self._deltas: Counter[Key] = Counter()

    def note(self, table: Table, row: Row, by: int) -> None:
        """One document more, or less."""
        for key in keys(table, row):
            self._deltas[key] += by

    def note_change(self, table: Table, old: Row, new: Row, changed: Collection[str]) -> None:
        """A document that is another now, by the values of these fields."""
        if not table.counted.isdisjoint(changed):
            self.note(table, old, -1)
            self.note(table, new, +1)

    def write(self, connection: sqlite3.Connection) -> None:
        """Bring the numbers up to date."""
        changed = {key: by for key, by in self._deltas.items() if by}
        connection.executemany(ADD, [(*key, by) for key, by in changed.items()])
        connection.executemany(TIDY, [key for key, by in changed.items() if by < 0])


def keys(table: Table, row: Row) -> Iterator[Key]:
    """The numbers that a document is part of."""
    values = row.values
    for name, order, group in table.counters:
        if values[order] is not None and not any(values[field] is None for field in group):
            yield name, row.tenant, held(values, group)


def kept(query: Query) -> tuple[str, ...] | None:
    """The declared group that a query's number is kept under, if it is."""
    if query.labels or query.is_bounded:
        return None
    return next((group for group in query.collection.counters if set(group) == set(query.where)), None)


def total(table: Table, query: Query, group: tuple[str, ...]) -> Statement:
    """The number of documents that a query matches, the expired ones that still lie there included."""
    sought = [held(values, group) for values in query.alternatives()]
    places = ", ".join("?" * len(sought))
    return Statement(
        f"SELECT coalesce(sum(n), 0) FROM counters WHERE name = ? AND tenant = ? AND held IN ({places})",
        [counter_name(table.collection, query.order, group), query.tenant, *sought],
    )


def forget(connection: sqlite3.Connection, table: Table) -> None:
    """Drop every number of a collection."""
    prefix = f"{table.collection.name}:"
    connection.execute(FORGET, (prefix, f"{table.collection.name};"))


def held(values: Mapping[str, object], group: Sequence[str]) -> str:
    """The group's values as one text."""
    return orjson.dumps([values[field] for field in group]).decode()
