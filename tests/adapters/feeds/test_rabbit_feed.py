"""What a feed over RabbitMQ keeps besides: several processes, and a broker that goes away."""

import asyncio

import aio_pika
import pytest

from adapters.local.feed import LocalEventFeed
from adapters.rabbit.feed import RabbitEventFeed
from adapters.rabbit.messages import Numbered, message_of, routing_key
from adapters.rabbit.topology import FeedTopology
from handlers.core.errors import Unavailable
from handlers.core.ports import Gap
from scripts.rabbitmq import RabbitNode
from scripts.rabbitmq.processes import free_port
from tests.adapters.feeds.conftest import MakeFeed, event, take, take_to


async def is_reachable(feed: RabbitEventFeed) -> bool:
    """Whether the feed says that it is connected."""
    try:
        await feed.ping()
    except Unavailable:
        return False
    return True


async def become(reachable: bool, *feeds: RabbitEventFeed) -> None:
    """Wait until all feeds are connected, or until none is."""
    async with asyncio.timeout(20):
        for feed in feeds:
            while await is_reachable(feed) is not reachable:
                await asyncio.sleep(0.01)


async def test_processes_see_each_others_events(make_rabbit_feed: MakeFeed):
    """What one feed publishes reaches the subscriptions of another, and its own."""
    one, other = await make_rabbit_feed(), await make_rabbit_feed()
    at_one, at_other = one.subscribe("acme"), other.subscribe("acme")
    one.publish(event(1))
    assert [await take(at_one, 1), await take(at_other, 1)] == [[event(1)], [event(1)]]
    other.publish(event(2))
    assert [await take(at_one, 1), await take(at_other, 1)] == [[event(2)], [event(2)]]


async def test_a_broker_that_restarts_leaves_a_gap_and_no_silence(make_rabbit_feed: MakeFeed, rabbitmq: RabbitNode):
    """Killed in mid-stream: ordered events, an explicit gap, then all that was published while it was away."""
    one, other = await make_rabbit_feed(), await make_rabbit_feed()
    at_one, at_other = one.subscribe("acme"), other.subscribe("acme")
    one.publish(event(1))
    assert [await take(at_one, 1), await take(at_other, 1)] == [[event(1)], [event(1)]]
    rabbitmq.kill()
    await become(False, one, other)
    await asyncio.to_thread(rabbitmq.start)
    await become(True, one, other)
    one.publish(event(3))
    for subscription in (at_one, at_other):
        assert await take_to(subscription, event(3)) == [Gap(0), event(3)]


async def test_events_published_while_the_broker_is_away_leave_later(make_rabbit_feed: MakeFeed, rabbitmq: RabbitNode):
    """The latest of them wait for the connection; the publisher is never kept waiting."""
    feed = await make_rabbit_feed(outgoing=5)
    subscription = feed.subscribe("acme")
    rabbitmq.kill()
    await become(False, feed)
    for number in range(20):
        feed.publish(event(number))
    await asyncio.to_thread(rabbitmq.start)
    assert await take(subscription, 6) == [Gap(0), *(event(number) for number in range(15, 20))]


async def test_an_overflow_is_seen_by_every_process(make_rabbit_feed: MakeFeed):
    """More events at once than may wait: the oldest of them are lost, and who listens elsewhere is told."""
    one, other = await make_rabbit_feed(outgoing=5), await make_rabbit_feed()
    at_one, at_other = one.subscribe("acme"), other.subscribe("acme")
    one.publish(event(0))
    assert [await take(at_one, 1), await take(at_other, 1)] == [[event(0)], [event(0)]]
    for number in range(1, 20):
        one.publish(event(number))
    for subscription in (at_one, at_other):
        assert await take(subscription, 6) == [Gap(0), *(event(number) for number in range(15, 20))]


