"""Taking turns within a process: those who want the same thing get it one after the other."""

import asyncio
from collections.abc import Hashable

from handlers.core.errors import Unavailable


class Turns:
    """Turns at any number of things.

    Where `most` is given, so many may wait for one thing, and whoever comes on top of them is refused rather than kept.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._queues: dict[Hashable, _Queue] = {}

    def at(self, thing: Hashable) -> "Turn":
        """One's turn at a thing."""
        return Turn(self, thing)

    def join(self, thing: Hashable) -> "_Queue":
        """Be among those who want a thing, who leave it again."""
        queue = self._queues.setdefault(thing, _Queue())
        if self._most is not None and queue.length > self._most:
            raise Unavailable("Too many want the same at once")
        queue.length += 1
        return queue

    def leave(self, thing: Hashable, queue: "_Queue") -> None:
        """Want it no more."""
        queue.length -= 1
        if not queue.length:
            self._queues.pop(thing, None)


class Turn:
    """One's turn at a thing, while it lasts."""

    __slots__ = ("_queue", "_thing", "_turns")

    def __init__(self, turns: Turns, thing: Hashable) -> None:
        self._turns = turns
        self._thing = thing
        self._queue: _Queue

    async def __aenter__(self) -> None:
        self._queue = self._turns.join(self._thing)
        try:
            await self._queue.lock.acquire()
        except BaseException:
            self._turns.leave(self._thing, self._queue)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._queue.lock.release()
        self._turns.leave(self._thing, self._queue)


class _Queue:
    """Those who want one thing now."""

    __slots__ = ("length", "lock")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.length = 0
