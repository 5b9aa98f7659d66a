"""The changes of one collection's documents.

A conditional change reads the record, judges it, and takes effect only on the revision that was judged; if somebody
was faster, it starts again. So an answer is exact without a transaction and without `findAndModify`.
"""

from collections.abc import Sequence
from secrets import randbits
from typing import Any

from bson.raw_bson import RawBSONDocument

from adapters.mongo.errors import translating
from adapters.mongo.inserts import BULK, Inserts, insert_bulk
from adapters.mongo.outbox import Carried, Outbox, carried, texts
from adapters.mongo.records import OUTBOX, REVISION, Record, document, expired, outbox_of, record, record_id
from handlers.core.clock import Clock
from handlers.core.errors import Duplicate, Stale, Unavailable
from handlers.core.events import Event
from handlers.core.ports import Collection, Delete, Document, Update, events_of_each

# Each failed attempt means that somebody else's change of the same document succeeded.
ATTEMPTS = 256
TOO_MANY = "Too many changes of one document at once"


class Writes:
    """Makes the changes of one collection, and hands what they tell to the outbox, if there is one."""

    def __init__(
        self, target: Any, collection: Collection, clock: Clock, capacity: int, outbox: Outbox | None = None
    ) -> None:
        self._outbox = outbox
        self._target = target
        self._collection = collection
        self._clock = clock
        self._inserts = Inserts(target, collection, capacity)

    async def finish(self) -> None:
        """Return when all that was accepted is written."""
        await self._inserts.finish()

    async def insert(self, new: Document, events: Sequence[Event] = ()) -> Document:
        """Add a document, in the place of expired ones if they hold what it needs."""
        encoded, written = self._written(new, events)
        for _ in range(ATTEMPTS):
            try:
                await self._inserts.insert(encoded)
            except Duplicate as refusal:
                if not await self._make_way(new, refusal):
                    raise
            else:
                self._hand(written)
                return new
        raise Unavailable(TOO_MANY)

    async def insert_many(self, documents: Sequence[Document], events: Sequence[Event]) -> list[Duplicate | None]:
        """Add what can be added; for each document None, or why not."""
        told = events_of_each(documents, events)
        written = [self._written(new, of_new) for new, of_new in zip(documents, told, strict=True)]
        found: list[Duplicate | None] = []
        for start in range(0, len(written), BULK):
            bulk = [encoded for encoded, _ in written[start : start + BULK]]
            for place, verdict in enumerate(await insert_bulk(self._target, self._collection, bulk), start):
                if verdict is not None and not isinstance(verdict, Duplicate):
                    raise verdict
                if verdict is None:
                    self._hand(written[place][1])
                found.append(verdict)
        return [await self._again(*attempt) for attempt in zip(documents, told, found, strict=True)]

    async def update(self, change: Update, events: Sequence[Event] = ()) -> Document:
        """Set fields of the document that the change expects."""
        for _ in range(ATTEMPTS):
            held = await self._expected(change)
            new = change.applied_to(document(held))
            encoded, written = self._written(new, events, held)
            try:
                with translating(self._collection):
                    done = await self._target.replace_one(revision(held), encoded)
            except Duplicate as refusal:
                if not await self._make_way(new, refusal):
                    raise
                continue
            if done.matched_count:
                self._hand(written)
                return new
        raise Unavailable(TOO_MANY)

    async def delete(self, change: Delete) -> Document:
        """Remove the document that the change expects."""
        for _ in range(ATTEMPTS):
            held = await self._expected(change)
            if await self._remove(held):
                return document(held)
        raise Unavailable(TOO_MANY)

    async def _expected(self, change: Update | Delete) -> Record:
        """The record that a change is about, if it is there and as the change expects it."""
        with translating():
            held = await self._target.find_one({"_id": record_id(change.tenant, change.id)})
        if held is None or expired(self._collection, held, self._clock()):
            raise Stale(f"{self._collection.name}: {change.id} is gone")
        if not change.holds(document(held)):
            raise Stale(f"{self._collection.name}: {change.id} is not as expected")
        return held

    def _written(
        self, new: Document, events: Sequence[Event], held: Record | None = None
    ) -> tuple[RawBSONDocument, Carried]:
        """A record with what it carries: what its predecessor could not tell yet, then what is new."""
        before = carried(self._collection.name, held).events if held is not None and OUTBOX in held else ()
        number, told = randbits(63), (*before, *events)
        lying = texts(told)
        encoded = record(self._collection, new, number, outbox_of(lying, self._clock()))
        size = sum(map(len, lying))
        return encoded, Carried(self._collection.name, record_id(new["tenant"], new["id"]), number, told, size)

    def _hand(self, written: Carried) -> None:
        if written.events and self._outbox is not None:
            self._outbox.hand(written)

    async def _remove(self, held: Record) -> bool:
        """Remove a record unless it has changed, when all is told that it carries."""
        if OUTBOX in held and self._outbox is not None:
            await self._outbox.tell_first(carried(self._collection.name, held))
        with translating():
            done = await self._target.delete_one(revision(held))
        return bool(done.deleted_count)

    async def _make_way(self, new: Document, refusal: Duplicate) -> bool:
        """Remove the expired document that refuses a new one, unless a living one does."""
        if not self._collection.expires:
            return False
        with translating():
            held = await self._target.find_one(holder(new, refusal.fields))
        if held is not None and not expired(self._collection, held, self._clock()):
            return False
        if held is not None:
            await self._remove(held)
        return True

    async def _again(self, new: Document, events: Sequence[Event], verdict: Duplicate | None) -> Duplicate | None:
        """Once more, when only an expired document is in the way of one in a bulk."""
        if verdict is None or not await self._make_way(new, verdict):
            return verdict
        try:
            await self.insert(new, events)
        except Duplicate as refusal:
            return refusal
        return None


def holder(new: Document, fields: tuple[str, ...]) -> dict[str, Any]:
    """The filter of the record that holds what a new document needs."""
    if fields == ("id",):
        return {"_id": record_id(new["tenant"], new["id"])}
    return {field: new.get(field) for field in ("tenant", *fields)}


def revision(held: Record) -> dict[str, Any]:
    """The filter of a record as it was read."""
    return {"_id": held["_id"], REVISION: held.get(REVISION)}
