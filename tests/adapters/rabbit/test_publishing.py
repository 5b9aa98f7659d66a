"""Many messages leave at a time."""

import asyncio
import time

import aio_pika
import pytest
from aio_pika.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity

from adapters.rabbit.encoding import Message
from adapters.rabbit.publishing import publish
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
