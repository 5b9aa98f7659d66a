"""What every feed keeps, whatever carries its events."""

import asyncio
from uuid import uuid4

import pytest

from handlers.core.ports import Gap
from tests.adapters.feeds.conftest import MakeFeed, event, take, take_to


async def test_a_subscription_gets_what_is_published_after_it(make_feed: MakeFeed):
    """An event arrives as it was published."""
    feed = await make_feed()
    subscription = feed.subscribe("acme")
    feed.publish(event(1))
    assert await take(subscription, 1) == [event(1)]


async def test_a_subscription_does_not_get_what_was_before_it(make_feed: MakeFeed):
    """A feed is live: it begins with the subscription."""
    feed = await make_feed()
    witness = feed.subscribe("acme")
    feed.publish(event(1))
    await take(witness, 1)
    late = feed.subscribe("acme")
    feed.publish(event(2))
    assert await take(late, 1) == [event(2)]


@pytest.mark.parametrize("other", ["globex", "acme.task", "acme.#", "*", "", "Acme", "акме", "a" * 300])
async def test_tenants_do_not_see_each_other(make_feed: MakeFeed, other: str):
    """A subscription gets its tenant's events only, even if another tenant's name looks like a pattern."""
    feed = await make_feed()
    mine, theirs = feed.subscribe("acme"), feed.subscribe(other)
    for number in range(3):
        feed.publish(event(number, "acme"))
        feed.publish(event(number, other))
    assert await take(mine, 3) == [event(number, "acme") for number in range(3)]
    assert await take(theirs, 3) == [event(number, other) for number in range(3)]


async def test_events_keep_their_order(make_feed: MakeFeed):
    """A thousand events of one publisher arrive in the order of their publication, for each subscription."""
    feed = await make_feed()
    subscriptions = [feed.subscribe("acme") for _ in range(3)]
    sent = [event(number) for number in range(1000)]
    for one in sent:
        feed.publish(one)
    for subscription in subscriptions:
        assert await take(subscription, 1000) == sent


async def test_a_slow_subscription_learns_how_much_it_missed(make_feed: MakeFeed):
    """A full buffer loses the newest events, counts them, and continues when it has said so."""
    feed = await make_feed(buffer=10)
    slow, fast = feed.subscribe("acme"), feed.subscribe("acme")
    for number in range(25):
        feed.publish(event(number))
        await take(fast, 1)
    assert await take(slow, 11) == [*(event(number) for number in range(10)), Gap(15)]
    feed.publish(event(25))
    assert await take(slow, 1) == [event(25)]


async def test_a_slow_subscription_costs_others_nothing(make_feed: MakeFeed):
    """One that never reads does not keep another from reading all."""
    feed = await make_feed(buffer=100)
    feed.subscribe("acme")
    attentive = feed.subscribe("acme")
    for number in range(1000):
        feed.publish(event(number))
        assert await take(attentive, 1) == [event(number)]


async def test_closing_ends_the_iteration(make_feed: MakeFeed):
    """A closed subscription gives what waits, then ends; closing twice is closing once."""
    feed = await make_feed()
    subscription, witness = feed.subscribe("acme"), feed.subscribe("acme")
    feed.publish(event(1))
    await take(witness, 1)
    subscription.close()
    subscription.close()
    feed.publish(event(2))
    await take(witness, 1)
    assert [item async for item in subscription] == [event(1)]


async def test_closing_wakes_one_who_waits(make_feed: MakeFeed):
    """Who waits for the next event of a subscription that is closed waits no longer."""
    feed = await make_feed()
    subscription = feed.subscribe("acme")
    waiting = asyncio.ensure_future(take(subscription, 1))
    await asyncio.sleep(0)
    subscription.close()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_a_value_of_any_kind_arrives_unchanged(make_feed: MakeFeed):
    """Whatever JSON can say is the same on the other side."""
    feed = await make_feed()
    subscription = feed.subscribe("acme")
    data = {
        "text": "zażółć \u2028 \U0001f680",
        "none": None,
        "yes": True,
        "float": 0.1,
        "deep": [[{"": []}]],
        "id": uuid4().hex,
    }
    one = event(1)
    one.data.update(data)
    feed.publish(one)
    assert await take_to(subscription, one) == [one]
