"""Telemetry among several processes: what one has stored, the others hear of. Nothing is kept, and nothing confirmed.

Whatever is lost on the way, by a broker that is away or a process that does not keep up, shows as a hole in the numbers
of the process that has told it, and those who follow are told of a gap. The first number says that a process is there;
after a loss one more is said as soon as that is possible, so that nobody waits for the next telemetry to learn of it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote
from uuid import uuid4

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from adapters.rabbit.encoding import Message
from adapters.rabbit.keeping import Kept, Line
from adapters.rabbit.messages import Examine, fields_of, unexamined
from adapters.rabbit.publishing import publish
from adapters.rabbit.topology import Exchange, Queue, Topology
from handlers.core.brokerage import word_of
from handlers.core.clock import Moment, system_clock
from handlers.core.ending import ended
from handlers.core.events import Event

_TELEMETRY, _MARK = "events.streams.telemetry", "telemetry.mark"
_MOST = 1_000
_MOST_BYTES = 32 * 1024 * 1024
_PUBLISHER, _SEQUENCE = "nexus-publisher", "nexus-sequence"
_log = structlog.get_logger()


class Wire(Protocol):
    """The form of what is told: its functions are named as the contract's operations are."""

    def telemetry(self, events: Sequence[Event]) -> bytes:
        """The payload of what came in together."""

    def read_telemetry(self, payload: bytes, tenant: str) -> list[Event]:
        """The events that were told so. Raises `KeyError`, `TypeError` or `ValueError` for what was not."""


class Ears(Protocol):
    """Those who follow in this process."""

    def announce(self, tenant: str, events: Sequence[Event]) -> None:
        """Tell them of events."""

    def is_heard(self, tenant: str) -> bool:
        """Whether anybody would be told."""

    def miss(self) -> None:
        """Have them know that some did not get here."""


class RabbitBroadcast:
    """Tells other processes, and hears them, over an exchange and a queue of this process's own."""

    def __init__(
        self, url: str, exchange: Exchange, queue: Queue, wire: Wire, ears: Ears, examine: Examine = unexamined
    ) -> None:
        self._name = uuid4().hex
        self._exchange = exchange
        self._queue = replace(queue, name=queue.name.format(server=self._name))
        self._wire = wire
        self._ears = ears
        self._examine = examine
        self._kept = Kept(url, self._use, "broadcast")
        self._waiting: deque[tuple[Message, str]] = deque()
        self._bytes = 0
        self._sequence = 1
        self._has_lost = False
        self._heard: dict[str, int] = {}
        self._awake = asyncio.Event()
        self._is_new = True
        self.is_up = asyncio.Event()

    async def open(self) -> None:
        """Begin; what cannot be told is not waited for."""
        self._kept.start()

    async def close(self) -> None:
        """Let go."""
        await self._kept.close()

    def publish(self, tenant: str, events: Sequence[Event]) -> None:
        """Tell other processes of events of one type; what finds no room is lost."""
        self._sequence += 1
        if len(self._waiting) >= _MOST or self._bytes >= _MOST_BYTES or not self.is_up.is_set():
            self._has_lost = True
            return
        message = self._message(self._sequence, events[0].type, events[0].at, events)
        self._put(message, f"{word_of(tenant)}.{message.type}")

    def _put(self, message: Message, key: str) -> None:
        self._waiting.append((message, key))
        self._bytes += len(message.body)
        self._awake.set()

    def _mark(self, number: int) -> tuple[Message, str]:
        """What says nothing but a number; its key begins with no tenant's word."""
        return self._message(number, _MARK, system_clock(), ()), f".{_MARK}"

    def _message(self, number: int, type: str, at: Moment, events: Sequence[Event]) -> Message:
        message = Message(
            self._wire.telemetry(events),
            is_persistent=False,
            type=type,
            timestamp=at // 1000,
            headers={_PUBLISHER: self._name, _SEQUENCE: number},
        )
        self._examine(_TELEMETRY, message.body, fields_of(message))
        return message

    async def _use(self, line: Line) -> None:
        channel = await line.channel(publisher_confirms=False)
        await self._listen(channel)
        if self._is_new:
            self._put(*self._mark(1))
        else:
            self._heard.clear()
            self._ears.miss()
        self._is_new = False
        self.is_up.set()
        sending = asyncio.create_task(self._send(channel))
        lost = asyncio.create_task(line.lost())
        try:
            await asyncio.wait([sending, lost], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.is_up.clear()
            self._waiting.clear()
            self._bytes = 0
            self._has_lost = True
            await ended(sending, lost)

    async def _listen(self, channel: AbstractChannel) -> None:
        await Topology((self._exchange,), (self._queue,)).declare(channel)
        queue = await channel.get_queue(self._queue.name, ensure=False)
        await queue.consume(self._receive, no_ack=True)

    async def _send(self, channel: AbstractChannel) -> None:
        while True:
            self._awake.clear()
            while self._waiting:
                message, key = self._waiting.popleft()
                self._bytes -= len(message.body)
                await publish(channel, message, self._exchange.name, key, mandatory=False)
            if self._has_lost:
                self._has_lost = False
                self._sequence += 1
                message, key = self._mark(self._sequence)
                await publish(channel, message, self._exchange.name, key, mandatory=False)
            await self._awake.wait()

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        publisher, sequence = message.headers.get(_PUBLISHER), message.headers.get(_SEQUENCE)
        if publisher == self._name or not isinstance(publisher, str) or not isinstance(sequence, int):
            return
        if self._heard.get(publisher, sequence - 1) != sequence - 1:
            self._ears.miss()
        self._heard[publisher] = sequence
        tenant = unquote((message.routing_key or "").partition(".")[0])
        if not self._ears.is_heard(tenant):
            return
        try:
            self._ears.announce(tenant, self._wire.read_telemetry(message.body, tenant))
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            _log.warning("rabbitmq_message_refused", reason=f"not telemetry: {type(exc).__name__}")
