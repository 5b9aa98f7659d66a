"""A connection to a real RabbitMQ that is kept: it ends when it is told to, whatever it is at."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from adapters.rabbit.keeping import Kept, Line
from scripts.rabbitmq import RabbitNode
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

_SECONDS = 20
_GREETINGS = 2


class Gate:
    """What lies between a process and the broker, and holds the word with which a connection stands."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._carrying: list[asyncio.Task[None]] = []
        self.is_reached = asyncio.Event()
        self.is_open = asyncio.Event()

    @asynccontextmanager
    async def built(self) -> AsyncIterator[int]:
        """The port of its near side."""
        async with await asyncio.start_server(self._join, "127.0.0.1", 0) as server:
            yield server.sockets[0].getsockname()[1]
            for task in self._carrying:
                task.cancel()
            await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
        self._carrying += [
            asyncio.create_task(self._carry(reader, far_writer, 0)),
            asyncio.create_task(self._carry(far_reader, writer, _GREETINGS)),
        ]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, freely: int) -> None:
        """Pass on what comes; of what the broker says, so many pieces before the gate is asked."""
        passed = 0
        while piece := await reader.read(65_536):
            if freely and passed == freely:
                self.is_reached.set()
                await self.is_open.wait()
            passed += 1
            writer.write(piece)
        writer.close()


async def forever(line: Line) -> None:
    """Use a line until it is lost."""
    await line.channel()
    await line.lost()


async def turn(count: int) -> None:
    """Let the loop turn so often."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", range(24))
async def test_it_ends_in_whatever_turn_of_the_loop_the_connection_stands(rabbitmq: RabbitNode, turns: int) -> None:
    """Also in the very turn in which the driver has it, and has not handed it out."""
    gate = Gate(urlsplit(rabbitmq.url).port)
    async with gate.built() as port, asyncio.timeout(_SECONDS):
        kept = Kept(rabbitmq.url.replace(f":{urlsplit(rabbitmq.url).port}", f":{port}"), forever, "test")
        kept.start()
        await gate.is_reached.wait()
        gate.is_open.set()
        await turn(turns)
        await kept.close()
        await turn(50)  # the driver clears away what it had begun by tasks of its own
