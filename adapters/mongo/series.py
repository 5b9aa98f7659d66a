"""The aggregation pipelines of a series: along an index, and put together by the server."""

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from adapters.mongo.filters import Filter, labelled
from handlers.core.ports import Measures
from handlers.core.series import COUNTS, PERCENTILES, SUMMED, Point, Series

Pipeline = list[dict[str, Any]]
LARGEST = sys.float_info.max


def pipelines(asked: Series, wanted: Filter) -> Iterator[tuple[str | None, Pipeline]]:
    """What answers a series: with the name that each is about, if that does not stand in its rows."""
    measures = asked.measures()
    if asked.labels:
        wanted = {**wanted, measures.labels: labelled(asked.labels)}
    if asked.aggregation in PERCENTILES:
        for name in asked.names:
            yield name, [{"$match": wanted}, *percentile(asked, measures, name)]
    elif asked.names:
        yield None, [{"$match": wanted}, *named(asked, measures)]
    else:
        yield None, [{"$match": wanted}, *unnamed(asked, measures)]


def points(asked: Series, name: str | None, rows: Iterable[dict[str, Any]]) -> Iterator[Point]:
    """The points in the rows of a pipeline; what exceeds all numbers is none."""
    for row in rows:
        place, value = row["_id"], row["v0"] if row.get("n0", 1) else None
        if value is not None and math.isfinite(value) and (value or asked.aggregation not in COUNTS):
            at = asked.origin + int(place["b"]) * asked.interval
            yield Point(at, name or row.get("k") or place["k"], value, place.get("w"))


def named(asked: Series, measures: Measures) -> Pipeline:
    """One row for each interval and each name that has a value in it: the documents are read once."""
    told = {f"v{place}": gathered(asked, measures, name) for place, name in enumerate(asked.names)}
    if asked.aggregation == "sum":  # of no numbers it would be nothing, and is to be none
        told |= {f"n{place}": {"$sum": numbered(measures, name)} for place, name in enumerate(asked.names)}
    each = [{"k": {"$literal": name}, "v": told_of(asked, place)} for place, name in enumerate(asked.names)]
    has_value = {"$gt": 0} if asked.aggregation in COUNTS else {"$gte": -LARGEST, "$lte": LARGEST}
    return [
        {"$group": {"_id": group(asked), **told}},
        {"$project": {"n": each}},
        {"$unwind": "$n"},
        {"$match": {"n.v": has_value}},
        {"$sort": {"_id": 1}},
        {"$limit": asked.most + 1},
        {"$project": {"k": "$n.k", "v0": "$n.v"}},
    ]


def unnamed(asked: Series, measures: Measures) -> Pipeline:
    """One row for each interval and each name that there is."""
    numbers = pairs(measures.numbers)
    everything = asked.aggregation == "count" and not measures.summed
    each = {"$concatArrays": [numbers, pairs(measures.others)]} if everything else numbers
    return [
        {"$project": {"_id": 0, "g": group(asked), "n": each}},
        {"$unwind": "$n"},
        {"$group": {"_id": {"b": "$g.b", "w": "$g.w", "k": "$n.k"}, **every(asked, measures)}},
        {"$sort": {"_id": 1}},
        {"$limit": asked.most + 1},
    ]


def percentile(asked: Series, measures: Measures, name: str) -> Pipeline:
    """One row for each interval: the value at the place, among all in order, that so many percent come to."""
    part = PERCENTILES[asked.aggregation]
    rounded = {"$add": [{"$multiply": [{"$size": "$v"}, part]}, 99]}
    place = {"$subtract": [{"$floor": {"$divide": [rounded, 100]}}, 1]}
    return [
        {"$project": {"_id": 0, "g": group(asked), "v": field(measures.numbers, name)}},
        {"$match": {"v": {"$ne": None}}},
        {"$sort": {"v": 1}},
        {"$group": {"_id": "$g", "v": {"$push": "$v"}}},
        {"$project": {"v0": {"$arrayElemAt": ["$v", {"$toInt": place}]}}},
        {"$sort": {"_id": 1}},
        {"$limit": asked.most + 1},
    ]


def group(asked: Series) -> dict[str, Any]:
    """What tells one point from another: the number of its interval, and whose it is."""
    behind = {"$subtract": [f"${asked.query.order}", asked.origin]}
    interval = {"$divide": [{"$subtract": [behind, {"$mod": [behind, asked.interval]}]}, asked.interval]}
    return {"b": interval} if asked.by is None else {"b": interval, "w": f"${asked.by}"}


def gathered(asked: Series, measures: Measures, name: str) -> dict[str, Any]:
    """What the values under a name become; those that are not there count as nothing."""
    number = field(measures.numbers, name)
    if asked.aggregation not in COUNTS:
        return {f"${asked.aggregation}": real(part(number, asked.aggregation) if measures.summed else number)}
    if measures.summed:
        return {"$sum": part(number, asked.aggregation)}
    if asked.aggregation == "numbers":
        return {"$sum": there(measures.numbers, name)}
    return {"$sum": {"$add": [there(measures.numbers, name), there(measures.others, name)]}}


def told_of(asked: Series, place: int) -> Any:
    """The value of a name in a group, if it has one there."""
    return {"$cond": [f"$n{place}", f"$v{place}", None]} if asked.aggregation == "sum" else f"$v{place}"


def every(asked: Series, measures: Measures) -> dict[str, Any]:
    """What the values of one of all names become, and where nothing would not be told from none, how many there are."""
    if not measures.summed:
        return {"v0": {"$sum": 1} if asked.aggregation in COUNTS else {f"${asked.aggregation}": "$n.v"}}
    value, numbers = part("$n.v", asked.aggregation), {"$sum": part("$n.v", "numbers")}
    if asked.aggregation in COUNTS:
        return {"v0": {"$sum": value}}
    return {"v0": {f"${asked.aggregation}": value}, "n0": numbers}


def numbered(measures: Measures, name: str) -> dict[str, Any]:
    """How many numbers a document has under a name."""
    return part(field(measures.numbers, name), "numbers") if measures.summed else there(measures.numbers, name)


def part(summed: Any, aggregation: str) -> dict[str, Any]:
    """What is asked for, of a sum; of none, nothing."""
    return {"$arrayElemAt": [{"$ifNull": [summed, []]}, SUMMED.index(aggregation)]}


def real(number: Any) -> dict[str, Any]:
    """A number, if there is one, as one that is not whole: a server may fail at a sum that no integer can hold."""
    return {"$cond": [{"$eq": [{"$ifNull": [number, None]}, None]}, None, {"$toDouble": number}]}


def there(of: str, name: str) -> dict[str, Any]:
    """One for a value that is there, nothing for one that is not."""
    return {"$cond": [{"$eq": [{"$ifNull": [field(of, name), None]}, None]}, 0, 1]}


def field(of: str, name: str) -> dict[str, Any]:
    """What a document has under a name, whatever dots the name has; a value kept as text has none."""
    held = {"$cond": [{"$eq": [{"$type": f"${of}"}, "object"]}, f"${of}", {}]}
    return {"$getField": {"field": {"$literal": name}, "input": held}}


def pairs(of: str) -> dict[str, Any]:
    """The names and values of a field."""
    return {"$objectToArray": {"$cond": [{"$eq": [{"$type": f"${of}"}, "object"]}, f"${of}", {}]}}
