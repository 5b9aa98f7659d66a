"""Whether the server can take requests: its parts are asked, at most once a second however many want to know."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

from handlers.core.clock import Clock
from handlers.core.errors import Unavailable

Ask = Callable[[], Awaitable[None]]
OPERATIONAL, DEGRADED, DOWN = "operational", "degraded", "down"
_FRESH_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was when it was asked last: how long that took, and why it said no, if it did."""

    name: str
    is_needed: bool
    milliseconds: float
    refusal: Unavailable | None = None


def health_of(parts: Iterable[Part]) -> str:
    """What silent parts make of the whole."""
    silent = [part for part in parts if part.refusal is not None]
    if any(part.is_needed for part in silent):
        return DOWN
    return DEGRADED if silent else OPERATIONAL


class Readiness:
    """Knows the parts. Without a needed one no request can be answered; without a helpful one, most can."""

    def __init__(self, needed: Mapping[str, Ask], helpful: Mapping[str, Ask], clock: Clock) -> None:
        self._needed = needed
        self._asked = {**needed, **helpful}
        self._clock = clock
        self._parts: list[Part] = []
        self._asked_at = 0
        self._turn = asyncio.Lock()

    async def parts(self) -> list[Part]:
        """Every part, whether it answers or not."""
        async with self._turn:
            if self._clock() - self._asked_at >= _FRESH_MILLISECONDS:
                self._parts = await asyncio.gather(*(self._part(name, ask) for name, ask in self._asked.items()))
                self._asked_at = self._clock()
        return self._parts

    async def report(self) -> Mapping[str, bool]:
        """Which parts answer. Refuses when a needed one does not."""
        parts = await self.parts()
        silent = {part.name: part.refusal for part in parts if part.is_needed and part.refusal is not None}
        if silent:
            wait = max(refusal.retry_after for refusal in silent.values())
            raise Unavailable(f"Not ready: {', '.join(silent)} unavailable", retry_after=wait)
        return {part.name: part.refusal is None for part in parts}

    async def _part(self, name: str, ask: Ask) -> Part:
        began = perf_counter()
        refusal = await _refusal(ask)
        return Part(name, name in self._needed, round((perf_counter() - began) * 1000, 3), refusal)


async def _refusal(ask: Ask) -> Unavailable | None:
    try:
        await ask()
    except Unavailable as refusal:
        return refusal
    return None
