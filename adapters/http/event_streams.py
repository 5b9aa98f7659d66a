"""Server-sent events: a handler's stream of items, framed, kept alive, and ended in good order."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from adapters.http.lives import Life, deliver
from adapters.http.replies import Send, encode
from handlers.core.calls import StreamItem

Abort = Callable[[], None] | None
_KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(frozen=True)
class StreamLimits:
    """How long a stream lives, how often it shows that it is alive, and when its client should come back."""

    lifetime_seconds: float = 3600.0
    keep_alive_seconds: float = 15.0
    retry_milliseconds: int = 1000


def frame(item: StreamItem) -> bytes:
    """One event as the wire wants it. Its data is JSON, and JSON has no bare line breaks."""
    head = f"event: {item.type}\n" + (f"id: {item.id}\n" if item.id else "")
    return head.encode() + b"data: " + encode(item.data) + b"\n\n"


async def send_events(
    items: AsyncIterator[StreamItem], life: Life, send: Send, limits: StreamLimits, abort: Abort
) -> None:
    """Send items until the stream's life is over."""

    async def put(chunk: bytes, *, more: bool = True) -> None:
        message = {"type": "http.response.body", "body": chunk, "more_body": more}
        await deliver(send(message), limits.keep_alive_seconds, abort)

    with life:
        await put(f"retry: {limits.retry_milliseconds}\n\n".encode())
        async with aclosing(life.of(items, limits.keep_alive_seconds)) as coming:
            async for item in coming:
                await put(_KEEP_ALIVE if item is None else frame(item))
        await put(b"", more=False)
