"""Whether the server can take requests: its parts are asked, at most once a second however many want to know."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from handlers.core.clock import Clock
from handlers.core.errors import Unavailable

Ask = Callable[[], Awaitable[None]]
_FRESH_MILLISECONDS = 1000


class Readiness:
    """Knows the parts. Without a needed one no request can be answered; without a helpful one, most can."""

    def __init__(self, needed: Mapping[str, Ask], helpful: Mapping[str, Ask], clock: Clock) -> None:
        self._needed = needed
        self._parts = {**needed, **helpful}
        self._clock = clock
        self._refusals: dict[str, Unavailable | None] = {}
        self._asked_at = 0
        self._turn = asyncio.Lock()

    async def report(self) -> Mapping[str, bool]:
        """Which parts answer. Refuses when a needed one does not."""
        async with self._turn:
            if self._clock() - self._asked_at >= _FRESH_MILLISECONDS:
                answers = await asyncio.gather(*(_refusal(ask) for ask in self._parts.values()))
                self._refusals = dict(zip(self._parts, answers, strict=True))
                self._asked_at = self._clock()
        silent = {name: refusal for name in self._needed if (refusal := self._refusals[name]) is not None}
        if silent:
            wait = max(refusal.retry_after for refusal in silent.values())
            raise Unavailable(f"Not ready: {', '.join(silent)} unavailable", retry_after=wait)
        return {name: refusal is None for name, refusal in self._refusals.items()}


async def _refusal(ask: Ask) -> Unavailable | None:
    try:
        await ask()
    except Unavailable as refusal:
        return refusal
    return None
