"""Events as they happen, in the words of `v2`."""

from collections.abc import AsyncIterator

from handlers.core.calls import Call, StreamItem
from handlers.core.following import follow_tasks
from handlers.dialects.v2 import streams


async def stream_events(call: Call) -> AsyncIterator[StreamItem]:
    """Every change of a task from now on."""
    return await follow_tasks(call.core.feed, call.principal.tenant, streams.events, streams.gap)
