"""Counters of requests that several processes share: one document per caller and window in an expiring collection.

A process leases some of the requests that are left, by compare-and-set, and counts them down by itself; so all of them
together never admit more than there are. What a process leased and did not use ends with the window.
"""

from dataclasses import dataclass

from handlers.core.clock import Clock
from handlers.core.collections import COUNTERS, PLATFORM
from handlers.core.errors import Duplicate, Stale, Unavailable
from handlers.core.patience import Patience
from handlers.core.ports import Document, Documents, Insert, Update

# Up to this many requests a window are counted one by one; of more, a part of what is left is leased at once.
_SMALL = 20
_PART = 10
_TRIES = 32


@dataclass(frozen=True, slots=True)
class Lease:
    """So many requests that this process may admit until then; none when all are given away."""

    requests: int
    until: int


class Counters:
    """The shared counters."""

    def __init__(self, documents: Documents, clock: Clock, patience: Patience) -> None:
        self._documents = documents
        self._clock = clock
        self._patience = patience

    async def lease(self, name: str, requests: int, milliseconds: int, wanted: int) -> Lease:
        """Some of the `requests` of a window, `wanted` at least if there are so many; refuses when nobody can tell."""
        return await self._patience.ask(lambda: self._lease(name, requests, milliseconds, wanted))

    async def _lease(self, name: str, requests: int, milliseconds: int, wanted: int) -> Lease:
        for _ in range(_TRIES):
            held = await self._documents.get(COUNTERS, PLATFORM, name)
            try:
                if held is None:
                    return await self._begin(name, requests, self._clock() + milliseconds, wanted)
                return await self._take(held, requests, wanted)
            except (Duplicate, Stale):
                continue
        raise Unavailable("Too many processes count one caller at once")

    async def _begin(self, name: str, requests: int, until: int, wanted: int) -> Lease:
        given = _part(requests, requests, wanted)
        await self._documents.write(Insert(COUNTERS, PLATFORM, {"id": name, "given": given, "until": until}))
        return Lease(given, until)

    async def _take(self, held: Document, requests: int, wanted: int) -> Lease:
        given = _part(requests, requests - held["given"], wanted)
        if given:
            present = {"given": held["given"], "until": held["until"]}
            changed = {"given": held["given"] + given}
            await self._documents.write(Update(COUNTERS, PLATFORM, held["id"], present, changed))
        return Lease(given, held["until"])


def _part(requests: int, left: int, wanted: int) -> int:
    share = wanted if requests <= _SMALL else max(wanted, left // _PART)
    return max(0, min(left, share))
