"""The way of events from the file in which they were written to a log that others read.

What was told and not yet noted as told is told again after a stop: a log shows an event once.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import EventLog, Logged

_PAUSE_SECONDS = 0.5


class Journal(Protocol):
    """The file in which events are written."""

    async def unrelayed(self) -> list[Logged]:
        """The next events that the log has not been told."""

    async def relayed(self, place: int) -> None:
        """Note how far the log was told."""

    def listen(self, hear: Callable[[Sequence[Logged]], None]) -> None:
        """Have the running event loop hear of all new events."""


class Relay:
    """Tells a log all that is written to a journal, in order, and waits while either of them is away."""

    def __init__(self, journal: Journal, log: EventLog) -> None:
        self._journal = journal
        self._log = log
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin where the last one stopped."""
        self._journal.listen(lambda _: self._awake.set())
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what is not told yet is told after the next start."""
        await ended(self._task)

    async def _run(self) -> None:
        while True:
            self._awake.clear()
            try:
                while await self._tell_some():
                    pass
            except Unavailable:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                await self._awake.wait()

    async def _tell_some(self) -> bool:
        waiting = await self._journal.unrelayed()
        if waiting:
            await self._log.append([logged.event for logged in waiting])
            await self._journal.relayed(waiting[-1].offset)
        return bool(waiting)
