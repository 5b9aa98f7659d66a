"""`python -m tests.bench.broker`: what it costs that RabbitMQ asks, beside a user of the broker's own.

A login is a connection and a channel; a publish waits for its confirmation. With one routing key RabbitMQ
asks once a second, with a key for each message it asks for each.
"""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles

import aio_pika
from aio_pika.abc import AbstractExchange

from scripts.rabbitmq import Asked, RabbitNode, private_rabbitmq
from scripts.serving import API_KEY, free_port, served

LOGINS, MESSAGES = 50, 300
EXCHANGE, TENANT = "nexus.telemetry", "t_default"
_PAUSE_SECONDS = 1.1  # longer than RabbitMQ remembers an answer


async def times(count: int, work: Callable[[int], Awaitable[None]]) -> list[float]:
    """How long each of so many takes, in milliseconds."""
    found = []
    for number in range(count):
        begun = time.perf_counter()
        await work(number)
        found.append((time.perf_counter() - begun) * 1000)
    return found


async def measure(node: RabbitNode, user: str, password: str, name: str) -> None:
    """Print what one user's logins and messages take."""

    async def log_in(_: int) -> None:
        async with await aio_pika.connect(
            host="127.0.0.1", port=node.port, login=user, password=password
        ) as connection:
            await connection.channel()

    await log_in(0)
    show(f"login, {name}", await times(LOGINS, log_in))
    async with await aio_pika.connect(host="127.0.0.1", port=node.port, login=user, password=password) as connection:
        exchange = await (await connection.channel()).get_exchange(EXCHANGE, ensure=False)
        show(f"publish, one routing key, {name}", await times(MESSAGES, publishing(exchange, lambda _: "device")))
        await asyncio.sleep(_PAUSE_SECONDS)
        show(f"publish, a key each, {name}", await times(MESSAGES, publishing(exchange, str)))


def publishing(exchange: AbstractExchange, source: Callable[[int], str]) -> Callable[[int], Awaitable[None]]:
    """Publishes a small message, and waits until it is confirmed."""

    async def publish(number: int) -> None:
        await exchange.publish(aio_pika.Message(b"{}"), f"{TENANT}.{source(number)}", mandatory=False)

    return publish


def show(name: str, found: list[float]) -> None:
    """Print a line."""
    cuts = quantiles(found, n=100)
    print(f"{name:<44}p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms")


async def compare(node: RabbitNode) -> None:
    """Measure both users."""
    async with await aio_pika.connect(node.url) as connection:
        await (await connection.channel()).declare_exchange(EXCHANGE, "topic", durable=True)
    own, _, password = node.url.removeprefix("amqp://").partition("@")[0].partition(":")
    await measure(node, own, password, "a user of its own")
    await measure(node, hashlib.sha256(API_KEY.encode()).hexdigest(), API_KEY, "an API key")


def main() -> None:
    """Measure over a broker and a server of our own."""
    port = free_port()
    asks = Asked(f"http://127.0.0.1:{port}")
    with (
        tempfile.TemporaryDirectory() as folder,
        private_rabbitmq(Path(folder), asks=asks) as node,
        served(port, amqp_url=node.url, amqp_auth_secret=asks.secret),
    ):
        asyncio.run(compare(node))


if __name__ == "__main__":
    main()
