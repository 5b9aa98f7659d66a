"""How long a task, or a command, is expected to take."""

from handlers.core.clock import Clock
from handlers.core.collections import TASKS
from handlers.core.ports import Collection, Document, Documents, Query

DEFAULT_TIMEOUT_SECONDS = 3600
_SAMPLE = 20
_FRESH_MILLISECONDS = 60_000
_CACHE_SIZE = 1000


class Estimates:
    """The mean of the last completed tasks of a type; looked up at most once a minute per type.

    Of other items than tasks, `collection` and the field of their `status`.
    """

    def __init__(
        self, documents: Documents, clock: Clock, collection: Collection = TASKS, status: str = "state"
    ) -> None:
        self._documents = documents
        self._collection = collection
        self._status = status
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[int, int | None]] = {}

    async def of(self, tenant: str, kind: str, timeout_seconds: int) -> int:
        """Seconds; where no task of this type was completed yet, the task's timeout."""
        now = self._clock()
        known = self._known.get((tenant, kind))
        if known is None or known[0] <= now:
            known = now + _FRESH_MILLISECONDS, await self._mean(tenant, kind)
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            self._known[tenant, kind] = known
        return timeout_seconds if known[1] is None else min(known[1], timeout_seconds)

    async def _mean(self, tenant: str, kind: str) -> int | None:
        query = Query(self._collection, tenant, "created_at", {self._status: "completed", "type": kind})
        done = await self._documents.page(query, _SAMPLE)
        return max(1, round(sum(map(_seconds, done)) / len(done))) if done else None


def _seconds(document: Document) -> float:
    begun = document.get("started_at", document["created_at"])
    return (document["completed_at"] - begun) / 1000
