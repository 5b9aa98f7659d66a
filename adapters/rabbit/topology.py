"""Where live events go on the broker: the exchange that all share, and the queue that each process reads."""

from dataclasses import dataclass
from uuid import uuid4

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue

_EVERYTHING = "#"


@dataclass(frozen=True)
class FeedTopology:
    """`queue` begins the name of each process's queue; of more than `queue_length` waiting, the oldest are lost."""

    exchange: str
    queue: str
    queue_length: int

    async def declare(self, channel: AbstractChannel) -> tuple[AbstractExchange, AbstractQueue]:
        """Bring the exchange about, and a new queue that gets all it takes from now on and ends with the connection."""
        exchange = await channel.declare_exchange(self.exchange, ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(
            f"{self.queue}.{uuid4().hex}",
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": self.queue_length, "x-overflow": "drop-head"},
        )
        await queue.bind(exchange, _EVERYTHING)
        return exchange, queue
