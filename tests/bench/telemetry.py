"""How fast telemetry comes in, and is asked for: `python -m tests.bench.telemetry [--short]`.

Each figure stands beside its peer's of the same run: FastAPI that commits each frame, bulks into the bare store. Server
and peers have one core, the load another. What is required is required of the embedded store.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop

from adapters.sqlite.documents import SqliteDocuments
from handlers.core.clock import system_clock
from handlers.core.collections import FRAMES, ROLLUP_STARTS, ROLLUPS, UNROLLED
from handlers.core.collector import BULK
from handlers.core.intake import DAY
from handlers.core.measurements import Measurements, Range
from scripts.mongo_wire import private_mongo_wire
from scripts.serving import Served, served
from tests.bench import load, pace, processes, samples, streams
from tests.bench.http import _cores as cores
from tests.bench.stores import GROWTH_LIMIT, Figure, show

CONNECTIONS, BATCHERS, SIZE = 64, 8, 100
_FIVE_MINUTES = 300_000
_NAP_SECONDS = 0.0005
_POINTS, _DEVICE = 1_440, "device-asked"
_LARGE_BODY = str(4 * 1024 * 1024)


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int
    seconds: float
    small: int
    large: int
    questions: int


FULL = Scale(rounds=7, seconds=1.0, small=10_000, large=1_000_000, questions=41)
SHORT = Scale(rounds=1, seconds=0.3, small=2_000, large=6_000, questions=5)


@dataclass(frozen=True)
class Peer:
    """FastAPI, and where it listens."""

    process: subprocess.Popen
    port: int


@dataclass(frozen=True)
class Run:
    """How much a second, and the microseconds of processor time that each frame cost."""

    per_second: float
    cpu_us: float


@dataclass(frozen=True)
class Place:
    """A store, with a server and a peer on it, and where the bare one grows from round to round as theirs do."""

    name: str
    server: Served
    peer: "Peer"
    raw: str
    core: int


@contextmanager
def embedded(folder: Path, core: int) -> Iterator[Place]:
    """SQLite: files in a folder."""
    with served(max_body_bytes=_LARGE_BODY) as server, peer(str(folder / "peer.db"), core) as other:
        yield Place("SQLite", server, other, str(folder / "raw.db"), core)


@contextmanager
def wire(folder: Path, core: int) -> Iterator[Place]:
    """A server that speaks MongoDB's protocol."""
    with (
        private_mongo_wire(folder / "mongo") as mongo,
        served(max_body_bytes=_LARGE_BODY, database_url=mongo.url) as server,
        peer(mongo.url, core) as other,
    ):
        yield Place("MongoDB's wire protocol, motor", server, other, mongo.url, core)


@contextmanager
def peer(store: str, core: int) -> Iterator[Peer]:
    """FastAPI over a store."""
    port = processes.free_port()
    command = ["-m", "tests.bench.peers", "frames", str(port), str(core)]
    with processes.running(command, {"NEXUS_BENCH_STORE": store}) as process:
        answer = processes.first_answer(process, port, samples.single(0))
        if not answer.startswith(b"HTTP/1.1 201"):
            raise processes.Failed(answer.decode())
        yield Peer(process, port)


def main(*, short: bool) -> list[str]:
    """Measure and print; return what is not as required."""
    scale, missed = SHORT if short else FULL, []
    core, load_core = cores()
    everywhere = os.sched_getaffinity(0)
    for store in (embedded, wire):
        with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder, ExitStack() as stack:
            place = stack.enter_context(store(Path(folder), core))
            _pin(place.server, core)
            load.pin(load_core)
            figures = measure(place, scale, is_judged=store is embedded)
            os.sched_setaffinity(0, everywhere)
            show(f"Telemetry, {place.name}; medians of {scale.rounds} round(s) of {scale.seconds:g} s", figures)
            missed += [figure.name for figure in figures if not figure.met()]
    figures = asyncio.run(questions(scale))
    show(f"Questions, SQLite; {_POINTS:,} points of the device in a day", figures)
    missed += [figure.name for figure in figures if not figure.met()]
    return [] if short else missed


def measure(place: Place, scale: Scale, *, is_judged: bool) -> list[Figure]:
    """All that is sent, in turns with the peers."""
    runs = [_round(place, scale.seconds) for _ in range(scale.rounds + 1)][-scale.rounds :]
    half = median(run["singles"].per_second for run in runs) / 2
    requests = [samples.single(number) for number in range(samples.DEVICES)]
    nap = 0.0 if is_judged else _NAP_SECONDS  # the other store is a process of its own, and has the load's core
    calm = uvloop.run(pace.p99_ms(_port(place.server), requests, half, 2 * scale.seconds, CONNECTIONS, nap))

    def shown(title: str, name: str) -> list[Figure]:
        rate, cost = (median(getattr(run[name], part) for run in runs) for part in ("per_second", "cpu_us"))
        return [Figure(title, rate, "frames/s"), Figure("  processor time for each", cost, "µs")]

    def against(title: str, one: str, other: str, least: float) -> Figure:
        ratio = median(run[one].per_second / run[other].per_second for run in runs)
        return Figure(f"  against {title}", ratio, "times", least if is_judged else None)

    return [
        *shown(f"one by one, {CONNECTIONS} connections", "singles"),
        against("FastAPI", "singles", "peer", 3.5),
        Figure(f"  p99 at {half:,.0f}/s", calm, "ms", 25 if is_judged else None, at_most=True),
        *shown("FastAPI, a commit each", "peer"),
        *shown(f"batches of {SIZE} over HTTP", "batches"),
        against("the bare store", "batches", "raw", 0.6),
        *shown(f"batches of {SIZE} over gRPC", "messages"),
        against("the bare store", "messages", "raw", 0.6),
        *shown(f"bulks of {BULK} into the bare store", "raw"),
    ]


