"""A kill -9 of the server in the middle of what comes over AMQP: every confirmed message is stored, and once."""

import asyncio
import json
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractExchange

from scripts.rabbitmq import private_rabbitmq
from scripts.serving import API_KEY, Served

KILLS, AT_ONCE, FRAMES = 3, 50, 2
QUEUE = "nexus.telemetry"
HEADERS = {"Authorization": f"Bearer {API_KEY}"}
_SECONDS = 90


async def test_every_confirmed_message_is_stored_once(tmp_path: Path) -> None:
    """Frames have no identifiers of their own: the name of their message tells that it has come before."""
    with private_rabbitmq(tmp_path / "rabbitmq") as node:
        server = Served(tmp_path, amqp_url=node.url)
        server.start()
        try:
            numbers = count()
            async with await aio_pika.connect(node.url) as connection:
                channel = await connection.channel()
                for _ in range(KILLS):
                    await kill_in_mid_work(server, channel, numbers)
                    await asyncio.to_thread(server.start)
            expected = [f"{message}.{place}" for message in range(next(numbers)) for place in range(FRAMES)]
            async with asyncio.timeout(_SECONDS):
                while len(stored(server)) < len(expected):
                    await asyncio.sleep(0.2)
            assert sorted(stored(server)) == sorted(expected)
        finally:
            server.stop()


async def kill_in_mid_work(server: Served, channel: AbstractChannel, numbers: Iterator[int]) -> None:
    """Kill a server while it stores what is sent, and see that it had messages in its hands."""
    is_over, before = asyncio.Event(), newest(server)
    sending = asyncio.create_task(send(channel, numbers, is_over))
    async with asyncio.timeout(_SECONDS):
        while await asyncio.to_thread(newest, server) == before:
            assert not sending.done(), sending.exception()
            await asyncio.sleep(0.01)
    server.process.send_signal(signal.SIGSTOP)  # what it is given from now on it cannot answer
    is_over.set()
    await asyncio.wait_for(sending, _SECONDS)
    await burst(channel, numbers)
    server.kill()
    assert (await first_left(channel)).redelivered, "The server had answered all that it was given"


async def first_left(channel: AbstractChannel) -> Any:
    """The first message in the queue, when its reader is gone; it stays there."""
    async with asyncio.timeout(_SECONDS):
        while (queue := await channel.declare_queue(QUEUE, passive=True)).declaration_result.consumer_count:
            await asyncio.sleep(0.05)
    message = await queue.get()
    await message.nack(requeue=True)
    return message


async def send(channel: AbstractChannel, numbers: Iterator[int], is_over: asyncio.Event) -> None:
    """Publish until it is over."""
    while not is_over.is_set():
        await burst(channel, numbers)


async def burst(channel: AbstractChannel, numbers: Iterator[int]) -> None:
    """Publish some at once, and return when the broker has confirmed them."""
    exchange = await channel.get_exchange("nexus.telemetry", ensure=False)
    await asyncio.gather(*(publish(exchange, next(numbers)) for _ in range(AT_ONCE)))


async def publish(exchange: AbstractExchange, number: int) -> None:
    """Send the message of a number."""
    frames = [{"device_id": "d", "metrics": {"n": f"{number}.{place}"}} for place in range(FRAMES)]
    body = json.dumps({"frames": frames}).encode()
    message = aio_pika.Message(body, type="telemetry.frames", message_id=f"m-{number}", delivery_mode=2)
    await exchange.publish(message, "t_default.gateway")


def newest(server: Served) -> list[str]:
    """What the newest frame says, if there is one."""
    return [frame["metrics"]["n"] for frame in page(server, limit=1)["data"]]


def stored(server: Served) -> list[str]:
    """What the frames say that are there."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        told = page(server, limit=100, **cursor)
        found += [frame["metrics"]["n"] for frame in told["data"]]
        if not told["has_more"]:
            return found
        cursor = {"cursor": told["next_cursor"]}


def page(server: Served, **wanted: Any) -> dict[str, Any]:
    """A page of frames."""
    answer = httpx.get(f"{server.url}/v2/telemetry/frames", params=wanted, headers=HEADERS, timeout=20)
    return answer.raise_for_status().json()
