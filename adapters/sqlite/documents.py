"""The store's port on SQLite: what is read goes through the readers, every change through the writer."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from adapters.sqlite import counters, journal, queries, schema, series
from adapters.sqlite.changes import Changes
from adapters.sqlite.errors import translating
from adapters.sqlite.file import DatabaseFile
from adapters.sqlite.journal import Entry, Hear
from adapters.sqlite.queries import Statement, Window
from adapters.sqlite.readers import Readers
from adapters.sqlite.rows import Row, row
from adapters.sqlite.tables import Table
from adapters.sqlite.writer import GROUP, Writer
from handlers.core.clock import Clock, system_clock
from handlers.core.errors import Duplicate, Unavailable
from handlers.core.events import Event, Logged, Stretch
from handlers.core.ports import (
    Change,
    Collection,
    Document,
    Insert,
    Position,
    Query,
    Told,
    check_tellable,
    check_window,
    events_of_each,
)
from handlers.core.series import Point, Series, in_order

BULK = GROUP
SWEEP_BITE = 200
OPEN_BUSY_MS = 5_000


class SqliteDocuments:
    """`Documents` in one file, for one process.

    `capacity` is the number of documents that may wait to be written, `max_pages` the size that the file may have,
    `seconds` the time that a page or a count may take.
    """

    def __init__(
        self,
        path: Path,
        collections: Sequence[Collection],
        clock: Clock = system_clock,
        *,
        capacity: int = 10_000,
        max_pages: int | None = None,
        seconds: float = 5.0,
    ) -> None:
        self._file = DatabaseFile(path, max_pages)
        self._tables = {collection.name: Table(collection) for collection in collections}
        self._clock = clock
        self._capacity = capacity
        self._seconds = seconds
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    async def open(self) -> None:
        """Take the file, and bring the declared collections and indexes about."""
        await asyncio.to_thread(self._prepare)
        self._writer = Writer(self._file, self._tables, self._clock, self._capacity)
        self._readers = Readers(self._file, self._seconds, self._writer.idle)
        self._readers.open()
        self._writer.start()

    async def close(self) -> None:
        """Finish what was accepted, then let the file go."""
        writer, readers, self._writer, self._readers = self._writer, self._readers, None, None
        if writer is not None and readers is not None:
            await writer.stop()
            await asyncio.to_thread(readers.close)
        self._file.release()

    async def ping(self) -> None:
        """Return if the store can take a write now: by writing."""
        await self._writing().submit(lambda changes, _: changes.beat())

    async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
        """Make one change and tell of it; return the document after it (for `Delete`: before it)."""
        if not events:
            return await self._writing().submit(lambda changes, given: changes.apply(given), change)
        check_tellable(change, events)
        entries = [journal.entry(event) for event in events]
        return await self._writing().submit(lambda changes, told: changes.apply_and_tell(change, told), entries)

    async def write_in_turn(self, told: Sequence[Told]) -> list[Document]:
        """Make changes one after the other until one is refused, in one transaction; return what was made of them."""
        for change, events in told:
            check_tellable(change, events)
        steps = [(change, [journal.entry(event) for event in events]) for change, events in told]
        return await self._writing().submit(Changes.apply_in_turn, steps, weight=len(steps))

    async def insert_many(
        self, collection: Collection, tenant: str, documents: Sequence[Document], events: Sequence[Event] = ()
    ) -> list[Duplicate | None]:
        """Insert all that can be inserted, and tell of those; for each document None, or why not."""
        table = self._tables[collection.name]
        rows = [
            (row(table, Insert(collection, tenant, document).stored()), [journal.entry(event) for event in told])
            for document, told in zip(documents, events_of_each(documents, events), strict=True)
        ]
        bulks = [rows[start : start + BULK] for start in range(0, len(rows), BULK)]
        outcomes = [await self._insert_bulk(table, bulk) for bulk in bulks]
        return [outcome for bulk in outcomes for outcome in bulk]

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """The document with this identifier."""
        table = self._tables[collection.name]
        return self._document(table, table.select_by_id(f"doc, {table.expiry}"), (tenant, identifier))

    async def find(self, collection: Collection, tenant: str, unique: Mapping[str, str]) -> Document | None:
        """The document that holds these values in a declared unique group."""
        table = self._tables[collection.name]
        group = collection.group(unique)
        values = [unique[field] for field in group]
        return self._document(table, table.select(f"doc, {table.expiry}", group), (tenant, *values))

    async def page(self, query: Query, limit: int, *, after: Position | None = None, offset: int = 0) -> list[Document]:
        """At most `limit` documents in order, ties by identifier, from `after` or from `offset`."""
        check_window(limit, offset)
        if not self._served(query):
            return []
        statement = queries.page(self._table(query), query, Window(limit, offset, after), self._clock())
        return [orjson.loads(text) for (text,) in await self._reading().rows(statement)]

    async def count(self, query: Query) -> int:
        """How many documents the query matches: kept where a counter is declared, else counted along the index."""
        if not self._served(query):
            return 0
        group = counters.kept(query)
        if group is not None:
            return await self._kept(query, group)
        rows = await self._reading().rows(queries.count(self._table(query), query, self._clock()))
        return rows[0][0]

    async def series(self, asked: Series) -> list[Point]:
        """Points of what documents measure."""
        if not self._served(asked.query):
            return []
        found: list[Point] = []
        for statement in series.statements(self._table(asked.query), asked, self._clock()):
            found += series.points(asked, await self._reading().rows(statement))
        return in_order(found, asked.most + 1)

    async def due(self, collection: Collection, until: int, limit: int) -> list[Document]:
        """Documents of all tenants that are due by a moment, the longest due first."""
        statement = queries.due(self._tables[collection.name], until, limit, self._clock())
        return [orjson.loads(text) for (text,) in await self._reading().rows(statement)]

    async def sweep(self) -> int:
        """Remove some of what has expired, and of the events that are too old; return how many."""
        return await self._writing().submit(Changes.sweep, SWEEP_BITE, weight=SWEEP_BITE)

    def _prepare(self) -> None:
        self._file.acquire()
        try:
            with translating(), closing(self._file.connect(busy_ms=OPEN_BUSY_MS, create=True)) as connection:
                schema.bring_about(connection, self._tables.values(), self._clock())
        except BaseException:
            self._file.release()
            raise

    def listen(self, hear: Hear) -> None:
        """Have the running event loop hear of all new events."""
        self._writing().listen(hear)

    async def append(self, events: Sequence[Event]) -> None:
        """Add events that tell of no change in this file, once each."""
        entries = [journal.entry(event) for event in events]
        await self._writing().submit(lambda changes, told: changes.journal.add(told), entries, weight=len(entries))

    async def read_log(self, tenant: str | None, after: int, limit: int) -> Stretch:
        """At most `limit` events of a tenant, or of all, behind a place, or from the oldest on."""
        found = await self._reading().rows(journal.reading(tenant, after, limit))
        return journal.stretch(found, after, limit)

    async def log_bounds(self) -> journal.Bounds:
        """How far the log reaches."""
        ((oldest, newest, epoch),) = await self._reading().rows(journal.BOUNDS)
        return journal.Bounds(oldest or 1, newest or 0, epoch)

    async def unrelayed(self) -> list[Logged]:
        """The next events that another log has not been told."""
        return [journal.logged(*found) for found in await self._reading().rows(journal.UNRELAYED)]

    async def relayed(self, place: int) -> None:
        """Note how far another log was told."""
        await self._writing().submit(lambda changes, reached: changes.journal.note_relayed(reached), place)

    async def _insert_bulk(self, table: Table, rows: list[tuple[Row, list[Entry]]]) -> list[Duplicate | None]:
        return await self._writing().submit_all(partial(attempt, table), rows)

    async def _kept(self, query: Query, group: tuple[str, ...]) -> int:
        table = self._table(query)
        ((total,),) = await self._reading().rows(counters.total(table, query, group))
        if table.collection.expires:
            ((expired,),) = await self._reading().rows(queries.expired(table, query, self._clock()))
            total -= expired
        return total

    def _document(self, table: Table, select: str, parameters: tuple[Any, ...]) -> Document | None:
        found = self._reading().point(Statement(select, list(parameters)))
        if not found or (found[0][1] is not None and found[0][1] <= self._clock()):
            return None
        return orjson.loads(found[0][0])

    def _table(self, query: Query) -> Table:
        return self._tables[query.collection.name]

    def _served(self, query: Query) -> bool:
        """Whether a declared query can match anything: not when a filter accepts no value at all."""
        query.listing()
        return all(query.choices().values())

    def _writing(self) -> Writer:
        if self._writer is None:
            raise Unavailable("The store is not open")
        return self._writer

    def _reading(self) -> Readers:
        if self._readers is None:
            raise Unavailable("The store is not open")
        return self._readers


def attempt(table: Table, changes: Changes, told: tuple[Row, Sequence[Entry]]) -> Duplicate | None:
    """Insert one document of a bulk, and tell of it."""
    new, entries = told
    try:
        changes.insert(table, new)
    except Duplicate as refusal:
        return refusal
    changes.journal.add(entries)
    return None
