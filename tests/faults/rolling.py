"""A worker that takes frames of the last hours and sums them up, on a clock of its own, until it is killed.

Run as `python -m tests.faults.rolling STORE LIFE`: the store is a file or the address of a database, and each life
begins a day after the one before. A line says when it begins to sum up, and one with its number that a round is over:
frames that were acknowledged, and hours that were summed up. In its last life it says so when it is in the middle of
summing up for the second time, and stays there.
"""

import asyncio
import sys
from pathlib import Path
from random import Random
from typing import Any

from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.collections import ALL, ROLLUPS
from handlers.core.intake import DAY
from handlers.core.rollups import HOUR, MINUTE
from tests.core.rolling import Worker
from tests.fakes import NOON, Clock

DEVICES, ROUNDS, FRAMES = 3, 10, 30
LIVES = 5
SUMMING, HELD = "summing", "held"


def store(place: str, clock: Clock) -> SqliteDocuments | MongoDocuments:
    """The store at a place."""
    if place.startswith("mongodb:"):
        return MongoDocuments(place, ALL, clock, milliseconds=30_000)
    return SqliteDocuments(Path(place), ALL, clock)


async def main(place: str, life: int) -> None:
    """Take frames in and sum them up, again and again, for less than a day."""
    clock, random = Clock(NOON + life * DAY), Random(life)
    documents = store(place, clock)
    await documents.open()
    worker = Worker(documents, clock)
    for done in range(ROUNDS):
        await asyncio.gather(*(_send(worker, random) for _ in range(FRAMES)))
        clock.advance(2 * HOUR)
        if (life, done) == (LIVES - 1, 1):
            _hold(documents)
        _say(SUMMING)
        await asyncio.gather(worker.look(), *(_send(worker, random) for _ in range(FRAMES)))
        _say(str(done))
    await asyncio.Event().wait()


def _hold(documents: Any) -> None:
    """Have nothing more come of the first sum that is written from now on, or of any other."""
    write, insert_many = documents.write, documents.insert_many

    async def stay(making: Any, collection: Any, *given: Any) -> Any:
        made = await making(collection, *given)
        if ROLLUPS in (collection, getattr(collection, "collection", None)):
            _say(HELD)
            await asyncio.Event().wait()
        return made

    documents.write = lambda *given: stay(write, *given)
    documents.insert_many = lambda *given: stay(insert_many, *given)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _send(worker: Worker, random: Random) -> None:
    device, value = f"d{random.randrange(DEVICES)}", random.randrange(-800, 800) / 8
    await worker.send(-random.randrange(6 * 60) * MINUTE - 1, device, a=value)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
