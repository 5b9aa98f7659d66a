"""What idle agents cost: many of them, each heard every half minute over HTTP, by one server on its embedded store.

`python -m tests.bench.heartbeats [--short] [agents] [seconds] [NAME=value …]` registers so many, sends their heartbeats
evenly for a while, and prints the share of one core that the server needs; settings name another store. It fails above
a quarter.
"""

import asyncio
import sys
from collections.abc import Sequence
from subprocess import Popen
from time import perf_counter

import orjson

from scripts.serving import API_KEY, served
from tests.bench.processes import cpu_seconds

INTERVAL_SECONDS = 30
_USUAL, _SHORT = (10_000, 60), (200, 2)  # agents, seconds
AT_MOST = 0.25
_CONNECTIONS = 16
_WARM_UP_SECONDS = 2 * INTERVAL_SECONDS
_BEAT = {"status": "idle", "current_tasks": 0, "resource_usage": {"cpu_percent": 12.5, "memory_mb": 1024}}


class Line:
    """One connection that asks, and waits for the answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def post(self, path: str, body: object) -> None:
        """Send a request; fail if it is refused."""
        raw = orjson.dumps(body)
        head = f"POST {path} HTTP/1.1\r\nHost: nexus\r\nAuthorization: Bearer {API_KEY}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        self._writer.write(head.encode() + raw)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await self._reader.readexactly(int(length.partition(b":")[2]))
        if not answer.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(answer.decode())

    async def register(self, first: int, count: int) -> None:
        """Register every so-many-th agent."""
        for number in range(first, count, _CONNECTIONS):
            body = {"agent_id": f"agent-{number}", "name": f"Agent {number}", "type": "idle", "capabilities": ["wait"]}
            await self.post("/v1/ai/agents/register", body)


async def measure(port: int, process: Popen[bytes], count: int, seconds: float) -> float:
    """The share of one core that so many agents cost."""
    lines = [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(_CONNECTIONS)]
    await asyncio.gather(*(line.register(number, count) for number, line in enumerate(lines)))
    free: asyncio.Queue[Line] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    await beat(free, count, min(_WARM_UP_SECONDS, seconds))
    spent, began = cpu_seconds(process), perf_counter()
    await beat(free, count, seconds)
    return (cpu_seconds(process) - spent) / (perf_counter() - began)


async def beat(free: asyncio.Queue[Line], count: int, seconds: float) -> None:
    """Send heartbeats evenly, each agent's in its turn."""
    began, sending = perf_counter(), []
    for number in range(round(seconds * count / INTERVAL_SECONDS)):
        await asyncio.sleep(max(0.0, began + number * INTERVAL_SECONDS / count - perf_counter()))
        sending.append(asyncio.create_task(_send(await free.get(), free, number % count)))
    await asyncio.gather(*sending)


async def _send(line: Line, free: asyncio.Queue[Line], number: int) -> None:
    await line.post(f"/v1/ai/agents/agent-{number}/heartbeat", _BEAT)
    free.put_nowait(line)


def main(*, short: bool, chosen: Sequence[int] = (), **settings: str) -> list[str]:
    """Measure and print; return what is not as required."""
    usual = _SHORT if short else _USUAL
    count, seconds = (*chosen, *usual[len(chosen) :])
    print(f"\n{count:,} idle agents, each heard every {INTERVAL_SECONDS} s over HTTP")
    with served(log_level="warning", **settings) as server:
        port = int(server.url.rpartition(":")[2])
        share = asyncio.run(measure(port, server.process, count, seconds))
    print(f"processor {share:.1%} of one core   required <= {AT_MOST:.0%}")
    return [] if share <= AT_MOST else ["Idle agents cost too much"]


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    given = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
    sys.exit(len(main(short="--short" in sys.argv[1:], chosen=numbers, **given)))
