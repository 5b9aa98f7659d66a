"""One connection to RabbitMQ, from its making to its loss. It is not mended: whoever needs another makes another.

The driver's exceptions are known here, as `FAILURES`. Publishing, following what is new and each
reading of what is old have a channel of their own, so that they do not wait for each other.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from time import perf_counter
from typing import Any

from aio_pika import connect
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError

from adapters.rabbit import decoding
from adapters.rabbit.encoding import Message
from adapters.rabbit.publishing import Post, publish, publishing
from adapters.rabbit.reading import Reading, Received
from adapters.rabbit.topology import Topology
from handlers.core.ending import ended

FAILURES = (*CONNECTION_EXCEPTIONS, DeliveryError, TimeoutError)
Start = str | int | datetime
Receive = Callable[[Received], None]
_CONNECT_SECONDS = 10
_CLOSE_SECONDS = 2
_PREFETCH = 256
_ACKNOWLEDGE_EVERY = 64
_SLICE_SECONDS = 0.001

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
            following = await Reading.on(connection, _PREFETCH)
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
        following: Reading,
        topology: Topology,
        on_loss: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._publishing = publishing
        self._following = following
        self._topology = topology
        self._on_loss = on_loss
        self._cancelled = False

    @property
    def lost(self) -> bool:
        """Whether this link is of no more use."""
        return self._cancelled or any((self._connection.is_closed, self._publishing.is_closed, self._following.is_over))

    async def watch(self) -> None:
        """Tell of a loss: of a channel, or of the stream alone."""
        self._publishing.close_callbacks.add(self._closed)
        self._following.on_loss(self._stream_gone)

    async def publish(self, posts: Iterable[Post]) -> None:
        """Return when the broker has confirmed them all; they leave in this order.

        Each costs the event loop some time, and whatever else it has to do need not wait for all of them.
        """
        leaving, sent = await publishing(self._publishing), []
        try:
            for some in slices(posts, _SLICE_SECONDS):
                if sent:
                    await asyncio.sleep(0)
                sent.append(leaving.send(some, self._topology.events, mandatory=True))
            for answer in sent:
                await answer
        except BaseException:
            await ended(*sent)
            raise

    async def mark(self, message: Message) -> None:
        """Put a message into the stream itself, past whoever has bound a queue to the exchange."""
        await publish(self._publishing, message, "", self._topology.log.name, mandatory=True)

    async def follow(self, start: Start, receive: Receive) -> None:
        """Hand out what is in the stream from a place on, and what comes.

        Nothing waits before `receive`, so all keeps its order; one acknowledgement speaks for many.
        """
        unacknowledged = 0

        def deliver(message: Received) -> None:
            nonlocal unacknowledged
            receive(message)
            unacknowledged += 1
            if unacknowledged >= _ACKNOWLEDGE_EVERY:
                unacknowledged = 0
                message.ack(multiple=True)

        await self._following.consume(self._topology.log.name, deliver, {"x-stream-offset": start})

    async def scan(self, start: Start) -> AsyncGenerator[Received, None]:
        """The messages from a place on, one after the other, over a channel of its own; only a loss ends it."""
        found: asyncio.Queue[Received | None] = asyncio.Queue()
        async with asyncio.timeout(_CONNECT_SECONDS):
            reading = await Reading.on(self._connection, _PREFETCH)
        reading.on_loss(lambda: found.put_nowait(None))
        try:
            await reading.consume(self._topology.log.name, found.put_nowait, {"x-stream-offset": start})
            taken = 0
            while (message := await found.get()) is not None:
                yield message
                taken += 1
                if taken % _ACKNOWLEDGE_EVERY == 0:
                    message.ack(multiple=True)
            raise ConnectionError("the connection was closed")
        finally:
            with suppress(*FAILURES):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await reading.close()

    async def close(self) -> None:
        """Let go, whatever state it is in."""
        with suppress(*FAILURES):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._connection.close()

    def _closed(self, *_: Any) -> None:
        self._on_loss()

    def _stream_gone(self) -> None:
        self._cancelled = True
        self._on_loss()


def slices(posts: Iterable[Post], seconds: float) -> Iterator[list[Post]]:
    """What there is, as much at a time as can be made in so many seconds."""
    some: list[Post] = []
    until = perf_counter() + seconds
    for post in posts:
        some.append(post)
        if perf_counter() > until:
            yield some
            some, until = [], perf_counter() + seconds
    if some:
        yield some
