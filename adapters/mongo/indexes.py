"""The indexes that a declared collection needs, and bringing them about.

An index is never dropped here: another server on the same database may be of a version that needs it.
"""

from collections.abc import Iterable
from typing import Any

import pymongo
from pymongo import ASCENDING, IndexModel

from adapters.mongo.records import EXPIRY, OUTBOX_AT
from handlers.core.ports import Collection, Query

OURS = "nexus:"
OUTBOX_INDEX = f"{OURS}outbox"
NO_LIMIT = 0  # None would leave the client's own limit in force


def declared(collection: Collection) -> dict[str, IndexModel]:
    """Every index of a collection, by name."""
    own = {**unique_indexes(collection), **expiry_indexes(collection), **due_indexes(collection), **outbox_index()}
    return {**listing_indexes(collection), **own}


def listing_name(order: str, filters: Iterable[str], labels: str | None, expires: str | None) -> str:
    """The name of a listing's index: what it holds, so that another declaration is another name."""
    return f"{OURS}{order}:{','.join(filters)}:{labels or ''}:{expires or ''}"


def serving(query: Query) -> str:
    """The name of the index that serves a query."""
    listing = query.listing()
    filters = [name for name in listing.fields if name in query.where]
    labels = listing.labels if query.along_label() else None
    return listing_name(query.order, filters, labels, query.collection.expires)


def listing_indexes(collection: Collection) -> dict[str, IndexModel]:
    """The indexes of every listing, without labels and with them."""
    wanted = [
        (listing.order, filters, labels)
        for listing in collection.listings
        for labels, subsets in ((None, listing.indexes()), (listing.labels, listing.label_indexes()))
        for filters in subsets
    ]
    expires = [collection.expires] if collection.expires else []
    models = {}
    for order, filters, labels in wanted:
        name = listing_name(order, filters, labels, collection.expires)
        fields = ["tenant", *([labels] if labels else []), *filters, order, "id", *expires]
        models[name] = IndexModel([(field, ASCENDING) for field in fields], name=name)
    return models


def unique_indexes(collection: Collection) -> dict[str, IndexModel]:
    """An index for every unique group, over the documents that have all its fields."""
    models = {}
    for group in collection.unique:
        name = f"{OURS}unique:{','.join(group)}"
        bound = {field: {"$exists": True} for field in group}
        keys = [(field, ASCENDING) for field in ("tenant", *group)]
        models[name] = IndexModel(keys, name=name, unique=True, partialFilterExpression=bound)
    return models


def expiry_indexes(collection: Collection) -> dict[str, IndexModel]:
    """The index by which the server removes what has expired."""
    name = f"{OURS}expiry"
    return {name: IndexModel([(EXPIRY, ASCENDING)], name=name, expireAfterSeconds=0)} if collection.expires else {}


def due_indexes(collection: Collection) -> dict[str, IndexModel]:
    """The index of what is due, over the documents of all tenants that have a moment."""
    if collection.due is None:
        return {}
    name = f"{OURS}due:{collection.due}"
    return {name: IndexModel([(collection.due, ASCENDING)], name=name, sparse=True)}


def outbox_index() -> dict[str, IndexModel]:
    """The index by which events are found that nobody has told; it holds nothing else."""
    bound = {OUTBOX_AT: {"$exists": True}}
    keys = [(OUTBOX_AT, ASCENDING)]
    return {OUTBOX_INDEX: IndexModel(keys, name=OUTBOX_INDEX, partialFilterExpression=bound)}


async def bring_about(database: Any, collection: Collection) -> None:
    """Create the indexes that are missing, however long the server takes to build them."""
    present = await database[collection.name].index_information()
    missing = [model for name, model in declared(collection).items() if name not in present]
    if missing:
        with pymongo.timeout(NO_LIMIT):
            await database[collection.name].create_indexes(missing)
