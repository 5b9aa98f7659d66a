"""A kill -9 of a worker that sums frames up neither loses one of them nor counts one twice."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from handlers.core.claims import FIELD
from handlers.core.collections import ROLLUPS, UNROLLED
from handlers.core.intake import DAY
from handlers.core.ports import Query
from handlers.core.rollups import FINE, HOUR
from scripts.mongo_wire import private_mongo_wire
from tests.core.rolling import WHO, Worker
from tests.fakes import NOON, Clock
from tests.faults.rolling import HELD, LIVES, ROUNDS, SUMMING, store

SPAN = (-7 * HOUR, HOUR)


def killed(place: str, life: int) -> int:
    """Kill a worker while it sums up for the second time, a little later in each life; how many rounds it has done.

    In the last life it waits in the middle of that to be killed.
    """
    command = [sys.executable, "-m", "tests.faults.rolling", place, str(life)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first, began = process.stdout.readline(), time.monotonic()
        second, took = process.stdout.readline(), time.monotonic() - began
        third = process.stdout.readline()
        if life == LIVES - 1:
            assert process.stdout.readline() == f"{HELD}\n"
        else:
            time.sleep(took * (life + 0.5) / (LIVES - 1))
        is_alive = process.poll() is None
        process.kill()
        rest = process.stdout.read().split()
    assert ([first, second, third], is_alive) == ([f"{SUMMING}\n", "0\n", f"{SUMMING}\n"], True)
    return 1 + sum(line not in (SUMMING, HELD) for line in rest)


async def caught(place: str, life: int) -> int:
    """How many hours are claimed by a worker that is no more: it was killed while it summed them up."""
    clock = Clock(NOON + (life + 1) * DAY)
    documents = store(place, clock)
    await documents.open()
    left = await documents.page(Query(UNROLLED, WHO.tenant, "at"), 200)
    await documents.close()
    return sum(hour.get(FIELD, {}).get("until") == hour["due_at"] for hour in left)


async def live(place: str) -> None:
    """Live and be killed, again and again: before a life is over, and at least once in the middle of summing up."""
    hours = 0
    for life in range(LIVES):
        assert killed(place, life) < ROUNDS
        hours += await caught(place, life)
    assert hours


async def check(place: str) -> None:
    """Sum up what is left, and compare what rollups say with what frames say."""
    clock = Clock(NOON + LIVES * DAY)
    documents = store(place, clock)
    await documents.open()
    worker = Worker(documents, clock)
    while await documents.count(Query(UNROLLED, WHO.tenant, "at")):
        await worker.roll()
    hours = Query(ROLLUPS, WHO.tenant, "at", {"span": "1h"})
    assert await documents.count(hours) >= 6
    for aggregation in ("count", "sum", "min", "max", "avg"):
        for interval, names in ((FINE, ()), (FINE, ("a",)), (HOUR, ()), (HOUR, ("a",))):
            frames = await worker.raw(aggregation, *SPAN, interval, names, by="device")
            rollups = await worker.points(aggregation, *SPAN, interval, names, by="device")
            assert len(frames) >= 6
            assert [point._replace(value=0) for point in rollups] == [point._replace(value=0) for point in frames]
            assert [point.value for point in rollups] == pytest.approx([point.value for point in frames])
    await worker.close()
    await documents.close()


async def test_rollups_survive_kills_on_the_embedded_store(tmp_path: Path) -> None:
    """Killed in each of five lives, a worker leaves what the next one makes right."""
    place = str(tmp_path / "nexus.db")
    await live(place)
    await check(place)


async def test_rollups_survive_kills_on_mongo(tmp_path: Path) -> None:
    """The same where the database goes on without the worker."""
    with private_mongo_wire(tmp_path / "data") as server:
        await live(server.url)
        await check(server.url)
