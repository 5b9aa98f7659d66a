"""A queue of a real RabbitMQ, read by servers: nothing is acknowledged before it is done, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from adapters.rabbit.consumption import RabbitConsumption
from adapters.rabbit.messages import Examine, unexamined
from adapters.rabbit.topology import Topology, topology_of
from generated.channels import CHANNELS, OPERATIONS
from handlers.core.clock import system_clock
from handlers.core.errors import Unavailable
from handlers.core.inbound import Answer, Inbound, Undeliverable
from handlers.events.streams import dead_letters
from scripts.rabbitmq import RabbitNode
from tests.adapters.rabbit.encoded import UNUSUAL, Encoded, nested, publish
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

_SECONDS = 40


class Taker:
    """Takes messages as a test has it: each body says how often it is refused, or how it fails."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.tries: dict[bytes, int] = {}
        self.at_once = self.most = 0
        self.has_room = True

    async def __call__(self, message: Inbound) -> Answer:
        """Take one."""
        self.tries[message.body] = self.tries.get(message.body, 0) + 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            return await self._take(message.body)
        finally:
            self.at_once -= 1

    async def _take(self, body: bytes) -> Answer:
        await asyncio.sleep(0.001)
        if body == b"poison":
            raise RuntimeError("a defect")
        if body == b"bad":
            raise Undeliverable("invalid_message", "x" * 2000)
        if not self.has_room:
            raise Unavailable("Full")
        self.taken.append(body)
        return Answer("events.telemetry.submit_frames", "telemetry.answer", b'{"done": true}')


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
def topology() -> Topology:
    """What the contract declares, under names of this test's own."""
    return topology_of(CHANNELS, OPERATIONS, f"test.{uuid4().hex}.")


@pytest.fixture
def queue(topology: Topology) -> str:
    """The queue of telemetry."""
    return next(found.name for found in topology.queues if found.name.endswith("nexus.telemetry"))


@pytest.fixture
async def channel(rabbitmq: RabbitNode, topology: Topology) -> AsyncIterator[AbstractChannel]:
    """A channel of somebody who sends; what is declared is there."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        await topology.declare(channel)
        yield channel


@pytest.fixture
async def consume(rabbitmq: RabbitNode, topology: Topology, queue: str) -> AsyncIterator[Any]:
    """Starts consumers."""
    started = []

    async def start(taker: Taker, prefetch: int = 100, examine: Examine = unexamined) -> RabbitConsumption:
        one = RabbitConsumption(rabbitmq.url, topology, queue, prefetch, taker, dead_letters, system_clock, examine)
        await one.open()
        started.append(one)
        return one

    yield start
    for one in started:
        await one.close()


async def send(channel: AbstractChannel, queue: str, *bodies: bytes, **properties: Any) -> None:
    """Publish, and wait for the broker to confirm."""
    for body in bodies:
        await channel.default_exchange.publish(aio_pika.Message(body, delivery_mode=2, **properties), queue)


async def left(channel: AbstractChannel, queue: str) -> int:
    """How many messages wait in a queue."""
    return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count


async def readers(channel: AbstractChannel, queue: str) -> int:
    """How many read a queue."""
    return (await channel.declare_queue(queue, passive=True)).declaration_result.consumer_count


async def test_what_is_taken_is_gone_and_answered(channel: AbstractChannel, queue: str, consume: Any) -> None:
    """With the correlation of the message, or its name."""
    answers = await channel.declare_queue(exclusive=True)
    taker = Taker()
    consumption = await consume(taker)
    await send(channel, queue, b"1", message_id="m-1", reply_to=answers.name)
    async with answers.iterator(timeout=_SECONDS) as told:
        answer = await anext(told)
    assert (answer.type, answer.correlation_id, answer.body) == ("telemetry.answer", "m-1", b'{"done": true}')
    await consumption.close()
    assert taker.taken == [b"1"] and await left(channel, queue) == 0


async def test_what_finds_no_room_waits_and_is_not_lost(channel: AbstractChannel, queue: str, consume: Any) -> None:
    """No more than the prefetch is here meanwhile; it is no failure of the message's, however often it is tried."""
    taker = Taker()
    taker.has_room = False
    await consume(taker, prefetch=5)
    bodies = [str(number).encode() for number in range(20)]
    await send(channel, queue, *bodies)
    await until(lambda: max(taker.tries.values(), default=0) > 6)
    assert len(taker.tries) == 5 and await left(channel, queue) == 15
    taker.has_room = True
    await until(lambda: len(taker.taken) == 20)
    assert sorted(taker.taken) == sorted(bodies)


async def test_what_is_held_goes_back_when_a_server_stops(channel: AbstractChannel, queue: str, consume: Any) -> None:
    """And another one takes it."""
    full, other = Taker(), Taker()
    full.has_room = False
    consumption = await consume(full)
    await send(channel, queue, b"1", b"2")
    await until(lambda: len(full.tries) == 2)
    await consumption.close()
    await consume(other)
    await until(lambda: sorted(other.taken) == [b"1", b"2"])


