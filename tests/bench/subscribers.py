"""How soon two thousand subscribers, each of whom wants one event in a hundred, are told, and what they cost.

`python -m tests.bench.subscribers [--short]` serves in one process, pinned to one core, and makes changes and follows
them from the other: half of the subscribers over server-sent events (`v1`), a quarter each over `/v1` and `/stream`.
It prints the time from the sending of a change until its event is at each subscriber, and the server's memory before
anybody has subscribed, with all of them, and after the load.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from subprocess import Popen
from typing import Any
from urllib.parse import quote

import uvloop

from scripts.serving import API_KEY, served
from tests.bench import processes

TASKS, CHANGES_A_SECOND = 100, 200
REQUIRED_P99_MS, REQUIRED_GROWTH_MB = 200.0, 64.0
_FILES = 16_384
_WRITERS, _AT_ONCE = 40, 50
_HEAD = f"host: localhost\r\nauthorization: Bearer {API_KEY}\r\n"
_UPGRADE = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
_KEY = "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


@dataclass
class Tally:
    """When each change was sent, and how long each subscriber waited for it. A change is known by its progress."""

    sent: dict[tuple[str, int], float] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)

    def told(self, task: str, progress: int) -> None:
        """Note that a subscriber was told of a change."""
        self.waited.append((time.perf_counter() - self.sent[task, progress]) * 1000)


class Subscriber(asyncio.Protocol):
    """One connection that follows one task, over any transport: it looks for the progress in whatever comes."""

    def __init__(self, tally: Tally, task: str, opening: bytes, frames: tuple[bytes, ...] = ()) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tally, self._task = tally, task
        self._opening, self._frames = opening, frames
        self._data = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self.ready.done():
            self._take()
        else:
            self._begin()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(processes.Failed(self._data.decode(errors="replace")[:500]))

    def _begin(self) -> None:
        """Subscribe when the handshake is answered; be ready when the stream or the subscription has begun."""
        if self._frames and b"\r\n\r\n" in self._data:
            self._transport.write(b"".join(self._frames))
            self._frames = ()
            self._data = self._data.partition(b"\r\n\r\n")[2]
        elif b"retry: " in self._data or b'"subscribed"' in self._data:
            self._data = b""
            self.ready.set_result(None)

    def _take(self) -> None:
        """Take the changes that are here whole; what ends in the middle of a number waits for the rest."""
        while (start := self._data.find(b'"progress":')) >= 0:
            end = min((at for at in (self._data.find(b",", start), self._data.find(b"}", start)) if at > 0), default=-1)
            if end < 0:
                return
            self._tally.told(self._task, int(float(self._data[start + 11 : end])))
            self._data = self._data[end:]
        self._data = self._data[-11:]


def text_frame(message: dict[str, Any]) -> bytes:
    """A message as a client sends it; a mask of zeroes leaves it readable."""
    payload = json.dumps(message).encode()
    size = bytes((0x80 | len(payload),)) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + payload


def subscriber(tally: Tally, number: int, tasks: list[str]) -> Subscriber:
    """The so-many-th subscriber: every second one over server-sent events, the others over the two sockets in turn."""
    task = tasks[number // 4 % len(tasks)]
    if number % 2 == 0:
        filters = quote(json.dumps({"task_id": task}))
        return Subscriber(tally, task, f"GET /v1/events/stream?filters={filters} HTTP/1.1\r\n{_HEAD}\r\n".encode())
    if number % 4 == 1:
        asked = {"type": "subscribe", "id": "s", "payload": {"channel": "tasks", "filters": {"task_id": task}}}
    else:
        asked = {"type": "subscribe", "id": "s", "payload": {"topics": ["tasks.updates"], "filters": {"task_id": task}}}
    path = "/v1" if number % 4 == 1 else "/stream"
    return Subscriber(tally, task, f"GET {path} HTTP/1.1\r\n{_HEAD}{_UPGRADE}{_KEY}\r\n".encode(), (text_frame(asked),))


async def measure(port: int, process: Popen[bytes], subscribers: int, seconds: float) -> bool:
    """Subscribe, make changes, and judge."""
    tally = Tally()
    tasks = await created(port)
    held = [processes.resident_megabytes(process)]
    everybody = await subscribed(port, tally, subscribers, tasks)
    held.append(processes.resident_megabytes(process))
    began, used = time.perf_counter(), processes.cpu_seconds(process)
    changes = await changed(port, tally, tasks, round(seconds * CHANGES_A_SECOND))
    took = time.perf_counter() - began
    await asyncio.sleep(1)
    busy = (processes.cpu_seconds(process) - used) / took
    held.append(processes.resident_megabytes(process))
    for one in everybody:
        one._transport.abort()
    return judged(tally, changes * subscribers // TASKS, changes / took, busy, held)


def judged(tally: Tally, expected: int, rate: float, busy: float, held: list[float]) -> bool:
    """Print what was measured; whether it is as required."""
    cuts = quantiles(tally.waited, n=100)
    before, full, after = held
    print(
        f"{rate:.0f} changes/s, {len(tally.waited):,} of {expected:,} deliveries   p50 {cuts[49]:.1f} ms   "
        f"p99 {cuts[98]:.1f} ms   required p99 <= {REQUIRED_P99_MS:g} ms   processor {busy:.0%} of one core"
    )
    print(f"memory {before:.0f} MB before, {full:.0f} MB with all subscribers, {after:.0f} MB after the load")
    is_whole = len(tally.waited) == expected and rate >= 0.95 * CHANGES_A_SECOND
    return is_whole and cuts[98] <= REQUIRED_P99_MS and after - full <= REQUIRED_GROWTH_MB


async def created(port: int) -> list[str]:
    """The tasks that are followed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = []
    for number in range(TASKS):
        answer = await ask(reader, writer, "POST", "/v1/tasks", {"name": f"t{number}", "type": "one_time"})
        found.append(json.loads(answer)["task_id"])
    writer.close()
    return found


