"""The collections that the contract suite stores, and documents for them."""

from itertools import count
from typing import Any

from handlers.core.ports import Collection, Document, Listing, Measures, Query

ITEMS = Collection(
    name="items",
    listings=(
        Listing(order="created_at", filters=("status", "owner"), labels="labels"),
        Listing(order="due_at", filters=("status",)),
    ),
    unique=(("key",), ("series", "due_at")),
    counters=((), ("status",)),
)

SESSIONS = Collection(
    name="sessions",
    listings=(Listing(order="created_at", filters=("user",)),),
    unique=(("token",),),
    counters=((), ("user",)),
    expires="expires_at",
)

READINGS = Collection(
    name="readings",
    listings=(Listing(order="at", filters=("device",)),),
    expires="expires_at",
    measures=Measures("numbers", "others", "labels"),
)

SUMS = Collection(
    name="sums",
    listings=(Listing(order="at", always=("span",), filters=("device",)),),
    expires="expires_at",
    measures=Measures("numbers", "others", "labels", summed=True),
)

BOTH = (ITEMS, SESSIONS, READINGS, SUMS)

_numbers = count(1)


def item(**fields: Any) -> Document:
    """A document for `ITEMS`, later than every one before."""
    number = next(_numbers)
    return {"id": f"item_{number:08}", "created_at": 1_700_000_000_000 + number, "status": "new", **fields}


def session(expires_at: int | None, **fields: Any) -> Document:
    """A document for `SESSIONS`."""
    number = next(_numbers)
    return {"id": f"ses_{number:08}", "created_at": number, "user": "ann", "expires_at": expires_at, **fields}


def items(
    tenant: str, order: str = "created_at", labels: tuple[str, ...] = (), descending: bool = True, **where: Any
) -> Query:
    """A query over `ITEMS`."""
    return Query(ITEMS, tenant, order, where, labels, descending)
