"""A worker that sees to what is due in a store until it is killed, and prints each thing that it has begun.

Run as `python -m tests.faults.due STORE MOST`: the store is a file or the address of a database, and no more than MOST
things are begun before standard input ends, so that others are left for whoever comes after.
"""

import asyncio
import sys
from pathlib import Path

from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.agenda import Agenda
from handlers.core.clock import Moment, system_clock
from handlers.core.collections import ALL, TASKS
from handlers.core.duties import Duty
from handlers.core.ports import Document, Documents
from handlers.core.tasks import Tasks

CLAIM_SECONDS = 1.0


def store(place: str) -> Documents:
    """The store at a place."""
    if place.startswith("mongodb:"):
        return MongoDocuments(place, ALL, milliseconds=2_000)
    return SqliteDocuments(Path(place), ALL)


async def main(place: str, most: int) -> None:
    """Act until the end."""
    documents = store(place)
    await documents.open()
    tasks = Tasks(documents, system_clock)
    left, more = most, asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, _end_of_input, more)

    async def act(document: Document) -> Moment | None:
        nonlocal left
        left -= 1
        if left < 0:
            await more.wait()
        sys.stdout.write(f"{document['id']}\n")
        sys.stdout.flush()
        return await tasks.attend(document)

    agenda = Agenda(documents, system_clock, lambda event, **facts: None, is_shared=True, claim_seconds=CLAIM_SECONDS)
    agenda.take(Duty(TASKS, act))
    agenda.start()
    await asyncio.Event().wait()


def _end_of_input(more: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(sys.stdin)
    more.set()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
