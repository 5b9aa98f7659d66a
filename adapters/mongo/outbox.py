"""Events on their way from the documents that carry them to the event log.

A document is written together with the events of its change. Its writer tells the log and then takes them out of the
document; what a dead writer has left behind is told by whoever finds it. Until an event is told, every later change of
its document carries it on and tells it again first: so a record's events are in order, and some are there twice, by
the same identifier.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from adapters.mongo.indexes import OUTBOX_INDEX
from adapters.mongo.records import OUTBOX, OUTBOX_AT, REVISION, Record
from handlers.core.clock import Clock
from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import Event

Tell = Callable[[Sequence[Event]], Awaitable[None]]
_WAITING, _WAITING_BYTES = 10_000, 32 * 1024 * 1024
_BATCH = 500
_FOUND = 200
_FINISH_SECONDS = 2.0
_FIRST_SECONDS = 2.0
_CLEARED = {OUTBOX: "", OUTBOX_AT: ""}
_log = structlog.get_logger()


@dataclass(frozen=True)
class Carried:
    """The events that a record carries, as it was written."""

    collection: str
    id: str
    revision: int
    events: tuple[Event, ...]
    size: int


def texts(events: Iterable[Event]) -> list[str]:
    """Events as a record carries them."""
    return [orjson.dumps(event).decode() for event in events]


def carried(collection: str, held: Record) -> Carried:
    """What a record carries."""
    lying = held.get(OUTBOX, ())
    events = tuple(Event(**orjson.loads(text)) for text in lying)
    return Carried(collection, held["_id"], held[REVISION], events, sum(map(len, lying)))


class Outbox:
    """Tells the log what the documents of all collections carry, one batch after the other."""

    def __init__(self, records: Mapping[str, Any], tell: Tell, clock: Clock, orphaned_after: int) -> None:
        self._records = records
        self._tell = tell
        self._clock = clock
        self._orphaned_after = orphaned_after
        self._waiting: deque[Carried] = deque()
        self._bytes = 0
        self._awake, self._idle = asyncio.Event(), asyncio.Event()
        self._clearing: asyncio.Task[None] | None = None
        self._ends = False
        self._loop = asyncio.get_running_loop()
        self._next_look = self._loop.time() + orphaned_after / 1000
        self._task = asyncio.create_task(self._run())

    def hand(self, written: Carried) -> None:
        """Have the events of a record told soon. When too many wait they stay where they are, and are found later."""
        if len(self._waiting) < _WAITING and self._bytes < _WAITING_BYTES:
            self._waiting.append(written)
            self._bytes += written.size
            self._idle.clear()
            self._awake.set()

    async def tell_first(self, held: Carried) -> None:
        """Return when the events of a record, which is about to go, are told."""
        try:
            async with asyncio.timeout(_FIRST_SECONDS):
                await self._tell(held.events)
        except TimeoutError as exc:
            raise Unavailable("The event log does not answer") from exc

    async def finish(self) -> None:
        """Tell what waits, if that is possible soon; the rest is found by others, or after the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_SECONDS):
                await self._idle.wait()
                if self._clearing is not None:
                    await asyncio.shield(self._clearing)
        self._ends = True  # a driver in the middle of its work may answer a cancellation with an error of its own
        await ended(self._task)

    async def _run(self) -> None:
        """Tell what is handed in, and look for orphans now and then, however much is handed in. Never both at once."""
        while not self._ends:
            try:
                if self._loop.time() >= self._next_look:
                    await self._find_orphans()
                if self._waiting:
                    await self._tell_some()
                else:
                    await self._rest()
            except (Unavailable, PyMongoError) as exc:
                await self._give_up(type(exc).__name__)
            except Exception as exc:  # noqa: BLE001 - a defect may not end the way of all events
                await self._give_up(type(exc).__name__, exc_info=True)

    async def _rest(self) -> None:
        """Wait until something is handed in, or it is time to look."""
        self._idle.set()
        self._awake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._next_look):
                await self._awake.wait()

    async def _give_up(self, reason: str, **details: Any) -> None:
        """Leave what waits in its documents, where it is found later."""
        _log.warning("events_wait", reason=reason, **details)
        self._waiting.clear()
        self._bytes = 0
        self._idle.set()
        if not self._ends:
            await asyncio.sleep(self._orphaned_after / 1000)

    async def _tell_some(self) -> None:
        batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
        await self._tell([event for written in batch for event in written.events])
        if self._clearing is not None:
            await self._clearing
        self._clearing = asyncio.create_task(self._clear(batch))
        for _ in batch:
            self._bytes -= self._waiting.popleft().size

    async def _clear(self, told: Sequence[Carried]) -> None:
        """Take what is told out of the records that carry it still; one that has changed since is its changer's."""
        by_collection: dict[str, list[UpdateOne]] = defaultdict(list)
        for written in told:
            wanted = {"_id": written.id, REVISION: written.revision}
            by_collection[written.collection].append(UpdateOne(wanted, {"$unset": _CLEARED}))
        for name, updates in by_collection.items():
            with suppress(PyMongoError):  # they are found, told again, and taken out then
                await self._records[name].bulk_write(updates, ordered=False)

    async def _find_orphans(self) -> None:
        """What was to be told a while ago and still lies there."""
        self._next_look = self._loop.time() + self._orphaned_after / 1000
        if self._clearing is not None:
            await self._clearing
        long_ago = self._clock() - self._orphaned_after
        for name, records in self._records.items():
            cursor = records.find({OUTBOX_AT: {"$lt": long_ago}}, hint=OUTBOX_INDEX).sort(OUTBOX_AT, 1).limit(_FOUND)
            for held in await cursor.to_list(_FOUND):
                self.hand(carried(name, held))
