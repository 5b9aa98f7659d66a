"""Summing up: the frames of one device and hour become its rollups, when the time engine says so.

They are counted anew from the frames, under names that follow from what they are of; so it may be done twice, by two
workers at once, or after a death in the middle. Only where frames have ended meanwhile that were counted, what has come
since is added. A rollup changes under its version: who was slow changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from handlers.core.clock import Clock, Moment
from handlers.core.collections import FRAMES, ROLLUP_STARTS, ROLLUPS, UNROLLED
from handlers.core.errors import Stale
from handlers.core.intake import DAY
from handlers.core.ports import Document, Documents, Position, Query, Update
from handlers.core.records import forget
from handlers.core.retention import Retention
from handlers.core.rollups import FINE, HOUR, MINUTE, MOST_NAMES, SPANS, Rollup, beginning, rollup

_PAGE = 1_000
# What ends while it is being read is not counted upon.
_ENDING = 2 * MINUTE
# Reading leaves time to write within a claim, and adding leaves others a turn after so many frames.
_READING_SECONDS = 45.0
_TURN = 16
Place = tuple[str, Moment]
Say = Callable[..., None]


class Rolling:
    """Makes rollups. An hour of a device that has too many frames to be read in time, or too many names, has none.

    Such an hour stays open, and is tried again when it is twice as old, or a day later: the store may have been slow.
    """

    def __init__(
        self, documents: Documents, retention: Retention, clock: Clock, say: Say, *, seconds: float = _READING_SECONDS
    ) -> None:
        self._documents = documents
        self._retention = retention
        self._clock = clock
        self._say = say
        self._seconds = seconds

    async def act(self, record: Document) -> Moment | None:
        """Sum up an hour that is open; return None when its rollups are what its frames have become."""
        tenant, device, hour = record["tenant"], record["device"], record["at"]
        known = await self._known(tenant, device, hour)
        sums = await self._summed_in_time(tenant, device, hour, known)
        if sums is None:
            self._say("hour_not_summed", device=device, hour=hour)
            return self._clock() + min(self._clock() - hour, DAY)
        changed = [place for place, one in sums.items() if one.numbers and one != _rollup_of(known.get(place))]
        days = (await self._retention.of(tenant)).rollup_days
        done = [_kept(device, place, sums[place], known.get(place), days) for place in changed]
        return None if await self._put(tenant, done) else self._clock()

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some of what there is of a tenant that is no more; return how much was found."""
        queries = (
            Query(ROLLUPS, tenant, "at", {"span": tuple(SPANS)}),
            Query(UNROLLED, tenant, "at"),
            Query(ROLLUP_STARTS, tenant, "since"),
        )
        return sum([await forget(self._documents, query, most) for query in queries])

    async def _known(self, tenant: str, device: str, hour: Moment) -> dict[Place, Document]:
        """The rollups of an hour as they are."""
        where = {"span": tuple(SPANS), "device": device}
        query = Query(ROLLUPS, tenant, "at", where, since=hour, until=hour + HOUR)
        return {(found["span"], found["at"]): found for found in await self._documents.page(query, HOUR // FINE + 1)}

    async def _summed_in_time(
        self, tenant: str, device: str, hour: Moment, known: dict[Place, Document]
    ) -> dict[Place, Rollup] | None:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._summed(tenant, device, hour, known)
        except TimeoutError:
            return None

    async def _summed(
        self, tenant: str, device: str, hour: Moment, known: dict[Place, Document]
    ) -> dict[Place, Rollup] | None:
        """The rollups of an hour as they have to be; None: they would have too many names."""
        places = [("1h", hour), *(("5m", at) for at in range(hour, hour + HOUR, FINE))]
        sums = {place: self._base(known.get(place)) for place in places}
        counted = {place: one.through for place, one in sums.items()}
        async for frame in self._frames(tenant, device, hour):
            for place in ("1h", hour), ("5m", beginning(frame["at"], FINE)):
                if frame["received_at"] > counted[place]:
                    sums[place].add(frame)
                if len(sums[place].numbers) > MOST_NAMES:
                    return None
        return sums

    def _base(self, known: Document | None) -> Rollup:
        """What frames are added to: nothing, unless some that were counted are gone."""
        if known is None or known["whole_until"] > self._clock() + _ENDING:
            return Rollup()
        return Rollup.of(known)

    async def _frames(self, tenant: str, device: str, hour: Moment) -> AsyncIterator[Document]:
        query = Query(FRAMES, tenant, "at", {"device": device}, descending=False, since=hour, until=hour + HOUR)
        after = None
        while True:
            page = await self._documents.page(query, _PAGE, after=after)
            for number, frame in enumerate(page, 1):
                yield frame
                if number % _TURN == 0:
                    await asyncio.sleep(0)
            if len(page) < _PAGE:
                return
            after = Position(page[-1]["at"], page[-1]["id"])

    async def _put(self, tenant: str, done: Sequence[Document]) -> bool:
        """Write rollups down; return whether all of them were still as they were read."""
        new = [document for document in done if document["version"] == 1]
        verdicts = await self._documents.insert_many(ROLLUPS, tenant, new) if new else []
        changed = [document for document in done if document["version"] > 1]
        replaced = await asyncio.gather(*(self._replace(tenant, document) for document in changed))
        return not any(verdicts) and all(replaced)

    async def _replace(self, tenant: str, document: Document) -> bool:
        given = {name: value for name, value in document.items() if name != "id"}
        expected = {"version": document["version"] - 1}
        try:
            await self._documents.write(Update(ROLLUPS, tenant, document["id"], expected, given))
        except Stale:
            return False
        return True


def _rollup_of(known: Document | None) -> Rollup | None:
    return None if known is None else Rollup.of(known)


def _kept(device: str, place: Place, one: Rollup, known: Document | None, days: int) -> Document:
    """A rollup as it is to be kept: those of an hour longer than their frames, and none shorter than it was."""
    span, at = place
    end = one.frames_until if span == "5m" else max(one.frames_until, one.through + days * DAY)
    if known is None:
        return rollup(span, device, at, one.content(), end, 1)
    return rollup(span, device, at, one.content(), max(end, known["expires_at"]), known["version"] + 1)
