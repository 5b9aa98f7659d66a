"""Fakes of the core's ports, written by hand: as simple as can be, and as strict as the real ones."""

import asyncio
import copy
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

from handlers.core.errors import Duplicate, Stale
from handlers.core.events import ORIGIN, Event, Logged, Stretch
from handlers.core.ports import (
    Change,
    Collection,
    Delete,
    Document,
    Insert,
    Measures,
    Position,
    Query,
    Told,
    Update,
    check_tellable,
    check_window,
    events_of_each,
)
from handlers.core.series import COUNTS, PERCENTILES, SUMMED, Point, Series, in_order

NOON = 1_762_171_200_000  # 2025-11-03T12:00:00Z


class Clock:
    """A clock that stands still until it is moved on."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int) -> None:
        """Let so much time pass."""
        self.now += milliseconds


class MemoryDocuments:
    """`Documents` over a dictionary. Every call gives way to others first, as a store that waits for a disk does."""

    def __init__(self, clock: Callable[[], int] = Clock()) -> None:
        self._clock = clock
        self._held: dict[tuple[str, str, str], Document] = {}
        self._seen: set[Collection] = set()
        self.told: list[Event] = []
        self.hear: Callable[[Sequence[Logged]], None] = lambda entries: None

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def ping(self) -> None:
        """Always there."""

    async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
        """Make one change, and tell of it."""
        check_tellable(change, events)
        await asyncio.sleep(0)
        document = self._made(change)
        self.tell(events)
        return document

    async def write_in_turn(self, told: Sequence[Told]) -> list[Document]:
        """Make changes one after the other until one is refused."""
        made: list[Document] = []
        with suppress(Stale, Duplicate):
            for change, events in told:
                made.append(await self.write(change, events))
        return made

    def tell(self, events: Sequence[Event]) -> None:
        """Tell of something."""
        places = range(len(self.told) + 1, len(self.told) + len(events) + 1)
        self.told += copy.deepcopy(list(events))
        self.hear([Logged(event, "fake", place, 1) for place, event in zip(places, events, strict=True)])

    async def read(self, tenant: str | None, after: int, limit: int) -> Stretch:
        """At most so many events of a tenant, or of all, behind a place, as a log has them."""
        await asyncio.sleep(0)
        entries = [Logged(event, "fake", place, 1) for place, event in enumerate(self.told, 1)]
        found = [logged for logged in entries if tenant in (None, logged.event.tenant) and logged.offset > after][
            :limit
        ]
        reached = found[-1].offset if len(found) == limit else len(self.told)
        return Stretch(found, reached, lost=ORIGIN < len(self.told) < after)

    @property
    def types(self) -> list[str]:
        """The types of what was told, in order."""
        return [event.type for event in self.told]

    def _made(self, change: Change) -> Document:
        if isinstance(change, Insert):
            return self._insert(change)
        key = (change.collection.name, change.tenant, change.id)
        held = self._living(change.collection, key)
        if held is None or not change.holds(held):
            raise Stale
        if isinstance(change, Delete):
            return copy.deepcopy(self._held.pop(key))
        return self._update(change, key, held)

    async def insert_many(
        self, collection: Collection, tenant: str, documents: Sequence[Document], events: Sequence[Event] = ()
    ) -> list[Duplicate | None]:
        """Insert all that can be inserted."""
        kept = [_kept(collection, Insert(collection, tenant, document).stored()) for document in documents]
        pairs = zip(kept, events_of_each(documents, events), strict=True)
        return [await self._verdict(Insert(collection, tenant, document), told) for document, told in pairs]

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """The document with this identifier."""
        await asyncio.sleep(0)
        return copy.deepcopy(self._living(collection, (collection.name, tenant, identifier)))

    async def find(self, collection: Collection, tenant: str, unique: Mapping[str, str]) -> Document | None:
        """The document that holds these values in a declared unique group."""
        collection.group(unique)
        await asyncio.sleep(0)
        return copy.deepcopy(self._holder(collection, tenant, unique))

    async def page(self, query: Query, limit: int, *, after: Position | None = None, offset: int = 0) -> list[Document]:
        """One page."""
        check_window(limit, offset)
        query.listing()
        await asyncio.sleep(0)
        found = sorted(self._matching(query), key=lambda held: _place(query, held), reverse=query.descending)
        if after is not None:
            found = [held for held in found if _is_behind(query, held, after)]
        return copy.deepcopy(found[offset : offset + limit])

    async def count(self, query: Query) -> int:
        """How many documents the query matches."""
        query.listing()
        await asyncio.sleep(0)
        return len(self._matching(query))

    async def series(self, asked: Series) -> list[Point]:
        """Points of what documents measure."""
        measures = asked.measures()
        await asyncio.sleep(0)
        values: dict[tuple[int, str, str | None], list[float]] = {}
        for held in self._matching(asked.query):
            if set(asked.labels) <= set(held.get(measures.labels) or ()):
                for name, value in _measured(asked, measures, held):
                    place = (held[asked.query.order] - asked.origin) // asked.interval
                    whose = held.get(asked.by) if asked.by else None
                    values.setdefault((asked.origin + place * asked.interval, name, whose), []).append(value)
        become = sum if measures.summed and asked.aggregation in COUNTS else _AGGREGATES[asked.aggregation]
        found = [Point(at, name, become(of), whose) for (at, name, whose), of in values.items()]
        return in_order([point for point in found if math.isfinite(point.value)], asked.most + 1)

    async def due(self, collection: Collection, until: int, limit: int) -> list[Document]:
        """What is due in all tenants."""
        field = collection.due_field()
        await asyncio.sleep(0)
        held = [one for (name, *_), one in self._held.items() if name == collection.name]
        due = [one for one in held if self._lives(collection, one) and one.get(field) is not None]
        due = [one for one in due if one[field] <= until]
        return copy.deepcopy(sorted(due, key=lambda one: (one[field], one["id"]))[:limit])

    async def sweep(self) -> int:
        """Forget what has expired."""
        await asyncio.sleep(0)
        held = len(self._held)
        declared = {collection.name: collection for collection in self._seen}
        self._held = {key: one for key, one in self._held.items() if self._lives(declared[key[0]], one)}
        return held - len(self._held)

    def all_of(self, collection: Collection, tenant: str) -> list[Document]:
        """Everything that is held, for a test to look at."""
        held = [document for (name, of, _), document in self._held.items() if (name, of) == (collection.name, tenant)]
        return copy.deepcopy(held)

    def _insert(self, change: Insert) -> Document:
        document = _kept(change.collection, change.stored())
        self._seen.add(change.collection)
        key = (change.collection.name, change.tenant, document["id"])
        if self._living(change.collection, key) is not None:
            raise Duplicate(change.collection.name, ("id",))
        self._check_unique(change.collection, change.tenant, document)
        self._held[key] = document
        return copy.deepcopy(document)

    def _update(self, change: Update, key: tuple[str, str, str], held: Document) -> Document:
        document = _kept(change.collection, change.applied_to(held))
        self._check_unique(change.collection, change.tenant, document)
        self._held[key] = document
        return copy.deepcopy(document)

    async def _verdict(self, change: Insert, events: Sequence[Event]) -> Duplicate | None:
        try:
            await self.write(change, events)
        except Duplicate as refused:
            return refused
        return None

    def _check_unique(self, collection: Collection, tenant: str, document: Document) -> None:
        for group in collection.unique:
            values = {name: document.get(name) for name in group}
            holder = None if None in values.values() else self._holder(collection, tenant, values)
            if holder is not None and holder["id"] != document["id"]:
                raise Duplicate(collection.name, group)

    def _holder(self, collection: Collection, tenant: str, values: Mapping[str, Any]) -> Document | None:
        living = self._of(collection, tenant)
        return next((held for held in living if all(held.get(name) == value for name, value in values.items())), None)

    def _living(self, collection: Collection, key: tuple[str, str, str]) -> Document | None:
        held = self._held.get(key)
        return held if held is not None and self._lives(collection, held) else None

    def _lives(self, collection: Collection, held: Document) -> bool:
        moment = held.get(collection.expires) if collection.expires else None
        return moment is None or moment > self._clock()

    def _of(self, collection: Collection, tenant: str) -> list[Document]:
        keys = [key for key in self._held if key[:2] == (collection.name, tenant)]
        return [held for key in keys if (held := self._living(collection, key)) is not None]

    def _matching(self, query: Query) -> list[Document]:
        return [held for held in self._of(query.collection, query.tenant) if _matches(query, held)]


class CountingHasher:
    """A hasher that hides nothing, gives way while it works, and counts its verifications."""

    def __init__(self) -> None:
        self.verified = 0

    async def hash(self, secret: str) -> str:
        """A new verifier."""
        await asyncio.sleep(0)
        return f"hash of {secret}"

    async def matches(self, secret: str, verifier: str) -> bool:
        """Whether the verifier was made from this secret."""
        self.verified += 1
        await asyncio.sleep(0.01)
        return verifier == f"hash of {secret}"


class PlainTokens:
    """Session tokens that are remembered rather than signed."""

    def __init__(self) -> None:
        self._issued: dict[str, Mapping[str, Any]] = {}

    def issue(self, claims: Mapping[str, Any]) -> str:
        """A token that carries the claims."""
        token = f"token {len(self._issued)}"
        self._issued[token] = dict(claims)
        return token

    def read(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that was issued."""
        return self._issued.get(token)


