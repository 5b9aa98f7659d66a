"""Looking through a listing for what no index tells: so many documents for a page, and no more."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.core.ports import Document, Documents, Position, Query

LOOKED_THROUGH = 10_000
_CHUNK = 500


@dataclass(frozen=True)
class Scanned:
    """What was found, and behind which document to go on; None where the listing has ended."""

    found: list[Document]
    behind: Document | None


async def scan(
    documents: Documents,
    query: Query,
    limit: int,
    after: Position | None,
    wanted: Callable[[Document], bool] | None = None,
    *,
    most: int = LOOKED_THROUGH,
) -> Scanned:
    """At most `limit` wanted documents of a listing behind a place."""
    found: list[Document] = []
    last: Document = {}
    chunk = limit + 1 if wanted is None else _CHUNK
    looked = 0
    while True:
        page = await documents.page(query, chunk, after=after)
        for document in page:
            if len(found) == limit:
                return Scanned(found, last)
            last = document
            if wanted is None or wanted(document):
                found.append(document)
        looked += len(page)
        if len(page) < chunk:
            return Scanned(found, None)
        if looked >= most:
            return Scanned(found, last)
        after = Position(last[query.order], last["id"])
