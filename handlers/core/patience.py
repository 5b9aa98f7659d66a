"""Questions to the store that a request can go on without: not waited for long, and after a silence not asked."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from handlers.core.clock import Clock
from handlers.core.errors import Unavailable

_SECONDS = 1.0
_PAUSE_MILLISECONDS = 5000
_SILENT = "Nobody can be counted now"

T = TypeVar("T")


class Patience:
    """How long the store may take, for all who ask: one that was silent is left in peace for a moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ask_again_at = 0
        self._left_alone: set[asyncio.Task[Any]] = set()

    async def ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer, or `Unavailable` if none comes soon. The question goes on then: it may still take effect."""
        if self._clock() < self._ask_again_at:
            raise Unavailable(_SILENT)
        asking = asyncio.ensure_future(question())
        try:
            await asyncio.wait([asking], timeout=_SECONDS)
            if asking.done():
                return asking.result()
        except Unavailable:
            pass
        else:
            self._left_alone.add(asking)
            asking.add_done_callback(self._forget)
        self._ask_again_at = self._clock() + _PAUSE_MILLISECONDS
        raise Unavailable(_SILENT)

    def _forget(self, asking: "asyncio.Task[Any]") -> None:
        self._left_alone.discard(asking)
        if not asking.cancelled():
            asking.exception()
