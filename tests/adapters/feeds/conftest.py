"""Feeds to test: each kind of them made by a function that takes the size of a subscription's buffer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from adapters.local.feed import LocalEventFeed
from adapters.rabbit.feed import RabbitEventFeed
from adapters.rabbit.topology import FeedTopology
from handlers.core.ports import Event, EventFeed, Gap, Subscription
from scripts.rabbitmq import RabbitNode
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

MakeFeed = Callable[..., Awaitable[EventFeed]]
_SECONDS = 20


@pytest.fixture(params=["local", "rabbit"])
def make_feed(request: pytest.FixtureRequest) -> MakeFeed:
    """Every kind of feed in turn."""
    return request.getfixturevalue(f"make_{request.param}_feed")


@pytest.fixture
def make_local_feed() -> MakeFeed:
    """Feeds within this process."""

    async def make(buffer: int = 1000) -> EventFeed:
        return LocalEventFeed(buffer)

    return make


@pytest.fixture
async def make_rabbit_feed(rabbitmq: RabbitNode) -> AsyncIterator[MakeFeed]:
    """Feeds that share an exchange of this test's own, each with a connection of its own, as processes have them."""
    topology = FeedTopology(f"test.{uuid4().hex}", "test.feed", queue_length=10_000)
    async with AsyncExitStack() as feeds:

        async def make(buffer: int = 1000, url: str = rabbitmq.url, **options: int) -> RabbitEventFeed:
            feed = RabbitEventFeed(url, LocalEventFeed(buffer), topology, **options)
            await feed.open()
            feeds.push_async_callback(feed.close)
            return feed

        yield make


def event(number: int, tenant: str = "acme") -> Event:
    """The so-many-th event of a tenant."""
    return Event(f"evt_{number}", "task.updated", tenant, f"task_{number}", 1_700_000_000_000 + number, {"n": number})


async def take(subscription: Subscription, count: int) -> list[Event | Gap]:
    """The next items."""
    async with asyncio.timeout(_SECONDS):
        return [await anext(subscription) for _ in range(count)]


async def take_to(subscription: Subscription, last: Event) -> list[Event | Gap]:
    """The next items up to this event."""
    items: list[Event | Gap] = []
    async with asyncio.timeout(_SECONDS):
        while last not in items:
            items.append(await anext(subscription))
    return items