def _round(place: Place, seconds: float) -> dict[str, Run]:
    """What each does in its turn."""
    server, port, batch = place.server.process, _port(place.server), [samples.batch(SIZE)]
    requests = [samples.single(number) for number in range(samples.DEVICES)]
    message, address = samples.message(SIZE), place.server.procedures
    return {
        "singles": _run(server, lambda: _answers(port, requests, seconds, CONNECTIONS)),
        "peer": _run(place.peer.process, lambda: _answers(place.peer.port, requests, seconds, CONNECTIONS)),
        "batches": _run(server, lambda: SIZE * _answers(port, batch, seconds, BATCHERS)),
        "messages": _run(server, lambda: uvloop.run(streams.frames_per_second(address, message, seconds))),
        "raw": _raw(place.raw, seconds, place.core),
    }


def _run(process: subprocess.Popen, work: Callable[[], float]) -> Run:
    """A second's worth of work, by the time that it took the process."""
    used, began = processes.cpu_seconds(process), perf_counter()
    per_second = work()
    frames = per_second * (perf_counter() - began)
    return Run(per_second, (processes.cpu_seconds(process) - used) / frames * 1e6)


def _port(server: Served) -> int:
    return int(server.url.rpartition(":")[2])


def _answers(port: int, requests: list[bytes], seconds: float, connections: int) -> float:
    figures = uvloop.run(load.measure(port, requests, seconds, connections))
    if figures.refused:
        raise processes.Failed(f"{figures.refused} of {figures.answers} requests were refused")
    return figures.per_second


def _raw(place: str, seconds: float, core: int) -> Run:
    command = [sys.executable, "-m", "tests.bench.bulk", place, str(seconds), str(core)]
    told = subprocess.run(command, cwd=processes.ROOT, capture_output=True, check=True).stdout
    return Run(*map(float, told.split()))


def _pin(server: Served, core: int) -> None:
    """Keep all threads of a server on one core."""
    if core >= 0:
        for thread in Path(f"/proc/{server.process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


async def questions(scale: Scale) -> list[Figure]:
    """Averages of one device in a small store and a large one, in turns."""
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        stores = [
            SqliteDocuments(Path(folder, name), [FRAMES, ROLLUPS, UNROLLED, ROLLUP_STARTS])
            for name in ("small", "large")
        ]
        since = system_clock() - DAY
        for store, amount in zip(stores, (scale.small, scale.large), strict=True):
            await store.open()
            await _fill(store, amount, since)
        taken = [[await _ask(store, since) for store in stores] for _ in range(scale.questions)]
        for store in stores:
            await store.close()
    small, large = (median(times) * 1000 for times in zip(*taken, strict=True))
    growth = median(after / before for before, after in taken)
    return [
        Figure(f"5-minute averages of a day, {scale.small:,} frames", small, "ms", 50, at_most=True),
        Figure(f"5-minute averages of a day, {scale.large:,} frames", large, "ms", 50, at_most=True),
        Figure("  against the smaller store", growth, "times", GROWTH_LIMIT, at_most=True),
    ]


async def _fill(store: SqliteDocuments, amount: int, since: int) -> None:
    """One device's day, and other devices' frames within it."""
    await store.insert_many(FRAMES, samples.WHO.tenant, samples.a_day(_POINTS, _DEVICE, since))
    for start in range(_POINTS, amount, BULK):
        numbers = range(start, min(start + BULK, amount))
        others = [samples.document(number, since + number * 97 % DAY, f"device-{number % 997}") for number in numbers]
        await store.insert_many(FRAMES, samples.WHO.tenant, others)


async def _ask(store: SqliteDocuments, since: int) -> float:
    within = Range(since, since + DAY, _DEVICE)
    began = perf_counter()
    points = await Measurements(store).points(
        samples.WHO, within, ("temperature",), "avg", origin=since, interval=_FIVE_MINUTES
    )
    took = perf_counter() - began
    if len(points) != DAY // _FIVE_MINUTES:
        raise processes.Failed(f"{len(points)} points, and not one for each five minutes")
    return took


if __name__ == "__main__":
    problems = main(short="--short" in sys.argv[1:])
    sys.exit(len(problems))