_AGGREGATES: Mapping[str, Callable[[list[float]], float]] = {
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "sum": sum,
    "count": len,
    "numbers": len,
    **{
        name: lambda values, part=part: sorted(values)[(len(values) * part + 99) // 100 - 1]
        for name, part in PERCENTILES.items()
    },
}


def _measured(asked: Series, measures: Measures, held: Document) -> list[tuple[str, Any]]:
    """The names and values of a document that a series asks for."""
    fields = (measures.numbers, measures.others) if asked.aggregation == "count" else (measures.numbers,)
    found = [pair for field in fields for pair in (held.get(field) or {}).items()]
    found = [(name, value) for name, value in found if not asked.names or name in asked.names]
    if not measures.summed:
        return found
    place = SUMMED.index(asked.aggregation)
    return [(name, value[place]) for name, value in found if value[place] not in ((None, 0) if place < 2 else (None,))]


def _kept(collection: Collection, document: Document) -> Document:
    """A copy as a store would keep it: what JSON can say, and indexed numbers of 64 bits."""
    kept = orjson.loads(orjson.dumps(document))
    indexed = [name for listing in collection.listings for name in (listing.order, *listing.fields)]
    if any(isinstance(kept.get(name), int) and abs(kept[name]) >= 2**63 for name in indexed):
        raise ValueError("A number is too large to be indexed")
    return kept


def _matches(query: Query, held: Document) -> bool:
    labels = held.get(query.listing().labels or "") or []
    accepted = all(held.get(name) in values for name, values in query.choices().items())
    return accepted and _within(query, held.get(query.order)) and set(query.labels) <= set(labels)


def _within(query: Query, value: Any) -> bool:
    if value is None or (query.since is not None and value < query.since):
        return False
    return query.until is None or value < query.until


def _place(query: Query, held: Document) -> tuple[Any, str]:
    return held[query.order], held["id"]


def _is_behind(query: Query, held: Document, after: Position) -> bool:
    there = (after.value, after.id)
    return _place(query, held) < there if query.descending else _place(query, held) > there
