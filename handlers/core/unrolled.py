"""Which hours of which devices are not summed up, or no more: known before a frame is stored.

An hour has a record from before its first frame is there until its rollups are, and again from before a late one is. So
whoever finds no record may believe the rollups, and a crash at any place leaves nothing worse than a record in vain.
The record is due when nobody can still be writing a frame that was promised under it: who has seen a record may write
for `FENCE` milliseconds, and looks again before and after that. A record that is claimed is none to write under,
whatever the clock here says: its frames are being read.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from zlib import crc32

from handlers.core.claims import is_claimed
from handlers.core.clock import Clock, Moment
from handlers.core.collections import FRAMES, ROLLUP_STARTS, UNROLLED
from handlers.core.collector import Unready
from handlers.core.errors import Duplicate, Stale, Unavailable
from handlers.core.groups import in_groups
from handlers.core.intake import DAY
from handlers.core.ports import Collection, Document, Documents, Insert, Query, Update
from handlers.core.rollups import HOUR, MINUTE, beginning, unrolled

FENCE = MINUTE
# Not all devices' hours are due at once.
_SPREAD = 10 * MINUTE
# A server of a version without rollups may store frames for so long after the first that has them.
_UPGRADE = HOUR
_TRIES = 16
# Among so many there is one of before rollups, if there is any: what comes late and is older still is little.
_OLDEST = 100
_AT_ONCE = 50
_MOST_KNOWN = 200_000
EVER = -(2**62)
_START = "start"
# No setting keeps frames for less than a day, and of what is ahead of its time an hour is allowed for.
_LEAST_KEPT = DAY - HOUR

Place = tuple[str, str, Moment]


@dataclass(frozen=True, slots=True)
class Known:
    """From when on all hours without a record are summed up, and from when on every frame of an hour is still there."""

    since: Moment
    whole_since: Moment


class Unrolled:
    """The hours that are open in the store. `days` is how long frames of a time before rollups may be there."""

    def __init__(self, documents: Documents, clock: Clock, *, days: int) -> None:
        self._documents = documents
        self._clock = clock
        self._days = days
        self._open: dict[Place, Moment] = {}
        self._kept: dict[str, int] = {}

    async def note(self, collection: Collection, tenant: str, documents: Sequence[Document]) -> Unready:
        """Make sure that the hours of frames are open; to be called before they are stored, and after."""
        if collection is not FRAMES:
            return {}
        await self._begin(tenant, min(one["expires_at"] - one["at"] for one in documents))
        now = self._clock()
        hours = {(document["device"], document["at"] // HOUR) for document in documents}
        places = [(tenant, device, hour * HOUR) for device, hour in hours]
        unknown = [place for place in places if self._open.get(place, EVER) <= now]
        if unknown:
            await self._open_all(tenant, unknown, now)
        return {}

    async def _begin(self, tenant: str, kept: int) -> None:
        """Write down, before the first hour is, from when on all are known, and how long a frame outlives its time."""
        kept = max(beginning(kept, HOUR), _LEAST_KEPT)
        for _ in range(_TRIES):
            if self._kept.get(tenant, 2**62) <= kept:
                return
            with suppress(Stale, Duplicate):
                self._kept[tenant] = await self._started(tenant, kept)
        raise Unavailable("Too many change how long frames are kept at once")

    async def _started(self, tenant: str, kept: int) -> int:
        """Have a record of the beginning that says so, or something shorter; return what it says."""
        held = await self._documents.get(ROLLUP_STARTS, tenant, _START)
        if held is None:
            held = await self._documents.write(Insert(ROLLUP_STARTS, tenant, await self._start(tenant, kept)))
        elif held.get("kept") is None or held["kept"] > kept:
            change = Update(ROLLUP_STARTS, tenant, _START, {"kept": held.get("kept")}, {"kept": kept})
            held = await self._documents.write(change)
        return held["kept"]

    async def _start(self, tenant: str, kept: int) -> Document:
        now, found = self._clock(), await self._documents.page(Query(FRAMES, tenant, "at"), 1)
        since = beginning(now + _UPGRADE, HOUR) + HOUR if found else EVER
        return {"id": _START, "since": since, "ever_at": now + _UPGRADE + self._days * DAY, "kept": kept}

    async def _open_all(self, tenant: str, places: Sequence[Place], now: Moment) -> None:
        records = [unrolled(device, hour, due_at(device, hour, now)) for _, device, hour in places]
        verdicts = await self._documents.insert_many(UNROLLED, tenant, records)
        known = [place for place, verdict in zip(records, verdicts, strict=True) if verdict is not None]
        ends = {record["id"]: record["due_at"] for record in records}
        ends |= {record["id"]: end for record, end in zip(known, await self._held_open(tenant, known), strict=True)}
        self._make_room(now)
        for place, record in zip(places, records, strict=True):
            self._open[place] = ends[record["id"]] - FENCE

    async def _held_open(self, tenant: str, records: Sequence[Document]) -> list[Moment]:
        return await in_groups((self._hold_open(tenant, record) for record in records), _AT_ONCE)

    async def _hold_open(self, tenant: str, record: Document) -> Moment:
        """Keep an hour open that somebody has opened; return when it is due."""
        for _ in range(_TRIES):
            held = await self._documents.get(UNROLLED, tenant, record["id"])
            if held is not None and held["due_at"] - FENCE > self._clock() and not is_claimed(held, "due_at"):
                return held["due_at"]
            try:
                return await self._reopen(tenant, record, held)
            except (Stale, Duplicate):
                continue
        raise Unavailable("Too many write of one device and hour at once")

    async def _reopen(self, tenant: str, record: Document, held: Document | None) -> Moment:
        """Have an hour that is being summed up summed up once more."""
        moved = {"due_at": due_at(record["device"], record["at"], self._clock())}
        if held is None:
            await self._documents.write(Insert(UNROLLED, tenant, {**record, **moved}))
        else:
            expected = {"due_at": held["due_at"]}
            await self._documents.write(Update(UNROLLED, tenant, record["id"], expected, moved))
        return moved["due_at"]

    def _make_room(self, now: Moment) -> None:
        if len(self._open) >= _MOST_KNOWN:
            self._open = {place: until for place, until in self._open.items() if until > now}
        if len(self._open) >= _MOST_KNOWN:
            self._open.clear()


def due_at(device: str, hour: Moment, now: Moment) -> Moment:
    """When an hour of a device is to be summed up: some time after it has ended, and nobody writes any more."""
    return max(hour + HOUR, now) + crc32(device.encode()) % _SPREAD + 2 * FENCE


async def known(documents: Documents, tenant: str, now: Moment) -> Known | None:
    """What is known of a tenant's hours; None: nothing is."""
    record = await documents.get(ROLLUP_STARTS, tenant, _START)
    if record is None:
        return None
    is_over = record["ever_at"] <= now and not await _has_older(documents, tenant, record["since"])
    since = EVER if is_over else record["since"]
    # What ends while it is being read is not counted upon.
    whole_since = EVER if record.get("kept") is None else beginning(now - record["kept"], HOUR) + 2 * HOUR
    return Known(since, whole_since)


async def _has_older(documents: Documents, tenant: str, since: Moment) -> bool:
    """Whether frames of a time before rollups are still there: they may have been kept for longer than today's are."""
    if since == EVER:
        return False
    query = Query(FRAMES, tenant, "at", descending=False, until=since)
    return any(frame["received_at"] < since for frame in await documents.page(query, _OLDEST))


async def open_hours(
    documents: Documents, tenant: str, since: Moment, until: Moment, device: str | None
) -> list[Moment]:
    """The hours between two times in which some device's frames, or one device's, are not summed up."""
    where = {} if device is None else {"device": device}
    hours: list[Moment] = []
    start, size = beginning(since, HOUR), 500
    while True:
        query = Query(UNROLLED, tenant, "at", where, descending=False, since=start, until=until)
        page = await documents.page(query, size)
        hours += sorted({record["at"] for record in page})
        if len(page) < size:
            return hours
        start = hours[-1] + HOUR
