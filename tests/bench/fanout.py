"""How soon a frame is at a thousand WebSocket subscribers, and how many deliveries a second there are.

`python -m tests.bench.fanout [--short]` serves in one process with the embedded store, pinned to one core, and
subscribes and sends from the other. Beside it stands a bare broadcast of the `websockets` library on the same loop,
which stores nothing, reads nothing of what it is sent, and asks nobody who they are. Each is sent one frame after the
other, the next when all have the last, and then many, a few of them at a time. The turns of the two alternate.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

import uvloop

from scripts.serving import API_KEY, served
from tests.bench import processes
from tests.bench.subscribers import ask, pinned_apart, text_frame

SUBSCRIBERS, SINGLE, MANY, AT_ONCE, TURNS = 1_000, 30, 60, 20, 3
REQUIRED_P99_MS, REQUIRED_SHARE = 200.0, 0.6
_MARK = b'"cpu_usage":'
_HEAD = "host: localhost\r\n"
_UPGRADE = (
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
# A ping of four bytes, as both servers send it, and the beginning of what answers it, with a mask of zeroes.
_PING, _PONG = b"\x89\x04", b"\x8a\x84" + bytes(4)
Send = Callable[[int], Awaitable[None]]


@dataclass
class Count:
    """What has come to all subscribers together, and when."""

    wanted: int = 0
    began: float = 0.0
    waited: list[float] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, wanted: int) -> None:
        """Wait for so many deliveries."""
        self.waited, self.wanted, self.began = [], wanted, time.perf_counter()
        self.complete.clear()

    def told(self, number: int) -> None:
        """Note deliveries."""
        self.waited += [(time.perf_counter() - self.began) * 1000] * number
        if len(self.waited) >= self.wanted:
            self.complete.set()


class Follower(asyncio.Protocol):
    """One subscriber: it looks for frames in whatever comes."""

    def __init__(self, count: Count, opening: bytes, asked: bytes, ready: bytes) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count, self._opening, self._asked, self._ready = count, opening, asked, ready
        self._data = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.write(self._opening)

    async def stay(self, said: bytes, answer: bytes) -> None:
        """Say something, for who is silent for long is let go; return when it is answered."""
        self.ready, self._ready = asyncio.get_running_loop().create_future(), answer
        self.transport.write(said)
        await self.ready

    def data_received(self, data: bytes) -> None:
        self._data += data
        if (ping := self._data.find(_PING)) >= 0:
            self.transport.write(_PONG + self._data[ping + 2 : ping + 6])
            self._data = self._data[:ping] + self._data[ping + 6 :]
        if not self.ready.done():
            self._begin()
        elif found := self._data.count(_MARK):
            self._count.told(found)
            self._data = self._data[self._data.rindex(_MARK) + len(_MARK) :][-len(_MARK) :]

    def _begin(self) -> None:
        if self._asked and b"\r\n\r\n" in self._data:
            self.transport.write(self._asked)
            self._asked = b""
        if self._ready in self._data:
            self._data = b""
            self.ready.set_result(None)


@dataclass
class Side:
    """One of the two that are measured: its subscribers, and how it is sent a frame."""

    name: str
    count: Count
    send: Send
    everybody: list[Follower]
    alive: tuple[bytes, bytes] | None = None
    waited: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    async def turn(self, single: int, many: int) -> None:
        """Frames one by one, then many, a few at a time."""
        if self.alive is not None:
            await asyncio.wait_for(asyncio.gather(*(one.stay(*self.alive) for one in self.everybody)), 30)
        for number in range(single):
            self.count.begin(len(self.everybody))
            await self.send(number)
            await asyncio.wait_for(self.count.complete.wait(), 30)
            self.waited += self.count.waited
        self.count.begin(len(self.everybody) * many)
        await asyncio.gather(*(self._some(first, many) for first in range(AT_ONCE)))
        await asyncio.wait_for(self.count.complete.wait(), 60)
        self.rates.append(len(self.count.waited) / (time.perf_counter() - self.count.began))

    async def _some(self, first: int, many: int) -> None:
        for number in range(first, many, AT_ONCE):
            await self.send(number)


async def subscribed(count: Count, port: int, path: str, asked: bytes, ready: bytes, many: int) -> list[Follower]:
    """All subscribers."""
    loop, found = asyncio.get_running_loop(), []
    opening = f"GET {path} HTTP/1.1\r\n{_HEAD}{_UPGRADE}".encode()
    for _ in range(0, many, 50):
        some = [Follower(count, opening, asked, ready) for _ in range(50)]
        await asyncio.gather(*(loop.create_connection(lambda one=one: one, "127.0.0.1", port) for one in some))
        await asyncio.wait_for(asyncio.gather(*(one.ready for one in some)), 30)
        found += some
    return found


def frame(number: int) -> dict[str, Any]:
    """A frame as devices send it."""
    metrics = {"memory_usage": 62.8, "disk_usage": 78.5, "cpu_usage": number + 0.5}
    return {"device_id": "device-12345", "metrics": metrics, "tags": {"environment": "production"}}


async def nexus(port: int, many: int) -> Side:
    """The server: frames are sent over HTTP."""
    asked = text_frame({"type": "subscribe", "id": "s", "payload": {"topics": ["telemetry.metrics"]}})
    count = Count()
    everybody = await subscribed(count, port, f"/stream?token={API_KEY}", asked, b'"subscribed"', many)
    idle: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(AT_ONCE):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def send(number: int) -> None:
        connection = await idle.get()
        await ask(*connection, "POST", "/v2/telemetry/frames", frame(number))
        idle.put_nowait(connection)

    return Side("nexus", count, send, everybody, (text_frame({"type": "ping", "id": "p"}), b'"pong"'))


async def bare(port: int, many: int) -> Side:
    """The peer: what one of its clients says goes to all; a message as long as ours."""
    count = Count()
    everybody = await subscribed(count, port, "/", b"", b"\r\n\r\n", many)
    padding = "x" * 400

    async def send(number: int) -> None:
        message = json.dumps({"padding": padding, **frame(number)}, separators=(",", ":"))
        everybody[0].transport.write(_client_frame(message.encode()))

    return Side("bare broadcast", count, send, everybody)


def _client_frame(payload: bytes) -> bytes:
    """A text as a client sends it; a mask of zeroes leaves it readable."""
    return b"\x81\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload


async def measure(ours: int, theirs: int, *, short: bool) -> list[str]:
    """Let both take turns; print, and return what is not as required."""
    many = 200 if short else SUBSCRIBERS
    sides = [await nexus(ours, many), await bare(theirs, many)]
    for _ in range(1 if short else TURNS):
        for side in sides:
            await side.turn(5 if short else SINGLE, 20 if short else MANY)
    for side in sides:
        cuts = quantiles(side.waited, n=100)
        print(
            f"{side.name:15} p50 {cuts[49]:6.1f} ms   p99 {cuts[98]:6.1f} ms   "
            f"{median(side.rates):9,.0f} deliveries/s, {AT_ONCE} frames at a time"
        )
    p99, share = quantiles(sides[0].waited, n=100)[98], median(sides[0].rates) / median(sides[1].rates)
    print(f"p99 required <= {REQUIRED_P99_MS:g} ms   deliveries {share:.2f} of the peer's, required {REQUIRED_SHARE}")
    return [] if p99 <= REQUIRED_P99_MS and share >= REQUIRED_SHARE else ["Frames reach their subscribers too late"]


def main(*, short: bool) -> list[str]:
    """Measure and print; return what is not as required."""
    print(f"\n1 frame to {200 if short else SUBSCRIBERS:,} WebSocket subscribers (embedded store)")
    peer = processes.free_port()
    with ExitStack() as opened:
        server = opened.enter_context(served(rate_limit_enabled="false", log_level="warning"))
        bare_one = opened.enter_context(processes.running(["-m", "tests.bench.peers.broadcast", str(peer)]))
        processes.first_answer(bare_one, peer, b"GET / HTTP/1.1\r\n\r\n")
        opened.enter_context(pinned_apart(bare_one))
        opened.enter_context(pinned_apart(server.process))
        return uvloop.run(measure(int(server.url.rpartition(":")[2]), peer, short=short))


if __name__ == "__main__":
    sys.exit(len(main(short="--short" in sys.argv[1:])))
