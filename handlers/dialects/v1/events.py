"""Events as they happen, in the words of `v1`."""

from collections.abc import AsyncIterator

from handlers.core.calls import Call, StreamItem
from handlers.core.following import EventFilter, follow_tasks
from handlers.dialects.v1 import streams


async def stream_events(
    call: Call, event_types: list[str] | None, filters: dict[str, str] | None
) -> AsyncIterator[StreamItem]:
    """Every change of a task from now on that agrees with the filters."""
    wanted = EventFilter(None if event_types is None else frozenset(event_types), (filters or {}).get("task_id"))
    return await follow_tasks(call.core.feed, call.principal.tenant, streams.events, streams.gap, wanted)
