"""Taking turns within a process: those who want the same thing get it one after the other."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from handlers.core.errors import Unavailable


class Turns:
    """Turns at any number of things.

    Where `most` is given, so many may wait for one thing, and whoever comes on top of them is refused rather than kept.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._turns: dict[Hashable, _Turn] = {}

    @asynccontextmanager
    async def at(self, thing: Hashable) -> AsyncIterator[None]:
        """One's turn at a thing."""
        turn = self._turns.setdefault(thing, _Turn())
        if self._most is not None and turn.waiting > self._most:
            raise Unavailable("Too many want the same at once")
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                self._turns.pop(thing, None)


class _Turn:
    """Those who want one thing now."""

    __slots__ = ("lock", "waiting")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
