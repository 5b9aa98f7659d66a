"""The load: a fixed number of connections that each send their next request when the last one is answered.

It never sleeps: a server that had to wake it would pay for that, in a virtual machine more than for a small request,
and a slow server more often than a fast one.
"""

import asyncio
import gc
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

CONNECTIONS = 32


@dataclass(frozen=True)
class Figures:
    """What one run has shown."""

    answers: int
    per_second: float
    p50_ms: float
    p99_ms: float
    refused: int
    generator_idle: float


class Run:
    """One run against one port."""

    def __init__(self, requests: Sequence[bytes], seconds: float) -> None:
        self.requests = itertools.cycle(requests)
        self.seconds = seconds
        self.latencies: list[float] = []
        self.refused = 0
        self.ends_at = 0.0
        self.length = 0
        self.open = 0
        self.turns = self.idle_turns = 0
        self.seen = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def spin(self) -> None:
        """Stay awake, and count the turns that brought nothing."""
        self.turns += 1
        self.idle_turns += self.seen == len(self.latencies)
        self.seen = len(self.latencies)
        if not self.over.done():
            self.over.get_loop().call_soon(self.spin)

    def close(self) -> None:
        """Count a connection out."""
        self.open -= 1
        if self.open == 0 and not self.over.done():
            self.over.set_result(None)


class _Connection(asyncio.Protocol):
    __slots__ = ("_pending", "_run", "_sent_at", "_transport")

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pending = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._run.open += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.close()

    def send(self) -> None:
        """Send the next request."""
        self._sent_at = perf_counter()
        self._transport.write(next(self._run.requests))

    def data_received(self, data: bytes) -> None:
        run = self._run
        if self._pending:
            data = self._pending + data
            self._pending = b""
        if len(data) != run.length and not _is_whole(data):
            self._pending = data
            return
        run.length = len(data)
        now = perf_counter()
        run.latencies.append(now - self._sent_at)
        if data[9:10] != b"2":
            run.refused += 1
        if now < run.ends_at:
            self._sent_at = now
            self._transport.write(next(run.requests))
        else:
            self._transport.close()


async def measure(port: int, requests: Sequence[bytes], seconds: float, connections: int = CONNECTIONS) -> Figures:
    """Load a server for some seconds. All answers to the requests of one run are equally long."""
    loop = asyncio.get_running_loop()
    run = Run(requests, seconds)
    made = [await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port) for _ in range(connections)]
    gc.collect()
    gc.disable()
    began = perf_counter()
    run.ends_at = began + seconds
    for _, connection in made:
        connection.send()
    run.spin()
    await asyncio.wait_for(run.over, seconds + 30)
    took = perf_counter() - began
    gc.enable()
    latencies = sorted(run.latencies)
    return Figures(
        answers=len(latencies),
        per_second=len(latencies) / took,
        p50_ms=_quantile(latencies, 0.50),
        p99_ms=_quantile(latencies, 0.99),
        refused=run.refused,
        generator_idle=run.idle_turns / run.turns,
    )


def pin(core: int) -> None:
    """Keep this process on one core."""
    if core >= 0:
        os.sched_setaffinity(0, {core})


def _is_whole(data: bytes) -> bool:
    """Whether an answer is here with all of its body."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) >= int(value)
    return False


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000
