"""A connection to RabbitMQ that is made again whenever it is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection

from adapters.rabbit.link import FAILURES, dialled
from adapters.rabbit.reading import Reading
from handlers.core.ending import ended

_CLOSE_SECONDS = 2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_log = structlog.get_logger()


class Line:
    """One connection, from its making to its loss."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._lost = asyncio.Event()
        connection.close_callbacks.add(self._lose)

    async def channel(self, **how: Any) -> AbstractChannel:
        """A channel, without which the connection is of no use."""
        channel = await self._connection.channel(**how)
        channel.close_callbacks.add(self._lose)
        underlying = await channel.get_underlay_channel()
        underlying.on_consumer_cancel_callbacks.add(self._lose)
        return channel

    async def reading(self, prefetch: int) -> Reading:
        """A channel for reading, without which the connection is of no use."""
        reading = await Reading.on(self._connection, prefetch)
        reading.on_loss(self._lost.set)
        return reading

    async def spare_channel(self) -> AbstractChannel:
        """A channel whose end is nobody else's."""
        return await self._connection.channel()

    async def lost(self) -> None:
        """Return when the connection, or a channel of it, is of no more use."""
        await self._lost.wait()

    @property
    def is_lost(self) -> bool:
        """Whether it is."""
        return self._lost.is_set()

    def _lose(self, *_: Any) -> None:
        self._lost.set()


class Kept:
    """Has a connection used, and another one when that is lost. `use` returns when its line is of no more use."""

    def __init__(self, url: str, use: Callable[[Line], Awaitable[None]], name: str) -> None:
        self._url = url
        self._use = use
        self._name = name
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, now or as soon as that is possible."""
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Let go."""
        await ended(self._task)

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._once()
                reason = "the connection was closed"
            except FAILURES as exc:
                reason = str(exc)
            except asyncio.CancelledError:  # the driver also cancels whoever waits for a dead channel
                if asyncio.current_task().cancelling():
                    raise
                reason = "the channel was closed"
            except Exception as problem:  # noqa: BLE001 - a defect of ours, which is not to end what is kept
                _log.exception("rabbitmq_part_failed", part=self._name)
                reason = repr(problem)
            _log.warning("rabbitmq_lost", reason=reason, part=self._name)
            was_long = asyncio.get_running_loop().time() - began > _LONGEST_PAUSE
            pause = _FIRST_PAUSE if was_long else min(pause * 2, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _once(self) -> None:
        connection = await dialled(self._url)
        try:
            await self._use(Line(connection))
        finally:
            with suppress(*FAILURES):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await connection.close()
