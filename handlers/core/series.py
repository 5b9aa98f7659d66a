"""Many measured numbers as few: the store's one aggregation, as it is asked for and answered.

A range is cut into intervals, and the values that one name has in one interval become one point.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from handlers.core.errors import UndeclaredQuery
from handlers.core.ports import Measures, Query

MOST_INTERVALS = 10_000
MOST_POINTS = 100_000
PERCENTILES = {"p50": 50, "p95": 95, "p99": 99}
AGGREGATIONS = ("avg", "min", "max", "sum", "count", "numbers", *PERCENTILES)
# What many values have become, in order: how many there were of any kind, how many of them were numbers, and of these
# the sum, the least and the greatest, or nothing if there were none.
SUMMED = ("count", "numbers", "sum", "min", "max")
COUNTS = ("count", "numbers")


class Point(NamedTuple):
    """What the values of one name have become in the interval that begins at a moment; `by` is whose they are."""

    at: int
    name: str
    value: float
    by: str | None = None


def in_order(points: Iterable[Point], most: int) -> list[Point]:
    """So many points by time, then by whose they are, then by name."""
    return sorted(points, key=lambda point: (point.at, point.by or "", point.name))[:most]


@dataclass(frozen=True)
class Series:
    """Points from the documents of a query, which is bounded on both sides.

    Intervals of a length are counted from `origin`, which does not lie behind the first. Names may be left out: then
    all that there are. Only numbers have an average, a least, a greatest, a sum and percentiles (the least value that
    so many percent do not exceed; for given names only); `count` counts values of any kind, `numbers` the numbers. An
    interval without a value has no point. Of what is summed there are neither averages nor percentiles. With
    `by`, a filter of the listing, there are points for each of its values. Documents that lack one of `labels` are
    passed over. A store answers with at most one point more than `most`: then there were too many.
    """

    query: Query
    names: tuple[str, ...]
    aggregation: str
    origin: int
    interval: int
    by: str | None = None
    labels: tuple[str, ...] = ()
    most: int = MOST_POINTS

    def measures(self) -> Measures:
        """The declared fields, if this can be asked for at all."""
        measures = self.query.collection.measures
        if measures is None:
            raise UndeclaredQuery(f"{self.query.collection.name}: nothing in it is measured")
        if self.by is not None and self.by not in self.query.listing().fields:
            raise UndeclaredQuery(f"{self.query.collection.name}: no listing has {self.by}")
        if self.aggregation not in AGGREGATIONS or (self.aggregation in PERCENTILES and not self.names):
            raise ValueError(f"{self.aggregation} of {self.names or 'everything'} cannot be told")
        if measures.summed and self.aggregation not in SUMMED:
            raise ValueError(f"{self.aggregation} cannot be told of sums")
        since, until = self.query.since, self.query.until
        if since is None or until is None or self.origin > since or self.interval < 1:
            raise ValueError("A series needs two bounds, and intervals that begin before the first")
        return measures
