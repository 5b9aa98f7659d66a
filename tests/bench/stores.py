"""How fast the stores are, and whether anything grows with the data.

`python -m tests.bench.stores` prints a table and fails when the embedded store misses a requirement;
`--short` measures less and requires nothing.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.events import Event
from handlers.core.ports import Document, Documents, Insert, Position, Update
from scripts.mongo_wire import private_mongo_wire
from tests.bench.workload import (
    RARE,
    START,
    TASKS,
    TELEMETRY,
    TENANT,
    listed,
    reading,
    task,
    tasks,
)

CALLERS = 64
BULK = 500
GROWTH_LIMIT = 1.3
OFFSET = 500

Work = Callable[[Documents], Awaitable[Any]]


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    singles: int
    bulk: int
    reads: int
    small: int
    large: int
    rounds: int


FULL = Scale(singles=30_000, bulk=100_000, reads=20_000, small=2_000, large=200_000, rounds=301)
SHORT = Scale(singles=3_000, bulk=10_000, reads=2_000, small=1_000, large=5_000, rounds=31)
MONGO = Scale(singles=1_000, bulk=3_000, reads=300, small=300, large=1_500, rounds=9)


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    required: float | None = None
    at_most: bool = False

    def met(self) -> bool:
        """Whether the figure is as required, if anything is."""
        if self.required is None:
            return True
        return self.value <= self.required if self.at_most else self.value >= self.required

    def line(self) -> str:
        """The figure in words."""
        required = "" if self.required is None else f"{'≤' if self.at_most else '≥'} {self.required:,g}"
        verdict = "" if self.required is None else ("ok" if self.met() else "MISSED")
        return f"{self.name:<44}{self.value:>12,.3f} {self.unit:<9}{required:>10} {verdict}"


async def singles(store: Documents, scale: Scale, *, tells: bool = False) -> Figure:
    """Single inserts, each acknowledged before its caller makes the next one."""
    random, first = Random(7), 20_000_000 if tells else 10_000_000
    waiting = iter([task(first + number, random) for number in range(scale.singles)])

    async def caller() -> None:
        for document in waiting:
            await store.write(Insert(TASKS, TENANT, document), [event(document)] if tells else ())

    seconds = await timed(asyncio.gather(*(caller() for _ in range(CALLERS))))
    what = f"single inserts{' with an event' if tells else ''}, {CALLERS} callers"
    return Figure(what, scale.singles / seconds, "/s", 3_000)


async def bulks(store: Documents, scale: Scale, *, tells: bool = False) -> Figure:
    """Bulk inserts, one after the other."""
    first = scale.bulk if tells else 0
    readings = [reading(first + number) for number in range(scale.bulk)]

    async def caller() -> None:
        for start in range(0, scale.bulk, BULK):
            new = readings[start : start + BULK]
            await store.insert_many(TELEMETRY, TENANT, new, [event(one) for one in new] if tells else ())

    what = f"bulk inserts of {BULK}{', an event each' if tells else ''}"
    return Figure(what, scale.bulk / await timed(caller()), "docs/s", 20_000)


def event(document: Document) -> Event:
    """What tells of a new document."""
    return Event(f"evt_{document['id']}", "item.created", TENANT, document["id"], int(time.time() * 1000), document, 1)


async def point_reads(store: Documents, scale: Scale) -> Figure:
    """Reads by identifier, anywhere in the collection."""
    random = Random(3)
    wanted = [f"task_{10_000_000 + random.randrange(scale.singles):016x}" for _ in range(scale.reads)]

    async def caller() -> None:
        for identifier in wanted:
            assert await store.get(TASKS, TENANT, identifier) is not None

    return Figure("point read", await timed(caller()) / scale.reads * 1_000, "ms", 0.1, at_most=True)


async def timed(work: Awaitable[Any]) -> float:
    """The seconds that some work takes."""
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


def steady_work() -> dict[str, Work]:
    """What may not take longer in a larger collection."""
    middle = Position(START + 1_000, "task_")
    return {
        "first page": lambda store: store.page(listed(), 50),
        "page, filtered": lambda store: store.page(listed(status="failed"), 50),
        "page, any of": lambda store: store.page(listed(status=("failed", "pending"), priority=("low", "high")), 50),
        "page by label": lambda store: store.page(listed(labels=("production",)), 50),
        "page by label and filters": lambda store: store.page(
            listed(("production",), status="failed", priority="high"), 50
        ),
        "page from a position": lambda store: store.page(listed(), 50, after=middle),
        f"page from offset {OFFSET}": lambda store: store.page(listed(), 50, offset=OFFSET),
        "count, not kept": lambda store: store.count(listed(assigned_to=RARE)),
        "total, kept": lambda store: store.count(listed()),
        "total by status, kept": lambda store: store.count(listed(status=("failed", "pending"))),
    }


def changes(documents: Sequence[Document], random: Random) -> Work:
    """A compare-and-set on any document."""
    turns = iter(range(1, sys.maxsize))

    async def change(store: Documents) -> None:
        chosen = random.choice(documents)
        chosen["updated_at"], before = START + next(turns), chosen["updated_at"]
        await store.write(
            Update(TASKS, TENANT, chosen["id"], {"updated_at": before}, {"updated_at": chosen["updated_at"]})
        )

    return change


def moves(documents: Sequence[Document], random: Random) -> Work:
    """A compare-and-set that moves a document from one status to another, and so in its indexes."""

    async def move(store: Documents) -> None:
        chosen = random.choice(documents)
        before, chosen["status"] = chosen["status"], random.choice(("pending", "running", "completed", "failed"))
        await store.write(Update(TASKS, TENANT, chosen["id"], {"status": before}, {"status": chosen["status"]}))

    return move


async def growth(small: Documents, large: Documents, scale: Scale) -> list[Figure]:
    """How much longer everything takes in the large store, measured in turns."""
    few, many = await filled(small, scale.small), await filled(large, scale.large)
    pairs = {name: (work, work) for name, work in steady_work().items()}
    pairs["compare-and-set"] = (changes(few, Random(1)), changes(many, Random(1)))
    pairs["compare-and-set of a status"] = (moves(few, Random(1)), moves(many, Random(1)))
    figures = []
    for name, (in_small, in_large) in pairs.items():
        taken = [(await timed(in_small(small)), await timed(in_large(large))) for _ in range(scale.rounds)]
        before, after = median(few for few, _ in taken), median(many for _, many in taken)
        figures.append(Figure(f"{name}, {scale.large:,} docs", after * 1_000, "ms"))
        figures.append(Figure(f"  against {scale.small:,} docs", after / before, "times", GROWTH_LIMIT, at_most=True))
    return figures


async def filled(store: Documents, amount: int) -> list[Document]:
    """Fill a store with tasks."""
    documents = tasks(amount)
    for start in range(0, amount, BULK):
        await store.insert_many(TASKS, TENANT, documents[start : start + BULK])
    return documents


@asynccontextmanager
async def opened(store: SqliteDocuments | MongoDocuments) -> Any:
    """A store for a while."""
    await store.open()
    yield store
    await store.close()


async def measure(make: Callable[[str], SqliteDocuments | MongoDocuments], scale: Scale) -> list[Figure]:
    """All figures of one kind of store."""
    async with AsyncExitStack() as stack:
        fast, small, large = [
            await stack.enter_async_context(opened(make(name))) for name in ("fast", "small", "large")
        ]
        return [
            await singles(fast, scale),
            await point_reads(fast, scale),
            await bulks(fast, scale),
            await singles(fast, scale, tells=True),
            await bulks(fast, scale, tells=True),
            *await growth(small, large, scale),
        ]


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print a table."""
    print(f"\n{title}\n" + "\n".join(figure.line() for figure in figures))


def main() -> int:
    """Measure both stores; judge the embedded one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="measure less, require nothing")
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory() as folder, private_mongo_wire(Path(folder) / "mongo") as server:
        both = (TASKS, TELEMETRY)
        embedded = asyncio.run(
            measure(lambda name: SqliteDocuments(Path(folder, name), both), SHORT if short else FULL)
        )
        show("SQLite", embedded)
        for driver in ("motor", "pymongo"):
            remote = measure(
                lambda name, driver=driver: MongoDocuments(server.url, both, driver=driver, name=f"{driver}_{name}"),
                MONGO,
            )
            show(f"MongoDB's wire protocol, {driver}", [Figure(f.name, f.value, f.unit) for f in asyncio.run(remote)])
    return 0 if short or all(figure.met() for figure in embedded) else 1


if __name__ == "__main__":
    sys.exit(main())
