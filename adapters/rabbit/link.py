"""One connection to RabbitMQ, from its making to its loss. It is not mended: whoever needs another makes another.

The driver's exceptions are known here, as `FAILURES`. Publishing, following what is new and each
reading of what is old have a channel of their own, so that they do not wait for each other.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from aio_pika import Message, connect
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError

from adapters.rabbit import decoding
from adapters.rabbit.publishing import publish
from adapters.rabbit.topology import Topology

FAILURES = (*CONNECTION_EXCEPTIONS, DeliveryError, TimeoutError)
Start = str | int | datetime
Receive = Callable[[AbstractIncomingMessage], None]
_CONNECT_SECONDS = 10
_CLOSE_SECONDS = 2
_PREFETCH = 256
_ACKNOWLEDGE_EVERY = 64

decoding.make_total()
logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # it logs each failure that it also raises, with its traceback


async def dialled(url: str) -> AbstractConnection:
    """A connection, soon or not at all.

    A caller who is to end meanwhile ends. The driver overhears that in some turns of the loop, and in others leaves a
    connection behind: so it is let finish, and what it brings is closed.
    """
    dialling = asyncio.create_task(connect(url, timeout=_CONNECT_SECONDS))
    try:
        return await asyncio.shield(dialling)
    except asyncio.CancelledError:
        with suppress(*FAILURES):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await (await dialling).close()
        raise


async def connected(url: str, topology: Topology, on_loss: Callable[[], None]) -> "Link":
    """Connect, and declare what the topology says."""
    connection = await dialled(url)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            # An event that no queue takes would be confirmed and lost: it is sent back instead, and the link is lost.
            publishing = await connection.channel(on_return_raises=True)
            following = await connection.channel()
            await following.set_qos(prefetch_count=_PREFETCH)
            await topology.declare(publishing)
    except BaseException:
        await connection.close()
        raise
    link = Link(connection, publishing, following, topology, on_loss)
    await link.watch()
    return link


class Link:
    """An exchange to publish to and a stream to read from, while the connection lasts."""

    def __init__(
        self,
        connection: AbstractConnection,
        publishing: AbstractChannel,
        following: AbstractChannel,
        topology: Topology,
        on_loss: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._publishing, self._following = self._channels = (publishing, following)
        self._topology = topology
        self._on_loss = on_loss
        self._cancelled = False

    @property
    def lost(self) -> bool:
        """Whether this link is of no more use."""
        return self._cancelled or self._connection.is_closed or any(channel.is_closed for channel in self._channels)

    async def watch(self) -> None:
        """Tell of a loss: of a channel, or of the stream alone."""
        for channel in self._channels:
            channel.close_callbacks.add(self._closed)
            underlying = await channel.get_underlay_channel()
            underlying.on_consumer_cancel_callbacks.add(self._stream_gone)

    async def publish(self, messages: Sequence[tuple[Message, str]]) -> None:
        """Return when the broker has confirmed them all; they leave in this order."""
        channel, exchange = self._publishing, self._topology.events
        await asyncio.gather(*(publish(channel, message, exchange, key, mandatory=True) for message, key in messages))

    async def mark(self, message: Message) -> None:
        """Put a message into the stream itself, past whoever has bound a queue to the exchange."""
        await publish(self._publishing, message, "", self._topology.log.name, mandatory=True)

    async def follow(self, start: Start, receive: Receive) -> None:
        """Hand out what is in the stream from a place on, and what comes.

        Nothing waits before `receive`, so all keeps its order; one acknowledgement speaks for many.
        """
        unacknowledged = 0

        async def deliver(message: AbstractIncomingMessage) -> None:
            nonlocal unacknowledged
            receive(message)
            unacknowledged += 1
            if unacknowledged >= _ACKNOWLEDGE_EVERY:
                unacknowledged = 0
                await message.ack(multiple=True)

        queue = await self._following.get_queue(self._topology.log.name, ensure=False)
        await queue.consume(deliver, arguments={"x-stream-offset": start})

    async def scan(self, start: Start) -> AsyncGenerator[AbstractIncomingMessage, None]:
        """The messages from a place on, one after the other, over a channel of its own; only a loss ends it."""
        found: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        async with asyncio.timeout(_CONNECT_SECONDS):
            channel = await self._connection.channel()
            await channel.set_qos(prefetch_count=_PREFETCH)
        channel.close_callbacks.add(lambda *_: found.put_nowait(None))
        try:
            queue = await channel.get_queue(self._topology.log.name, ensure=False)
            await queue.consume(_into(found), arguments={"x-stream-offset": start})
            taken = 0
            while (message := await found.get()) is not None:
                yield message
                taken += 1
                if taken % _ACKNOWLEDGE_EVERY == 0:
                    await message.ack(multiple=True)
            raise ConnectionError("the connection was closed")
        finally:
            with suppress(*FAILURES):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await channel.close()

    async def close(self) -> None:
        """Let go, whatever state it is in."""
        with suppress(*FAILURES):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._connection.close()

    def _closed(self, *_: Any) -> None:
        self._on_loss()

    def _stream_gone(self, *_: Any) -> None:
        self._cancelled = True
        self._on_loss()


def _into(found: "asyncio.Queue[AbstractIncomingMessage | None]") -> Callable[[AbstractIncomingMessage], Any]:
    async def deliver(message: AbstractIncomingMessage) -> None:
        found.put_nowait(message)

    return deliver
