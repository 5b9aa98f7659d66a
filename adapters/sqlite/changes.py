"""Changes to documents inside one transaction. Knows SQL and the declared tables, not when or why it commits."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import singledispatchmethod
from typing import Any

from adapters.sqlite.counters import Deltas
from adapters.sqlite.journal import Entry, Journalling, forget_aged
from adapters.sqlite.rows import Row, row, stored
from adapters.sqlite.tables import Table
from handlers.core.errors import Duplicate, Stale
from handlers.core.events import Logged
from handlers.core.ports import Change, Delete, Document, Insert, Update


class Changes:
    """What one transaction does. A refused change leaves no trace: every refusal precedes the change's first effect."""

    def __init__(self, connection: sqlite3.Connection, tables: Mapping[str, Table], now: int) -> None:
        self._connection = connection
        self._tables = tables
        self._now = now
        self._deltas = Deltas()
        self.journal = Journalling(connection)

    def finish(self) -> list[Logged]:
        """Write what was gathered, just before the commit; return what it tells."""
        self._deltas.write(self._connection)
        return self.journal.write()

    def beat(self) -> None:
        """Write something, to see whether it can be done."""
        self._connection.execute("INSERT OR REPLACE INTO pulse VALUES (1, ?)", (self._now,))

    @singledispatchmethod
    def apply(self, change: Change) -> Document:
        """Make a change and return the document after it, or before its deletion."""
        raise TypeError(f"Not a change: {change!r}")

    @apply.register
    def _(self, change: Insert) -> Document:
        table = self._tables[change.collection.name]
        new = row(table, change.stored())
        self.insert(table, new)
        return new.document

    @apply.register
    def _(self, change: Update) -> Document:
        table = self._tables[change.collection.name]
        key, old = self._held(table, change)
        new = row(table, change.applied_to(old.document))
        self._replace(table, key, old, new)
        return new.document

    @apply.register
    def _(self, change: Delete) -> Document:
        table = self._tables[change.collection.name]
        key, old = self._held(table, change)
        self._remove(table, key, old)
        return old.document

    def apply_and_tell(self, change: Change, entries: Sequence[Entry]) -> Document:
        """Make a change, and tell of it if it is made."""
        document = self.apply(change)
        self.journal.add(entries)
        return document

    def apply_in_turn(self, steps: Sequence[tuple[Change, Sequence[Entry]]]) -> list[Document]:
        """Make changes one after the other, and tell of those that are made, until one is refused."""
        made: list[Document] = []
        with suppress(Stale, Duplicate):
            for change, entries in steps:
                made.append(self.apply_and_tell(change, entries))
        return made

    def insert(self, table: Table, new: Row) -> None:
        """Add a document, in the place of expired ones if they hold what it needs."""
        while True:
            try:
                cursor = self._connection.execute(table.insert, new.parameters())
                break
            except sqlite3.IntegrityError:
                self._make_way(table, new)
        self._add_labels(table, cursor.lastrowid or 0, new)
        self._deltas.note(table, new, +1)

    def sweep(self, limit: int) -> int:
        """Remove some of what has expired, and some of the events that are too old; return how many."""
        expiring = [table for table in self._tables.values() if table.collection.expires]
        return sum(self._sweep(table, limit) for table in expiring) + forget_aged(self._connection, self._now)

    def _sweep(self, table: Table, limit: int) -> int:
        found = self._connection.execute(
            f"SELECT key, tenant, doc FROM {table.name} WHERE {table.expiry} <= ? LIMIT ?", (self._now, limit)
        ).fetchall()
        for key, tenant, text in found:
            self._remove(table, key, stored(table, tenant, text))
        return len(found)

    def _held(self, table: Table, change: Update | Delete) -> tuple[int, Row]:
        """The document that a change is about, if it is there and as the change expects it."""
        select = table.select_by_id(f"key, doc, {table.expiry}")
        found = self._connection.execute(select, (change.tenant, change.id)).fetchone()
        if found is None or self._expired(found[2]):
            raise Stale(f"{table.collection.name}: {change.id} is gone")
        held = stored(table, change.tenant, found[1])
        if not change.holds(held.document):
            raise Stale(f"{table.collection.name}: {change.id} is not as expected")
        return found[0], held

    def _expired(self, moment: Any) -> bool:
        return moment is not None and moment <= self._now

    def _make_way(self, table: Table, new: Row, key: int | None = None) -> None:
        """Remove an expired document that holds what a new one needs; refuse if the holder is a living one."""
        for fields in (("id",), *table.collection.unique):
            holder = self._holder(table, new, fields)
            if holder is None or holder[0] == key:
                continue
            if not self._expired(holder[2]):
                raise Duplicate(table.collection.name, fields)
            self._remove(table, holder[0], stored(table, new.tenant, holder[1]))
            return
        raise AssertionError(f"{table.collection.name}: a constraint failed that nothing holds")

    def _holder(self, table: Table, new: Row, fields: tuple[str, ...]) -> tuple[int, str, Any] | None:
        what = f"key, doc, {table.expiry}"
        if fields == ("id",):
            return self._connection.execute(table.select_by_id(what), (new.tenant, new.id)).fetchone()
        values = [new.values[field] for field in fields]
        return self._connection.execute(table.select(what, fields), (new.tenant, *values)).fetchone()

    def _replace(self, table: Table, key: int, old: Row, new: Row) -> None:
        changed = [field for field in table.fields if old.values[field] != new.values[field]]
        parameters = (*new.texts, *(new.values[field] for field in changed), key)
        while True:
            try:
                self._connection.execute(table.update(changed), parameters)
                break
            except sqlite3.IntegrityError:
                self._make_way(table, new, key)
        self._renew_labels(table, key, old, new)
        self._deltas.note_change(table, old, new, changed)

    def _remove(self, table: Table, key: int, old: Row) -> None:
        self._connection.execute(table.delete, (key,))
        for labels in table.labels:
            self._connection.execute(labels.delete, (key,))
        self._deltas.note(table, old, -1)

    def _add_labels(self, table: Table, key: int, new: Row) -> None:
        for labels in table.labels:
            self._connection.executemany(labels.insert, new.label_parameters(labels, key))

    def _renew_labels(self, table: Table, key: int, old: Row, new: Row) -> None:
        for labels in table.labels:
            present = new.label_parameters(labels, key)
            if present != old.label_parameters(labels, key):
                self._connection.execute(labels.delete, (key,))
                self._connection.executemany(labels.insert, present)
