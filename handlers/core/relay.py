"""The way of events from the file in which they were written to a log that others read.

What is written while this process runs is heard of with its commit; what was written before, or while more came than is
kept in memory, is read from the file. How far the log was told is noted now and then: what was told and not yet noted
is told again after a kill, and a log shows an event once.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Protocol

from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import EventLog, Logged

_PAUSE_SECONDS = 0.5
_NOTE_SECONDS = 0.5
# Each telling costs as much as several events. So what is written in so many times as long as one took is told
# together: at rest that is next to nothing, and where everybody is busy others have more of the time.
_GATHERING, _MOST_SECONDS = 4, 0.02
# As much is told at once, and told again after a kill: a log knows what comes twice for longer than that.
_BATCH = 500
_MOST = 2_000
_MOST_BYTES = 8 * 1024 * 1024


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
        self._heard: deque[Logged] = deque()
        self._bytes = 0
        self._is_behind = True
        self._last = self._told = self._noted = 0
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin where the last one stopped."""
        self._journal.listen(self._hear)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what is not told yet is told after the next start."""
        await ended(self._task)
        if not self._is_behind:
            with suppress(Unavailable):
                await self._note()

    def _hear(self, entries: Sequence[Logged]) -> None:
        """Keep what was written just now, in its order, as long as there is room for all of it.

        Where places do not grow, the file is another one.
        """
        is_other, self._last = entries[0].offset <= self._last, entries[-1].offset
        self._heard.extend(entries)
        self._bytes += sum(logged.size for logged in entries)
        if is_other or len(self._heard) > _MOST or self._bytes > _MOST_BYTES:
            self._is_behind = True
            self._forget(len(self._heard))
        self._awake.set()

    async def _run(self) -> None:
        while True:
            self._awake.clear()
            try:
                if self._is_behind:
                    await self._catch_up()
                elif entries := self._next():
                    await self._tell_and_gather(entries)
                else:
                    await self._rest()
            except Unavailable:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _tell_and_gather(self, entries: Sequence[Logged]) -> None:
        """Tell what was heard, and let more of it come."""
        clock = asyncio.get_running_loop().time
        began = clock()
        await self._tell(entries)
        await asyncio.sleep(min(_GATHERING * (clock() - began), _MOST_SECONDS))

    async def _catch_up(self) -> None:
        """Tell what the file has behind the place that it knows of."""
        self._is_behind, self._told, self._noted = False, 0, 0
        try:
            last = self._last
            while await self._tell(await self._journal.unrelayed()):
                await self._note()
                last = self._last
            self._told = self._noted = max(self._told, last)  # what was heard before, and is not found, was told
        except BaseException:
            self._is_behind = True
            raise

    def _next(self) -> list[Logged]:
        """What was heard and is to be told next; nothing where something is missing before it."""
        while self._heard and self._heard[0].offset <= self._told:
            self._forget(1)
        if self._heard and self._heard[0].offset != self._told + 1:
            self._is_behind = True
            return []
        return list(islice(self._heard, _BATCH))

    def _forget(self, count: int) -> None:
        for _ in range(count):
            self._bytes -= self._heard.popleft().size

    async def _tell(self, entries: Sequence[Logged]) -> bool:
        """Tell the log; whether there was anything."""
        if entries:
            await self._log.append([logged.event for logged in entries])
            self._told = entries[-1].offset
            if self._told - self._noted >= _BATCH:
                await self._note()
        return bool(entries)

    async def _rest(self) -> None:
        """Wait for more. When none comes for a while, all that was told is noted."""
        if self._is_behind:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_NOTE_SECONDS if self._told > self._noted else None):
                await self._awake.wait()
                return
        await self._note()

    async def _note(self) -> None:
        """Have the file know how far the log was told."""
        if self._told > self._noted:
            place = self._told
            await self._journal.relayed(place)
            self._noted = place
