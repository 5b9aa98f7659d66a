"""Publishing many messages at a time.

By itself the driver has a task and a turn of the event loop for each message, and waits until that is written before it
takes the next one. Here those that leave together are written together, and what the broker says of them is counted;
what is under way is bounded by how many of them there are.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelInvalidStateError
from aiormq.abc import ChannelFrame
from aiormq.connection import Connection

from adapters.rabbit.encoding import Message, frames

# A message and its number in the channel leave in the same step, so there has to be room for both.
Connection.FRAME_BUFFER_SIZE = 0

Post = tuple[Message, str]


async def publish(channel: AbstractChannel, message: Message, exchange: str, key: str, *, mandatory: bool) -> None:
    """Publish a message, and return when the broker has confirmed it; without confirmations, when it has left."""
    await (await publishing(channel)).send([(message, key)], exchange, mandatory=mandatory)


async def publishing(channel: AbstractChannel) -> "Publishing":
    """What publishes on a channel."""
    if channel.is_closed:  # nobody would ever confirm
        raise ChannelInvalidStateError("The channel is closed")
    return Publishing(await channel.get_underlay_channel())


class Publishing:
    """Publishes on a channel of the driver's, as nobody else does."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def send(self, posts: Sequence[Post], exchange: str, *, mandatory: bool) -> asyncio.Future[None]:
        """Publish messages with their keys; the answer is there when all are confirmed, or have left."""
        channel = self._channel
        if channel.is_closed:
            raise ChannelInvalidStateError("The channel is closed")
        most = channel.max_content_size
        whole = b"".join(
            [frames(channel.number, message, exchange, key, most, mandatory=mandatory) for message, key in posts]
        )
        answer = channel.create_future()
        if channel.publisher_confirms:
            self._expect(posts, answer)
            channel.write_queue.put_nowait(ChannelFrame(whole, should_close=False))
        else:
            channel.write_queue.put_nowait(ChannelFrame(whole, should_close=False, drain_future=answer))
        return answer

    def _expect(self, posts: Sequence[Post], answer: asyncio.Future[None]) -> None:
        """Have the driver count what the broker says of messages that leave now."""
        channel, told = self._channel, _Told(len(posts), answer)
        numbers: list[tuple[str, int]] = []
        for message, _ in posts:
            channel.delivery_tag += 1
            channel.confirmations[channel.delivery_tag] = told
            if message.message_id is not None:  # by which the broker tells that it sends one back
                channel.message_id_delivery_tag[message.message_id] = channel.delivery_tag
                numbers.append((message.message_id, channel.delivery_tag))

        def forget(_: asyncio.Future[None]) -> None:
            known = channel.message_id_delivery_tag
            for name, number in numbers:
                if known.get(name) == number:
                    del known[name]

        answer.add_done_callback(forget)


class _Told:
    """What the broker says of messages that were sent together: to the driver it is each one's confirmation."""

    __slots__ = ("_answer", "_left")

    def __init__(self, left: int, answer: asyncio.Future[None]) -> None:
        self._left = left
        self._answer = answer

    def done(self) -> bool:
        """Whether nobody waits for more."""
        return self._answer.done()

    def cancelled(self) -> bool:
        """Whether nobody waits any more."""
        return self._answer.cancelled()

    def set_result(self, _: Any) -> None:
        """Know that the broker has another one."""
        self._left -= 1
        if not self._left and not self._answer.done():
            self._answer.set_result(None)

    def set_exception(self, problem: BaseException) -> None:
        """Know that the broker has not got one."""
        if not self._answer.done():
            self._answer.set_exception(problem)
