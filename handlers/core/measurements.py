"""Questions about what was measured between two times: frames as they came, or points that the store makes of them.

Points are made of rollups where these say the same as the frames, or more, when frames have ended.
"""

import asyncio
from dataclasses import dataclass, replace
from math import isfinite

from handlers.core.clock import Clock, Moment, system_clock
from handlers.core.collections import FRAMES, ROLLUPS
from handlers.core.coverage import Stretch, stretches
from handlers.core.errors import Unavailable, Unprocessable
from handlers.core.frames import Frame
from handlers.core.ports import Document, Documents, Query
from handlers.core.principals import Principal
from handlers.core.scanning import scan
from handlers.core.series import MOST_INTERVALS, MOST_POINTS, PERCENTILES, Point, Series, in_order
from handlers.core.unrolled import known, open_hours

# Where a value stands, and a value with how much it weighs in an average.
Place = tuple[int, str, str | None]
Weighed = tuple[float, float]
# Without an index of tags, frames are looked at one by one.
MOST_SIFTED = 20_000
# For all that a series is made of together.
_SECONDS = 5.0
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class Range:
    """From one moment up to another, of one device or all, of frames that have all of some labels."""

    since: Moment
    until: Moment
    device: str | None = None
    labels: tuple[str, ...] = ()

    def query(self, who: Principal, *, descending: bool = True) -> Query:
        """The frames of the range, its labels aside."""
        where = {} if self.device is None else {"device": self.device}
        return Query(FRAMES, who.tenant, "at", where, descending=descending, since=self.since, until=self.until)


def length_of(interval: str) -> int:
    """The milliseconds of `5m`."""
    return int(interval[:-1]) * _UNITS[interval[-1]]


def check_intervals(since: Moment, until: Moment, interval: int) -> None:
    """Refuse what would be cut into too many pieces."""
    if (until - since) > interval * MOST_INTERVALS:
        message = f"This range has more than {MOST_INTERVALS} such intervals: take a shorter range or longer intervals"
        raise Unprocessable(message, field="interval", location="query")


class Measurements:
    """Answers them. The store reads along an index, and does not read forever."""

    def __init__(self, documents: Documents, clock: Clock = system_clock, *, seconds: float = _SECONDS) -> None:
        self._documents = documents
        self._clock = clock
        self._seconds = seconds

    async def points(
        self,
        who: Principal,
        within: Range,
        names: tuple[str, ...],
        aggregation: str,
        *,
        origin: Moment,
        interval: int,
        by: str | None = None,
    ) -> list[Point]:
        """One point for each name and interval in which there is a value."""
        check_intervals(origin, within.until, interval)
        asked = Series(within.query(who), names, aggregation, origin, interval, by, within.labels)
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._series(who, within, asked)
        except TimeoutError as exc:
            raise Unavailable("This series took too long to read: take a shorter range") from exc
        if len(found) > MOST_POINTS:
            message = f"This would have more than {MOST_POINTS} values: take a shorter range, or ask for fewer metrics"
            raise Unprocessable(message, field="metrics", location="query")
        return found

    async def frames(self, who: Principal, within: Range, limit: int, offset: int) -> tuple[list[Frame], int]:
        """Frames as they came, the oldest first, and how many there are in all."""
        query = within.query(who, descending=False)
        total = await self._documents.count(query)
        if not within.labels:
            return [Frame.of(found) for found in await self._documents.page(query, limit, offset=offset)], total
        if total > MOST_SIFTED:
            message = (
                f"Tags are looked for in {MOST_SIFTED} frames at most, and this range has more: take a shorter one"
            )
            raise Unprocessable(message, field="tags", location="query")
        found = await self._with_labels(query, set(within.labels))
        return [Frame.of(document) for document in found[offset : offset + limit]], len(found)

    async def _series(self, who: Principal, within: Range, asked: Series) -> list[Point]:
        """The points of a series, whatever they are made of."""
        parts = await self._parts(who, within, asked)
        if all(part.span is None for part in parts):
            return await self._documents.series(asked)
        told = self._means if asked.aggregation == "avg" else self._values
        found: dict[Place, Weighed] = {}
        for part in parts:
            for place, one in (await told(_of(part, asked))).items():
                found[place] = _JOINING[asked.aggregation](found[place], one) if place in found else one
        points = [Point(at, name, value, by) for (at, name, by), (value, _) in found.items() if isfinite(value)]
        return in_order(points, asked.most + 1)

    async def _parts(self, who: Principal, within: Range, asked: Series) -> list[Stretch]:
        """What the points are to be made of: frames only, where rollups say nothing of what is asked."""
        whole = [Stretch(within.since, within.until)]
        if asked.aggregation in PERCENTILES or asked.labels:
            return whole
        told = await known(self._documents, who.tenant, self._clock())
        if told is None:
            return whole
        since = max(within.since, told.whole_since)  # before that frames say less than the rollups that there are
        hours = await open_hours(self._documents, who.tenant, since, within.until, within.device)
        return stretches(within.since, within.until, asked.origin, asked.interval, told.since, hours)

    async def _values(self, asked: Series) -> dict[Place, Weighed]:
        """The values of a part."""
        return {(at, name, by): (value, 1) for at, name, value, by in await self._documents.series(asked)}

    async def _means(self, asked: Series) -> dict[Place, Weighed]:
        """The averages of a part, each with the number of what it is of. What has ended in between has none."""
        is_summed = asked.query.collection is ROLLUPS
        values = await self._values(replace(asked, aggregation="sum") if is_summed else asked)
        numbers = await self._values(replace(asked, aggregation="numbers"))
        pairs = {place: (value, numbers[place][0]) for place, (value, _) in values.items() if place in numbers}
        return {place: (value / number, number) for place, (value, number) in pairs.items()} if is_summed else pairs

    async def _with_labels(self, query: Query, labels: set[str]) -> list[Document]:
        def has_all(document: Document) -> bool:
            return labels <= set(document.get("labels", ()))

        most = MOST_SIFTED + 1
        return (await scan(self._documents, query, most, None, has_all, most=most)).found


def _averaged(one: Weighed, other: Weighed) -> Weighed:
    number = one[1] + other[1]
    return (one[0] * one[1] + other[0] * other[1]) / number, number


def _added(one: Weighed, other: Weighed) -> Weighed:
    return one[0] + other[0], 1


_JOINING = {"sum": _added, "count": _added, "min": min, "max": max, "avg": _averaged}


def _of(part: Stretch, asked: Series) -> Series:
    """A series of a part of its range, from the frames or the rollups there."""
    if part.span is None:
        return replace(asked, query=replace(asked.query, since=part.since, until=part.until))
    where = {**asked.query.where, "span": part.span}
    query = replace(asked.query, collection=ROLLUPS, where=where, since=part.since, until=part.until)
    return replace(asked, query=query)
