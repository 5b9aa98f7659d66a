"""Live events in one process: everybody gets everything, or learns how much they lost."""

import asyncio

import pytest

from adapters.local.feed import LocalEventFeed, LocalSubscription
from handlers.core.ports import Event, Gap


@pytest.fixture
def feed() -> LocalEventFeed:
    """A feed whose listeners hold three events."""
    return LocalEventFeed(buffer=3)


async def test_every_listener_of_a_tenant_gets_every_event(feed: LocalEventFeed) -> None:
    """Events come in order to all of their tenant, and to nobody else."""
    first, second, other = feed.subscribe("t_one"), feed.subscribe("t_one"), feed.subscribe("t_two")
    publish(feed, "t_one", 1, 2)
    publish(feed, "t_two", 3)
    assert await taken(first, 2) == await taken(second, 2) == ["1", "2"]
    assert await taken(other, 1) == ["3"]


async def test_a_listener_hears_what_comes_after_it(feed: LocalEventFeed) -> None:
    """The feed is no log."""
    publish(feed, "t_one", 1)
    listener = feed.subscribe("t_one")
    publish(feed, "t_one", 2)
    assert await taken(listener, 1) == ["2"]


async def test_a_listener_that_waits_is_woken(feed: LocalEventFeed) -> None:
    """An event reaches whoever already waits for it."""
    waiting = asyncio.ensure_future(taken(feed.subscribe("t_one"), 2))
    await asyncio.sleep(0)
    publish(feed, "t_one", 1)
    await asyncio.sleep(0)
    publish(feed, "t_one", 2)
    assert await asyncio.wait_for(waiting, 1) == ["1", "2"]


async def test_a_slow_listener_learns_what_it_lost(feed: LocalEventFeed) -> None:
    """What finds no room is counted where it would have stood; then events flow again."""
    listener = feed.subscribe("t_one")
    publish(feed, "t_one", *range(1, 8))
    assert len(listener._waiting) == 3
    assert await taken(listener, 4) == ["1", "2", "3", Gap(4)]
    publish(feed, "t_one", 8)
    assert await taken(listener, 1) == ["8"]


async def test_after_a_loss_nothing_jumps_the_gap(feed: LocalEventFeed) -> None:
    """An event that finds room after a loss is lost too until the listener has been told: order is kept."""
    listener = feed.subscribe("t_one")
    publish(feed, "t_one", 1, 2, 3, 4)
    assert await taken(listener, 1) == ["1"]
    publish(feed, "t_one", 5)
    assert await taken(listener, 3) == ["2", "3", Gap(2)]


async def test_a_closed_listener_is_forgotten(feed: LocalEventFeed) -> None:
    """Closing ends the stream after what waits, whoever waits for it, and leaves nothing behind."""
    listener, waiting = feed.subscribe("t_one"), feed.subscribe("t_one")
    pending = asyncio.ensure_future(taken(waiting, 1))
    publish(feed, "t_two", 0)
    await asyncio.sleep(0)
    waiting.close()
    assert await asyncio.wait_for(pending, 1) == []
    publish(feed, "t_one", 1)
    listener.close()
    listener.close()
    publish(feed, "t_one", 2)
    assert await taken(listener, 9) == ["1"]
    assert feed._subscriptions == {}


def publish(feed: LocalEventFeed, tenant: str, *numbers: int) -> None:
    """Events, one per number."""
    for number in numbers:
        feed.publish(Event(str(number), "task.created", tenant, "task_1", number, {}))


async def taken(listener: LocalSubscription, count: int) -> list[str | Gap]:
    """The next things that a listener hears."""
    heard: list[str | Gap] = []
    async for event in listener:
        heard.append(event if isinstance(event, Gap) else event.id)
        if len(heard) == count:
            break
    return heard
