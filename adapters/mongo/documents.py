"""The store's port on MongoDB.

Numbers are counted along an index: without transactions, a kept number could not change together with a document.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from bson.datetime_ms import DatetimeMS
from pymongo import ASCENDING

from adapters.mongo import filters, indexes, series
from adapters.mongo.connection import Driver, begun, connect, database, disconnect
from adapters.mongo.errors import translating
from adapters.mongo.outbox import Outbox, Tell
from adapters.mongo.records import EXPIRY, document, expired, record_id
from adapters.mongo.writes import Writes
from handlers.core.clock import Clock, system_clock
from handlers.core.errors import Duplicate, Stale, Unavailable
from handlers.core.events import Event
from handlers.core.ports import (
    Change,
    Collection,
    Delete,
    Document,
    Insert,
    Position,
    Query,
    Told,
    Update,
    check_tellable,
    check_window,
)
from handlers.core.series import Point, Series, in_order


class MongoDocuments:
    """`Documents` in a MongoDB database, for any number of processes.

    `capacity` is the number of single inserts that may wait in a collection, `milliseconds` the time that any
    request may take. `tell` brings events to the log; those of a dead process are told after `orphaned_after`
    milliseconds by another one.
    """

    def __init__(
        self,
        url: str,
        collections: Sequence[Collection],
        clock: Clock = system_clock,
        *,
        driver: Driver = "motor",
        name: str | None = None,
        capacity: int = 10_000,
        milliseconds: int = 5_000,
        tell: Tell | None = None,
        orphaned_after: int = 5_000,
    ) -> None:
        self._url = url
        self._collections = collections
        self._clock = clock
        self._driver: Driver = driver
        self._name = name
        self._capacity = capacity
        self._milliseconds = milliseconds
        self._tell = tell
        self._orphaned_after = orphaned_after
        self._outbox: Outbox | None = None
        self._client: Any = None
        self._database: Any = None
        self._writes: dict[str, Writes] = {}

    async def open(self) -> None:
        """Connect, and bring the declared collections and indexes about."""
        with translating():
            client = connect(self._url, self._driver, self._milliseconds)
        try:
            await self._prepare(database(client, self._name))
        except BaseException:
            await disconnect(client)
            raise
        self._client = client

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        client, self._client = self._client, None
        if client is not None:
            await asyncio.gather(*(writes.finish() for writes in self._writes.values()))
            if self._outbox is not None:
                await self._outbox.finish()
            await disconnect(client)

    async def ping(self) -> None:
        """Return if the store can take a write now: by writing."""
        with translating():
            await self._records("pulse").replace_one({"_id": "pulse"}, {"at": self._clock()}, upsert=True)

    async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
        """Make one change and tell of it; return the document after it (for `Delete`: before it)."""
        check_tellable(change, events)
        writes = self._writing(change.collection)
        match change:
            case Insert():
                return await writes.insert(change.stored(), events)
            case Update():
                return await writes.update(change, events)
            case Delete():
                return await writes.delete(change)

    async def write_in_turn(self, told: Sequence[Told]) -> list[Document]:
        """Make changes one after the other until one is refused, or there is trouble; return what was made of them."""
        made: list[Document] = []
        try:
            for change, events in told:
                made.append(await self.write(change, events))
        except (Stale, Duplicate):
            return made
        except Unavailable:
            if not made:
                raise
        return made

    async def insert_many(
        self, collection: Collection, tenant: str, documents: Sequence[Document], events: Sequence[Event] = ()
    ) -> list[Duplicate | None]:
        """Insert all that can be inserted, and tell of those; for each document None, or why not."""
        kept = [Insert(collection, tenant, document).stored() for document in documents]
        return await self._writing(collection).insert_many(kept, events)

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """The document with this identifier."""
        return await self._one(collection, {"_id": record_id(tenant, identifier)})

    async def find(self, collection: Collection, tenant: str, unique: Mapping[str, str]) -> Document | None:
        """The document that holds these values in a declared unique group."""
        collection.group(unique)
        return await self._one(collection, {"tenant": tenant, **unique})

    async def page(self, query: Query, limit: int, *, after: Position | None = None, offset: int = 0) -> list[Document]:
        """At most `limit` documents in order, ties by identifier, from `after` or from `offset`."""
        check_window(limit, offset)
        wanted = self._wanted(query)
        if wanted is None:
            return []
        if after is None:
            return await self._list(query, wanted, limit, offset)
        parts = [self._list(query, {**wanted, **part}, limit + offset, 0) for part in filters.behind(query, after)]
        same, further = await asyncio.gather(*parts)
        return [*same, *further][offset : offset + limit]

    async def count(self, query: Query) -> int:
        """How many documents the query matches, counted along the index."""
        wanted = self._wanted(query)
        if wanted is None:
            return 0
        with translating():
            return await self._records(query.collection.name).count_documents(wanted, hint=indexes.serving(query))

    async def series(self, asked: Series) -> list[Point]:
        """Points of what documents measure."""
        wanted = self._wanted(asked.query)
        if wanted is None:
            return []
        found: list[Point] = []
        with translating():
            for name, pipeline in series.pipelines(asked, wanted):
                rows = await self._aggregate(asked.query, pipeline)
                found += series.points(asked, name, rows)
        return in_order(found, asked.most + 1)

    async def due(self, collection: Collection, until: int, limit: int) -> list[Document]:
        """Documents of all tenants that are due by a moment, the longest due first."""
        wanted = filters.due(collection, until, self._clock())
        with translating():
            cursor = self._records(collection.name).find(wanted)
            found = await cursor.sort(collection.due_field(), ASCENDING).limit(limit).to_list(limit)
        return [document(held) for held in found]

    async def sweep(self) -> int:
        """Remove what has expired, which not every server does by itself; return how many documents."""
        now = DatetimeMS(self._clock())
        expiring = [collection.name for collection in self._collections if collection.expires]
        with translating():
            done = [await self._records(name).delete_many({EXPIRY: {"$lte": now}}) for name in expiring]
        return sum(result.deleted_count for result in done)

    async def _prepare(self, opened: Any) -> None:
        with translating():
            for collection in self._collections:
                await indexes.bring_about(opened, collection)
        self._database = opened
        records = {collection.name: opened[collection.name] for collection in self._collections}
        if self._tell is not None:
            self._outbox = Outbox(records, self._tell, self._clock, self._orphaned_after)
        self._writes = {
            collection.name: Writes(records[collection.name], collection, self._clock, self._capacity, self._outbox)
            for collection in self._collections
        }

    def _records(self, name: str) -> Any:
        if self._client is None:
            raise Unavailable("The store is not open")
        return self._database[name]

    def _writing(self, collection: Collection) -> Writes:
        if self._client is None:
            raise Unavailable("The store is not open")
        return self._writes[collection.name]

    async def _one(self, collection: Collection, wanted: filters.Filter) -> Document | None:
        with translating():
            found = await self._records(collection.name).find_one(wanted)
        if found is None or expired(collection, found, self._clock()):
            return None
        return document(found)

    def _wanted(self, query: Query) -> filters.Filter | None:
        """The filter of a declared query, or None when a filter accepts no value at all."""
        query.listing()
        return filters.matching(query, self._clock()) if all(query.choices().values()) else None

    async def _aggregate(self, query: Query, pipeline: Sequence[Any]) -> list[Any]:
        cursor = self._records(query.collection.name).aggregate(pipeline, hint=indexes.serving(query))
        return await (await begun(cursor)).to_list(None)

    async def _list(self, query: Query, wanted: filters.Filter, limit: int, offset: int) -> list[Document]:
        with translating():
            cursor = self._records(query.collection.name).find(wanted, hint=indexes.serving(query))
            found = await cursor.sort(filters.sorting(query)).skip(offset).limit(limit).to_list(limit)
        return [document(held) for held in found]
