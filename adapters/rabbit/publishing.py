"""Publishing many messages at a time.

By itself the driver lets one message out of a channel in each turn of the event loop: it waits until that is written
before it takes the next one, and has few in hand. Whoever waits for the broker's word anyway need not wait for that,
too; what is under way is bounded by how many of them there are.
"""

from aio_pika import Message
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelInvalidStateError
from aiormq.connection import Connection

Connection.FRAME_BUFFER_SIZE = 1_000  # so many messages wait in a connection to be written


async def publish(channel: AbstractChannel, message: Message, exchange: str, key: str, *, mandatory: bool) -> None:
    """Publish on a channel with confirmations, and return when the broker has confirmed."""
    if channel.is_closed:  # nobody would ever confirm
        raise ChannelInvalidStateError("The channel is closed")
    underlying = await channel.get_underlay_channel()
    await underlying.basic_publish(
        message.body,
        exchange=exchange,
        routing_key=key,
        properties=message.properties,
        mandatory=mandatory,
        wait=False,
    )