async def test_a_lost_connection_is_replaced(make_rabbit_feed: MakeFeed, rabbitmq: RabbitNode):
    """A queue that somebody deletes is noticed, told as a gap, and made again."""
    feed = await make_rabbit_feed()
    subscription = feed.subscribe("acme")
    await feed._link._queue.delete(if_unused=False, if_empty=False)
    assert await take(subscription, 1) == [Gap(0)]
    feed.publish(event(1))
    assert await take(subscription, 1) == [event(1)]


async def test_what_others_publish_to_the_exchange_is_refused(make_rabbit_feed: MakeFeed, rabbitmq: RabbitNode):
    """Messages that are no event of ours disturb nobody."""
    feed = await make_rabbit_feed()
    subscription = feed.subscribe("acme")
    ours = {"nexus-publisher": "x", "nexus-sequence": 1}
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(feed._topology.exchange)
        for body, headers in ((b"{}", {}), (b"\xff", ours), (b"[]", ours), (b'{"id": 1}', ours), (b"{}", ours)):
            await exchange.publish(aio_pika.Message(body, headers=headers), "acme.task.updated")
    feed.publish(event(1))
    assert await take(subscription, 1) == [event(1)]


async def test_an_event_that_is_sent_again_arrives_once(make_rabbit_feed: MakeFeed, rabbitmq: RabbitNode):
    """A publisher that saw no confirmation sends again; what had arrived is not told twice."""
    feed = await make_rabbit_feed()
    subscription = feed.subscribe("acme")
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(feed._topology.exchange)
        for number in (1, 2, 1, 2, 3):
            numbered = Numbered(event(number), "another process", number)
            await exchange.publish(message_of(numbered), routing_key(numbered.event))
    assert await take(subscription, 3) == [event(1), event(2), event(3)]


async def test_an_integrator_gets_one_tenants_events_and_no_others(make_rabbit_feed: MakeFeed, rabbitmq: RabbitNode):
    """Keys are `<tenant>.<event type>`, the message is the event as JSON, and dots in a tenant open no door."""
    feed = await make_rabbit_feed()
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(feed._topology.exchange, "acme.#")
        feed.publish(event(1, "acme.corp"))
        feed.publish(event(2, "acme"))
        async with asyncio.timeout(10), queue.iterator() as messages:
            message = await anext(messages)
            await message.ack()
    assert (message.routing_key, message.message_id, message.type) == ("acme.task.updated", "evt_2", "task.updated")
    assert message.content_type == "application/json"


async def test_closing_sends_what_waits_and_ends_all_subscriptions(make_rabbit_feed: MakeFeed):
    """The last events before a stop reach the other processes, and nobody is left waiting."""
    one, other = await make_rabbit_feed(), await make_rabbit_feed()
    at_one, at_other = one.subscribe("acme"), other.subscribe("acme")
    sent = [event(number) for number in range(500)]
    for each in sent:
        one.publish(each)
    await one.close()
    assert await take(at_other, 500) == sent
    async with asyncio.timeout(5):
        assert Gap(0) not in [item async for item in at_one]


async def test_a_feed_without_a_broker_says_so():
    """A server whose broker is not there does not start."""
    feed = RabbitEventFeed(
        f"amqp://guest:secret-word@127.0.0.1:{free_port()}/", LocalEventFeed(), FeedTopology("e", "q", 1)
    )
    with pytest.raises(Unavailable) as refused:
        await feed.open()
    assert str(refused.value) == "RabbitMQ does not answer"
    with pytest.raises(Unavailable):
        await feed.ping()
    await feed.close()


async def test_a_feed_whose_work_has_failed_closes_all_the_same():
    """A defect in the background ends no stop: every subscription is ended."""
    feed = RabbitEventFeed("amqp://127.0.0.1/", LocalEventFeed(), FeedTopology("e", "q", 1))
    subscription = feed.subscribe("acme")
    feed._task = asyncio.get_running_loop().create_task(failing())
    await asyncio.sleep(0)
    await feed.close()
    async with asyncio.timeout(5):
        assert [item async for item in subscription] == []


async def failing() -> None:
    """Fail as only a defect does."""
    raise ZeroDivisionError
