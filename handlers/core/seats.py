"""Connections that one user may have open at once, in all processes together.

Each holds a seat in the user's record, and renews it; the seat of a process that died is free after a minute.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from handlers.core.clock import Clock, new_id
from handlers.core.collections import PLATFORM, SEATS
from handlers.core.errors import Duplicate, Stale, TooManyConnections, Unavailable
from handlers.core.patience import Patience
from handlers.core.ports import Documents, Insert, Update

_MILLISECONDS = 60_000
_RENEWAL_SECONDS = 20.0
_TRIES = 32

Taken = dict[str, int]


class Seats:
    """So many of one kind of connection for each user. While the store is silent, each process counts its own."""

    def __init__(self, kind: str, most: int, clock: Clock, patience: Patience, documents: Documents | None) -> None:
        self._kind = kind
        self._most = most
        self._clock = clock
        self._patience = patience
        self._documents = documents
        self._here: Counter[str] = Counter()

    @asynccontextmanager
    async def taken(self, user: str) -> AsyncIterator[None]:
        """Hold a seat; refuses when none is free."""
        if self._here[user] >= self._most:
            raise TooManyConnections(self._most, retry_after=_MILLISECONDS // 1000)
        self._here[user] += 1
        try:
            if self._documents is None:
                yield
            else:
                async with self._shared(self._documents, user):
                    yield
        finally:
            self._here[user] -= 1
            if not self._here[user]:
                del self._here[user]

    @asynccontextmanager
    async def _shared(self, documents: Documents, user: str) -> AsyncIterator[None]:
        seat = new_id("seat", self._clock())
        with suppress(Unavailable):
            await self._change(documents, user, lambda taken: self._sit(taken, seat))
        renewing = asyncio.ensure_future(self._renew(documents, user, seat))
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(Unavailable):
                await self._change(documents, user, lambda taken: _without(taken, seat))

    def _sit(self, taken: Taken, seat: str) -> Taken:
        if len(taken) >= self._most:
            raise TooManyConnections(self._most, retry_after=_MILLISECONDS // 1000)
        return self._keep(taken, seat)

    def _keep(self, taken: Taken, seat: str) -> Taken:
        return {**taken, seat: self._clock() + _MILLISECONDS}

    async def _renew(self, documents: Documents, user: str, seat: str) -> None:
        while True:
            await asyncio.sleep(_RENEWAL_SECONDS)
            with suppress(Unavailable):
                await self._change(documents, user, lambda taken: self._keep(taken, seat))

    async def _change(self, documents: Documents, user: str, decide: Callable[[Taken], Taken]) -> None:
        await self._patience.ask(lambda: self._changed(documents, f"{self._kind}:{user}", decide))

    async def _changed(self, documents: Documents, name: str, decide: Callable[[Taken], Taken]) -> None:
        for _ in range(_TRIES):
            held = await documents.get(SEATS, PLATFORM, name)
            now = self._clock()
            living = {seat: until for seat, until in (held["taken"] if held else {}).items() if until > now}
            taken = decide(living)
            record = {"taken": taken, "until": max(taken.values(), default=now)}
            try:
                if held is None:
                    await documents.write(Insert(SEATS, PLATFORM, {"id": name, "version": 1, **record}))
                else:
                    present, version = {"version": held["version"]}, {"version": held["version"] + 1}
                    await documents.write(Update(SEATS, PLATFORM, name, present, {**record, **version}))
            except (Duplicate, Stale):
                continue
            return
        raise Unavailable("Too many connections of one user at once")


def _without(taken: Taken, seat: str) -> Taken:
    return {other: until for other, until in taken.items() if other != seat}
