"""Those who make something of every event in the log: each reads on from where it was, whichever worker does so.

How far was read is kept in the store, and moved on only when what was made of the events is safe, soon after that and
not with each event. So an event is seen at least once; whoever consumes makes the same of it again, under the same
name, and makes nothing of it for those who came after it. One worker reads at a time: the record
that says how far is due when that worker has not been heard of, and then another takes its place. Two who read at once,
because one was slow, do no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from secrets import randbelow, token_hex

from handlers.core.agenda import Agenda
from handlers.core.clock import Clock, Moment
from handlers.core.collections import CONSUMERS, PLATFORM
from handlers.core.duties import Duty
from handlers.core.ending import ended
from handlers.core.errors import Duplicate, Refusal, Stale, Unavailable
from handlers.core.events import EventLog, Gap, Logged
from handlers.core.ports import Document, Documents, Insert, Update

_SHARED_MILLISECONDS = 15_000
_ALONE_MILLISECONDS = 3_600_000
_STRANGE_MILLISECONDS = 1_000
_BATCH = 64
_PAUSE_SECONDS = 1.0
_NOTING_SECONDS = 1.0

Consume = Callable[[Sequence[Logged]], Awaitable[None]]
Say = Callable[..., None]


class Consumers:
    """Reads the log for all who consume it. `missed` is called where the log no longer has what was not read yet."""

    def __init__(
        self,
        documents: Documents,
        log: EventLog,
        agenda: Agenda,
        clock: Clock,
        say: Say,
        *,
        is_shared: bool = False,
        missed: Callable[[], None] = lambda: None,
    ) -> None:
        self._documents = documents
        self._log = log
        self._agenda = agenda
        self._clock = clock
        self._say = say
        self._is_shared = is_shared
        self._milliseconds = _SHARED_MILLISECONDS if is_shared else _ALONE_MILLISECONDS
        self._missed = missed
        self._me = token_hex(8)
        self._consumers: dict[str, _Consumer] = {}
        self._reading: dict[str, _Reading] = {}
        agenda.take(Duty(CONSUMERS, self._act))

    def take(
        self, name: str, consume: Consume, *, most: int = _BATCH, yields: bool = False, gathers: float = 0
    ) -> None:
        """Have every event consumed from now on, so many at a time; given again, it must come to the same.

        Who `yields` leaves its place to another worker when it takes long; who does not may take as long as it likes.
        Who `gathers` for so many seconds is given what happens in them together: that costs less, and what comes after
        a rest is given at once.
        """
        self._consumers[name] = _Consumer(consume, most, yields, gathers)

    def reads(self, name: str) -> bool:
        """Whether it is this process that reads for a consumer."""
        reading = self._reading.get(name)
        return reading is not None and not reading.task.done()

    async def begin(self) -> None:
        """Know where each consumer begins, before anything happens that it has to see."""
        for name in self._consumers:
            record = {"id": name, "cursor": self._log.newest(), "due_at": self._clock()}
            try:
                await self._documents.write(Insert(CONSUMERS, PLATFORM, record))
            except Duplicate:
                if not self._is_shared:  # whoever has read before is no more
                    await self._documents.write(Update(CONSUMERS, PLATFORM, name, {}, {"due_at": self._clock()}))

    async def close(self) -> None:
        """Stop reading, and leave it to others at once. Stop the agenda before."""
        for name, reading in list(self._reading.items()):
            await ended(reading.task)
            with suppress(Stale, Refusal):
                await self._note(name, reading, until=self._clock())

    async def _act(self, record: Document) -> Moment | None:
        """Read in the place of a worker that is not heard of any more."""
        name, until = record["id"], self._clock() + self._milliseconds
        if name not in self._consumers:
            return self._clock() + _strange()  # another version of this server may know it
        given = {"holder": self._me, "due_at": until}
        try:
            await self._documents.write(Update(CONSUMERS, PLATFORM, name, {"due_at": record["due_at"]}, given))
        except Stale:
            return None  # somebody else reads
        held = self._reading.get(name)
        if held is not None:
            await ended(held.task)
        self._reading[name] = reading = _Reading(record["cursor"], until, self._milliseconds / 3000)
        reading.task = asyncio.create_task(self._read(name, reading))
        return until

    async def _read(self, name: str, reading: "_Reading") -> None:
        """Consume until another worker does, or the log is closed."""
        try:
            async with asyncio.TaskGroup() as both:
                keeping = both.create_task(self._keep(name, reading))
                is_over = False
                while not is_over:
                    is_over = await self._read_on(name, reading)
                    await asyncio.sleep(0 if is_over else _PAUSE_SECONDS)
                keeping.cancel()
        except* Stale:
            self._say("consumer_relieved", name=name)

    async def _keep(self, name: str, reading: "_Reading") -> None:
        """Have the store know how far was read, soon after it was, and that somebody is at it, however long that takes.

        Raises `Stale` when somebody else is.
        """
        while True:
            if not reading.quiet() and not (reading.is_consuming and self._consumers[name].yields):
                try:
                    with suppress(Unavailable):  # nobody knows for now, and somebody else may read as well
                        await self._note(name, reading, until=self._clock() + self._milliseconds)
                except Stale:
                    raise
                except Exception as problem:  # noqa: BLE001 - told: whoever cannot note goes on consuming
                    self._say("consumer_unnoted", name=name, problem=repr(problem))
            await asyncio.sleep(min(reading.quiet() or _PAUSE_SECONDS, _PAUSE_SECONDS))

    async def _read_on(self, name: str, reading: "_Reading") -> bool:
        """Consume from where it was; whether the log was closed. What cannot be read or consumed now is tried again."""
        follower, consumer = self._log.follow(None, after=reading.cursor), self._consumers[name]
        try:
            async for one in follower:
                await reading.pause(consumer)
                await self._take(name, reading, [one, *follower.ready(consumer.most - 1)])
        except Exception as problem:  # noqa: BLE001 - told, and tried again: no trouble may cost an event
            self._say("consumer_waits", name=name, problem=repr(problem))
            return False
        finally:
            follower.close()
        return True

    async def _take(self, name: str, reading: "_Reading", found: "Sequence[Logged | Gap]") -> None:
        """Have a batch consumed, and move on."""
        if any(isinstance(one, Gap) for one in found):
            self._missed()
            self._say("events_missed", consumer=name)
        events = [one for one in found if isinstance(one, Logged)]
        if events:
            with reading.consuming():
                await self._consumers[name].consume(events)
            reading.move(events[-1].cursor)

    async def _note(self, name: str, reading: "_Reading", until: Moment) -> None:
        """Have the store know how far was read, and until when somebody reads."""
        expected = {"due_at": reading.until, "holder": self._me}
        given = {"cursor": reading.cursor, "due_at": until}
        await self._documents.write(Update(CONSUMERS, PLATFORM, name, expected, given))
        reading.note(until)


def _strange() -> int:
    """For how many milliseconds one that is not known here is left: at different times in those who do not know it."""
    return _STRANGE_MILLISECONDS // 2 + randbelow(_STRANGE_MILLISECONDS)


@dataclass(frozen=True)
class _Consumer:
    """What one makes of events, and how they are given to it."""

    consume: Consume
    most: int
    yields: bool
    gathers: float


class _Reading:
    """How far one consumer has come, and until when the store knows that it is being read for."""

    def __init__(self, cursor: str, until: Moment, seconds: float) -> None:
        self.cursor = cursor
        self.is_consuming = False
        self._seconds = seconds
        self._began = -inf
        self.task: asyncio.Task[None]
        self.note(until)

    async def pause(self, consumer: _Consumer) -> None:
        """Wait for more, if one that gathers has just been given something."""
        left = self._began + consumer.gathers - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left)

    @contextmanager
    def consuming(self) -> Iterator[None]:
        """Be about to make something of events."""
        self.is_consuming, self._began = True, asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self.is_consuming = False

    def note(self, until: Moment) -> None:
        """Remember that the store knows all this."""
        self.until = until
        self._note_at = asyncio.get_running_loop().time() + self._seconds

    def move(self, cursor: str) -> None:
        """Come so far, which the store is to know soon."""
        self.cursor = cursor
        self._note_at = min(self._note_at, asyncio.get_running_loop().time() + _NOTING_SECONDS)

    def quiet(self) -> float:
        """For how many seconds the store need not be told."""
        return max(0.0, self._note_at - asyncio.get_running_loop().time())
