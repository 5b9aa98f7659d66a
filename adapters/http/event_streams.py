"""Server-sent events: a handler's stream of events, told in its dialect, kept alive, and ended in good order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.http.lives import Life, deliver
from adapters.http.replies import Send
from adapters.http.speech import Speech
from handlers.core.calls import StreamItem
from handlers.core.tongues import Tongue

Abort = Callable[[], None] | None


class Items(Protocol):
    """What a handler sends. `begins_at` names the place where that begins, if a client could not know it."""

    tongue: Tongue
    begins_at: str | None

    def __aiter__(self) -> AsyncIterator[Any]:
        """The events in order. Whoever waits for the next one may give up waiting, and ask again."""


_KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(frozen=True)
class StreamLimits:
    """How long a stream lives, how often it shows that it is alive, and when its client should come back."""

    lifetime_seconds: float = 3600.0
    keep_alive_seconds: float = 15.0
    retry_milliseconds: int = 1000


def frame(item: StreamItem, payload: bytes) -> bytes:
    """One event as the wire wants it. Its data is JSON, and JSON has no bare line breaks."""
    head = f"event: {item.type}\n" + (f"id: {item.id}\n" if item.id else "")
    return head.encode() + b"data: " + payload + b"\n\n"


def opening(retry_milliseconds: int, begins_at: str | None) -> bytes:
    """The first block. It is no message: a client takes from it when to come back, and from where to go on then."""
    return f"retry: {retry_milliseconds}\n{f'id: {begins_at}' if begins_at else ''}".rstrip().encode() + b"\n\n"


async def send_events(
    items: Items, speech: Speech[bytes], life: Life, send: Send, limits: StreamLimits, abort: Abort
) -> None:
    """Send events until the stream's life is over."""

    async def put(chunk: bytes, *, more: bool = True) -> None:
        message = {"type": "http.response.body", "body": chunk, "more_body": more}
        await deliver(send(message), limits.keep_alive_seconds, abort)

    async def tell() -> None:
        upcoming = aiter(items)
        while True:
            try:
                async with asyncio.timeout(limits.keep_alive_seconds):
                    entry = await anext(upcoming)
            except TimeoutError:
                await put(_KEEP_ALIVE)
            except StopAsyncIteration:
                return
            else:
                await put(speech.of(entry))

    with life:
        await put(opening(limits.retry_milliseconds, items.begins_at))
        told = await life.spend(tell())
        if told.done() and not told.cancelled():
            told.result()
        await put(b"", more=False)
