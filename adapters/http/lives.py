"""How a stream lives and why it ends, over either transport.

Its client leaves or stops reading, its token is taken back, the server stops, or its time is over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Self

from adapters.http.refusals import ClientGone

# The ASGI extension by which a server drops a connection whose client takes nothing more.
ABORT = "nexus.abort"
# The ASGI extension by which a server tells, at any time, that a client has left or will say nothing more.
LEFT = "nexus.left"
# The ASGI extension by which a server writes whole frames at once, if its client takes them now.
PUSH = "nexus.push"


class Life:
    """The ends of one stream, watched together. `welcome` returns when the caller's token is accepted no more."""

    def __init__(
        self,
        receive: Awaitable[Any],
        stopping: asyncio.Event,
        welcome: Coroutine[Any, Any, None],
        seconds: float | None = None,
    ) -> None:
        self.heard: asyncio.Future[Any] = asyncio.ensure_future(receive)
        self.stop = asyncio.ensure_future(stopping.wait())
        self.unwelcome = asyncio.ensure_future(welcome)
        self._seconds = seconds
        self._all: list[asyncio.Future[Any]] = [self.heard, self.stop, self.unwelcome]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._all:
            end.cancel()

    async def spend(self, telling: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
        """Tell what there is to tell until that, or the stream's life, is over; what is not told by then never is."""
        told = asyncio.ensure_future(telling)
        try:
            await asyncio.wait([told, *self._all], timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not told.done():
                told.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await told
            if not told.cancelled():
                told.exception()  # looked at, whatever else has ended the stream at the same time
        return told


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
    except OSError as exc:
        raise ClientGone from exc
