"""The filters of pages and counts."""

from typing import Any

from pymongo import ASCENDING, DESCENDING

from handlers.core.ports import Collection, Position, Query

Filter = dict[str, Any]


def matching(query: Query, now: int) -> Filter:
    """The living documents that a query matches. A document without a value for the order is in no listing."""
    wanted: Filter = {"tenant": query.tenant, query.order: bounds(query) or {"$ne": None}}
    for name, values in query.choices().items():
        wanted[name] = values[0] if len(values) == 1 else {"$in": list(values)}
    if query.labels:
        wanted[query.listing().labels or ""] = labelled(query.labels)
    return {**wanted, **living(query.collection.expires, now)}


def due(collection: Collection, until: int, now: int) -> Filter:
    """The living documents of all tenants that are due by a moment.

    Bounded on both sides, and found without a hint: a server may walk a whole index for less.
    """
    return {collection.due_field(): {"$gte": 0, "$lte": until}, **living(collection.expires, now)}


def bounds(query: Query) -> Filter:
    """The part of the order that a query asks for."""
    given = {"$gte": query.since, "$lt": query.until}
    return {operator: value for operator, value in given.items() if value is not None}


def labelled(labels: tuple[str, ...]) -> Any:
    """A list that contains all of these."""
    return labels[0] if len(labels) == 1 else {"$all": list(labels)}


def living(expires: str | None, now: int) -> Filter:
    """Documents that have not expired: those that never will included."""
    return {expires: {"$not": {"$lte": now}}} if expires else {}


def behind(query: Query, after: Position) -> tuple[Filter, Filter]:
    """What lies behind a position: the documents of the same order value, then those of the next ones.

    Two filters, because each is a range of the index; a server may read a whole collection for one with `$or`.
    """
    step = "$lt" if query.descending else "$gt"
    return (
        {query.order: {"$eq": after.value, **bounds(query)}, "id": {step: after.id}},
        {query.order: {**bounds(query), step: nearest(query, after)}},
    )


def nearest(query: Query, after: Position) -> int | str:
    """Where a walk begins: at the position, or at the bound that comes after it."""
    if query.descending:
        return after.value if query.until is None else min(after.value, query.until)
    return after.value


def sorting(query: Query) -> list[tuple[str, int]]:
    """The order of a page."""
    direction = DESCENDING if query.descending else ASCENDING
    return [(query.order, direction), ("id", direction)]
