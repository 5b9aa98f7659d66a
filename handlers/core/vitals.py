"""How the whole server fares: since when it is up, what it has answered, and how fast, over all of its processes.

A process that shares its store says so there every few seconds; one that says nothing any more does not count.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import PLATFORM, VITALS
from handlers.core.ending import ended
from handlers.core.errors import Duplicate, Refusal, Stale
from handlers.core.ports import Delete, Document, Documents, Insert, Query, Update

_PAUSE_SECONDS = 5.0
_KEPT_MILLISECONDS = 20_000
_MOST = 1_000
Totals = Callable[[], tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Vital:
    """Since when the oldest process is up, the requests that all have answered, and the mean time of one."""

    uptime_seconds: int
    requests: int
    average_milliseconds: float


@dataclass(frozen=True, slots=True)
class Server:
    """One process that serves."""

    id: str
    host: str
    release: str
    started_at: Moment
    last_seen: Moment


class Vitals:
    """The figures of this process, and those of the others. `totals` are how many requests took how many seconds.

    `host` and `release` say where it runs, and what.
    """

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        totals: Totals,
        *,
        is_shared: bool = False,
        host: str = "localhost",
        release: str = "0",
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._totals = totals
        self._is_shared = is_shared
        self._host = host
        self._release = release
        self._me = new_id("srv", clock())
        self._started_at: Moment = clock()
        self._telling: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Count from now on, and tell the others."""
        self._started_at = self._clock()
        if self._is_shared:
            await self._documents.write(Insert(VITALS, PLATFORM, self._record()))
            self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Be counted no more."""
        if self._telling is not None:
            await ended(self._telling)
            with suppress(Stale, Refusal):
                await self._documents.write(Delete(VITALS, PLATFORM, self._me))

    async def read(self) -> Vital:
        """How the server fares now."""
        return self._vital(await self._all())

    def own(self) -> Vital:
        """How this process fares, whoever else may answer."""
        return self._vital([self._record()])

    def _vital(self, found: list[Document]) -> Vital:
        requests = sum(record["requests"] for record in found)
        seconds = sum(record["seconds"] for record in found)
        oldest = min(record["started_at"] for record in found)
        average = round(seconds * 1000 / requests, 3) if requests else 0.0
        return Vital((self._clock() - oldest) // 1000, requests, average)

    async def roll_call(self) -> tuple[Vital, list[Server]]:
        """How the server fares now, and the processes that serve, the oldest first."""
        found = await self._all()
        return self._vital(found), sorted(map(_server, found), key=lambda server: (server.started_at, server.id))

    async def _all(self) -> list[Document]:
        """What this process says of itself, and what the others have said."""
        if not self._is_shared:
            return [self._record()]
        said = await self._documents.page(Query(VITALS, PLATFORM, "started_at", descending=False), _MOST)
        return [self._record(), *(record for record in said if record["id"] != self._me)]

    def _record(self) -> Document:
        requests, seconds = self._totals()
        return {
            "id": self._me,
            "host": self._host,
            "release": self._release,
            "started_at": self._started_at,
            "requests": requests,
            "seconds": seconds,
            "expires_at": self._clock() + _KEPT_MILLISECONDS,
        }

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            with suppress(Refusal):
                await self._write()

    async def _write(self) -> None:
        record = self._record()
        try:
            given = {name: value for name, value in record.items() if name != "id"}
            await self._documents.write(Update(VITALS, PLATFORM, self._me, {}, given))
        except Stale:  # it was counted as dead, because the store was away for long
            with suppress(Duplicate):
                await self._documents.write(Insert(VITALS, PLATFORM, record))


def _server(record: Document) -> Server:
    last_seen = record["expires_at"] - _KEPT_MILLISECONDS
    known = {name: record.get(name, "") for name in ("host", "release")}  # a process of an older release says neither
    return Server(record["id"], started_at=record["started_at"], last_seen=last_seen, **known)
