"""What a store is: the port's promises in the plainest words, over a dictionary."""

from collections.abc import Callable

from handlers.core.errors import Duplicate, Stale
from handlers.core.ports import Change, Collection, Delete, Document, Insert, Position, Query, Update


class ModelStore:
    """A store of one collection that reads everything every time."""

    def __init__(self, collection: Collection, clock: Callable[[], int]) -> None:
        self._collection = collection
        self._clock = clock
        self._held: dict[tuple[str, str], Document] = {}

    def write(self, change: Change) -> Document:
        """Make one change."""
        if isinstance(change, Insert):
            return self._put(
                change.tenant, change.document["id"], {**change.document, "tenant": change.tenant}, new=True
            )
        held = self.get(change.tenant, change.id)
        if held is None or any(held.get(field) != value for field, value in change.expect.items()):
            raise Stale
        if isinstance(change, Delete):
            return self._held.pop((change.tenant, change.id))
        return self._put(change.tenant, change.id, changed(held, change), new=False)

    def get(self, tenant: str, identifier: str) -> Document | None:
        """The document with this identifier."""
        held = self._held.get((tenant, identifier))
        return held if held is not None and self._lives(held) else None

    def find(self, tenant: str, unique: dict[str, object]) -> Document | None:
        """The document that holds these values."""
        return next((held for held in self._of(tenant) if all(held.get(f) == v for f, v in unique.items())), None)

    def page(self, query: Query, limit: int, after: Position | None, offset: int) -> list[Document]:
        """The documents of a page."""
        matching = sorted(self._matching(query), key=lambda held: place(query, held), reverse=query.descending)
        if after is not None:
            matching = [held for held in matching if behind(query, held, after)]
        return matching[offset : offset + limit]

    def count(self, query: Query) -> int:
        """How many documents a query matches."""
        return len(self._matching(query))

    def _put(self, tenant: str, identifier: str, document: Document, *, new: bool) -> Document:
        for group in (("id",), *self._collection.unique) if new else self._collection.unique:
            values = {field: document.get(field) for field in group}
            holder = self.find(tenant, values) if None not in values.values() else None
            if holder is not None and (new or holder["id"] != identifier):
                raise Duplicate(self._collection.name, group)
        self._held[tenant, identifier] = document
        return document

    def _lives(self, held: Document) -> bool:
        moment = held.get(self._collection.expires) if self._collection.expires else None
        return moment is None or moment > self._clock()

    def _of(self, tenant: str) -> list[Document]:
        return [held for (of, _), held in self._held.items() if of == tenant and self._lives(held)]

    def _matching(self, query: Query) -> list[Document]:
        return [held for held in self._of(query.tenant) if matches(query, held)]


def matches(query: Query, held: Document) -> bool:
    """Whether a document is what a query asks for."""
    labels = held.get(query.listing().labels or "") or []
    accepted = all(held.get(name) in values for name, values in query.choices().items())
    return accepted and within(query, held.get(query.order)) and set(query.labels) <= set(labels)


def within(query: Query, value: int | None) -> bool:
    """Whether a value of the order lies between a query's bounds."""
    if value is None or (query.since is not None and value < query.since):
        return False
    return query.until is None or value < query.until


def place(query: Query, held: Document) -> tuple[object, str]:
    """Where a document stands in a listing."""
    return held[query.order], held["id"]


def behind(query: Query, held: Document, after: Position) -> bool:
    """Whether a document comes after a position."""
    there = (after.value, after.id)
    return place(query, held) < there if query.descending else place(query, held) > there


def changed(held: Document, change: Update) -> Document:
    """A document after an update."""
    kept = {field: value for field, value in held.items() if field not in change.set}
    return {**kept, **{field: value for field, value in change.set.items() if value is not None}}
