"""Events as they happen, in the words of `v1`."""

from handlers.core.calls import Call
from handlers.core.conversations import fitting
from handlers.core.cursors import beginning
from handlers.core.following import Following
from handlers.dialects.v1 import streams
from handlers.dialects.v1.mapping import EVENT


async def stream_events(
    call: Call,
    last_event_id: str | None,
    cursor: str | None,
    event_types: list[str] | None,
    filters: dict[str, str] | None,
) -> Following:
    """Everything that agrees with the filters, from now on or from where the client has stopped."""
    words = EVENT.words if event_types is None else event_types
    types = frozenset(type for word in words for type in EVENT.all_of(word))
    after = beginning(last_event_id, cursor)
    return Following(call.core.log, call.principal.tenant, streams.STREAM, fitting(types, filters or {}), after)
