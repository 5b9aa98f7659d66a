"""What the core needs from the world, by role. Adapters implement these; nothing here does I/O.

A document is a JSON object with a string `id`, unique within its tenant and collection. Times in it are integers,
milliseconds since the epoch; those that an index reads fit into 64 bits. The store never
interprets a document beyond the fields its collection declares.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Protocol

from handlers.core.errors import Duplicate, UndeclaredQuery
from handlers.core.events import Event

if TYPE_CHECKING:
    from handlers.core.series import Point, Series

Document = dict[str, Any]
MAX_OFFSET = 10_000


@dataclass(frozen=True)
class Listing:
    """A way to page through a collection: along `order`, with all of `always` and any subset of `filters` given.

    Every subset is an index of its own, so that no filter is ever applied by reading and discarding. `labels`
    names a field that holds a list of strings; a query may ask for documents whose list contains given ones: one
    label, alone or with one filter, has an index; several labels are looked up in the documents of the first, and
    labels with several filters in the documents of those filters. A document that has no value for `order` is not
    in the listing.
    """

    order: str
    filters: tuple[str, ...] = ()
    labels: str | None = None
    always: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that a query may name."""
        return self.always + self.filters

    def indexes(self) -> list[tuple[str, ...]]:
        """Each possible set of filters, as the fields of an index, without tenant, order and identifier."""
        sizes = range(len(self.filters) + 1)
        return [self.always + chosen for size in sizes for chosen in combinations(self.filters, size)]

    def label_indexes(self) -> list[tuple[str, ...]]:
        """The subsets that have an index together with a label. More of them would cost each write too much."""
        return [chosen for chosen in self.indexes() if self.labels and len(chosen) < len(self.always) + 2]


@dataclass(frozen=True)
class Measures:
    """What documents of a collection measure: two fields that hold values by name, `numbers` and what is none.

    No name is in both of one document. `labels` names a field that holds a list of strings. Where they are `summed`,
    what stands under a name in `numbers` is not a value but what became of many: see `SUMMED`.
    """

    numbers: str
    others: str
    labels: str
    summed: bool = False


