"""Devices: whoever has sent a frame or a line of a log, and the last value of each of their metrics.

A device is written down before its first item is answered. What comes after is gathered and written later, each device
at most once at a time, so that telemetry costs no second write; whoever reads a device gets besides what is gathered
here and what its newest frames and lines of logs say, and so misses nothing when a process has died or another one has
gathered.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.core.clock import Clock, Moment
from handlers.core.collections import DEVICES, FRAMES, LOG_LINES
from handlers.core.collector import Unready
from handlers.core.errors import Duplicate, NotFound, Stale, Unavailable
from handlers.core.frames import tags_of
from handlers.core.groups import in_groups
from handlers.core.ports import Collection, Document, Documents, Insert, Position, Query, Update
from handlers.core.scanning import Scanned, scan
from handlers.core.sightings import Sighting, sighted

SILENT = 5 * 60 * 1000
_PAUSE_SECONDS = 1.0
_SHARE = 4  # of its time, writing may take one part in so many and one
_AT_ONCE = 10  # so that nobody who sends waits for many
_KNOWN = 100_000
_GATHERED = 50_000
_NEWEST = 20
Say = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of a device; each value with when it was measured."""

    id: str
    first_seen: Moment
    last_seen: Moment
    tags: dict[str, str]
    latest: dict[str, tuple[Moment, Any]]
    is_online: bool


class Devices:
    """The devices of all tenants. A record lasts as long as the last of its items."""

    def __init__(self, documents: Documents, clock: Clock, say: Say) -> None:
        self._documents = documents
        self._clock = clock
        self._say = say
        self._known: set[tuple[str, str]] = set()
        self._gathered: dict[tuple[str, str], Sighting] = {}
        self._writing: asyncio.Task[None] | None = None
        self._ends = asyncio.Event()

    async def see(self, collection: Collection, tenant: str, documents: Sequence[Document]) -> Unready:
        """Gather what new items say of their devices; return when each of those is written down."""
        if collection not in (FRAMES, LOG_LINES):
            return {}
        sent: dict[str, list[Document]] = {}
        for one in documents:
            sent.setdefault(one["device"], []).append(one)
        seen = {device: self._gather((tenant, device), items) for device, items in sent.items()}
        fresh = {device: sighting for device, sighting in seen.items() if (tenant, device) not in self._known}
        if fresh:
            records = [sighting.record(device) for device, sighting in fresh.items()]
            with suppress(Unavailable):  # what was sent is stored, and says by itself that its device is there
                await self._documents.insert_many(DEVICES, tenant, records)
                self._remember(tenant, fresh)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_on())
        return {}

    async def get(self, tenant: str, identifier: str) -> Device:
        """A device, as its record, what is gathered and its newest frames and lines of logs say."""
        newest = [Query(kind, tenant, "at", {"device": identifier}) for kind in (FRAMES, LOG_LINES)]
        record, *pages = await asyncio.gather(
            self._documents.get(DEVICES, tenant, identifier),
            *(self._documents.page(query, _NEWEST) for query in newest),
        )
        told = [] if record is None else [Sighting.of(record)]
        told += [sighted([item]) for page in pages for item in page]
        told += [self._gathered[tenant, identifier]] if (tenant, identifier) in self._gathered else []
        if not told:
            raise NotFound("device", identifier)
        return self._device(identifier, Sighting.all_of(told))

    async def page(
        self, tenant: str, limit: int, after: str | None, *, online: bool | None, labels: tuple[str, ...]
    ) -> tuple[list[Device], str | None]:
        """Some devices by name, and the name behind which there may be more."""

        def wanted(record: Document) -> bool:
            device = self._present(tenant, record)
            return online in (None, device.is_online) and all(
                device.tags.get(name) == value for name, value in tags_of({"labels": labels}).items()
            )

        query = Query(DEVICES, tenant, "name", descending=False)
        position = None if after is None else Position(after, after)
        judged = wanted if online is not None or labels else None
        scanned: Scanned = await scan(self._documents, query, limit, position, judged)
        behind = None if scanned.behind is None else scanned.behind["id"]
        return [self._present(tenant, record) for record in scanned.found], behind

    async def close(self) -> None:
        """Write what is gathered."""
        self._ends.set()
        if self._writing is not None:
            await self._writing
        await self._write_all()

    def _present(self, tenant: str, record: Document) -> Device:
        sighting, gathered = Sighting.of(record), self._gathered.get((tenant, record["id"]))
        return self._device(record["id"], Sighting.all_of([sighting, gathered] if gathered else [sighting]))

    def _device(self, identifier: str, seen: Sighting) -> Device:
        tags = tags_of({"labels": seen.labels})
        is_online = seen.last_seen > self._clock() - SILENT
        return Device(identifier, seen.first_seen, seen.last_seen, tags, seen.latest, is_online)

    def _gather(self, place: tuple[str, str], items: Sequence[Document]) -> Sighting:
        held = self._gathered.get(place)
        if held is not None:
            held.take(items)
            return held
        if len(self._gathered) >= _GATHERED:
            self._gathered.pop(next(iter(self._gathered)))  # its newest frames and lines say the same
        self._gathered[place] = sighted(items)
        return self._gathered[place]

    def _remember(self, tenant: str, devices: Iterable[str]) -> None:
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known.update((tenant, device) for device in devices)

    async def _write_on(self) -> None:
        """Write what is gathered, again and again, and rest the longer the longer that takes."""
        loop = asyncio.get_running_loop()
        pause = _PAUSE_SECONDS
        while not self._ends.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), pause)
                return
            started = loop.time()
            await self._write_all()
            pause = max(_PAUSE_SECONDS, _SHARE * (loop.time() - started))

    async def _write_all(self) -> None:
        gathered, self._gathered = self._gathered, {}
        await in_groups((self._write(*one) for one in gathered.items()), _AT_ONCE)

    async def _write(self, place: tuple[str, str], sighting: Sighting) -> None:
        tenant, device = place
        try:
            await self._merge(tenant, device, sighting)
        except (Stale, Duplicate, Unavailable):
            self._put_back(place, sighting)
        except Exception as problem:  # noqa: BLE001 - a defect of ours, which is not to keep other devices waiting
            self._say("device_unwritten", problem=repr(problem), tenant=tenant, device=device)

    async def _merge(self, tenant: str, device: str, sighting: Sighting) -> None:
        record = await self._documents.get(DEVICES, tenant, device)
        if record is None:
            await self._documents.write(Insert(DEVICES, tenant, sighting.record(device)))
            return
        present = Sighting.of(record)
        merged = Sighting.all_of([present, sighting])
        if merged != present:
            given = {**merged.record(device), "version": record["version"] + 1}
            del given["id"]
            await self._documents.write(Update(DEVICES, tenant, device, {"version": record["version"]}, given))

    def _put_back(self, place: tuple[str, str], sighting: Sighting) -> None:
        newer = self._gathered.get(place)
        self._gathered[place] = sighting if newer is None else Sighting.all_of([sighting, newer])
