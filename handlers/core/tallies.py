"""Reads, counted together: what one caller reads in one way within a moment is one entry, with how often.

Nothing is sampled. Under a flood detail goes before count: when too many different things are read at once, the rest is
counted without saying what each was. What even so finds no room is counted as dropped, and said aloud.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from handlers.core.audit import Audit, Say
from handlers.core.audit_entries import Entry, kept
from handlers.core.clock import Clock
from handlers.core.errors import Unavailable
from handlers.core.ports import Document
from handlers.core.principals import Principal

WINDOW_SECONDS = 0.5
_MOST = 250
_MOST_COARSE = 250
_MOST_LATE = 2_000


class Read:
    """What is read: an operation of the contract, as the edge compiled it."""

    __slots__ = ("event_type", "method", "operation")

    def __init__(self, operation: str, method: str, event_type: str) -> None:
        self.operation = operation
        self.method = method
        self.event_type = event_type


class _Tally:
    """How often something was read since the first time in this moment."""

    __slots__ = ("at", "count", "entry")

    def __init__(self, entry: Entry, at: int) -> None:
        self.entry = entry
        self.at = at
        self.count = 1


class Tallies:
    """Gathers reads and writes them down, a moment's at once. Never waits, and never grows beyond its bounds."""

    def __init__(self, audit: Audit, clock: Clock, say: Say) -> None:
        self._audit = audit
        self._clock = clock
        self._say = say
        self._now: dict[tuple[Any, ...], _Tally] = {}
        self._late: list[tuple[str, Document]] = []
        self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def add(
        self,
        read: Read,
        who: Principal,
        values: Mapping[str, str] | None,
        status: int,
        peer: str,
        agent: bytes | None,
        request_id: str,
    ) -> None:
        """Count a read. `values` are the parameters of its path."""
        named = tuple(values.values()) if values else None
        key = (read, who.id, who.tenant, who.key, named, status, peer, agent)
        tally = self._now.get(key)
        if tally is not None:
            tally.count += 1
        elif len(self._now) < _MOST:
            self._now[key] = self._tally(read, who, named, status, peer, agent, request_id)
        else:
            self._add_coarsely(read, who, status, peer, request_id)

    async def close(self) -> None:
        """Write what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None:
            await self._writing
        await self._write()
        if self._timer is not None:
            self._timer.cancel()
        if self._late:
            self._drop(sum(_count(document) for _, document in self._late))
            self._tell_dropped()

    def _tally(
        self, read: Read, who: Principal, named: Any, status: int, peer: str, agent: bytes | None, request_id: str
    ) -> _Tally:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WINDOW_SECONDS, self._begin)
        entry = Entry(
            who, read.event_type, read.operation, read.method, status, request_id, peer,
            agent.decode("latin-1") if agent else "", named[-1] if named else None,
        )  # fmt: skip
        return _Tally(entry, self._clock())

    def _add_coarsely(self, read: Read, who: Principal, status: int, peer: str, request_id: str) -> None:
        key = (read, who.id, who.tenant, who.key, status, peer)
        tally = self._now.get(key)
        if tally is not None:
            tally.count += 1
        elif len(self._now) < _MOST + _MOST_COARSE:
            self._now[key] = self._tally(read, who, None, status, peer, None, request_id)
        else:
            self._drop(1)

    def _begin(self) -> None:
        """Write in a task of its own; while one writes, the next moment gets longer."""
        self._timer = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        else:
            self._timer = asyncio.get_running_loop().call_later(WINDOW_SECONDS, self._begin)

    async def _write(self) -> None:
        gathered, self._now = self._now, {}
        entries, self._late = [*self._late, *map(self._document, gathered.values())], []
        try:
            if entries:
                await self._audit.write_all(entries)
        except Unavailable:
            self._put_back(entries)
        except Exception as problem:  # noqa: BLE001 - a defect of ours must not stop the log, and is told
            self._drop(sum(_count(document) for _, document in entries))
            self._say("audit_failed", problem=repr(problem))
        self._tell_dropped()

    def _document(self, tally: _Tally) -> tuple[str, Document]:
        count = tally.count if tally.count > 1 else None
        return kept(tally.entry, tally.at, tally.at + self._audit.lifetime, count=count)

    def _put_back(self, entries: list[tuple[str, Document]]) -> None:
        """Keep for the next time what there is room for; the oldest stay."""
        self._late = entries[:_MOST_LATE]
        self._drop(sum(_count(document) for _, document in entries[_MOST_LATE:]))
        if self._timer is None and self._late:
            self._timer = asyncio.get_running_loop().call_later(WINDOW_SECONDS, self._begin)

    def _tell_dropped(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._say("audit_dropped", what="reads", count=dropped)

    def _drop(self, reads: int) -> None:
        self._dropped += reads
        self._audit.figures.dropped_reads += reads


def _count(document: Document) -> int:
    return document.get("count", 1)