@dataclass(frozen=True)
class Collection:
    """The declaration of a collection. `unique` field groups bind only documents that have all their fields non-null.

    `counters` are field groups (the tenant understood) for which the number of documents is kept, not counted.
    `expires` names a field that holds the moment from which a document is gone for every reader, `due` one that holds
    the moment from which somebody has to act on it: that has an index over all tenants. Of what it `measures` a series
    can be made.
    """

    name: str
    listings: tuple[Listing, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    counters: tuple[tuple[str, ...], ...] = ()
    expires: str | None = None
    due: str | None = None
    measures: Measures | None = None

    @property
    def declared(self) -> set[str]:
        """Every field that an index, a counter or the expiry reads."""
        listed = {name for listing in self.listings for name in (listing.order, *listing.fields, listing.labels)}
        grouped = {name for group in (*self.unique, *self.counters) for name in group}
        return {name for name in (*listed, *grouped, self.expires, self.due) if name is not None}

    def group(self, fields: Iterable[str]) -> tuple[str, ...]:
        """The declared unique group of these fields."""
        for group in self.unique:
            if set(group) == set(fields):
                return group
        raise UndeclaredQuery(f"{self.name}: {sorted(fields)} is not a unique group")

    def due_field(self) -> str:
        """The declared field that says when a document is due."""
        if self.due is None:
            raise UndeclaredQuery(f"{self.name}: nothing in it is ever due")
        return self.due


@dataclass(frozen=True)
class Query:
    """Documents of one tenant where each named field has the value, or one of the values, given.

    `since` and `until` bound the order: from the one, up to and without the other.
    """

    collection: Collection
    tenant: str
    order: str
    where: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    descending: bool = True
    since: int | None = None
    until: int | None = None

    def listing(self) -> Listing:
        """The declared listing that serves this query."""
        for listing in self.collection.listings:
            filtered = set(listing.always) <= set(self.where) <= set(listing.fields)
            filtered = filtered and (listing.labels is not None or not self.labels)
            if self.order == listing.order and filtered:
                return listing
        raise UndeclaredQuery(f"{self.collection.name}: no listing by {self.order} for {sorted(self.where)}")

    def along_label(self) -> bool:
        """Whether the index that serves this query is one of labels."""
        listing = self.listing()
        named = tuple(name for name in listing.fields if name in self.where)
        return bool(self.labels) and named in listing.label_indexes()

    @property
    def is_bounded(self) -> bool:
        """Whether only a part of the listing is asked for; numbers are kept of the whole."""
        return self.since is not None or self.until is not None

    def choices(self) -> dict[str, tuple[str, ...]]:
        """The values, without repetitions, that each filter accepts."""
        return {
            name: tuple(dict.fromkeys(value if isinstance(value, tuple) else (value,)))
            for name, value in self.where.items()
        }

    def alternatives(self) -> list[dict[str, str]]:
        """Every combination of single values that the filters accept."""
        choices = self.choices()
        return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


@dataclass(frozen=True)
class Position:
    """A place in a listing: just behind the document with this order value and identifier."""

    value: int | str
    id: str


def check_window(limit: int, offset: int) -> None:
    """Refuse a page that no store has to serve: by number, a reader gets so far and no further."""
    if limit < 1:
        raise ValueError(f"A page holds at least one document, not {limit}")
    if not 0 <= offset <= MAX_OFFSET:
        raise ValueError(f"Offset {offset} is not between 0 and {MAX_OFFSET}: continue from a position instead")


@dataclass(frozen=True)
class Insert:
    """A new document. Refused with `Duplicate` when its identifier or one of its unique groups is taken."""

    collection: Collection
    tenant: str
    document: Document

    def stored(self) -> Document:
        """The document as every store keeps it."""
        if not isinstance(self.document.get("id"), str):
            raise ValueError(f"{self.collection.name}: a document needs an id that is a string")
        return {**self.document, "tenant": self.tenant}


class Conditional:
    """A change that is made only to a document that looks as expected."""

    expect: Mapping[str, Any]

    def holds(self, document: Document) -> bool:
        """Whether the condition holds for a document; a field that is absent counts as None."""
        return all(document.get(name) == value for name, value in self.expect.items())


@dataclass(frozen=True)
class Update(Conditional):
    """New values for some fields (None removes one), if `expect` holds. Refused with `Stale` otherwise."""

    collection: Collection
    tenant: str
    id: str
    expect: Mapping[str, Any]
    set: Mapping[str, Any]

    def applied_to(self, document: Document) -> Document:
        """The document with the new values, without the fields whose value is None."""
        if {"id", "tenant"} & self.set.keys():
            raise ValueError(f"{self.collection.name}: a document's id and tenant never change")
        whole = {**document, **self.set}
        return {name: value for name, value in whole.items() if value is not None or name not in self.set}


@dataclass(frozen=True)
class Delete(Conditional):
    """The end of a document, if `expect` holds. Refused with `Stale` otherwise."""

    collection: Collection
    tenant: str
    id: str
    expect: Mapping[str, Any] = field(default_factory=dict)


Change = Insert | Update | Delete


# A change, and what is told of it.
Told = tuple[Change, Sequence[Event]]


def check_tellable(change: Change, events: Sequence[Event]) -> None:
    """Refuse events that have no document to travel with."""
    if events and isinstance(change, Delete):
        raise ValueError(f"{change.collection.name}: tell of an end by an update, and delete then")


def events_of_each(documents: Sequence[Document], events: Sequence[Event]) -> list[tuple[Event, ...]]:
    """The events of each document of a bulk: one, or none."""
    return [(event,) for event in events] if events else [()] * len(documents)


class Documents(Protocol):
    """The store. An answer to a write means that the write is on disk.

    Raises `Unavailable` when the store cannot answer now; the next call tries again, without a restart.
    """

    async def open(self) -> None:
        """Connect, and bring the declared collections and indexes about."""

    async def close(self) -> None:
        """Finish what was accepted, then let go."""

    async def ping(self) -> None:
        """Return if the store can take a write now."""

    async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
        """Make one change, the only way to change state; return the document after it (for `Delete`: before it).

        Its events reach the log if and only if it is made, however this process ends; `check_tellable` says of which.
        """

    async def write_in_turn(self, told: Sequence[Told]) -> list[Document]:
        """Make changes one after the other, with what is told of each; return the documents after those that were made.

        The first that is refused is the end: those before it stand, it and those behind it were not made. So is one
        behind the first that a store cannot make now; of that nobody knows whether it was made.
        """

    async def insert_many(
        self, collection: Collection, tenant: str, documents: Sequence[Document], events: Sequence[Event] = ()
    ) -> list[Duplicate | None]:
        """Insert all that can be inserted, in any order; for each document None, or why not.

        With events there is one for each document, and it is told if that was inserted.
        """

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """The document with this identifier."""

    async def find(self, collection: Collection, tenant: str, unique: Mapping[str, str]) -> Document | None:
        """The document that holds these values in a declared unique group."""

    async def page(self, query: Query, limit: int, *, after: Position | None = None, offset: int = 0) -> list[Document]:
        """At most `limit` documents in order, ties by identifier, from `after` or `offset` (at most MAX_OFFSET)."""

    async def count(self, query: Query) -> int:
        """How many documents the query matches: kept where a counter is declared, else counted along the index."""

    async def series(self, asked: "Series") -> list["Point"]:
        """The one aggregation, made where the documents are, along an index: see `Series`."""

    async def due(self, collection: Collection, until: int, limit: int) -> list[Document]:
        """At most `limit` documents of all tenants that are due by then, the moment included, the longest due first."""

    async def sweep(self) -> int:
        """Remove some of what has expired; return how many documents. Nobody can tell, but the space is free."""
