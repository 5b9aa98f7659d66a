"""Many messages leave at a time."""

import asyncio
import time

import aio_pika
import pytest
from aio_pika.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity, DeliveryError

from adapters.rabbit.encoding import Message
from adapters.rabbit.publishing import publish, publishing
from scripts.rabbitmq import RabbitNode
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

_MESSAGES = 300


async def test_no_message_waits_until_the_one_before_is_written(rabbitmq: RabbitNode) -> None:
    """They are all confirmed in fewer turns of a busy loop than there are messages."""
    turns, is_over = 0, False

    def turn() -> None:
        nonlocal turns
        turns += 1
        time.sleep(0.002)
        if not is_over:
            asyncio.get_running_loop().call_soon(turn)

    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        turn()
        sent = [publish(channel, Message(b"x"), "", queue.name, mandatory=True) for _ in range(_MESSAGES)]
        await asyncio.gather(*sent)
        is_over = True
        assert (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count == _MESSAGES
    assert turns < _MESSAGES


async def test_a_channel_that_is_closed_takes_nothing(rabbitmq: RabbitNode) -> None:
    """Whoever publishes on it learns that at once, for the broker confirms nothing there."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        with pytest.raises(ChannelNotFoundEntity):
            await channel.declare_queue("nobody.made.this", passive=True)
        with pytest.raises(ChannelInvalidStateError):
            async with asyncio.timeout(5):
                await publish(channel, Message(b"x"), "", "q", mandatory=True)


async def test_what_no_queue_takes_fails_those_that_left_with_it(rabbitmq: RabbitNode) -> None:
    """The broker sends it back; whoever waits for the group learns that, and the channel goes on being of use."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel(on_return_raises=True)
        queue = await channel.declare_queue(exclusive=True)
        posts = [(Message(b"x", message_id=f"m{number}"), key) for number, key in enumerate((queue.name, "none.such"))]
        leaving = await publishing(channel)
        with pytest.raises(DeliveryError):
            async with asyncio.timeout(5):
                await leaving.send(posts, "", mandatory=True)
        async with asyncio.timeout(5):
            await leaving.send([(Message(b"y" * 300_000, message_id="m0"), queue.name)] * 3, "", mandatory=True)
        assert (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count == 4
        assert not (await channel.get_underlay_channel()).message_id_delivery_tag


async def test_without_confirmations_a_message_has_left_when_it_is_written(rabbitmq: RabbitNode) -> None:
    """Nobody waits for the broker."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel(publisher_confirms=False)
        queue = await channel.declare_queue(exclusive=True)
        async with asyncio.timeout(5):
            await publish(channel, Message(b"x"), "", queue.name, mandatory=False)
            while not (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count:
                await asyncio.sleep(0.01)


async def test_whoever_waits_hears_that_the_channel_is_gone(rabbitmq: RabbitNode) -> None:
    """Nothing is confirmed any more."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        sent = (await publishing(channel)).send([(Message(b"x"), "q")], "no.such.exchange", mandatory=True)
        with pytest.raises(ChannelNotFoundEntity):
            async with asyncio.timeout(5):
                await sent