async def subscribed(port: int, tally: Tally, count: int, tasks: list[str]) -> list[Subscriber]:
    """All subscribers, some at a time."""
    loop, everybody = asyncio.get_running_loop(), [subscriber(tally, number, tasks) for number in range(count)]
    for first in range(0, count, _AT_ONCE):
        some = everybody[first : first + _AT_ONCE]
        await asyncio.gather(*(loop.create_connection(lambda one=one: one, "127.0.0.1", port) for one in some))
        await asyncio.wait_for(asyncio.gather(*(one.ready for one in some)), 30)
    return everybody


async def changed(port: int, tally: Tally, tasks: list[str], count: int) -> int:
    """Changes at an even pace, each task in its turn, over a few connections; how many were made."""
    began = time.perf_counter()

    async def write(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, count, _WRITERS):
            await asyncio.sleep(max(0.0, began + number / CHANGES_A_SECOND - time.perf_counter()))
            task, progress = tasks[number % TASKS], number // TASKS + 1
            tally.sent[task, progress] = time.perf_counter()
            await ask(reader, writer, "PATCH", f"/v1/tasks/{task}", {"progress": progress})
        writer.close()

    await asyncio.gather(*map(write, range(_WRITERS)))
    return count


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, path: str, body: dict[str, Any]
) -> bytes:
    """The body of the answer to one request."""
    raw = json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\n{_HEAD}content-type: application/json\r\ncontent-length: {len(raw)}\r\n\r\n"
    writer.write(head.encode() + raw)
    answer = await reader.readuntil(b"\r\n\r\n")
    if not answer.startswith(b"HTTP/1.1 20"):
        raise processes.Failed(answer.decode())
    length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length: "))
    return await reader.readexactly(int(length.partition(b": ")[2]))


@contextmanager
def pinned_apart(process: Popen[bytes]) -> Iterator[None]:
    """Keep the server on one core and the load on the others, where there are several."""
    with off_one_core() as core:
        keep_on(core, process)
        yield


@contextmanager
def off_one_core() -> Iterator[int]:
    """Keep one core free of us, and of all that is started meanwhile, where there are several."""
    mine = os.sched_getaffinity(0)
    free, *rest = sorted(mine)
    os.sched_setaffinity(0, set(rest) or mine)
    try:
        yield free
    finally:
        os.sched_setaffinity(0, mine)


def keep_on(core: int, process: Popen[bytes]) -> None:
    """Keep a process, with all its threads, on one core."""
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        os.sched_setaffinity(int(thread), {core})


def main(*, short: bool) -> list[str]:
    """Measure and print; return what is not as required."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    subscribers, seconds = (200, 1.0) if short else (2_000, 20.0)
    print(f"\n{subscribers:,} subscribers, each of 1% of {CHANGES_A_SECOND} changes a second")
    with served(rate_limit_enabled="false", log_level="warning") as server, pinned_apart(server.process):
        port = int(server.url.rpartition(":")[2])
        passed = uvloop.run(measure(port, server.process, subscribers, seconds))
    return [] if passed else ["Subscribers are told too late or not at all, or cost more memory while they are told"]


if __name__ == "__main__":
    sys.exit(len(main(short="--short" in sys.argv[1:])))
