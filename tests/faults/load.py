"""A process that writes to an embedded store as fast as it can, and prints what was acknowledged, until it is killed.

Run as `python -m tests.faults.load FILE`; with a second word behind it, every change has an event. Each line is one
document's identifier and the version acknowledged for it.
"""

import asyncio
import sys
import time
from pathlib import Path

from adapters.sqlite.documents import SqliteDocuments
from handlers.core.events import Event
from handlers.core.ports import Insert, Update
from tests.adapters.documents.declarations import ITEMS, item

CALLERS = 32
BULK = 50


def acknowledged(identifier: str, version: int | str) -> None:
    """Tell the parent, past every buffer of this process."""
    sys.stdout.write(f"{identifier} {version}\n")
    sys.stdout.flush()


def event(record: str, version: int) -> Event:
    """The event of a record's version."""
    now = int(time.time() * 1000)
    return Event(f"evt_{record}_{version}", "item.changed", "t", record, now, {"version": version}, version)


async def write_singly(store: SqliteDocuments, *, tells: bool) -> None:
    """Insert a document and change it, for ever."""
    while True:
        new = item(version=1, labels=["a", "b"], owner="ann")
        await store.write(Insert(ITEMS, "t", new), [event(new["id"], 1)] if tells else ())
        acknowledged(new["id"], 1)
        change = Update(ITEMS, "t", new["id"], {"version": 1}, {"version": 2, "status": "done"})
        await store.write(change, [event(new["id"], 2)] if tells else ())
        acknowledged(new["id"], 2)


async def write_bulks(store: SqliteDocuments, *, tells: bool) -> None:
    """Insert many documents at once, for ever."""
    while True:
        new = [item(version=1) for _ in range(BULK)]
        events = [event(document["id"], 1) for document in new] if tells else ()
        await store.insert_many(ITEMS, "t", new, events)
        for document in new:
            acknowledged(document["id"], 1)


async def main(path: Path, *, tells: bool) -> None:
    """Write until the end."""
    store = SqliteDocuments(path, [ITEMS])
    await store.open()
    singly = (write_singly(store, tells=tells) for _ in range(CALLERS))
    await asyncio.gather(write_bulks(store, tells=tells), *singly)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), tells=len(sys.argv) > 2))
