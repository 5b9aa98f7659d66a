"""Reading queues: what the broker delivers, as it comes from the driver's lower layer.

The upper one makes a copy of every message, and lets ten frames of a channel in before it waits for the next turn of
the event loop: a busy one then reads more slowly than others write. What a channel holds its prefetch count bounds.
Both layers have a task for each message; here whoever receives one decides whether it needs any, and has it in the same
step in which its last frame is read.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import count
from secrets import token_hex
from struct import Struct
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from adapters.rabbit import frames

frames.make_quick()

# What becomes of messages is said together for so long: a broker is in no hurry to forget them.
_SETTLING_SECONDS = 0.005
_SETTLED = Struct(">BHIHHQ?c")
_METHOD, _SIZE, _BASIC, _ACKNOWLEDGE, _REJECT, _END = 1, 13, 60, 80, 90, b"\xce"
_log = structlog.get_logger()


class Received:
    """A message of a queue."""

    __slots__ = ("_channel", "_tag", "body", "headers", "properties", "routing_key")

    def __init__(
        self, channel: "ReadingChannel", delivery: commands.Basic.Deliver, header: ContentHeader, body: bytes
    ) -> None:
        self._channel = channel
        self._tag = delivery.delivery_tag
        self.body = body
        self.properties = header.properties
        self.headers: dict[str, Any] = self.properties.headers or {}
        self.routing_key: str = delivery.routing_key or ""

    @property
    def type(self) -> str | None:
        """What its sender says it is."""
        return self.properties.message_type

    @property
    def message_id(self) -> str | None:
        """What its sender calls it."""
        return self.properties.message_id

    @property
    def timestamp(self) -> datetime | None:
        """When it was sent, by its sender."""
        return self.properties.timestamp

    def ack(self, *, multiple: bool = False) -> None:
        """Have the broker forget it; with `multiple`, also all that came before it."""
        self._channel.settle(_ACKNOWLEDGE, self._tag, flag=multiple)

    def give_back(self) -> None:
        """Have it come again."""
        self._channel.settle(_REJECT, self._tag, flag=True)


Receive = Callable[[Received], None]


class _Frames(asyncio.Queue[Any]):
    """What comes in a channel: what is delivered is taken at once, and all else waits here for the driver."""

    def __init__(self, takes: Callable[[Any], bool]) -> None:
        super().__init__()
        self._takes = takes

    async def put(self, item: Any) -> None:
        """Take a frame, with its weight."""
        if not self._takes(item[1]):
            self.put_nowait(item)


class ReadingChannel(Channel):
    """A channel of the driver's that hands over what is delivered, without a task for each message."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.receivers: dict[str, Receive] = {}
        self.frames = _Frames(self._take)
        self._is_ending = False
        self._delivery: commands.Basic.Deliver | None = None
        self._header: ContentHeader | None = None
        self._body: list[bytes] = []
        self._missing = 0
        self._said: list[bytes] = []

    @classmethod
    async def on(cls, connection: AbstractConnection) -> "ReadingChannel":
        """A new channel of a connection."""
        driver = connection.transport.connection
        number = next(one for one in count(1) if one not in driver.channels)
        channel = cls(driver, number, publisher_confirms=False)
        driver.channels[number] = channel
        await channel.open()
        return channel

    def settle(self, method: int, tag: int, *, flag: bool) -> None:
        """Say what becomes of a message; where the channel is no more, the broker knows."""
        if not (self._is_ending or self.is_closed):
            if not self._said:
                self.loop.call_later(_SETTLING_SECONDS, self.flush)
            self._said.append(_SETTLED.pack(_METHOD, self.number, _SIZE, _BASIC, method, tag, flag, _END))

    def flush(self) -> None:
        """Say now what is to be said of messages."""
        if self._said and not (self._is_ending or self.is_closed):
            self.write_queue.put_nowait(ChannelFrame(b"".join(self._said), should_close=False))
        self._said.clear()

    async def _on_close_frame(self, frame: commands.Channel.Close) -> None:
        self._is_ending = True
        await super()._on_close_frame(frame)

    def _take(self, frame: Any) -> bool:
        """Take a frame of a delivery; whether it was one."""
        if isinstance(frame, commands.Basic.Deliver):
            self._delivery, self._header, self._body = frame, None, []
        elif self._delivery is None:
            return False
        elif isinstance(frame, ContentHeader):
            self._header, self._missing = frame, frame.body_size
        elif isinstance(frame, ContentBody):
            self._body.append(frame.value)
            self._missing -= len(frame.value)
        else:
            return False
        if self._header is not None and self._missing <= 0:
            self._hand_over(self._delivery, self._header)
        return True

    def _hand_over(self, delivery: commands.Basic.Deliver, header: ContentHeader) -> None:
        body, self._delivery = b"".join(self._body), None
        receive = self.receivers.get(delivery.consumer_tag or "")
        if receive is None:
            return
        try:
            receive(Received(self, delivery, header, body))
        except Exception:  # noqa: BLE001 - a defect of ours, which is not to end the reading of other messages
            _log.exception("rabbitmq_message_failed")


class Reading:
    """A channel by which queues are read, until it is closed or lost."""

    def __init__(self, channel: ReadingChannel) -> None:
        self._channel = channel

    @classmethod
    async def on(cls, connection: AbstractConnection, prefetch: int) -> "Reading":
        """Read over a connection; so many messages may be unacknowledged."""
        channel = await ReadingChannel.on(connection)
        await channel.basic_qos(prefetch_count=prefetch)
        return cls(channel)

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more."""
        return self._channel.is_closed

    def on_loss(self, hear: Callable[[], None]) -> None:
        """Have somebody hear when the channel has ended, or the broker has ended a queue that it reads."""
        self._channel.on_consumer_cancel_callbacks.add(lambda *_: hear())

        def over(closing: "asyncio.Future[Any]") -> None:
            with suppress(asyncio.CancelledError):
                closing.exception()
            hear()

        self._channel.closing.add_done_callback(over)

    async def consume(self, queue: str, receive: Receive, arguments: Mapping[str, Any] | None = None) -> None:
        """Hand out what is in a queue, and what comes, in its order."""
        tag = f"nexus.{token_hex(8)}"
        self._channel.receivers[tag] = receive
        given = None if arguments is None else dict(arguments)
        await self._channel.basic_consume(queue, receive, arguments=given, consumer_tag=tag)

    async def stop(self) -> None:
        """Have nothing more delivered; what was can still be acknowledged."""
        for tag in tuple(self._channel.receivers):
            await self._channel.basic_cancel(tag)
            del self._channel.receivers[tag]

    def flush(self) -> None:
        """Have the broker hear now what became of messages, before the connection ends."""
        self._channel.flush()

    async def close(self) -> None:
        """Let go; what was not acknowledged comes again."""
        self.flush()
        await self._channel.close()
