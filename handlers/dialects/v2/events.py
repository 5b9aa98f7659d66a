"""Events as they happen, and as they have happened, in the words of `v2`."""

from generated.models import shared, v2
from handlers.core.calls import Call
from handlers.core.cursors import beginning, closed, place_in
from handlers.core.events import EventFilter
from handlers.core.following import Following
from handlers.core.history import Chapter, awaited, chapter
from handlers.core.projection import read_iso
from handlers.dialects.v2 import streams


async def stream_events(call: Call, last_event_id: str | None, cursor: str | None) -> Following:
    """Every change of a task from now on, or from where the client has stopped."""
    wanted = EventFilter(streams.visible(call.principal), passes=True)
    after = beginning(last_event_id, cursor)
    return Following(call.core.log, call.principal.tenant, streams.STREAM, wanted, after)


async def list_events(
    call: Call,
    types: list[str] | None,
    subject: str | None,
    since: str | None,
    until: str | None,
    wait: int,
    limit: int,
    cursor: str | None,
) -> v2.EventPage:
    """A page of the log, the oldest first; with `wait`, when there is something on it or the time is up."""
    seen = streams.visible(call.principal)
    kinds = seen if types is None else seen & frozenset(types)
    moments = [None if given is None else read_iso(given) for given in (since, until)]
    wanted = EventFilter(kinds, subject, since=moments[0], until=moments[1])
    log, tenant = call.core.log, call.principal.tenant
    found = await chapter(log, tenant, wanted, place_in(cursor), limit)
    if wait and not found.entries and not found.has_more and not found.lost:
        await awaited(log, tenant, wanted, found.cursor, wait, call.audience)
        found = await chapter(log, tenant, wanted, found.cursor, limit)
    return _page(found)


def _page(found: Chapter) -> v2.EventPage:
    lost = {"gap": shared.Gap(missed=0)} if found.lost else {}
    data = [streams.shown(logged) for logged in found.entries]
    return v2.EventPage(data=data, has_more=found.has_more, next_cursor=closed(found.cursor), **lost)
