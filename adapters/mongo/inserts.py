"""Inserts that arrive together are written together: one bulk is under way, the next one gathers meanwhile."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.errors import BulkWriteError, PyMongoError

from adapters.mongo.errors import DUPLICATE_KEY, duplicate, refusal
from handlers.core.answering import answered
from handlers.core.errors import Unavailable
from handlers.core.ports import Collection

BULK = 500
INTERRUPTED = "A write was interrupted"
Verdict = Exception | None
Waiting = tuple[RawBSONDocument, asyncio.Future[None]]


async def insert_bulk(target: Any, collection: Collection, records: Sequence[RawBSONDocument]) -> list[Verdict]:
    """Insert all that can be inserted; for each record None, or why not."""
    try:
        await target.insert_many(records, ordered=False)
    except BulkWriteError as error:
        return verdicts(collection, error, len(records))
    except PyMongoError as error:
        return [refusal(error) for _ in records]
    return [None] * len(records)


def verdicts(collection: Collection, error: BulkWriteError, size: int) -> list[Verdict]:
    """Each record's own verdict. Without the write concern, nothing that was written counts as safe."""
    unsafe = bool(error.details.get("writeConcernErrors"))
    found: list[Verdict] = [refusal(error) if unsafe else None for _ in range(size)]
    for failure in error.details.get("writeErrors", ()):
        taken = failure.get("code") == DUPLICATE_KEY
        found[failure["index"]] = duplicate(collection, failure) if taken else refusal(error)
    return found


class Inserts:
    """The single inserts of one collection, gathered."""

    def __init__(self, target: Any, collection: Collection, capacity: int) -> None:
        self._target = target
        self._collection = collection
        self._capacity = capacity
        self._waiting: deque[Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def insert(self, record: RawBSONDocument) -> None:
        """Insert one record together with whatever else is waiting."""
        if len(self._waiting) >= self._capacity:
            raise Unavailable("Too many writes are waiting for the database")
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, answer))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._drain())
        await answer

    async def finish(self) -> None:
        """Return when all that was accepted is written."""
        if self._writing is not None:
            await self._writing

    async def _drain(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(BULK, len(self._waiting)))]
            for (_, answer), verdict in zip(group, await self._verdicts(group), strict=True):
                answered(answer, problem=verdict)

    async def _verdicts(self, group: Sequence[Waiting]) -> list[Verdict]:
        """What came of each insert of a group. Whatever it is, nobody is left waiting."""
        try:
            return await insert_bulk(self._target, self._collection, [record for record, _ in group])
        except Exception as error:  # noqa: BLE001 - it is raised again where the callers wait
            return [refusal(error) for _ in group]
        except asyncio.CancelledError:
            for _, answer in (*group, *self._waiting):
                answered(answer, problem=Unavailable(INTERRUPTED))
            self._waiting.clear()
            raise