async def test_several_servers_share_the_work(channel: AbstractChannel, queue: str, consume: Any) -> None:
    """Each message is taken by one of them, and only so many at a time."""
    takers = [Taker(), Taker()]
    for taker in takers:
        await consume(taker, prefetch=20)
    async with asyncio.timeout(_SECONDS):
        while await readers(channel, queue) < 2:
            await asyncio.sleep(0.02)
    bodies = [str(number).encode() for number in range(300)]
    await send(channel, queue, *bodies)
    await until(lambda: sum(len(taker.taken) for taker in takers) == 300)
    assert sorted(takers[0].taken + takers[1].taken) == sorted(bodies)
    assert all(taker.taken for taker in takers) and max(taker.most for taker in takers) <= 20


async def test_what_cannot_be_taken_is_put_away(
    channel: AbstractChannel, topology: Topology, queue: str, consume: Any
) -> None:
    """With its reason, cut to what the contract allows; what meets a defect too often, by the broker itself."""
    await consume(Taker())
    dead = await channel.get_queue(next(found.name for found in topology.queues if found.name.endswith("nexus.dead")))
    await send(channel, queue, b"bad", message_id="m-1", headers={"kept": "yes"})
    async with dead.iterator(timeout=_SECONDS) as messages:
        message = await anext(messages)
        await message.ack()
        assert (message.body, message.message_id, message.headers["kept"]) == (b"bad", "m-1", "yes")
        assert message.headers["nexus-reason"] == "invalid_message" and len(message.headers["nexus-detail"]) == 1000
        assert message.headers["nexus-queue"] == queue
        await send(channel, queue, b"poison")
        message = await anext(messages)
        await message.ack()
    assert message.body == b"poison" and message.headers["x-first-death-reason"] == "delivery_limit"


async def test_a_defect_in_what_follows_keeps_no_message(
    channel: AbstractChannel, topology: Topology, queue: str, consume: Any
) -> None:
    """Neither in answering nor in putting away: the broker hears of it, and gives the message up in the end."""

    def defective(*_: Any) -> None:
        raise ValueError("a defect")

    answers = await channel.declare_queue(exclusive=True)
    dead = await channel.get_queue(next(found.name for found in topology.queues if found.name.endswith("nexus.dead")))
    await consume(Taker(), prefetch=2, examine=defective)
    await send(channel, queue, b"bad")
    await send(channel, queue, b"1", reply_to=answers.name)
    async with dead.iterator(timeout=_SECONDS) as messages:
        found = [await anext(messages), await anext(messages)]
    assert sorted(message.body for message in found) == [b"1", b"bad"]
    assert {message.headers["x-first-death-reason"] for message in found} == {"delivery_limit"}


@pytest.mark.parametrize("properties", UNUSUAL.values(), ids=UNUSUAL)
async def test_no_property_ends_the_connection(
    channel: AbstractChannel, queue: str, consume: Any, properties: Encoded
) -> None:
    """What the broker takes from strangers is delivered once, on the connection that was there before."""
    taker = Taker()
    await consume(taker)
    await publish(channel, queue, b"1", properties)
    await send(channel, queue, b"2")
    await until(lambda: len(taker.taken) == 2)
    assert taker.tries == {b"1": 1, b"2": 1}


async def test_headers_that_cannot_be_read_are_refused(
    channel: AbstractChannel, topology: Topology, queue: str, consume: Any
) -> None:
    """Nobody can hide behind them where a message comes from."""
    taker = Taker()
    await consume(taker)
    await publish(channel, queue, b"1", Encoded(headers=nested(b"A", 3000)))
    dead = await channel.get_queue(next(found.name for found in topology.queues if found.name.endswith("nexus.dead")))
    async with dead.iterator(timeout=_SECONDS) as messages:
        message = await anext(messages)
    assert message.headers["nexus-reason"] == "invalid_message" and not taker.tries


async def test_large_headers_are_left_out(
    channel: AbstractChannel, topology: Topology, queue: str, consume: Any
) -> None:
    """With why the message is here, they might be more than AMQP has room for."""
    await consume(Taker())
    await send(channel, queue, b"bad", headers={str(number): "x" * 1014 for number in range(128)})
    await send(channel, queue, b"bad", headers={"kept": "x" * 1000})
    dead = await channel.get_queue(next(found.name for found in topology.queues if found.name.endswith("nexus.dead")))
    async with dead.iterator(timeout=_SECONDS) as messages:
        found = [await anext(messages), await anext(messages)]
    assert sorted("kept" in message.headers for message in found) == [False, True]
    assert {message.headers["nexus-reason"] for message in found} == {"invalid_message"}


async def test_a_lost_connection_is_made_again(channel: AbstractChannel, queue: str, consume: Any) -> None:
    """A queue that is gone is declared again, and what comes then is taken."""
    taker = Taker()
    await consume(taker)
    await send(channel, queue, b"1")
    await until(lambda: taker.taken == [b"1"])
    await channel.queue_delete(queue)
    async with asyncio.timeout(_SECONDS):
        while taker.taken[-1] != b"2":
            await send(channel, queue, b"2")
            await asyncio.sleep(0.1)
