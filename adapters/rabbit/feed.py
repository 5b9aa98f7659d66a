"""Live events among several processes: each publishes to RabbitMQ and fans out in memory what comes back.

Every process gets all events, its own ones too, through the broker, so that all see a publisher's events in one order.
This is no log: what cannot be delivered is lost, and whoever listens is told that something is.
"""

import asyncio
from collections import deque
from typing import Protocol
from uuid import uuid4

import structlog
from aio_pika.abc import AbstractIncomingMessage

from adapters.rabbit.continuity import Continuity
from adapters.rabbit.link import FAILURES, Link, connected
from adapters.rabbit.messages import MalformedMessage, Numbered, numbered_of
from adapters.rabbit.subscription import RabbitSubscription, interruption
from adapters.rabbit.topology import FeedTopology
from handlers.core.errors import Unavailable
from handlers.core.ports import Event, Subscription

_OUTGOING = 10_000
_BATCH = 200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_DRAIN_SECONDS = 2.0

_log = structlog.get_logger()


class FanOut(Protocol):
    """What brings events to the subscriptions of one process: the feed of a server that is alone."""

    def publish(self, event: Event) -> None:
        """Hand the event to every subscription of its tenant."""

    def subscribe(self, tenant: str) -> Subscription:
        """Listen to a tenant's events from now on."""


class RabbitEventFeed:
    """Publishes in the background, in batches, and reconnects by itself.

    While the broker is away, the latest `outgoing` events wait. Subscriptions get a gap wherever events may be missing:
    after each interruption, and when a publisher's numbers jump. It says 0: how many were this tenant's is
    not known.
    """

    def __init__(self, url: str, local: FanOut, topology: FeedTopology, *, outgoing: int = _OUTGOING) -> None:
        self._url = url
        self._local = local
        self._topology = topology
        self._publisher = uuid4().hex
        self._sequence = 0
        self._outgoing: deque[Numbered] = deque(maxlen=outgoing)
        self._unconfirmed: list[Numbered] = []
        self._awake = asyncio.Event()
        self._closing = False
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._continuity = Continuity()
        self._subscriptions: set[RabbitSubscription] = set()

    async def open(self) -> None:
        """Connect. Raises `Unavailable` if that is not possible now; later interruptions are mended by waiting."""
        try:
            link = await self._connect()
        except FAILURES as exc:
            raise Unavailable("RabbitMQ does not answer") from exc
        self._link = link
        self._task = asyncio.create_task(self._keep(link))

    async def close(self) -> None:
        """Send what waits, if that is possible soon, then end every subscription."""
        self._closing = True
        self._awake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_DRAIN_SECONDS if self._link else 0)
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self._task.cancelled() and (defect := self._task.exception()) is not None:
                _log.error("rabbitmq_feed_failed", exc_info=defect)
        for subscription in list(self._subscriptions):
            subscription.close()

    async def ping(self) -> None:
        """Return if events reach other processes now."""
        if self._link is None:
            raise Unavailable("RabbitMQ is not connected")

    def publish(self, event: Event) -> None:
        """Hand the event to every subscription of its tenant, in all processes. Never waits."""
        self._sequence += 1
        self._outgoing.append(Numbered(event, self._publisher, self._sequence))
        self._awake.set()

    def subscribe(self, tenant: str) -> RabbitSubscription:
        """Listen to a tenant's events from now on."""
        subscription = RabbitSubscription(self._local.subscribe(tenant), tenant, self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription

    async def _connect(self) -> Link:
        return await connected(self._url, self._topology, self._receive, self._awake.set)

    async def _keep(self, link: Link) -> None:
        """Use a connection until it is lost, then get another one, until the feed is closed."""
        while True:
            reason = await self._use(link)
            if self._closing:
                return
            _log.warning("rabbitmq_lost", reason=reason)
            link = await self._reconnected()
            _log.warning("rabbitmq_back")
            self._continuity.interrupted()
            self._interrupt()

    async def _use(self, link: Link) -> str:
        """Receive and send until that is no longer possible; say why."""
        self._link = link
        try:
            await link.consume()
            await self._send(link)
        except FAILURES as exc:
            return str(exc)
        except asyncio.CancelledError:  # the driver also cancels whoever waits for a dead channel
            if asyncio.current_task().cancelling():
                raise
        finally:
            self._link = None
            await link.close()
        return "the connection was closed"

    async def _reconnected(self) -> Link:
        pause = _FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            try:
                return await self._connect()
            except FAILURES:
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(self, link: Link) -> None:
        """Publish all that waits, whenever something does; what was not confirmed goes first, and again."""
        while not link.lost:
            if not self._unconfirmed:
                self._unconfirmed = self._take()
            if self._unconfirmed:
                await link.publish(self._unconfirmed)
                self._unconfirmed = []
            elif self._closing:
                return
            else:
                self._awake.clear()
                await self._awake.wait()

    def _take(self) -> list[Numbered]:
        return [self._outgoing.popleft() for _ in range(min(_BATCH, len(self._outgoing)))]

    def _receive(self, message: AbstractIncomingMessage) -> None:
        try:
            numbered = numbered_of(message)
        except MalformedMessage as exc:
            _log.warning("rabbitmq_message_refused", reason=str(exc))
            return
        if self._continuity.repeats(numbered.publisher, numbered.sequence):
            return
        if self._continuity.missed(numbered.publisher, numbered.sequence):
            self._interrupt()
        self._local.publish(numbered.event)

    def _interrupt(self) -> None:
        """Put a gap where every subscription stands now."""
        for tenant in {subscription.tenant for subscription in self._subscriptions}:
            self._local.publish(interruption(tenant))
