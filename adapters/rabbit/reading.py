"""Reading queues: what the broker delivers, as it comes from the driver's lower layer.

The upper one makes a copy of every message, and lets ten frames of a channel in before it waits for the next turn of
the event loop: a busy one then reads more slowly than others write. What a channel holds its prefetch count bounds.
Both layers have a task for each message; here whoever receives one decides whether it needs any.
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

_ANY_NUMBER = 0
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


class ReadingChannel(Channel):
    """A channel of the driver's that hands over what is delivered, without a task for each message."""

    def __init__(self, *given: Any, **more: Any) -> None:
        self.receivers: dict[str, Receive] = {}
        self._is_ending = False
        super().__init__(*given, **more)

    def settle(self, method: int, tag: int, *, flag: bool) -> None:
        """Say what becomes of a message; where the channel is no more, the broker knows."""
        if not (self._is_ending or self.is_closed):
            said = _SETTLED.pack(_METHOD, self.number, _SIZE, _BASIC, method, tag, flag, _END)
            self.write_queue.put_nowait(ChannelFrame(said, should_close=False))

    async def _on_close_frame(self, frame: commands.Channel.Close) -> None:
        self._is_ending = True
        await super()._on_close_frame(frame)

    async def _on_deliver_frame(self, frame: commands.Basic.Deliver) -> None:
        header = await self._get_frame()
        if not isinstance(header, ContentHeader):
            raise ValueError(f"No header, but {header!r}")
        body = await self._body(header.body_size)
        receive = self.receivers.get(frame.consumer_tag or "")
        if receive is not None:
            try:
                receive(Received(self, frame, header, body))
            except Exception:  # noqa: BLE001 - a defect of ours, which is not to end the reading of other messages
                _log.exception("rabbitmq_message_failed")

    async def _body(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            frame = await self._get_frame()
            if not isinstance(frame, ContentBody):
                raise ValueError(f"No body, but {frame!r}")
            parts.append(frame.value)
            size -= len(frame.value)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Reading:
    """A channel by which queues are read, until it is closed or lost."""

    def __init__(self, channel: ReadingChannel) -> None:
        self._channel = channel

    @classmethod
    async def on(cls, connection: AbstractConnection, prefetch: int, *, frames: int = _ANY_NUMBER) -> "Reading":
        """Read over a connection; so many messages may be unacknowledged, and so many frames come in at a time."""
        driver = connection.transport.connection
        number = next(one for one in count(1) if one not in driver.channels)
        channel = ReadingChannel(driver, number, frame_buffer=frames, publisher_confirms=False)
        driver.channels[number] = channel
        await channel.open()
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

    async def consume(
        self, queue: str, receive: Receive, arguments: Mapping[str, Any] | None = None, *, no_ack: bool = False
    ) -> None:
        """Hand out what is in a queue, and what comes, in its order; what is `no_ack` needs no acknowledgement."""
        tag = f"nexus.{token_hex(8)}"
        self._channel.receivers[tag] = receive
        given = None if arguments is None else dict(arguments)
        await self._channel.basic_consume(queue, receive, no_ack=no_ack, arguments=given, consumer_tag=tag)

    async def stop(self) -> None:
        """Have nothing more delivered; what was can still be acknowledged."""
        for tag in tuple(self._channel.receivers):
            await self._channel.basic_cancel(tag)
            del self._channel.receivers[tag]

    async def close(self) -> None:
        """Let go; what was not acknowledged comes again."""
        await self._channel.close()
