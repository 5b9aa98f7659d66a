"""Telemetry among processes over a real RabbitMQ: whatever is lost on the way is known to be missing."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

import generated
from adapters.http.contract import Contract
from adapters.http.speech import Judge
from adapters.rabbit.broadcast import RabbitBroadcast
from adapters.rabbit.topology import LIVE
from handlers import names
from handlers.core.announcing import event_of
from handlers.core.events import Event
from handlers.core.frames import measured
from handlers.events import streams
from scripts.rabbitmq import RabbitNode
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

CONTRACT = Contract(json.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes()))


class Heard:
    """Those who follow in a process."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.missed = 0

    def announce(self, tenant: str, events: list[Event]) -> None:
        """Keep the names of frames."""
        self.told += [event.data["id"] for event in events]

    def is_heard(self, tenant: str) -> bool:
        """Somebody follows in every tenant, but not where there is none."""
        return tenant != ""

    def miss(self) -> None:
        """Count it."""
        self.missed += 1


class Cable:
    """What lies between a process and the broker, and can be cut."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._ends: set[asyncio.StreamWriter] = set()
        self.is_cut = False

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[int]:
        """The port of its near end."""
        async with await asyncio.start_server(self._join, "127.0.0.1", 0) as server:
            yield server.sockets[0].getsockname()[1]
            self.cut()

    def cut(self) -> None:
        """Let nothing through any more."""
        self.is_cut = True
        for end in self._ends:
            end.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
        self._ends |= {writer, far_writer}
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer), return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


Join = Callable[..., Awaitable[RabbitBroadcast]]
violations = Counter("violations", "x", ("message",), registry=CollectorRegistry())


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Starts processes; all that they say is as the contract says."""
    judge = Judge(CONTRACT, names.forms(), names.sent(), violations)
    async with AsyncExitStack() as opened:

        async def start(url: str, ears: Heard) -> RabbitBroadcast:
            one = RabbitBroadcast(url, *LIVE, streams, ears, judge.examine)
            await one.open()
            opened.push_async_callback(one.close)
            return one

        yield start
    assert not next(iter(violations.collect())).samples


def frame(number: int) -> list[Event]:
    """A frame that was stored."""
    kept = {"id": f"f{number}", "device": "d", "at": 1, "received_at": 1, **measured({"n": number})}
    return [event_of("t", "telemetry.frame", kept)]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_what_is_lost_while_the_broker_is_away_is_known_when_it_is_back(rabbitmq: RabbitNode, join: Join) -> None:
    """Although whoever has lost it says nothing more; what was told before is not missed."""
    here, there, cable = Heard(), Heard(), Cable(rabbitmq.port)
    await (await join(rabbitmq.url, there)).is_up.wait()
    async with cable.laid() as port:
        sender = await join(rabbitmq.url.replace(f":{rabbitmq.port}", f":{port}"), here)
        await sender.is_up.wait()
        sender.publish("t", frame(1))
        await until(lambda: there.told == ["f1"])
        cable.cut()
        await until(lambda: not sender.is_up.is_set())
        sender.publish("t", frame(2))
        assert (here.missed, there.missed) == (0, 0)
        cable.is_cut = False
        await until(lambda: there.missed == 1)
        sender.publish("t", frame(3))
        await until(lambda: there.told == ["f1", "f3"])
    assert (here.missed, there.missed) == (1, 1)


async def test_what_is_lost_before_the_first_word_is_known(rabbitmq: RabbitNode, join: Join) -> None:
    """A process that begins to store before it has reached the broker is found out when it does."""
    there, cable = Heard(), Cable(rabbitmq.port)
    await (await join(rabbitmq.url, there)).is_up.wait()
    async with cable.laid() as port:
        sender = await join(rabbitmq.url.replace(f":{rabbitmq.port}", f":{port}"), Heard())
        sender.publish("t", frame(1))
        await until(lambda: there.missed == 1)
        sender.publish("t", frame(2))
        await until(lambda: there.told == ["f2"])
    assert there.missed == 1


async def test_nobody_misses_what_nobody_has_sent(rabbitmq: RabbitNode, join: Join) -> None:
    """Processes that come, tell and go leave no gaps."""
    ears = [Heard() for _ in range(3)]
    started = [await join(rabbitmq.url, one) for one in ears]
    for one in started:
        await one.is_up.wait()
    await asyncio.sleep(0.3)
    for number, one in enumerate(started):
        one.publish("t", frame(number))
    await until(lambda: all(len(one.told) == 2 for one in ears))
    assert [one.missed for one in ears] == [0, 0, 0]
