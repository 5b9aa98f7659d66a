"""What a log in RabbitMQ keeps besides: several processes, and a broker that goes away."""

import asyncio
from datetime import timedelta
from typing import Any

import aio_pika
import pytest

from adapters.rabbit.log import RabbitEventLog
from adapters.rabbit.topology import Topology
from handlers.core.errors import Unavailable
from handlers.core.events import Event, Follower, Gap, Logged
from scripts.rabbitmq import RabbitNode
from scripts.rabbitmq.processes import free_port
from tests.adapters.logs.conftest import MakeLog, PlainWire, event, events, nothing_more, seen, take


async def become(reachable: bool, *logs: RabbitEventLog) -> None:
    """Wait until all logs are connected, or until none is."""
    async with asyncio.timeout(40):
        for log in logs:
            while (log._link is not None) is not reachable:
                await asyncio.sleep(0.01)


async def test_processes_see_each_others_events(make_rabbit_log: MakeLog):
    """What one appends reaches the followers of another in the same place, under the same cursor."""
    one, other = await make_rabbit_log(), await make_rabbit_log()
    at_one, at_other = one.follow("acme"), other.follow("acme")
    await one.append([event(1)])
    await other.append([event(2)])
    async with asyncio.timeout(20):
        seen = [[(await anext(follower)).name for _ in range(2)] for follower in (at_one, at_other)]
    assert seen[0] == seen[1]
    assert await take(one.follow("acme", after=seen[1][0].partition(".")[2]), 1) == [event(2)]


async def test_a_cursor_from_a_faster_process_is_waited_for(make_rabbit_log: MakeLog):
    """Who has seen an event elsewhere and comes here a moment too early loses nothing, and is told of no gap."""
    one, other = await make_rabbit_log(), await make_rabbit_log()
    follower = one.follow("acme")
    late_entries: list[Logged] = []
    add, other.tail.add = other.tail.add, late_entries.extend
    await one.append(events(1, 2))
    async with asyncio.timeout(20):
        cursor = (await anext(follower)).cursor
        while len(late_entries) < 2:
            await asyncio.sleep(0.01)
    late = other.follow("acme", after=cursor)
    taking = asyncio.ensure_future(take(late, 1))
    await asyncio.sleep(0.5)
    assert not taking.done()
    add(late_entries)
    assert await taking == [event(2)]


async def test_a_broker_that_is_killed_in_mid_stream_costs_nobody_anything(
    make_rabbit_log: MakeLog, rabbitmq: RabbitNode
):
    """Followers go on without a gap, and all that was acknowledged is there, in order, once."""
    one, other = await make_rabbit_log(), await make_rabbit_log(most=50)
    start = one.newest()
    at_one, at_other, acknowledged = one.follow("acme"), other.follow("acme"), []

    async def append() -> None:
        for first in range(0, 2_000, 20):
            await one.append(events(first, first + 19))
            acknowledged.extend(range(first, first + 20))

    appending = asyncio.create_task(append())
    while len(acknowledged) < 400:
        await asyncio.sleep(0.005)
    rabbitmq.kill()
    await become(False, one, other)
    waiting = len(acknowledged)
    assert 400 <= waiting < 2_000
    with pytest.raises(Unavailable):
        await one.ping()
    await asyncio.to_thread(rabbitmq.start)
    await asyncio.wait_for(appending, 40)
    for follower in (at_one, at_other, other.follow("acme", after=start)):
        assert await take(follower, 2_000) == events(0, 1_999)
        assert await nothing_more(follower)


