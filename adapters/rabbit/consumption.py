"""What comes into a queue of the server's: each message is acknowledged when what it says is on disk, or put away.

A message for which there is no room now is held and tried again: while it is held, the broker sends no more than it may
leave unacknowledged, and everything behind it waits in the queue, where it is safe. When this process ends, whatever it
holds goes back there.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from aio_pika.abc import AbstractChannel

from adapters.rabbit.decoding import UNREADABLE
from adapters.rabbit.encoding import Message
from adapters.rabbit.headers import kept, plain
from adapters.rabbit.keeping import Kept, Line
from adapters.rabbit.link import FAILURES
from adapters.rabbit.messages import Examine, fields_of, unexamined
from adapters.rabbit.publishing import publish
from adapters.rabbit.reading import Reading, Received
from adapters.rabbit.topology import Topology
from handlers.core.clock import Clock
from handlers.core.errors import Unavailable
from handlers.core.inbound import Answer, Inbound, Receive, Undeliverable

# So many messages are worked on at a time; others that are here wait for their turn.
_AT_ONCE = 64
_DEAD, _ANYTHING = "events.streams.dead_letters", b"null"  # the body is somebody else's, and the contract admits any
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_FAILED_SECONDS = 0.5
_DRAIN_SECONDS = 5.0
_LEAVING_SECONDS = 0.01
# What a message has beside it when it is put away: why, from which queue and when, and what it had before.
Mark = Callable[[Undeliverable, str, int, Mapping[str, Any]], dict[str, Any]]
_PROPERTIES = ("message_id", "correlation_id", "reply_to")
_log = structlog.get_logger()


class RabbitConsumption:
    """Reads one queue, beside all other processes that do. `mark` says why a message was put away."""

    def __init__(
        self,
        url: str,
        topology: Topology,
        queue: str,
        prefetch: int,
        receive: Receive,
        mark: Mark,
        clock: Clock,
        examine: Examine = unexamined,
    ) -> None:
        self._topology = topology
        self._queue = next(declared for declared in topology.queues if declared.name == queue)
        self._prefetch = prefetch
        self._receive = receive
        self._mark = mark
        self._clock = clock
        self._examine = examine
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._held: set[asyncio.Task[Any]] = set()
        self._kept = Kept(url, self._use, queue)
        self._reading: Reading | None = None

    async def open(self) -> None:
        """Begin to read."""
        self._kept.start()

    async def close(self) -> None:
        """Take nothing more, finish what is at hand if that is possible soon, and give the rest back."""
        reading = self._reading
        if reading is not None:
            with suppress(*FAILURES):
                await reading.stop()
        if self._held:
            await asyncio.wait(self._held, timeout=_DRAIN_SECONDS)
        for task in tuple(self._held):
            task.cancel()
        if reading is not None:
            reading.flush()
            await asyncio.sleep(_LEAVING_SECONDS)  # in which the driver writes it
        await self._kept.close()

    async def _use(self, line: Line) -> None:
        answering = await line.channel()
        await self._topology.declare(answering)
        reading = await line.reading(self._prefetch)
        await reading.consume(self._queue.name, partial(self._hold, answering, line))
        self._reading = reading
        try:
            await line.lost()
        finally:
            self._reading = None

    def _hold(self, answering: AbstractChannel, line: Line, message: Received) -> None:
        """Have a message for as long as it takes. What is lost with the connection comes again."""
        task = asyncio.create_task(self._settled(message, answering, line))
        self._held.add(task)
        task.add_done_callback(self._held.discard)

    async def _settled(self, message: Received, answering: AbstractChannel, line: Line) -> None:
        try:
            await self._settle(message, answering, line)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the broker has to hear of the message
            await self._give_back(message, line, exc)

    async def _give_back(self, message: Received, line: Line, reason: Exception) -> None:
        """Have a message come again; the broker counts how often a defect of ours has cost it."""
        await asyncio.sleep(_FAILED_SECONDS)
        if line.is_lost:
            _log.warning("rabbitmq_message_comes_again", reason=str(reason), queue=self._queue.name)
            return
        _log.error("message_failed", queue=self._queue.name, exc_info=reason)
        with suppress(*FAILURES):
            message.give_back()

    async def _settle(self, message: Received, answering: AbstractChannel, line: Line) -> None:
        try:
            answer = await self._taken(_inbound(message), line)
        except Undeliverable as undeliverable:
            await self._put_away(message, undeliverable, answering)
        else:
            if answer is None:
                return
            if message.properties.reply_to:
                await self._answer(message, answer, answering)
        message.ack()

    async def _taken(self, inbound: Inbound, line: Line) -> Answer | None:
        """What became of a message; nothing, when it is not ours any more."""
        pause = _FIRST_PAUSE
        while not line.is_lost:
            try:
                async with self._turns:
                    return await self._receive(inbound)
            except Unavailable:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        return None

    async def _put_away(self, message: Received, undeliverable: Undeliverable, answering: AbstractChannel) -> None:
        """Put a message where operators find it, before it is acknowledged."""
        _log.warning("message_refused", reason=undeliverable.reason, queue=self._queue.name)
        headers = self._mark(undeliverable, self._queue.name, self._clock(), kept(message.headers))
        dead = Message(
            message.body,
            content_type=message.properties.content_type,
            content_encoding=message.properties.content_encoding,
            message_id=message.message_id,
            correlation_id=message.properties.correlation_id,
            type=message.type,
            timestamp=None if message.timestamp is None else int(message.timestamp.timestamp()),
            headers=headers,
        )
        self._examine(_DEAD, _ANYTHING, fields_of(dead))
        exchange = self._queue.arguments["x-dead-letter-exchange"]
        await publish(answering, dead, exchange, message.routing_key, mandatory=True)

    async def _answer(self, message: Received, answer: Answer, answering: AbstractChannel) -> None:
        """Tell the sender; whoever does not listen any more is not waited for."""
        said = Message(
            answer.body,
            is_persistent=False,
            type=answer.type,
            correlation_id=message.properties.correlation_id or message.message_id,
        )
        self._examine(answer.operation, said.body, fields_of(said))
        await publish(answering, said, "", message.properties.reply_to, mandatory=False)


def _inbound(message: Received) -> Inbound:
    """A message for the rules: what a property can say, no header says in its place."""
    if UNREADABLE in message.headers:
        raise Undeliverable("invalid_message", "The headers cannot be read")
    said = message.properties
    given = {"type": message.type, **{name: getattr(said, name) for name in _PROPERTIES}}
    beside = {name: value for name, value in plain(message.headers).items() if name not in given}
    fields = {**beside, **{name: value for name, value in given.items() if value is not None}}
    name = message.message_id or uuid4().hex
    return Inbound(message.routing_key, name, message.body, fields, bool(said.reply_to), said.user_id)
