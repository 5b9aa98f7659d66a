"""Live events within one process: each subscription of a tenant gets its every event, or learns of a gap."""

import asyncio
from collections import deque
from typing import Self

import orjson

from handlers.core.ports import Event, Gap

_BUFFER = 1000
_BUFFER_BYTES = 8 * 1024 * 1024


class LocalEventFeed:
    """Fan-out in memory."""

    def __init__(self, buffer: int = _BUFFER) -> None:
        self._buffer = buffer
        self._subscriptions: dict[str, set[LocalSubscription]] = {}

    async def open(self) -> None:
        """There is nothing to connect to."""

    async def close(self) -> None:
        """End every subscription."""
        for listening in list(self._subscriptions.values()):
            for subscription in list(listening):
                subscription.close()

    async def ping(self) -> None:
        """Within one process events always arrive."""

    def publish(self, event: Event) -> None:
        """Hand the event to every subscription of its tenant. It is measured once for all of them."""
        listening = self._subscriptions.get(event.tenant)
        if listening:
            size = len(orjson.dumps(event.data))
            for subscription in listening:
                subscription.offer(event, size)

    def subscribe(self, tenant: str) -> "LocalSubscription":
        """Listen to a tenant's events from now on."""
        subscription = LocalSubscription(self, tenant, self._buffer)
        self._subscriptions.setdefault(tenant, set()).add(subscription)
        return subscription

    def forget(self, tenant: str, subscription: "LocalSubscription") -> None:
        """Stop handing events to a subscription."""
        listening = self._subscriptions.get(tenant)
        if listening is not None:
            listening.discard(subscription)
            if not listening:
                del self._subscriptions[tenant]


class LocalSubscription:
    """A queue bounded in number and bytes. When it is full the newest events are lost, and counted where they stood."""

    def __init__(self, feed: LocalEventFeed, tenant: str, size: int) -> None:
        self._feed = feed
        self._tenant = tenant
        self._size = size
        self._waiting: deque[tuple[Event, int]] = deque()
        self._bytes = 0
        self._missed = 0
        self._awake = asyncio.Event()
        self._closed = False

    def offer(self, event: Event, size: int) -> None:
        """Take an event if there is room for it. After a loss, none until the listener has learned of it."""
        if self._missed or len(self._waiting) >= self._size or (self._waiting and self._bytes + size > _BUFFER_BYTES):
            self._missed += 1
        else:
            self._waiting.append((event, size))
            self._bytes += size
        self._awake.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event | Gap:
        while True:
            if self._waiting:
                event, size = self._waiting.popleft()
                self._bytes -= size
                return event
            if self._missed:
                missed, self._missed = self._missed, 0
                return Gap(missed)
            if self._closed:
                raise StopAsyncIteration
            self._awake.clear()
            await self._awake.wait()

    def close(self) -> None:
        """Stop listening; what waits can still be read."""
        self._closed = True
        self._feed.forget(self._tenant, self)
        self._awake.set()
