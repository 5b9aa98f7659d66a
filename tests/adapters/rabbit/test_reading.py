"""Queues are read as fast as the event loop has time, and end when they do."""

import asyncio
import time
from collections.abc import AsyncIterator

import aio_pika
import pytest
from aio_pika.abc import AbstractConnection

from adapters.rabbit.reading import Reading, Received
from scripts.rabbitmq import RabbitNode
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

_MESSAGES, _SECONDS = 300, 20


@pytest.fixture
async def connection(rabbitmq: RabbitNode) -> AsyncIterator[AbstractConnection]:
    """A connection to read over."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        yield connection


async def filled(connection: AbstractConnection, messages: int) -> str:
    """A queue with so many messages."""
    channel = await connection.channel()
    queue = await channel.declare_queue(exclusive=True)
    for number in range(messages):
        message = aio_pika.Message(b"%d" % number, type="a.kind", message_id=f"m{number}", headers={"one": 1})
        await channel.default_exchange.publish(message, queue.name)
    return queue.name


async def test_a_busy_loop_reads_many_in_each_turn(connection: AbstractConnection) -> None:
    """In far fewer turns than ten frames in each would take, in order; each can be acknowledged for those before it."""
    heard: list[Received] = []
    is_whole = asyncio.Event()
    turns = 0

    def hear(message: Received) -> None:
        heard.append(message)
        if len(heard) == _MESSAGES:
            is_whole.set()

    def turn() -> None:
        nonlocal turns
        turns += 1
        time.sleep(0.002)
        if not is_whole.is_set():
            asyncio.get_running_loop().call_soon(turn)

    queue = await filled(connection, _MESSAGES)
    reading = await Reading.on(connection, _MESSAGES)
    await reading.consume(queue, hear)
    turn()
    async with asyncio.timeout(_SECONDS):
        await is_whole.wait()
    assert [message.body for message in heard] == [b"%d" % number for number in range(_MESSAGES)]
    assert turns < _MESSAGES / 10, turns
    first = heard[0]
    assert (first.type, first.message_id, first.headers, first.routing_key) == ("a.kind", "m0", {"one": 1}, queue)
    heard[-1].ack(multiple=True)
    await reading.close()
    left = await (await connection.channel()).declare_queue(queue, passive=True)
    assert left.declaration_result.message_count == 0


async def test_who_stops_has_nothing_more_delivered(connection: AbstractConnection) -> None:
    """What was delivered is given back, and is there for others."""
    heard: asyncio.Queue[Received] = asyncio.Queue()
    queue = await filled(connection, 1)
    reading = await Reading.on(connection, 1)
    await reading.consume(queue, heard.put_nowait)
    async with asyncio.timeout(_SECONDS):
        message = await heard.get()
        await reading.stop()
        message.give_back()
        channel = await connection.channel()
        while not (await channel.declare_queue(queue, passive=True)).declaration_result.message_count:
            await asyncio.sleep(0.01)
    assert heard.empty()


@pytest.mark.parametrize("how", ["the queue", "the channel", "the connection"])
async def test_whoever_reads_hears_of_the_end(rabbitmq: RabbitNode, how: str) -> None:
    """Of a queue that is deleted, and of a channel that is closed, by itself or with its connection."""
    lost = asyncio.Event()
    connection = await aio_pika.connect(rabbitmq.url)
    channel = await connection.channel()
    queue = await channel.declare_queue(auto_delete=True)
    reading = await Reading.on(connection, 1)
    reading.on_loss(lost.set)
    await reading.consume(queue.name, asyncio.Queue[Received]().put_nowait)
    assert not reading.is_over
    ends = {"the queue": lambda: channel.queue_delete(queue.name), "the channel": reading.close}
    await ends.get(how, connection.close)()
    async with asyncio.timeout(_SECONDS):
        await lost.wait()
    assert reading.is_over is (how != "the queue")
    await connection.close()


async def test_much_that_is_there_leaves_others_their_turn(connection: AbstractConnection) -> None:
    """Whoever reads is not alone in the event loop: between any two turns of another task little is read."""
    between: list[int] = []
    heard = 0

    def hear(_: Received) -> None:
        nonlocal heard
        heard += 1
        time.sleep(0.001)

    async def watch() -> None:
        while heard < _MESSAGES:
            before = heard
            await asyncio.sleep(0)
            between.append(heard - before)

    queue = await filled(connection, _MESSAGES)
    reading = await Reading.on(connection, _MESSAGES)
    watching = asyncio.create_task(watch())
    await reading.consume(queue, hear)
    async with asyncio.timeout(_SECONDS):
        await watching
    assert max(between) < _MESSAGES / 10, sorted(between)[-12:]


async def test_a_defect_in_who_receives_costs_one_message(connection: AbstractConnection) -> None:
    """The next one is handed over as ever; and a long one comes in one piece."""
    bodies: list[bytes] = []

    def hear(message: Received) -> None:
        bodies.append(message.body)
        if len(bodies) == 1:
            raise RuntimeError("A defect")

    channel = await connection.channel()
    queue = await channel.declare_queue(exclusive=True)
    reading = await Reading.on(connection, 10)
    await reading.consume(queue.name, hear)
    for body in (b"one", b"", b"x" * 300_000):
        await channel.default_exchange.publish(aio_pika.Message(body), queue.name)
    async with asyncio.timeout(_SECONDS):
        while len(bodies) < 3:
            await asyncio.sleep(0.01)
    assert bodies == [b"one", b"", b"x" * 300_000]
    assert not reading.is_over
