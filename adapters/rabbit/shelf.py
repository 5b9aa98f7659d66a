"""Old entries of the stream, read for all who need some by one reader: never one for each who asks.

A scan begins where the first who waits has stopped, and serves whoever else has stopped behind there. What is repeated
behind that place may stand before it first: a scan that does not go on where another has ended looks a while back.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from adapters.rabbit.link import FAILURES, Start
from adapters.rabbit.messages import offset_of
from adapters.rabbit.reading import Received
from adapters.rabbit.repetitions import DISTANCE, Repetitions
from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import ORIGIN, Logged, Stretch

_SCAN = 2_000
_ENDS = 16
_WAITING = 10_000
_RETRY_SECONDS = 0.2
_AHEAD_SECONDS = 5.0
_OLDEST = "first"

Scan = Callable[[Start], AsyncGenerator[Received, None]]


@dataclass
class Reading:
    """Somebody who waits for entries, and what was found for them so far."""

    tenant: str | None
    after: int
    limit: int
    answer: asyncio.Future[Stretch]
    entries: list[Logged] = field(default_factory=list)
    reached: int = ORIGIN
    lost: bool = False

    def begin(self, first: int) -> None:
        """Know where the scan begins: behind a hole, if the place before the first entry is not ours."""
        self.lost = ORIGIN < self.after < first - 1
        self.reached = self.after

    def take(self, offset: int, logged: Logged | None) -> None:
        """Pass an offset, with what stands there."""
        if offset > self.after and not self.is_full:
            self.reached = offset
            if logged is not None and self.tenant in (None, logged.event.tenant):
                self.entries.append(logged)

    @property
    def is_full(self) -> bool:
        """Whether this is as much as was asked for."""
        return len(self.entries) >= self.limit

    def settle(self) -> None:
        """Answer."""
        if not self.answer.done():
            self.answer.set_result(Stretch(self.entries, self.reached, self.lost))


class StreamShelf:
    """`Shelf` over the stream. `scan` makes one pass over it, `head` says how far the stream is known to go."""

    def __init__(
        self,
        scan: Callable[[], Scan | None],
        understand: Callable[[Received], Logged | None],
        head: Callable[[], int],
    ) -> None:
        self._scan = scan
        self._understand = understand
        self._head = head
        self._waiting: deque[Reading] = deque()
        self._ends: OrderedDict[int, Repetitions] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    async def read(self, tenant: str | None, after: int, limit: int) -> Stretch:
        """At most `limit` entries of a tenant, or of all, behind an offset, or from the oldest on."""
        if after >= self._head():
            return await self._beyond(after)
        if len(self._waiting) >= _WAITING:
            raise Unavailable("Too many read old events")
        reading = Reading(tenant, after, limit, asyncio.get_running_loop().create_future())
        self._waiting.append(reading)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        return await reading.answer

    async def close(self) -> None:
        """Read no more."""
        await ended(self._task)
        for reading in self._waiting:
            if not reading.answer.done():
                reading.answer.set_exception(Unavailable("The event log is closed"))

    async def _beyond(self, after: int) -> Stretch:
        """What another process has seen already is here in a moment; what is not, was never given."""
        for _ in range(round(_AHEAD_SECONDS / _RETRY_SECONDS)):
            if after <= self._head():
                break
            await asyncio.sleep(_RETRY_SECONDS)
        return Stretch([], min(after, self._head()), lost=after > self._head())

    async def _serve(self) -> None:
        while self._waiting:
            scan = self._scan()
            try:
                if scan is not None:
                    await self._pass(scan)
                    continue
            except FAILURES:
                pass
            await asyncio.sleep(_RETRY_SECONDS)

    async def _pass(self, scan: Scan) -> None:
        """One scan. Who waits longest decides where it begins and where it ends."""
        leader = self._waiting[0]
        served = [reading for reading in self._waiting if reading.after >= leader.after]
        for reading in served:
            reading.entries.clear()
        await self._walk(scan, leader, served)
        for reading in served:
            if reading is leader or reading.reached > reading.after:
                self._waiting.remove(reading)
                reading.settle()

    async def _walk(self, scan: Scan, leader: Reading, served: list[Reading]) -> None:
        """Go through the stream as far as the leader needs it, and not too far."""
        end, passed, is_first = self._head(), 0, True
        start, repetitions = self._before(leader.after)
        async with aclosing(scan(start)) as messages:
            async for message in messages:
                offset = offset_of(message)
                if is_first:
                    is_first = False
                    for reading in served:
                        reading.begin(offset)
                passed += offset > leader.after
                logged = self._understand(message)
                if logged is not None and repetitions.is_one(logged.event):
                    logged = None
                for reading in served:
                    reading.take(offset, logged)
                if offset >= end or leader.is_full or passed >= _SCAN:
                    break
        self._ends[leader.reached] = repetitions
        if len(self._ends) > _ENDS:
            self._ends.popitem(last=False)

    def _before(self, place: int) -> tuple[Start, Repetitions]:
        """Where to begin for what is behind a place, and what is known by then of what comes twice."""
        known = self._ends.pop(place, None)
        if known is not None:
            return place, known
        return (place - DISTANCE if place >= DISTANCE else _OLDEST), Repetitions(DISTANCE)
