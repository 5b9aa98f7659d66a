"""A load at a pace of its own: a request is due whether or not the last one is answered, and its time counts from then.

Between two due times it never sleeps, for the same reason as `load`; only a store on the same core makes it nap.
"""

import asyncio
from collections import deque
from itertools import cycle
from time import perf_counter

from tests.bench.load import _is_whole, _quantile


class _Connection(asyncio.Protocol):
    """One request at a time; `due` is when the one under way should have been sent."""

    def __init__(self, idle: deque["_Connection"], latencies: list[float]) -> None:
        self._idle = idle
        self._latencies = latencies
        self._heard = b""
        self._due = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._idle.append(self)

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due then."""
        self._due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if _is_whole(self._heard):
            self._heard = b""
            self._latencies.append(perf_counter() - self._due)
            self._idle.append(self)


async def p99_ms(
    port: int, requests: list[bytes], per_second: float, seconds: float, connections: int, nap: float = 0.0
) -> float:
    """The 99th percentile at a pace; a nap of so many seconds leaves the core to others, and is measured with it."""
    loop, idle, latencies = asyncio.get_running_loop(), deque(), []
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(idle, latencies), "127.0.0.1", port)
    made, turns, sent, total = list(idle), cycle(requests), 0, int(per_second * seconds)
    began = perf_counter()
    while len(latencies) < total:
        while sent < total and idle and began + sent / per_second <= perf_counter():
            idle.popleft().send(next(turns), began + sent / per_second)
            sent += 1
        await asyncio.sleep(nap)
    for connection in made:
        connection.transport.close()
    return _quantile(sorted(latencies), 0.99)
