"""How a stream lives and why it ends, over either transport.

Its client leaves or stops reading, its token is taken back, the server stops, or its time is over.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Self

from adapters.http.refusals import ClientGone

# The ASGI extension by which a server drops a connection whose client takes nothing more.
ABORT = "nexus.abort"


class Life:
    """The ends of one stream, watched together. `welcome` returns when the caller's token is accepted no more."""

    def __init__(
        self, receive: Any, stopping: asyncio.Event, welcome: Coroutine[Any, Any, None], seconds: float | None = None
    ) -> None:
        self.gone = asyncio.ensure_future(until_gone(receive))
        self.stop = asyncio.ensure_future(stopping.wait())
        self.unwelcome = asyncio.ensure_future(welcome)
        self._ends: list[asyncio.Future[Any]] = [self.gone, self.stop, self.unwelcome]
        if seconds is not None:
            self._ends.append(asyncio.ensure_future(asyncio.sleep(seconds)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.cancel()

    async def of(self, items: AsyncIterator[Any], idle_seconds: float | None) -> AsyncGenerator[Any, None]:
        """The items of a stream until it ends; None whenever nothing came for `idle_seconds`."""
        upcoming: asyncio.Future[Any] = asyncio.ensure_future(anext(items))
        try:
            while True:
                await asyncio.wait([upcoming, *self._ends], timeout=idle_seconds, return_when=asyncio.FIRST_COMPLETED)
                if any(end.done() for end in self._ends):
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


async def until_gone(receive: Any) -> None:
    """Return when the client has left."""
    while (await receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
        pass


async def deliver(sending: Awaitable[None], seconds: float, abort: Callable[[], None] | None) -> None:
    """Send, unless the client takes nothing for so long: then it is as good as gone, and its connection is dropped."""
    try:
        async with asyncio.timeout(seconds):
            await sending
    except TimeoutError as exc:
        if abort is not None:
            abort()
        raise ClientGone from exc
