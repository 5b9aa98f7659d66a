"""Whoever waits for an answer: the one rule of how long there is a point in waiting, for every operation that waits.

A client that has ended its side of the connection is taken to have left. It may still be listening, but mostly it is
gone, and the two look alike until something is sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Undo = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Audience:
    """One who waits: until the server stops, and still has an answer for them then, or until they have left."""

    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def has_left(self) -> bool:
        """Whether nobody is there to be answered."""
        return self.left.is_set()

    @property
    def waits(self) -> bool:
        """Whether it is worth to wait on."""
        return not (self.stopping.is_set() or self.left.is_set())

    def ends(self) -> list[asyncio.Future[Any]]:
        """What ends the waiting; whoever asks for these cancels them."""
        return [asyncio.ensure_future(event.wait()) for event in (self.stopping, self.left)]
