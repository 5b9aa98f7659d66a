"""How long a month's series of one device takes of rollups, and of frames: `python -m tests.bench.months [--short]`.

In a full run the device has measured every ten seconds of thirty days; in MongoDB's wire protocol, each minute of two.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.clock import system_clock
from handlers.core.collections import FRAMES, ROLLUP_STARTS, ROLLUPS, TENANTS, UNROLLED
from handlers.core.intake import DAY
from handlers.core.measurements import Measurements, Range
from handlers.core.ports import Document, Documents, Query
from handlers.core.records import forget
from handlers.core.retention import Kept, Retention
from handlers.core.rolling import Rolling
from handlers.core.rollups import FINE, HOUR, beginning
from handlers.core.series import Series
from handlers.core.unrolled import Unrolled
from scripts.mongo_wire import private_mongo_wire
from tests.bench import samples
from tests.bench.stores import BULK, Figure, show

_COLLECTIONS = (FRAMES, ROLLUPS, UNROLLED, ROLLUP_STARTS, TENANTS)
_DEVICE, _TENANT, _NAMES = "device-asked", samples.WHO.tenant, ("temperature",)
_QUESTIONS = 9
_MOST = 0.25  # of the time that the frames take, whatever else the machine does

Ask = Callable[[], Awaitable[list[Any]]]


def main(*, short: bool) -> list[str]:
    """Measure and print; return what is not as required."""
    days = 2 if short else 30
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder, private_mongo_wire(Path(folder, "m")) as server:
        embedded = asyncio.run(measure(SqliteDocuments(Path(folder, "nexus.db"), _COLLECTIONS), days, 10_000))
        show(f"{days} days of one device, SQLite", embedded)
        remote = MongoDocuments(server.url, _COLLECTIONS, name="months", milliseconds=120_000)
        show("2 days of one device, MongoDB's wire protocol", asyncio.run(measure(remote, 2, 60_000)))
    return [] if short else [figure.name for figure in embedded if not figure.met()]


async def measure(store: SqliteDocuments | MongoDocuments, days: int, every: int) -> list[Figure]:
    """One store, filled and asked."""
    await store.open()
    until = beginning(system_clock(), HOUR)
    since = until - days * DAY
    await _fill(store, range(since, until, every))
    began = perf_counter()
    hours = await _roll(store, since, until)
    rolled = (perf_counter() - began) / hours * 1000
    figures = [Figure("frames stored", await store.count(Range(since, until, _DEVICE).query(samples.WHO)), "docs")]
    figures.append(Figure("to sum up an hour", rolled, "ms"))
    for name, span, length in (("hours", "1h", HOUR), ("five minutes", "5m", FINE)):
        figures += await _compared(store, since, until, name, span, length, _MOST if span == "1h" else None)
    await store.close()
    return figures


async def _fill(store: Documents, moments: range) -> None:
    unrolled = Unrolled(store, system_clock, days=30)
    for start in range(0, len(moments), BULK):
        frames = [samples.document(at // 1000, at, _DEVICE) for at in moments[start : start + BULK]]
        await unrolled.note(FRAMES, _TENANT, frames)
        await store.insert_many(FRAMES, _TENANT, frames)


async def _roll(store: Documents, since: int, until: int) -> int:
    """Sum up all hours, as the time engine does when they are due; return how many there are."""
    rolling = Rolling(store, Retention(store, system_clock, Kept(30, 365), most=365), system_clock, print)
    hours = range(since, until, HOUR)
    for at in hours:
        record: Document = {"tenant": _TENANT, "device": _DEVICE, "at": at}
        if await rolling.act(record) is not None:
            raise RuntimeError("Nobody else sums these hours up")
    while await forget(store, Query(UNROLLED, _TENANT, "at"), BULK):
        pass
    return len(hours)


async def _compared(
    store: Documents, since: int, until: int, name: str, span: str, length: int, most: float | None
) -> list[Figure]:
    within = Range(since, until, _DEVICE)
    asked = Series(within.query(samples.WHO), _NAMES, "avg", since, length)
    measurements = Measurements(store)

    def rolled() -> Awaitable[list[Any]]:
        return measurements.points(samples.WHO, within, _NAMES, "avg", origin=since, interval=length)

    taken = [(await _timed(rolled, asked), await _timed(lambda: store.series(asked), asked)) for _ in range(_QUESTIONS)]
    query = Query(ROLLUPS, _TENANT, "at", {"span": span, "device": _DEVICE}, since=since, until=until)
    ratio = median(of_rollups / of_frames for of_rollups, of_frames in taken)
    return [
        Figure(f"averages of {name}: rollups read", await store.count(query), "docs"),
        Figure("  from rollups", median(one for one, _ in taken), "ms"),
        Figure("  from frames", median(one for _, one in taken), "ms"),
        Figure("  against frames", ratio, "times", most, at_most=True),
    ]


async def _timed(ask: Ask, asked: Series) -> float:
    began = perf_counter()
    points = await ask()
    took = (perf_counter() - began) * 1000
    intervals = ((asked.query.until or 0) - asked.origin) // asked.interval
    if len(points) != intervals:
        raise RuntimeError(f"{len(points)} points, and not {intervals}")
    return took


if __name__ == "__main__":
    problems = main(short="--short" in sys.argv[1:])
    sys.exit(len(problems))
