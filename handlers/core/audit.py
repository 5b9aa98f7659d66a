"""Who did what, when, from where, and what came of it. Entries are added and expire; nobody changes or removes one.

What changes something, what is denied and who logs in is written before it is answered. Reads are counted together
(`tallies.py`) and written a moment later. An entry of a change is never lost to a store that is away: it waits here,
and when too many wait, changes are refused before they are made.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from handlers.core.audit_words import as_it_ended, outcome_of
from handlers.core.clock import Clock, new_id
from handlers.core.collections import AUDIT, DEFAULT_TENANT
from handlers.core.errors import Duplicate, Unavailable
from handlers.core.ports import Document, Documents, Insert, Position, Query
from handlers.core.principals import Principal

_DAY = 24 * 3600 * 1000
_PATIENCE_SECONDS = 2.0
_RETRY_SECONDS = 1.0
_MOST_WAITING = 10_000
_BULK = 500
_ADDRESS, _AGENT = 45, 256
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")

Say = Callable[..., None]


@dataclass(slots=True)
class Entry:
    """Something that somebody did, as the edge saw it. `noted` is what the rules add: `agent`, `details` and so on."""

    who: Principal
    event_type: str
    operation: str
    method: str
    status: int
    request_id: str
    peer: str = ""
    user_agent: str = ""
    resource: str | None = None
    is_change: bool = False
    noted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sought:
    """Which entries a list shows: those that agree with all that is given."""

    event_type: str | None = None
    user: str | None = None
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


class Audit:
    """The audit log of every tenant. What nobody's tenant is asked for belongs to the default one."""

    def __init__(self, documents: Documents, clock: Clock, *, days: int, say: Say) -> None:
        self._documents = documents
        self._clock = clock
        self._lifetime = days * _DAY
        self._say = say
        self._waiting: dict[str, tuple[str, Document]] = {}
        self._retrying: asyncio.Task[None] | None = None
        self.figures = AuditFigures()

    def check(self) -> None:
        """Refuse a change whose entry there would be no room for."""
        if len(self._waiting) >= _MOST_WAITING:
            raise Unavailable("The audit log cannot be written")

    async def record(self, entry: Entry) -> None:
        """Write an entry, and return when it is safe, or is waiting for the store to come back."""
        tenant, document = self.document(entry)
        if not self._waiting and await self._written(tenant, document):
            self.figures.written += 1
        elif entry.is_change or len(self._waiting) < _MOST_WAITING // 2:
            self._keep(tenant, document)
        else:
            self.figures.dropped_denials += 1
            self._say("audit_dropped", what="denial", operation=entry.operation)

    def document(self, entry: Entry, *, at: int | None = None, **more: Any) -> tuple[str, Document]:
        """An entry as it is kept, and the tenant to which it belongs."""
        now = self._clock() if at is None else at
        noted = dict(entry.noted)
        kept = {
            "id": new_id("audit", now),
            "created_at": now,
            "expires_at": now + self._lifetime,
            "event_type": as_it_ended(noted.pop("event_type", entry.event_type), entry.status),
            "outcome": outcome_of(entry.status),
            "user": noted.pop("user", None) or entry.who.id or None,
            "key": entry.who.key,
            "operation": entry.operation,
            "method": entry.method,
            "status": entry.status,
            "resource": identifier(noted.pop("resource", entry.resource)),
            "agent": identifier(noted.pop("agent", None)),
            "request_id": entry.request_id,
            "peer": entry.peer[:_ADDRESS] or None,
            "user_agent": entry.user_agent[:_AGENT] or None,
            "details": noted.pop("details", None),
            **more,
        }
        tenant = noted.pop("tenant", None) or entry.who.tenant or DEFAULT_TENANT
        kept["marks"] = _marks(kept["outcome"], kept["resource"])
        return tenant, {name: value for name, value in kept.items() if value is not None}

    async def write_all(self, entries: Sequence[tuple[str, Document]]) -> None:
        """Write many entries, each in its tenant; what was written before is passed over."""
        ordered = sorted(entries, key=lambda entry: entry[0])
        for tenant, group in groupby(ordered, key=lambda entry: entry[0]):
            documents = [document for _, document in group]
            await self._documents.insert_many(AUDIT, tenant, documents)
        self.figures.written += len(entries)

    async def page(
        self, who: Principal, sought: Sought, limit: int, *, offset: int = 0, after: Position | None = None
    ) -> list[Document]:
        """One page of the caller's tenant's entries, the newest first."""
        return await self._documents.page(_query(who, sought), limit, offset=offset, after=after)

    async def count(self, who: Principal, sought: Sought) -> int:
        """How many entries a list has in all."""
        return await self._documents.count(_query(who, sought))

    async def close(self) -> None:
        """Write what waits. What cannot be written even now is told in full, so that it stands in the log at least."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
        try:
            await self._write_waiting()
        except Exception:  # noqa: BLE001 - whatever it is, this is the last chance
            for tenant, document in self._waiting.values():
                self._say("audit_unwritten", tenant=tenant, entry=document)

    async def _written(self, tenant: str, document: Document) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._documents.write(Insert(AUDIT, tenant, document))
        except Duplicate:
            return True
        except (Unavailable, TimeoutError):
            return False
        except Exception as problem:  # noqa: BLE001 - a defect of ours: the request is done, and the log has the entry
            self._say("audit_failed", problem=repr(problem), tenant=tenant, entry=document)
        return True

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
            for identifier_, _ in bite:
                self._waiting.pop(identifier_, None)
            self.figures.waiting = len(self._waiting)


def identifier(value: str | None) -> str | None:
    """A value, if it has the form of an identifier: what was asked for otherwise is nothing that there is."""
    return value if value is not None and _IDENTIFIER.fullmatch(value) else None


def _marks(outcome: str, resource: str | None) -> list[str]:
    """What an entry is found by, beside its type and user."""
    return [f"outcome {outcome}", *([f"resource {resource}"] if resource else [])]


def _query(who: Principal, sought: Sought) -> Query:
    given = {"event_type": sought.event_type, "user": sought.user}
    where = {name: value for name, value in given.items() if value is not None}
    marks = [f"resource {sought.resource}"] if sought.resource else []
    marks += [f"outcome {sought.outcome}"] if sought.outcome else []
    tenant = who.tenant or DEFAULT_TENANT
    return Query(AUDIT, tenant, "created_at", where, tuple(marks), since=sought.since, until=sought.until)
