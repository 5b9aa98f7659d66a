"""Who did what, when, from where, and what came of it. Entries are added and expire; nobody changes or removes one.

What changes something, what is denied and who logs in is written before it is answered. Reads are counted together
(`tallies.py`) and written a moment later. An entry of a change is never lost to a store that is away: it waits here,
and when too many wait, changes are refused before they are made.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from handlers.core.audit_entries import Entry, Recorded, kept, marks
from handlers.core.clock import Clock
from handlers.core.collections import AUDIT, DEFAULT_TENANT
from handlers.core.credentials import is_key_id
from handlers.core.errors import Unavailable
from handlers.core.ports import Document, Documents, Position, Query
from handlers.core.principals import Principal

_DAY = 24 * 3600 * 1000
_PATIENCE_SECONDS = 2.0
_RETRY_SECONDS = 1.0
_MOST_WAITING = 10_000
_BULK = 500

Say = Callable[..., None]


@dataclass(frozen=True)
class Sought:
    """Which entries a list shows: those that agree with all that is given. `actor` is a user or an API key."""

    event_type: str | None = None
    actor: str | None = None
    outcome: str | None = None
    resource: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass
class AuditFigures:
    """Numbers for the metrics: entries written, reads that nobody could write down, denials likewise, and waiting."""

    written: int = 0
    dropped_reads: int = 0
    dropped_denials: int = 0
    waiting: int = 0


@dataclass(slots=True)
class _Fresh:
    """An entry on its way to the store, and whoever waits until it is there."""

    tenant: str
    document: Document
    is_change: bool
    safe: asyncio.Future[None]


class Audit:
    """The audit log of every tenant. What nobody's tenant is asked for belongs to the default one."""

    def __init__(self, documents: Documents, clock: Clock, *, days: int, say: Say) -> None:
        self._documents = documents
        self._clock = clock
        self.lifetime = days * _DAY
        self._say = say
        self._waiting: dict[str, tuple[str, Document]] = {}
        self._fresh: list[_Fresh] = []
        self._writing: asyncio.Task[None] | None = None
        self._retrying: asyncio.Task[None] | None = None
        self.figures = AuditFigures()

    def check(self) -> None:
        """Refuse a change whose entry there would be no room for."""
        if len(self._waiting) >= _MOST_WAITING:
            raise Unavailable("The audit log cannot be written")

    async def record(self, entry: Entry) -> None:
        """Write an entry, and return when it is safe, or is waiting for the store to come back."""
        now = self._clock()
        tenant, document = kept(entry, now, now + self.lifetime)
        fresh = _Fresh(tenant, document, entry.is_change, asyncio.get_running_loop().create_future())
        if self._waiting:
            self._set_aside(fresh)
            return
        self._fresh.append(fresh)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_fresh())
        await fresh.safe

    async def attempt(self, telling: Awaitable[None]) -> None:
        """Have something told that changes nothing; a defect in that is no reason to keep its answer back."""
        try:
            await telling
        except Exception as problem:  # noqa: BLE001 - a defect of ours: the refusal stands, told or not
            self._say("audit_failed", problem=repr(problem))

    async def write_all(self, entries: Sequence[tuple[str, Document]]) -> None:
        """Write many entries, each in its tenant; what was written before is passed over."""
        by_tenant: defaultdict[str, list[Document]] = defaultdict(list)
        for tenant, document in entries:
            by_tenant[tenant].append(document)
        await asyncio.gather(*(self._documents.insert_many(AUDIT, *group) for group in by_tenant.items()))
        self.figures.written += len(entries)

    async def page(
        self, who: Principal, sought: Sought, limit: int, *, offset: int = 0, after: Position | None = None
    ) -> list[Recorded]:
        """One page of the caller's tenant's entries, the newest first."""
        found = await self._documents.page(_query(who, sought), limit, offset=offset, after=after)
        return [Recorded.of(document) for document in found]

    async def count(self, who: Principal, sought: Sought) -> int:
        """How many entries a list has in all."""
        return await self._documents.count(_query(who, sought))

    async def close(self) -> None:
        """Write what waits. What cannot be written even now is told in full, so that it stands in the log at least."""
        if self._writing is not None:
            await self._writing
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
        try:
            await self._write_waiting()
        except Exception:  # noqa: BLE001 - whatever it is, this is the last chance
            for tenant, document in self._waiting.values():
                self._say("audit_unwritten", tenant=tenant, entry=document)

    async def _write_fresh(self) -> None:
        """Write what has come since the last time, together, until nothing more comes."""
        while self._fresh:
            batch, self._fresh = self._fresh[:_BULK], self._fresh[_BULK:]
            if not await self._written(batch):
                for fresh in batch:
                    self._set_aside(fresh)
            for fresh in batch:
                if not fresh.safe.done():  # who has left waits no more
                    fresh.safe.set_result(None)

    async def _written(self, batch: Sequence[_Fresh]) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self.write_all([(fresh.tenant, fresh.document) for fresh in batch])
        except (Unavailable, TimeoutError):
            return False
        except Exception as problem:  # noqa: BLE001 - a defect of ours: what is told was done, and the log has it
            for fresh in batch:
                self._say("audit_failed", problem=repr(problem), tenant=fresh.tenant, entry=fresh.document)
        return True

    def _set_aside(self, fresh: _Fresh) -> None:
        """Keep what cannot be written now; of denials only so many, so that there is room for changes."""
        if fresh.is_change or len(self._waiting) < _MOST_WAITING // 2:
            self._keep(fresh.tenant, fresh.document)
        else:
            self.figures.dropped_denials += 1
            self._say("audit_dropped", what="denial", operation=fresh.document["operation"])

    def _keep(self, tenant: str, document: Document) -> None:
        """Have an entry written later. One that was written after all has its identifier taken, and is not doubled."""
        if not self._waiting:
            self._say("audit_waits", operation=document["operation"])
        self._waiting[document["id"]] = tenant, document
        self.figures.waiting = len(self._waiting)
        if self._retrying is None or self._retrying.done():
            self._retrying = asyncio.create_task(self._retry())

    async def _retry(self) -> None:
        while self._waiting:
            await asyncio.sleep(_RETRY_SECONDS)
            try:
                await self._write_waiting()
            except Unavailable:
                continue
            except Exception as problem:  # noqa: BLE001 - a defect of ours must not end the trying
                self._say("audit_failed", problem=repr(problem))

    async def _write_waiting(self) -> None:
        while self._waiting:
            bite = list(islice(self._waiting.items(), _BULK))
            await self.write_all([entry for _, entry in bite])
            for name, _ in bite:
                self._waiting.pop(name, None)
            self.figures.waiting = len(self._waiting)


def _query(who: Principal, sought: Sought) -> Query:
    user, key = (None, sought.actor) if is_key_id(sought.actor or "") else (sought.actor, None)
    given = {"event_type": sought.event_type, "user": user}
    where = {name: value for name, value in given.items() if value is not None}
    tenant = who.tenant or DEFAULT_TENANT
    labels = tuple(marks(sought.outcome, sought.resource, key))
    return Query(AUDIT, tenant, "created_at", where, labels, since=sought.since, until=sought.until)
