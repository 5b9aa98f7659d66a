"""The event log among several processes: a stream of RabbitMQ, which all of them write and each of them reads once.

An entry's place is its offset in the stream. A stream that was deleted and made anew begins at 0 again, so each life of
it has a name, its epoch, which every message carries: the first server that finds it nameless offers one.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import structlog

from adapters.rabbit import messages
from adapters.rabbit.encoding import Message
from adapters.rabbit.link import FAILURES, Link, Start, connected
from adapters.rabbit.messages import Examine, MalformedMessage, Numbered, Wire, unexamined
from adapters.rabbit.outgoing import Outgoing
from adapters.rabbit.reading import Received
from adapters.rabbit.repetitions import DISTANCE, Repetitions
from adapters.rabbit.shelf import Scan, StreamShelf
from adapters.rabbit.topology import Topology
from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import EVERYTHING, ORIGIN, Event, Follower, Logged, Stretch, Wanted, cursor_of
from handlers.core.tail import Tail

_EVENTS, _MARKS = "events.streams.events", "events.streams.log_marks"
_OPENING_PAUSES = (0.1, 0.4, 1.0)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_DRAIN_SECONDS = 2.0
_READY_SECONDS = 30
_LOOK_SECONDS = 0.5
_REMEMBERED = timedelta(minutes=1)

_log = structlog.get_logger()


class RabbitEventLog:
    """`EventLog` over one stream. It reconnects by itself; what is appended meanwhile waits, and nobody loses a place.

    `tail` and `outgoing` bound what a process holds in memory. `examine` sees every message before it leaves.
    """

    def __init__(
        self,
        url: str,
        topology: Topology,
        wire: Wire,
        *,
        examine: Examine = unexamined,
        outgoing: int = 20_000,
        **bounds: int,
    ) -> None:
        self._url = url
        self._topology = topology
        self._wire = wire
        self._examine = examine
        self._outgoing = Outgoing(outgoing)
        self._repetitions = Repetitions()
        self._closing = False
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._awaited = ""
        self._caught_up = asyncio.Event()
        self._is_new = True
        self.shelf = StreamShelf(self._scan, self._understand, lambda: self.tail.head)
        self.tail = Tail(self.shelf, **bounds)

    async def open(self) -> None:
        """Connect, and read the latest entries. Raises `Unavailable` if that is not possible now."""
        self._task = asyncio.create_task(self._keep(await self._first_link()))

    async def close(self) -> None:
        """Send what waits, if that is possible soon, then end every follower."""
        self._closing = True
        self._outgoing.awake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_DRAIN_SECONDS if self._link else 0)
            await ended(self._task)
            if not self._task.cancelled() and (defect := self._task.exception()) is not None:
                _log.error("rabbitmq_log_failed", exc_info=defect)
        self._outgoing.refuse("The event log is closed")
        await self.shelf.close()
        self.tail.close()

    async def ping(self) -> None:
        """Return if events reach other processes now."""
        if self._link is None:
            raise Unavailable("RabbitMQ is not connected")

    async def append(self, events: Sequence[Event]) -> None:
        """Return when the broker has confirmed all, in this order."""
        if self._closing:
            raise Unavailable("The event log is closed")
        await self._outgoing.confirmed(events)

    def follow(self, tenant: str | None, wanted: Wanted = EVERYTHING, after: str | None = None) -> Follower:
        """Follow a tenant's events from now on, or from behind a cursor."""
        return self.tail.follow(tenant, wanted, after)

    async def read(self, tenant: str, after: str | None, limit: int) -> Stretch:
        """At most `limit` of a tenant's entries behind a cursor, or from the oldest on."""
        return await self.tail.read(tenant, after, limit)

    def announce(self, tenant: str, events: Sequence[Event]) -> None:
        """Tell whoever follows in this process of events that are kept elsewhere."""
        self.tail.announce(tenant, events)

    def is_heard(self, tenant: str) -> bool:
        """Whether anybody in this process would be told of such events."""
        return self.tail.passing.has(tenant)

    def miss(self) -> None:
        """Have them know that some did not get here."""
        self.tail.passing.missed()

    def newest(self) -> str:
        """The cursor at the present end."""
        return self.tail.newest()

    async def oldest(self) -> str:
        """The cursor before the oldest entry."""
        if self._link is None:
            raise Unavailable("RabbitMQ is not connected")
        try:
            return cursor_of(self.tail.epoch, messages.offset_of(await _first(self._link, "first")) - 1)
        except FAILURES as exc:
            raise Unavailable("RabbitMQ does not answer") from exc

    async def _first_link(self) -> Link:
        """A link, unless none can be had. Of servers that declare the same stream at once RabbitMQ may fail some."""
        for pause in _OPENING_PAUSES:
            with suppress(*FAILURES):
                return await self._ready()
            await asyncio.sleep(pause)
        try:
            return await self._ready()
        except FAILURES as exc:
            raise Unavailable("RabbitMQ does not answer") from exc

    async def _ready(self) -> Link:
        """A link over which all that is in the stream by now was read, as far back as is needed."""
        link = await connected(self._url, self._topology, self._outgoing.awake.set)
        try:
            async with asyncio.timeout(_READY_SECONDS):
                epoch, oldest = await self._find_epoch(link)
                await link.follow(await self._place_in(link, epoch, oldest), self._receive)
                await self._catch_up(link)
        except asyncio.CancelledError:
            await link.close()
            if asyncio.current_task().cancelling():
                raise
            raise ConnectionError("the channel was closed") from None  # the driver cancels whoever waits for it
        except BaseException:
            await link.close()
            raise
        self._link = link
        return link

    async def _find_epoch(self, link: Link) -> tuple[str, int]:
        """The stream's epoch and its oldest offset: what its first messages say, or the first of them offers."""
        own, offered = token_hex(8), ""
        await self._mark(link, own, token_hex(4), is_offer=True)
        oldest = None
        async with aclosing(link.scan("first")) as found:
            async for message in found:
                oldest = messages.offset_of(message) if oldest is None else oldest
                offered = offered or messages.offered_epoch(message) or ""
                epoch = messages.epoch_of(message)
                if epoch is not None or message.message_id == own:
                    return epoch or offered, oldest
        raise ConnectionError("the stream could not be read")

    async def _place_in(self, link: Link, epoch: str, oldest: int) -> Start:
        """Where to go on: behind what is known, or far enough back to know what comes twice."""
        if epoch == self.tail.epoch and oldest <= self.tail.head + 1:
            return self.tail.head + 1
        if self.tail.epoch:
            self.tail.begin(epoch, oldest - 1)
            return "first"
        self.tail.begin(epoch, ORIGIN)
        place = max(messages.offset_of(await _first(link, "last")) - DISTANCE, oldest)
        moment = datetime.now(UTC) - _REMEMBERED
        return place if (await _first(link, place)).timestamp < moment else moment

    async def _catch_up(self, link: Link) -> None:
        self._awaited = token_hex(8)
        self._caught_up.clear()
        await self._mark(link, self._awaited, self.tail.epoch)
        while not link.lost:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._caught_up.wait()
                    return
        raise ConnectionError("the connection was closed")

    async def _keep(self, link: Link) -> None:
        """Use a link until it is lost, then get another one, until the log is closed."""
        while True:
            reason = await self._use(link)
            if self._closing:
                return
            _log.warning("rabbitmq_lost", reason=reason)
            link = await self._reconnected()
            _log.warning("rabbitmq_back")

    async def _use(self, link: Link) -> str:
        """Send until that is no longer possible; say why."""
        try:
            await self._send(link)
        except FAILURES as exc:
            return str(exc)
        except asyncio.CancelledError:  # the driver also cancels whoever waits for a dead channel
            if asyncio.current_task().cancelling():
                raise
        finally:
            self._link = None
            await link.close()
        return "the connection was closed"

    async def _reconnected(self) -> Link:
        pause = _FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            try:
                return await self._ready()
            except FAILURES:
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(self, link: Link) -> None:
        """Publish all that waits, whenever something does."""
        while not link.lost:
            self._outgoing.awake.clear()
            sending = self._outgoing.next()
            if sending:
                await link.publish(map(self._message, sending))
                self._outgoing.settle()
            elif self._closing:
                return
            elif not link.lost:
                await self._outgoing.awake.wait()

    def _message(self, numbered: Numbered) -> tuple[Message, str]:
        """What carries an event, and where to."""
        message = messages.message_of(numbered, self.tail.epoch, self._wire)
        self._examine(_EVENTS, message.body, messages.fields_of(message))
        return message, messages.routing_key(numbered.event)

    async def _mark(self, link: Link, identifier: str, epoch: str, *, is_offer: bool = False) -> None:
        message = messages.mark(identifier, epoch, self._wire, is_offer=is_offer)
        self._examine(_MARKS, message.body, messages.fields_of(message))
        await link.mark(message)

    def _receive(self, message: Received) -> None:
        """Take the next message of the stream. One before the place where we stand comes with its whole chunk."""
        offset = messages.offset_of(message)
        if self._is_new:
            self._is_new = False
            self.tail.begin(self.tail.epoch, offset - 1)
        if offset <= self.tail.head:
            return
        own = self._outgoing.own(message.message_id or "", messages.publisher_of(message))
        logged = self._understand(message) if own is None else self._placed(own, message)
        if logged is None or self._repetitions.is_one(logged.event):
            self.tail.pass_over(offset)
        else:
            self.tail.add([logged])
        if message.message_id == self._awaited:
            self._caught_up.set()

    def _placed(self, event: Event, message: Received) -> Logged:
        return Logged(event, self.tail.epoch, messages.offset_of(message), len(message.body))

    def _understand(self, message: Received) -> Logged | None:
        if messages.is_mark(message):
            return None
        try:
            return messages.logged_of(message, self.tail.epoch, self._wire)
        except MalformedMessage as exc:
            _log.warning("rabbitmq_message_refused", reason=str(exc))
            return None

    def _scan(self) -> Scan | None:
        return self._link.scan if self._link is not None else None


async def _first(link: Link, place: Start) -> Received:
    """The first message that the stream gives from a place on: of a whole chunk of them, so maybe one before it."""
    found: AsyncGenerator[Received, None] = link.scan(place)
    async with aclosing(found):
        async for message in found:
            return message
    raise ConnectionError("the stream could not be read")