async def test_what_is_appended_while_the_broker_is_away_waits(make_rabbit_log: MakeLog, rabbitmq: RabbitNode):
    """It is safe when it is answered; of more than may wait, the rest is refused at once."""
    log = await make_rabbit_log(outgoing=30)
    follower = log.follow("acme")
    rabbitmq.kill()
    await become(False, log)
    waiting = [asyncio.create_task(log.append(events(first, first + 9))) for first in (0, 10, 20)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await log.append([event(99)])
    assert not any(append.done() for append in waiting)
    await asyncio.to_thread(rabbitmq.start)
    await asyncio.wait_for(asyncio.gather(*waiting), 40)
    assert await take(follower, 30) == events(0, 29)


async def test_a_stream_that_is_deleted_begins_a_new_life(make_rabbit_log: MakeLog, topology: Topology):
    """Everybody is told of a gap; the new stream has another epoch; an old cursor is a gap too."""
    one, other = await make_rabbit_log(), await make_rabbit_log()
    at_one, at_other = one.follow("acme"), other.follow("acme")
    await one.append([event(1)])
    assert await take(at_one, 1) == await take(at_other, 1) == [event(1)]
    old = one.newest()
    async with await aio_pika.connect(one._url) as connection:
        await (await connection.channel()).queue_delete(topology.log.name)
    assert await take(at_one, 1) == await take(at_other, 1) == [Gap(0)]
    await become(True, one, other)
    assert one.tail.epoch == other.tail.epoch != old.partition(".")[0]
    await other.append([event(2)])
    assert await take(at_one, 1) == await take(at_other, 1) == [event(2)]
    assert await take(one.follow("acme", after=old), 2) == [Gap(0), event(2)]


async def test_an_event_that_no_queue_takes_is_not_acknowledged(make_rabbit_log: MakeLog, topology: Topology):
    """A stream that somebody has unbound is bound again before an append is answered."""
    log = await make_rabbit_log()
    follower = log.follow("acme")
    async with await aio_pika.connect(log._url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(topology.log.name)
        await queue.unbind(topology.events, "#")
    await asyncio.wait_for(log.append([event(1)]), 20)
    assert await take(follower, 1) == [event(1)]


async def test_servers_that_find_a_new_stream_agree_on_its_epoch(make_rabbit_log: MakeLog):
    """However many begin at once, the log has one name, and keeps it."""
    logs = await asyncio.gather(*(make_rabbit_log() for _ in range(4)))
    assert len({log.tail.epoch for log in logs}) == 1
    assert (await make_rabbit_log()).tail.epoch == logs[0].tail.epoch


async def test_resuming_opens_no_consumer_for_each_client(make_rabbit_log: MakeLog, monkeypatch: pytest.MonkeyPatch):
    """A hundred who are behind are served by a few passes over the stream, one at a time."""
    log = await make_rabbit_log(most=5)
    start = log.newest()
    await log.append([one for number in range(500) for one in (event(number), event(number, "globex"))])
    scan, begun, open_now = log._link.scan, [], 0

    async def counted(place: Any) -> Any:
        nonlocal open_now
        begun.append(place)
        open_now += 1
        assert open_now == 1
        try:
            async for message in scan(place):
                yield message
        finally:
            open_now -= 1

    monkeypatch.setattr(log._link, "scan", counted)
    followers = [log.follow("acme" if number % 2 else "globex", after=start) for number in range(100)]
    found = await asyncio.gather(*(take(follower, 500) for follower in followers))
    assert all(series == events(0, 499, "acme" if number % 2 else "globex") for number, series in enumerate(found))
    assert len(begun) < 30


async def test_what_others_put_into_the_stream_disturbs_nobody(make_rabbit_log: MakeLog, topology: Topology):
    """Messages that are no event of ours are passed over, live and read again."""
    log = await make_rabbit_log(most=2)
    start, follower = log.newest(), log.follow("acme")
    ours = {"nexus-publisher": "x", "nexus-tenant": "acme", "nexus-record": "{}", "nexus-epoch": log.tail.epoch}
    async with await aio_pika.connect(log._url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(topology.events)
        for body, headers in (
            (b"{}", {}), (b"\xff", ours), (b"[]", ours), (b'{"id": 1}', ours), (b"{}", {**ours, "nexus-tenant": "%ff"}),
            (b"{}", {**ours, "nexus-record": "["}), (b"7", ours),
        ):  # fmt: skip
            await exchange.publish(aio_pika.Message(body, headers=headers), "acme.task.updated")
    await log.append(events(1, 5))
    assert await take(follower, 5) == await take(log.follow("acme", after=start), 5) == events(1, 5)


async def test_an_integrator_gets_one_tenants_events_and_no_others(make_rabbit_log: MakeLog, topology: Topology):
    """Keys are `<tenant>.<event type>`, dots in a tenant open no door, and marks stay in the stream."""
    log = await make_rabbit_log()
    async with await aio_pika.connect(log._url) as connection:
        channel = await connection.channel()
        mine, everything = await channel.declare_queue(exclusive=True), await channel.declare_queue(exclusive=True)
        await mine.bind(topology.events, "acme.#")
        await everything.bind(topology.events, "#")
        await log.append([event(1, "acme.corp"), event(2)])
        await make_rabbit_log()
        async with asyncio.timeout(20), mine.iterator() as found:
            message = await anext(found)
            await message.ack()
        assert [(await everything.get()).type for _ in range(2)] == ["task.updated"] * 2
        assert await everything.get(fail=False) is None
    assert (message.routing_key, message.type) == ("acme.task.updated", "task.updated")
    assert (message.content_type, message.headers["nexus-epoch"]) == ("application/json", log.tail.epoch)


async def test_publishers_number_what_they_publish(make_rabbit_log: MakeLog, topology: Topology):
    """Whoever reads the exchange can see a loss: each process counts without a hole."""
    log = await make_rabbit_log()
    async with await aio_pika.connect(log._url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(topology.events, "#")
        for first in (1, 11, 21):
            await log.append(events(first, first + 9))
        seen = [(await queue.get()).headers for _ in range(30)]
    assert [headers["nexus-sequence"] for headers in seen] == list(range(1, 31))
    assert len({headers["nexus-publisher"] for headers in seen}) == 1


async def test_what_was_sent_again_is_told_once_to_who_comes_in_between(make_rabbit_log: MakeLog):
    """Wherever a reading of old entries begins or is cut: between an event and its repetition, too."""
    one = await make_rabbit_log()
    follower = one.follow("acme")
    for _ in range(2):
        await one.append(events(1, 100))
    await one.append([event(101)])
    async with asyncio.timeout(10):
        cursors = [(await anext(follower)).cursor for _ in range(101)]
    late = await make_rabbit_log(most=1)
    for known in (10, 50, 99):
        assert await take(late.follow("acme", after=cursors[known - 1]), 101 - known) == events(known + 1, 101)
    pages = [await late.read("acme", cursors[40], 7)]
    while pages[-1].entries:
        pages.append(await late.read("acme", pages[-1].entries[-1].cursor, 7))
    assert [logged.event for page in pages for logged in page.entries] == events(42, 101)


async def test_a_process_that_begins_late_knows_what_comes_twice(
    make_rabbit_log: MakeLog, monkeypatch: pytest.MonkeyPatch
):
    """However long ago the last events were told: who was away and tells them again tells nothing new."""
    one = await make_rabbit_log()
    await one.append(events(1, 10))
    monkeypatch.setattr("adapters.rabbit.log._REMEMBERED", timedelta(seconds=-60))
    late = await make_rabbit_log()
    follower = late.follow("acme")
    await one.append(events(1, 11))
    assert await take(follower, 1) == [event(11)]


async def test_closing_sends_what_waits(make_rabbit_log: MakeLog):
    """The last events before a stop reach the other processes, and their writers are answered."""
    one, other = await make_rabbit_log(), await make_rabbit_log()
    follower = other.follow("acme")
    appending = [asyncio.create_task(one.append(events(first, first + 49))) for first in range(0, 500, 50)]
    await asyncio.sleep(0)
    await one.close()
    await asyncio.gather(*appending)
    assert await take(follower, 500) == events(0, 499)
    with pytest.raises(Unavailable):
        await one.append([event(1)])


async def test_closing_without_a_broker_refuses_what_waits(make_rabbit_log: MakeLog, rabbitmq: RabbitNode):
    """Nobody is left waiting: what could not be sent is refused, followers and readers end."""
    log = await make_rabbit_log(most=1)
    start = log.newest()
    await seen(log, events(1, 5))
    rabbitmq.kill()
    try:
        await become(False, log)
        appending = asyncio.create_task(log.append([event(6)]))
        following, reading = log.follow("acme"), asyncio.create_task(log.read("acme", start, 10))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(20):
            await log.close()
            with pytest.raises(Unavailable):
                await appending
            with pytest.raises(Unavailable):
                await reading
            assert await rest(following) == []
    finally:
        await asyncio.to_thread(rabbitmq.start)


async def test_a_log_without_a_broker_says_so(topology: Topology):
    """A server whose broker is not there does not start."""
    log = RabbitEventLog(f"amqp://guest:secret-word@127.0.0.1:{free_port()}/", topology, PlainWire())
    with pytest.raises(Unavailable) as refused:
        await log.open()
    assert str(refused.value) == "RabbitMQ does not answer"
    with pytest.raises(Unavailable):
        await log.ping()
    await log.close()


async def rest(follower: Follower) -> list[Event | Gap]:
    """All that comes until the end."""
    return [item async for item in follower]


async def test_what_was_sent_here_is_not_read_again(make_rabbit_log: MakeLog):
    """It comes back in its place, as the same event; others read what is in the message."""
    one, other = await make_rabbit_log(), await make_rabbit_log()
    at_one, at_other = one.follow("acme"), other.follow("acme")
    sent = events(1, 3)
    await one.append(sent)
    async with asyncio.timeout(20):
        own, read = [[await anext(follower) for _ in sent] for follower in (at_one, at_other)]
    assert own == read
    assert [logged.event is event for logged, event in zip(own, sent, strict=True)] == [True] * 3
    assert [logged.event is event for logged, event in zip(read, sent, strict=True)] == [False] * 3
