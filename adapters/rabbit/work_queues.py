"""The queues of agents: made, looked at, and given offers and withdrawals, over a connection that is made again.

A question that the broker refuses ends the channel that it came by. Questions therefore have one of their own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import structlog
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelClosed, DeliveryError

from adapters.rabbit.encoding import Message
from adapters.rabbit.keeping import Kept, Line
from adapters.rabbit.link import FAILURES
from adapters.rabbit.messages import Examine, fields_of, unexamined
from adapters.rabbit.publishing import publish
from adapters.rabbit.topology import Queue, declared
from handlers.core.agent_queues import Depth, Withdrawal
from handlers.core.brokerage import name_of, word_of
from handlers.core.clock import Clock, Moment
from handlers.core.errors import Unavailable
from handlers.core.work import Lease

_OFFERS, _WITHDRAWALS = "events.streams.work_offers", "events.streams.work_withdrawals"
_PRIORITIES = {"low": 0, "normal": 1, "high": 2, "urgent": 3}
_TENANT = "nexus-tenant"
_LONGEST_NAME = 255
_SECONDS = 5.0
_LONGEST_LEASE_SECONDS = 3600
_NONE = Depth(0, 0)
_AWAY = "RabbitMQ does not answer"
_log = structlog.get_logger()
T = TypeVar("T")


class Wire(Protocol):
    """The form of what is sent: its functions are named as the contract's operations are."""

    def work_offers(self, lease: Lease) -> bytes:
        """The payload of an offer."""

    def work_withdrawals(self, withdrawal: Withdrawal) -> bytes:
        """The payload of a withdrawal."""


class RabbitWorkQueues:
    """Implements `WorkQueues`. `queue` is what each is declared as, with `{tenant}` and `{agent_id}` in its name."""

    def __init__(self, url: str, queue: Queue, wire: Wire, clock: Clock, examine: Examine = unexamined) -> None:
        self._queue = queue
        self._wire = wire
        self._clock = clock
        self._examine = examine
        self._kept = Kept(url, self._use, "work queues")
        self._line: Line | None = None
        self._channel: AbstractChannel | None = None
        self._asking: AbstractChannel | None = None
        self._turn = asyncio.Lock()
        self._is_up = asyncio.Event()
        self._refused: set[str] = set()

    async def open(self) -> None:
        """Connect, now or as soon as that is possible."""
        self._kept.start()

    async def close(self) -> None:
        """Let go."""
        await self._kept.close()

    async def look(self, tenant: str, agent: str) -> Depth:
        """How a queue is; it is declared as the contract says. One that the broker refuses is read by nobody."""
        name = self._name(tenant, agent)
        if name is None:
            return _NONE
        queue = await self._asked(name, lambda channel: declared(channel, self._queue, name))
        if queue is None:
            return _NONE
        found = queue.declaration_result
        return Depth(found.message_count or 0, found.consumer_count or 0)

    async def remove(self, tenant: str, agent: str) -> None:
        """Delete a queue, whatever is in it."""
        name = self._name(tenant, agent)
        if name is not None:
            await self._asked(name, lambda channel: channel.queue_delete(name))

    async def offer(self, tenant: str, lease: Lease) -> bool:
        """Send an offer, which vanishes when it lapses."""
        message = self._message(
            "work.offer",
            f"{lease.id}:{lease.token}",
            tenant,
            self._wire.work_offers(lease),
            _PRIORITIES[lease.work["priority"]],
            self._clock(),
        )
        message.expiration = max(1, lease.expires_at - self._clock())
        self._examine(_OFFERS, message.body, fields_of(message))
        return await self._send(message, self._name(tenant, lease.agent))

    async def withdraw(self, tenant: str, withdrawal: Withdrawal) -> bool:
        """Send a withdrawal, ahead of all offers."""
        name = f"{withdrawal.lease}:{withdrawal.token}:{withdrawal.reason}"
        payload = self._wire.work_withdrawals(withdrawal)
        message = self._message("work.withdrawal", name, tenant, payload, max(_PRIORITIES.values()), withdrawal.at)
        message.expiration = _LONGEST_LEASE_SECONDS * 1000
        self._examine(_WITHDRAWALS, message.body, fields_of(message))
        return await self._send(message, self._name(tenant, withdrawal.agent))

    def _name(self, tenant: str, agent: str) -> str | None:
        """What a queue is called; None where that is more than AMQP has room for."""
        name = self._queue.name.format(tenant=name_of(tenant), agent_id=name_of(agent))
        return None if len(name) > _LONGEST_NAME else name

    def _message(self, type: str, name: str, tenant: str, payload: bytes, priority: int, at: Moment) -> Message:
        return Message(
            payload,
            message_id=name,
            type=type,
            timestamp=at // 1000,
            priority=priority,
            headers={_TENANT: word_of(tenant)},
        )

    async def _send(self, message: Message, queue: str | None) -> bool:
        """Have a message in a queue; whether it is. A full queue takes none, and one that is gone neither."""
        if queue is None or queue in self._refused:
            return False
        try:
            await self._in_time(lambda: publish(self._channel, message, "", queue, mandatory=True))
        except DeliveryError:
            return False
        except ChannelClosed as exc:
            raise Unavailable(_AWAY) from exc
        return True

    async def _asked(self, name: str, ask: Callable[[Any], Awaitable[T]]) -> T | None:
        """What the broker answers of a queue; None where it refuses, which is told once."""
        try:
            answer = await self._in_time(lambda: self._ask(ask))
        except ChannelClosed as refusal:
            if name not in self._refused:
                _log.error("queue_is_refused", queue=name, reason=str(refusal))
            self._refused.add(name)
            return None
        self._refused.discard(name)
        return answer

    async def _ask(self, ask: Callable[[Any], Awaitable[T]]) -> T:
        """Ask on the channel of questions, one at a time. One that was not answered is not used again."""
        async with self._turn:
            channel, self._asking = self._asking, None
            if channel is None or channel.is_closed:
                channel = await self._line.spare_channel()
            answer = await ask(channel)
            self._asking = channel
            return answer

    async def _in_time(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do something as soon as there is a line. The driver cancels whoever waits for a dead one."""
        try:
            async with asyncio.timeout(_SECONDS):
                await self._is_up.wait()
                return await do()
        except (ChannelClosed, DeliveryError):
            raise
        except FAILURES as exc:
            raise Unavailable(_AWAY) from exc
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():
                raise
            raise Unavailable(_AWAY) from None

    async def _use(self, line: Line) -> None:
        self._channel = await line.channel(on_return_raises=True)
        self._line, self._asking = line, None
        self._is_up.set()
        try:
            await line.lost()
        finally:
            self._is_up.clear()
