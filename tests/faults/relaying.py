"""A process that writes to MongoDB with events which it never gets to tell, and prints what was acknowledged.

Run as `python -m tests.faults.relaying URL NAME TOLD`: of its events the first TOLD reach standard output as `told`,
then the log does not answer any more. Each line is one word and the identifier of an event.
"""

import asyncio
import sys
import time
from collections.abc import Sequence

from adapters.mongo.documents import MongoDocuments
from handlers.core.events import Event
from handlers.core.ports import Insert, Update
from tests.adapters.documents.declarations import ITEMS, item
from tests.faults.load import acknowledged

CALLERS = 8


class Log:
    """A log that stops answering."""

    def __init__(self, most: int) -> None:
        self._left = most

    async def append(self, events: Sequence[Event]) -> None:
        """Tell of some events, then of none for ever."""
        for event in events:
            if self._left == 0:
                await asyncio.Event().wait()
            self._left -= 1
            acknowledged("told", event.id)


def event(record: str, version: int) -> Event:
    """The event of a record's version."""
    return Event(
        f"evt_{record}_{version}", "item.changed", "t", record, int(time.time() * 1000), {"v": version}, version
    )


async def write(store: MongoDocuments) -> None:
    """Insert a document and change it twice, for ever."""
    while True:
        new = item(version=1)
        await store.write(Insert(ITEMS, "t", new), [event(new["id"], 1)])
        acknowledged("safe", f"evt_{new['id']}_1")
        for version in (2, 3):
            change = Update(ITEMS, "t", new["id"], {"version": version - 1}, {"version": version})
            await store.write(change, [event(new["id"], version)])
            acknowledged("safe", f"evt_{new['id']}_{version}")


async def main(url: str, name: str, told: int) -> None:
    """Write until the end."""
    store = MongoDocuments(url, [ITEMS], name=name, tell=Log(told).append)
    await store.open()
    await asyncio.gather(*(write(store) for _ in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
