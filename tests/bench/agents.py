"""Agents as the benchmark of work has them: one that takes whatever it is offered, and its line over each transport."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity
from pamqp.commands import Basic
from websockets.asyncio.client import ClientConnection, connect

from adapters.rabbit.reading import ReadingChannel, Received
from scripts.serving import API_KEY
from tests.bench.processes import Failed

AT_ONCE = 8
_NO_ROOM_SECONDS, _QUEUE_SECONDS = 0.05, 20
_TENANT, _REPLIES = "t_default", "amq.rabbitmq.reply-to"
_USER = hashlib.sha256(API_KEY.encode()).hexdigest()
Lease = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """The ports of a server and of its broker."""

    server: int
    broker: int


@dataclass
class Tally:
    """When the POST of each command began, and how many milliseconds later it was offered, and held."""

    wanted: int
    begun: dict[int, float] = field(default_factory=dict)
    offered: dict[int, float] = field(default_factory=dict)
    held: dict[int, float] = field(default_factory=dict)
    over: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def note(self, times: dict[int, float], number: int) -> None:
        """Note that something has happened to a command; that it happens again counts no more."""
        times.setdefault(number, (time.perf_counter() - self.begun[number]) * 1000)
        if len(self.held) == self.wanted and not self.over.done():
            self.over.set_result(None)


class Line(Protocol):
    """How one agent speaks to the server."""

    async def accept(self, lease: Lease) -> None:
        """Take what was offered."""

    async def complete(self, lease: Lease) -> None:
        """Say that it is done."""

    async def close(self) -> None:
        """Speak no more."""


class Worker:
    """One agent: it accepts what it is offered, and ends what it holds."""

    line: Line
    tally: Tally

    def __init__(self, name: str) -> None:
        self.name = name
        self._offers: dict[str, Lease] = {}

    async def offered(self, lease: Lease) -> None:
        """Take it."""
        self._offers[lease["lease_id"]] = lease
        self.tally.note(self.tally.offered, lease["work"]["input"]["number"])
        await self.line.accept(lease)

    async def told(self, lease: str, status: str) -> None:
        """End what is held; the work itself takes no time."""
        if status == "held":
            offer = self._offers.pop(lease)
            self.tally.note(self.tally.held, offer["work"]["input"]["number"])
            await self.line.complete(offer)

    async def refused(self, problem: Mapping[str, Any]) -> None:
        """Take it in a moment, where there is no room yet for what was offered; fail else: nobody else takes it."""
        lease = problem.get("details", {}).get("lease_id")
        if problem["code"] == "CONFLICT" and lease in self._offers:
            await asyncio.sleep(_NO_ROOM_SECONDS)
            await self.line.accept(self._offers[lease])
        elif not self.tally.over.done():
            self.tally.over.set_exception(Failed(str(problem)))


class SocketLine:
    """An agent's line on `/stream`."""

    def __init__(self, worker: Worker, socket: ClientConnection) -> None:
        self._worker, self._socket = worker, socket
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def open(cls, worker: Worker, place: Place) -> "SocketLine":
        """Wait for work."""
        line = cls(worker, await connect(f"ws://127.0.0.1:{place.server}/stream?token={API_KEY}"))
        await line._say("ready", max_leases=AT_ONCE)
        return line

    async def accept(self, lease: Lease) -> None:
        """Take what was offered."""
        await self._say("accept", lease_id=lease["lease_id"])

    async def complete(self, lease: Lease) -> None:
        """Say that it is done."""
        await self._say("complete", lease_id=lease["lease_id"], fencing_token=lease["fencing_token"], result={})

    async def close(self) -> None:
        """Speak no more."""
        self._hearing.cancel()
        await self._socket.close()

    async def _say(self, verb: str, **facts: Any) -> None:
        payload = {"agent_id": self._worker.name, **facts}
        await self._socket.send(json.dumps({"type": f"lease.{verb}", "id": verb, "payload": payload}))

    async def _hear(self) -> None:
        async for text in self._socket:
            said = json.loads(text)
            if said["type"] == "lease.offer":
                await self._worker.offered(said["payload"])
            elif said["type"] == "lease.state":
                await self._worker.told(said["payload"]["lease_id"], said["payload"]["status"])
            elif said["type"] == "error":
                await self._worker.refused(said["payload"])


class BrokerLine:
    """An agent's line over AMQP: the channels `work`, `results` and `work_answers` of the contract.

    The agents share a core with the broker, so they read as the server does, and wait for answers, not for confirms.
    """

    def __init__(self, worker: Worker, connection: AbstractConnection, channel: ReadingChannel) -> None:
        self._worker, self._connection, self._channel = worker, connection, channel
        self._saying: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, worker: Worker, place: Place) -> "BrokerLine":
        """Wait for work, as whoever has the key."""
        connection = await aio_pika.connect(host="127.0.0.1", port=place.broker, login=_USER, password=API_KEY)
        queue = f"nexus.work.{_TENANT}.{worker.name}"
        await _there(connection, queue)
        line = cls(worker, connection, await ReadingChannel.on(connection))
        await line._hear(_REPLIES, line._answered)
        await line._hear(queue, line._offered)
        return line

    async def accept(self, lease: Lease) -> None:
        """Take what was offered."""
        await self._say("accept", lease)

    async def complete(self, lease: Lease) -> None:
        """Say that it is done."""
        await self._say("result", lease, result={})

    async def close(self) -> None:
        """Speak no more."""
        await self._connection.close()

    async def _hear(self, queue: str, receive: Callable[[Received], Awaitable[None]]) -> None:
        def begin(message: Received) -> None:
            task = asyncio.create_task(receive(message))
            self._saying.add(task)
            task.add_done_callback(self._saying.discard)

        self._channel.receivers[queue] = begin
        await self._channel.basic_consume(queue, begin, no_ack=True, consumer_tag=queue)

    async def _say(self, verb: str, lease: Lease, **facts: Any) -> None:
        said = {"lease_id": lease["lease_id"], "fencing_token": lease["fencing_token"], **facts}
        properties = Basic.Properties(
            message_type=f"work.{verb}",
            content_type="application/json",
            correlation_id=f"{verb}.{lease['lease_id']}",
            reply_to=_REPLIES,
            user_id=_USER,
        )
        key = f"{_TENANT}.{self._worker.name}"
        body = json.dumps(said).encode()
        await self._channel.basic_publish(body, exchange="nexus.results", routing_key=key, properties=properties)

    async def _offered(self, message: Received) -> None:
        if message.type == "work.offer":
            await self._worker.offered(json.loads(message.body))

    async def _answered(self, message: Received) -> None:
        said = json.loads(message.body)
        if said["accepted"]:
            await self._worker.told(said["lease_id"], said["status"])
        else:
            await self._worker.refused(said["error"])


async def _there(connection: AbstractConnection, queue: str) -> None:
    """Wait until an agent that was registered has its queue."""
    async with asyncio.timeout(_QUEUE_SECONDS):
        while True:
            with suppress(ChannelNotFoundEntity):
                async with connection.channel() as channel:
                    found = await channel.get_queue(queue, ensure=False)
                    await found.cancel(await found.consume(lambda _: None))
                    return
            await asyncio.sleep(_NO_ROOM_SECONDS)


LINES: dict[str, Callable[[Worker, Place], Awaitable[Line]]] = {"WebSocket": SocketLine.open, "AMQP": BrokerLine.open}
