"""Reading queues: what the broker delivers, as it comes from the driver's lower layer.

The upper one makes a copy of every message, and lets ten frames of a channel in before it waits for the next turn of
the event loop: a busy one then reads more slowly than others write. What a channel holds its prefetch count bounds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage

_ANY_NUMBER = 0


class Received:
    """A message of a queue."""

    __slots__ = ("_channel", "_tag", "body", "headers", "properties", "routing_key")

    def __init__(self, message: DeliveredMessage) -> None:
        self._channel = message.channel
        self._tag = message.delivery.delivery_tag
        self.body: bytes = message.body
        self.properties = message.header.properties
        self.headers: dict[str, Any] = self.properties.headers or {}
        self.routing_key: str = message.delivery.routing_key or ""

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

    async def ack(self, *, multiple: bool = False) -> None:
        """Have the broker forget it; with `multiple`, also all that came before it."""
        await self._channel.basic_ack(self._tag, multiple=multiple)

    async def give_back(self) -> None:
        """Have it come again."""
        await self._channel.basic_nack(self._tag, requeue=True)


Receive = Callable[[Received], Awaitable[None]]


class Reading:
    """A channel by which queues are read, until it is closed or lost."""

    def __init__(self, channel: AbstractChannel) -> None:
        self._channel = channel
        self._tags: list[str] = []

    @classmethod
    async def on(cls, connection: AbstractConnection, prefetch: int, *, frames: int = _ANY_NUMBER) -> "Reading":
        """Read over a connection; so many messages may be unacknowledged, and so many frames come in at a time."""
        driver = connection.transport.connection
        channel = await driver.channel(publisher_confirms=False, frame_buffer_size=frames)
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
        """Hand out what is in a queue, and what comes. `receive` begins with each in the order of the queue."""

        async def take(message: DeliveredMessage) -> None:
            await receive(Received(message))

        given = None if arguments is None else dict(arguments)
        told = await self._channel.basic_consume(queue, take, arguments=given)
        self._tags.append(told.consumer_tag)

    async def stop(self) -> None:
        """Have nothing more delivered; what was can still be acknowledged."""
        while self._tags:
            await self._channel.basic_cancel(self._tags.pop())

    async def close(self) -> None:
        """Let go; what was not acknowledged comes again."""
        await self._channel.close()
