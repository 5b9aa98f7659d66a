"""Events as they happen, as the GGI specification prints them."""

from handlers.core.calls import Call
from handlers.core.cursors import beginning
from handlers.core.events import EventFilter
from handlers.core.following import Following
from handlers.dialects.ggi import streams
from handlers.dialects.ggi.mapping import EVENT


async def stream_events(call: Call, last_event_id: str | None, cursor: str | None) -> Following:
    """Everything that this dialect has a word for, from now on, or from where the client has stopped."""
    after, wanted = beginning(last_event_id, cursor), EventFilter(EVENT.values, passes=True)
    return Following(call.core.log, call.principal.tenant, streams.STREAM, wanted, after)
