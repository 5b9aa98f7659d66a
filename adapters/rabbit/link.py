"""One connection to RabbitMQ, from its making to its loss. It is not mended: whoever needs another makes another.

The driver's exceptions are known here, as `FAILURES`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from aio_pika import connect
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from adapters.rabbit.messages import Numbered, message_of, routing_key
from adapters.rabbit.topology import FeedTopology

FAILURES = (*CONNECTION_EXCEPTIONS, TimeoutError)
_CONNECT_SECONDS = 10
_CLOSE_SECONDS = 2
_PREFETCH = 256
_ACKNOWLEDGE_EVERY = 64

logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # it logs each failure that it also raises, with its traceback


async def connected(
    url: str, topology: FeedTopology, receive: Callable[[AbstractIncomingMessage], None], on_loss: Callable[[], None]
) -> "Link":
    """Connect and declare what the topology says. Events gather from now on; `Link.consume` begins to hand them out."""
    connection = await connect(url, timeout=_CONNECT_SECONDS)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=_PREFETCH)
            exchange, queue = await topology.declare(channel)
    except BaseException:
        await connection.close()
        raise
    link = Link(connection, channel, exchange, queue, receive, on_loss)
    await link.watch()
    return link


class Link:
    """An exchange to publish to and a queue to read from, while the connection lasts."""

    def __init__(
        self,
        connection: AbstractConnection,
        channel: AbstractChannel,
        exchange: AbstractExchange,
        queue: AbstractQueue,
        receive: Callable[[AbstractIncomingMessage], None],
        on_loss: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._exchange = exchange
        self._queue = queue
        self._receive = receive
        self._on_loss = on_loss
        self._cancelled = False
        self._unacknowledged = 0

    @property
    def lost(self) -> bool:
        """Whether this link is of no more use."""
        return self._cancelled or self._channel.is_closed or self._connection.is_closed

    async def watch(self) -> None:
        """Tell of a loss: of the channel, or of the queue alone."""
        self._channel.close_callbacks.add(self._closed)
        underlying = await self._channel.get_underlay_channel()
        underlying.on_consumer_cancel_callbacks.add(self._queue_gone)

    async def consume(self) -> None:
        """Hand out what has gathered and what comes."""
        await self._queue.consume(self._deliver)

    async def publish(self, events: Sequence[Numbered]) -> None:
        """Return when the broker has confirmed them all; they leave in this order."""
        await asyncio.gather(
            *(
                self._exchange.publish(message_of(numbered), routing_key(numbered.event), mandatory=False)
                for numbered in events
            )
        )

    async def close(self) -> None:
        """Let go, whatever state it is in."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._connection.close()
        except FAILURES:
            return

    async def _deliver(self, message: AbstractIncomingMessage) -> None:
        """Nothing here waits before `receive`, so events keep their order; one acknowledgement speaks for many."""
        self._receive(message)
        self._unacknowledged += 1
        if self._unacknowledged >= _ACKNOWLEDGE_EVERY:
            self._unacknowledged = 0
            await message.ack(multiple=True)

    def _closed(self, *_: Any) -> None:
        self._on_loss()

    def _queue_gone(self, *_: Any) -> None:
        self._cancelled = True
        self._on_loss()
