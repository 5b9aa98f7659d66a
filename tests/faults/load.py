"""A process that writes to an embedded store as fast as it can, and prints what was acknowledged, until it is killed.

Run as `python -m tests.faults.load FILE`. Each line is one document's identifier and the version acknowledged for it.
"""

import asyncio
import sys
from pathlib import Path

from adapters.sqlite.documents import SqliteDocuments
from handlers.core.ports import Insert, Update
from tests.adapters.documents.declarations import ITEMS, item

CALLERS = 32
BULK = 50


def acknowledged(identifier: str, version: int) -> None:
    """Tell the parent, past every buffer of this process."""
    sys.stdout.write(f"{identifier} {version}\n")
    sys.stdout.flush()


async def write_singly(store: SqliteDocuments) -> None:
    """Insert a document and change it, for ever."""
    while True:
        new = item(version=1, labels=["a", "b"], owner="ann")
        await store.write(Insert(ITEMS, "t", new))
        acknowledged(new["id"], 1)
        await store.write(Update(ITEMS, "t", new["id"], {"version": 1}, {"version": 2, "status": "done"}))
        acknowledged(new["id"], 2)


async def write_bulks(store: SqliteDocuments) -> None:
    """Insert many documents at once, for ever."""
    while True:
        new = [item(version=1) for _ in range(BULK)]
        await store.insert_many(ITEMS, "t", new)
        for document in new:
            acknowledged(document["id"], 1)


async def main(path: Path) -> None:
    """Write until the end."""
    store = SqliteDocuments(path, [ITEMS])
    await store.open()
    await asyncio.gather(write_bulks(store), *(write_singly(store) for _ in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
