"""The alerts that are open, as one process knows them: enough to see in memory that a frame changes nothing.

What others open and end is heard from the log of events. What is known may be late, never harmful: before anything is
changed the store is asked.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from handlers.core.alerting import EVENT_TYPES, PENDING, RESOLVED, WATCHED
from handlers.core.clock import Clock, Moment
from handlers.core.collections import ALERTS
from handlers.core.events import EventFilter, EventLog, Logged
from handlers.core.hearing import Hearing
from handlers.core.ports import Document, Documents, Position, Query

_PAGE = 500
_NEVER = 2**63 - 1
# Devices are remembered as listened for, and values as looked at, up to so many.
_REMEMBERED = 200_000
# With each alert that is learned so many go, at most, that have ended: more than come, so that none are left.
_LET_GO = 4
_NOTHING: Mapping[str, "Open"] = {}


@dataclass(frozen=True, slots=True)
class Open:
    """An alert that keeps others of its rule and device from being raised, until a moment at the latest."""

    id: str
    status: str
    measured_at: Moment
    until: Moment
    version: int

    def follows(self, other: "Open") -> bool:
        """Whether it is what became of the other, or came after it."""
        return self.version > other.version if self.id == other.id else self.id > other.id


class OpenAlerts:
    """The open alerts of those tenants that were asked for."""

    def __init__(self, documents: Documents, log: EventLog, clock: Clock, say: Callable[..., None]) -> None:
        self._documents = documents
        wanted = EventFilter(frozenset(EVENT_TYPES.values()))
        self._hearing = Hearing(log, wanted, self._hear, self.forget, say)
        self._clock = clock
        self._tenants: dict[str, dict[str, dict[str, Open]]] = {}
        self._ending: list[tuple[Moment, str, str, str]] = []
        self._loaded: set[str] = set()
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._settled: dict[tuple[str, str, str], Moment] = {}
        self._listened: set[tuple[str, str, int, str]] = set()

    def begin(self) -> None:
        """Hear from now on what others do."""
        self._hearing.begin()

    async def close(self) -> None:
        """Hear no more."""
        await self._hearing.close()

    async def load(self, tenant: str) -> None:
        """Know a tenant's open alerts, if they are not known."""
        while tenant not in self._loaded:
            if tenant not in self._loading:
                self._loading[tenant] = asyncio.create_task(self._load(tenant))
            await asyncio.shield(self._loading[tenant])

    def of(self, tenant: str, device: str) -> Mapping[str, Open]:
        """What is open on a device, by rule."""
        return self._tenants.get(tenant, {}).get(device, _NOTHING)

    def is_open(self, tenant: str, device: str, rule: str) -> bool:
        """Whether nothing can be raised there now, as far as is known."""
        known = self.of(tenant, device).get(rule)
        return known is not None and self._clock() < known.until

    def learn(self, record: Document) -> None:
        """Know an alert as it is now."""
        self._let_go()
        tenant, device, rule = record["tenant"], record["device"], record["rule"]
        if tenant not in self._tenants or record["status"] == WATCHED:
            return
        known, new = self.of(tenant, device).get(rule), _open(record)
        if known is not None and self._clock() < known.until and not new.follows(known):
            return
        if new.until <= self._clock():
            self.drop(record)
        elif new != known:
            self._tenants[tenant].setdefault(device, {})[rule] = new
            if new.until != _NEVER:
                heappush(self._ending, (new.until, tenant, device, rule))

    def drop(self, record: Document) -> None:
        """Know that an alert stands in nobody's way any more."""
        known = self.of(record["tenant"], record["device"]).get(record["rule"])
        if known is not None and known.id <= record["id"]:
            self._remove(record["tenant"], record["device"], record["rule"])

    def settle(self, tenant: str, rule: str, device: str, at: Moment) -> None:
        """Remember that no value up to a moment is reason for an alert."""
        if len(self._settled) >= _REMEMBERED:
            self._settled.clear()
        self._settled[tenant, rule, device] = at

    def is_settled(self, tenant: str, rule: str, device: str, at: Moment) -> bool:
        """Whether a value of that moment comes too late to be one."""
        return at < self._settled.get((tenant, rule, device), -_NEVER)

    def listens(self, tenant: str, rule: str, version: int, device: str) -> bool:
        """Whether it is known that a rule listens for a device."""
        return (tenant, rule, version, device) in self._listened

    def listen(self, tenant: str, rule: str, version: int, device: str) -> None:
        """Know that it does."""
        if len(self._listened) >= _REMEMBERED:
            self._listened.clear()
        self._listened.add((tenant, rule, version, device))

    def forget(self) -> None:
        """Know nothing, and read it again."""
        self._tenants.clear()
        self._ending.clear()
        self._loaded.clear()
        self._loading.clear()

    def _let_go(self) -> None:
        """Forget some of what stands in nobody's way any more: whoever has ended it has not said so to all."""
        now = self._clock()
        for _ in range(_LET_GO):
            if not self._ending or self._ending[0][0] > now:
                return
            _, tenant, device, rule = heappop(self._ending)
            known = self.of(tenant, device).get(rule)
            if known is not None and known.until <= now:
                self._remove(tenant, device, rule)

    def _remove(self, tenant: str, device: str, rule: str) -> None:
        held = self._tenants[tenant][device]
        del held[rule]
        if not held:
            del self._tenants[tenant][device]

    async def _load(self, tenant: str) -> None:
        me, after = asyncio.current_task(), None
        self._tenants[tenant] = {}  # what is heard from here on counts, whether the store is read before or after it
        try:
            query = Query(ALERTS, tenant, "opened_at")
            while page := await self._documents.page(query, _PAGE, after=after):
                for record in page:
                    self.learn(record)
                after = Position(page[-1]["opened_at"], page[-1]["id"])
            if self._loading.get(tenant) is me:
                self._loaded.add(tenant)
        finally:
            if self._loading.get(tenant) is me:
                del self._loading[tenant]

    def _hear(self, entry: Logged) -> None:
        self.learn({**entry.event.data, "tenant": entry.event.tenant})


def _open(record: Mapping[str, Any]) -> Open:
    status = record["status"]
    until = {PENDING: "due_at", RESOLVED: "cool_until"}.get(status)
    measured_at = record["since"] if status == PENDING else record["measured_at"]
    return Open(record["id"], status, measured_at, _NEVER if until is None else record[until], record["version"])
