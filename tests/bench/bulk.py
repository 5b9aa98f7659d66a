"""`python -m tests.bench.bulk PLACE SECONDS CORE`: documents a second that a store takes in bulk, and CPU µs for each.

PLACE is a file of SQLite or the URL of a MongoDB. Nothing is between the bulks and the store; two are under way.
"""

import asyncio
import os
import sys
from pathlib import Path
from time import perf_counter, process_time

import uvloop

from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.clock import system_clock
from handlers.core.collections import FRAMES
from handlers.core.collector import BULK
from tests.bench import samples

CALLERS = 2
_MOST = 60_000


async def measure(place: str, seconds: float) -> tuple[float, float]:
    """Documents per second, and the microseconds of processor time that each costs here."""
    store = MongoDocuments(place, [FRAMES], name="raw") if "://" in place else SqliteDocuments(Path(place), [FRAMES])
    await store.open()
    now = system_clock()
    bulks = iter([[samples.document(number, now) for number in range(BULK)] for _ in range(_MOST // BULK)])
    began, used, stored = perf_counter(), process_time(), 0

    async def caller() -> None:
        nonlocal stored
        for documents in bulks:
            await store.insert_many(FRAMES, samples.WHO.tenant, documents)
            stored += len(documents)
            if perf_counter() - began > seconds:
                return

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    took, used = perf_counter() - began, process_time() - used
    await store.close()
    return stored / took, used / stored * 1e6


if __name__ == "__main__":
    where, length, core = sys.argv[1:]
    if int(core) >= 0:
        os.sched_setaffinity(0, {int(core)})
    print(*uvloop.run(measure(where, float(length))))
