"""Pages of the event log: what has happened, from a place on, the oldest first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.core.audience import Audience
from handlers.core.ending import ended
from handlers.core.events import EventLog, Logged, Wanted, cursor_of, place_of

# So much of a tenant's log is looked through for one page; what else there is, the next one finds.
_LOOKED_THROUGH = 10_000
_CHUNK = 500


@dataclass(frozen=True)
class Chapter:
    """A page: its entries, the cursor behind it, whether there may be more, and whether events are lost before it."""

    entries: Sequence[Logged]
    cursor: str
    has_more: bool
    lost: bool


async def chapter(log: EventLog, tenant: str, wanted: Wanted, after: str | None, limit: int) -> Chapter:
    """At most `limit` wanted entries behind a cursor, or from the oldest on."""
    found: list[Logged] = []
    lost = False
    for _ in range(_LOOKED_THROUGH // _CHUNK):
        stretch = await log.read(tenant, after, _CHUNK)
        lost = lost or stretch.lost
        found += [logged for logged in stretch.entries if wanted.admits(logged)]
        if len(found) > limit:
            return Chapter(found[:limit], found[limit - 1].cursor, True, lost)
        epoch, head = place_of(log.newest())
        after = cursor_of(epoch, stretch.reached)
        if stretch.reached >= head:
            return Chapter(found, after, False, lost)
    return Chapter(found, after, True, lost)


async def awaited(log: EventLog, tenant: str, wanted: Wanted, after: str, seconds: float, audience: Audience) -> None:
    """Return when something wanted has happened behind a cursor, when the time is up, or when nobody waits any more."""
    follower = log.follow(tenant, wanted, after)
    ends = [asyncio.ensure_future(anext(aiter(follower))), *audience.ends()]
    try:
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        follower.close()
        await ended(*ends)
