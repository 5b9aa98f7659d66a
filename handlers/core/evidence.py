"""What the stored frames say for or against an alert. They are the truth, whichever worker has taken them in."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.alerting import Reading
from handlers.core.clock import Moment
from handlers.core.collections import FRAMES
from handlers.core.devices import Devices
from handlers.core.errors import NotFound
from handlers.core.frames import tags_of
from handlers.core.ports import Document, Documents, Position, Query
from handlers.core.rulebook import Guard
from handlers.core.scanning import scan

# Of a device's frames so many are looked at at a time: for one that has the metric, or for a break.
_LOOKED_THROUGH = 10_000
_NEWEST = 20
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value that a rule is about; `is_known` unless too many other frames lie before it."""

    reading: Reading | None
    is_known: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Frames among which is no break, from the newest to the oldest; and the values for which a condition holds there.

    There is no value where none of them has one.
    """

    newest: Position | None = None
    oldest: Position | None = None
    last: Reading | None = None
    first: Reading | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Held":
        """As it was stored."""
        kinds = {"newest": Position, "oldest": Position, "last": Reading, "first": Reading}
        return cls(**{name: kind(**document[name]) for name, kind in kinds.items() if document.get(name)})

    def reaches(self, frame: Document) -> bool:
        """Whether a frame is not newer than these."""
        return (frame["at"], frame["id"]) <= (self.newest.value, self.newest.id)

    def back_to(self, frame: Document, guard: Guard) -> "Held":
        """These and the next older one."""
        place = Position(frame["at"], frame["id"])
        value = None if guard.value_in(frame) is None else reading_of(frame, guard)
        return Held(self.newest or place, place, self.last or value, value or self.first)

    def joined(self, older: "Held") -> "Held":
        """These and those that come behind them."""
        return Held(self.newest or older.newest, older.oldest, self.last or older.last, older.first or self.first)


class Evidence:
    """Looks at the frames of one device, along their index."""

    def __init__(self, documents: Documents, devices: Devices) -> None:
        self._documents = documents
        self._devices = devices

    async def newest(self, tenant: str, device: str, guard: Guard) -> Newest:
        """The newest value of a device that a rule is about."""
        query = Query(FRAMES, tenant, "at", {"device": device})
        found = await self._documents.page(query, 1)
        if found and guard.value_in(found[0]) is not None:
            return Newest(reading_of(found[0], guard), is_known=True)
        scanned = await scan(self._documents, query, 1, None, _about(guard), most=_LOOKED_THROUGH)
        if scanned.found:
            return Newest(reading_of(scanned.found[0], guard), is_known=True)
        return Newest(None, is_known=scanned.behind is None)

    async def unbroken(
        self, tenant: str, device: str, guard: Guard, since: Moment, known: Held | None = None
    ) -> tuple[Held, bool]:
        """The frames, not older than a moment, for which a condition has held until now; and whether these are all.

        All frames from then on count, however many there are: any of them may be the break. Of very many some are
        looked at, and the next time, which is told what is known, no frame that was looked at is read again.
        """
        query, held, looked = Query(FRAMES, tenant, "at", {"device": device}, since=since), Held(), 0
        while page := await self._documents.page(query, _PAGE, after=held.oldest):
            for frame in page:
                if known is not None and known.reaches(frame):
                    held, known = held.joined(known), None
                    break
                if _is_break(frame, guard):
                    return held, True
                held = held.back_to(frame, guard)
            looked += len(page)
            if looked >= _LOOKED_THROUGH:
                return held, False
        return held, True

    async def heard_at(self, tenant: str, device: str, metric: str | None) -> Moment | None:
        """When a device was heard last, or a metric of it; what was measured longer ago than its newest is no news."""
        try:
            known = await self._devices.get(tenant, device)
        except NotFound:
            return None
        if metric is None:
            return known.last_seen
        query = Query(FRAMES, tenant, "at", {"device": device})
        pages = [self._documents.page(query, _NEWEST)]
        if metric in known.latest:
            at = known.latest[metric][0]
            pages.append(
                self._documents.page(Query(FRAMES, tenant, "at", query.where, since=at, until=at + 1), _NEWEST)
            )
        frames = [frame for page in await asyncio.gather(*pages) for frame in page]
        arrivals = [frame["received_at"] for frame in frames if has_metric(frame, metric)]
        return max(arrivals, default=None)


def has_metric(frame: Document, metric: str) -> bool:
    """Whether a frame has a metric, of whatever kind its value is."""
    return any(metric in frame.get(part, ()) for part in ("numbers", "others"))


def _is_break(frame: Document, guard: Guard) -> bool:
    value = guard.value_in(frame)
    return value is not None and not guard.condition.holds(value)


def reading_of(frame: Document, guard: Guard) -> Reading:
    """What a frame says that a rule is about."""
    return Reading(frame["numbers"][guard.rule.metric], frame["at"], frame["received_at"], tags_of(frame))


def _about(guard: Guard) -> Callable[[Document], bool]:
    """Whether a frame has a value that a rule is about."""
    return lambda frame: guard.value_in(frame) is not None
