"""Server-sent events: a handler's stream of items, framed, kept alive, and ended in good order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from adapters.http.replies import Send, encode
from handlers.core.calls import StreamItem

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
    items: AsyncIterator[StreamItem], receive: Any, send: Send, limits: StreamLimits, stopping: asyncio.Event
) -> None:
    """Send items until the client leaves, the server stops, the stream ends, or its lifetime is over."""
    await _send(send, f"retry: {limits.retry_milliseconds}\n\n".encode())
    ends = [asyncio.ensure_future(until_gone(receive)), asyncio.ensure_future(stopping.wait())]
    ends.append(asyncio.ensure_future(asyncio.sleep(limits.lifetime_seconds)))
    try:
        async with aclosing(until_ended(items, ends, limits.keep_alive_seconds)) as coming:
            async for item in coming:
                await _send(send, _KEEP_ALIVE if item is None else frame(item))
    finally:
        for end in ends:
            end.cancel()
    await send({"type": "http.response.body", "body": b""})


async def until_gone(receive: Any) -> None:
    """Return when the client has left."""
    while (await receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
        pass


async def until_ended(
    items: AsyncIterator[Any], ends: list[asyncio.Future[Any]], idle_seconds: float | None
) -> AsyncGenerator[Any, None]:
    """The items of a stream until one of `ends` is done; None whenever nothing came for `idle_seconds`."""
    upcoming: asyncio.Future[Any] = asyncio.ensure_future(anext(items))
    try:
        while True:
            await asyncio.wait([upcoming, *ends], timeout=idle_seconds, return_when=asyncio.FIRST_COMPLETED)
            if any(end.done() for end in ends):
                return
            if not upcoming.done():
                yield None
                continue
            try:
                item = upcoming.result()
            except StopAsyncIteration:
                return
            upcoming = asyncio.ensure_future(anext(items))
            yield item
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration, Exception):
            await upcoming


async def _send(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})
