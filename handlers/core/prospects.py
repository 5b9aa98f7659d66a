"""Whether something waits for an agent, answered with each heartbeat: mostly without a word to the store.

A process remembers which queues are empty, and forgets it of those in which the log says that work has been placed. So
only those whose queues are not known to be empty cost a read; the answer may be late by as much as the log is.
"""

from collections.abc import Callable

from handlers.core.events import EventLog, Logged
from handlers.core.hearing import Hearing
from handlers.core.relevance import is_placed
from handlers.core.taking import Taking
from handlers.core.work import queue_of

_MOST = 100_000
Key = tuple[str, str]


class _Placed:
    """Events that tell of work that may be taken from now on."""

    @property
    def subjects(self) -> frozenset[str] | None:
        """Of any name."""
        return None

    @property
    def passing(self) -> frozenset[str] | None:
        """None of those that take no place in the log: work has one."""
        return frozenset()

    def admits(self, logged: Logged) -> bool:
        """Whether somebody may take it."""
        return is_placed(logged.event)


class Prospects:
    """What one process knows of queues."""

    def __init__(self, taking: Taking, log: EventLog, say: Callable[..., None]) -> None:
        self._taking = taking
        self._empty: dict[Key, object] = {}
        self._hearing = Hearing(log, _Placed(), self._take, self._empty.clear, say)

    def begin(self) -> None:
        """Hear of work from now on."""
        self._hearing.begin()

    async def close(self) -> None:
        """Hear no more."""
        await self._hearing.close()

    async def has_work(self, tenant: str, agent: str, capabilities: tuple[str, ...]) -> bool:
        """Whether there is something to take for an agent that can do this."""
        queues = (agent, *(queue_of(None, name) for name in capabilities))
        unknown = tuple(queue for queue in queues if self._empty.get((tenant, queue)) is not True)
        return bool(unknown) and await self._look(tenant, unknown)

    async def _look(self, tenant: str, queues: tuple[str, ...]) -> bool:
        """Ask the store. What is placed meanwhile takes our mark away, and then nothing is known of that queue."""
        mark, keys = object(), [(tenant, queue) for queue in queues]
        if len(self._empty) > _MOST:
            self._empty.clear()
        self._empty |= dict.fromkeys(keys, mark)
        found = await self._taking.waits(tenant, queues)
        for key in keys:
            if self._empty.get(key) is not mark:
                continue
            if found:
                del self._empty[key]
            else:
                self._empty[key] = True
        return found

    def _take(self, entry: Logged) -> None:
        self._empty.pop((entry.event.tenant, entry.event.data.get("queue", "")), None)
