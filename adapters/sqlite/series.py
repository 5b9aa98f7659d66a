"""The statements of a series: the documents' numbers, read along an index, and put together by SQLite."""

import json
import math
from collections.abc import Iterator, Sequence

from adapters.sqlite.queries import Statement, Term, scans
from adapters.sqlite.tables import MEASURED, Table, column
from handlers.core.series import COUNTS, PERCENTILES, SUMMED, Point, Series


def statements(table: Table, asked: Series, now: int) -> list[Statement]:
    """What answers a series: rows of interval, whose, name and value."""
    asked.measures()
    if asked.aggregation in PERCENTILES:
        return [percentile(table, asked, name, now) for name in asked.names]
    if asked.names:
        return [named(table, asked, asked.names, now)]
    return [unnamed(table, asked, now)]


def points(asked: Series, rows: Sequence[tuple]) -> Iterator[Point]:
    """The points in the rows of a statement; what exceeds all numbers is none."""
    for place, whose, name, value in rows:
        if value is not None and math.isfinite(value) and (value or asked.aggregation not in COUNTS):
            yield Point(asked.origin + place * asked.interval, name, value, whose)


def named(table: Table, asked: Series, names: Sequence[str], now: int) -> Statement:
    """One row for each interval and each name that has a value in it: the documents are read once."""
    values = [f"{value(asked, name)} AS v{place}" for place, name in enumerate(names)]
    told = ", ".join(f"{gathering(asked)}(v{place}) AS t{place}" for place in range(len(names)))
    inner = walk(table, asked, values, now)
    chosen = " ".join(f"WHEN {place} THEN t{place}" for place in range(len(names)))
    return Statement(  # from left to right: the names within each interval; 9e999 is more than any number
        f"SELECT b, w, n.value, CASE n.key {chosen} END AS v "
        f"FROM (SELECT b, w, {told} FROM ({inner.sql}) GROUP BY b, w) CROSS JOIN json_each(?) AS n "
        f"WHERE {'v > 0' if asked.aggregation in COUNTS else 'abs(v) < 9e999'} ORDER BY b, w LIMIT {asked.most + 1:d}",
        [*inner.parameters, json.dumps(names)],
    )


def unnamed(table: Table, asked: Series, now: int) -> Statement:
    """One row for each interval and each name that there is."""
    inner = walk(table, asked, [MEASURED], now)
    return Statement(
        f"SELECT b, w, m.key AS k, {gathering(asked)}({each(asked)}) FROM ({inner.sql}), json_each({MEASURED}) AS m "
        f"GROUP BY b, w, k ORDER BY b, w, k LIMIT {asked.most + 1:d}",
        inner.parameters,
    )


def percentile(table: Table, asked: Series, name: str, now: int) -> Statement:
    """One row for each interval: the value at the place, among all in order, that so many percent come to."""
    inner = walk(table, asked, [f"{value(asked, name)} AS v"], now)
    part = PERCENTILES[asked.aggregation]
    placed = (
        "SELECT b, w, v, row_number() OVER (PARTITION BY b, w ORDER BY v) AS r, count(*) OVER (PARTITION BY b, w) AS n "
        f"FROM ({inner.sql}) WHERE v IS NOT NULL"
    )
    return Statement(
        f"SELECT b, w, ?, v FROM ({placed}) WHERE r = (n * {part:d} + 99) / 100 ORDER BY b, w LIMIT {asked.most + 1:d}",
        [name, *inner.parameters],
    )


def walk(table: Table, asked: Series, values: Sequence[str], now: int) -> Statement:
    """The documents of the range, each with its interval, whose it is, and these values."""
    whose = "NULL" if asked.by is None else column(asked.by)
    interval = f"({column(asked.query.order)} - {asked.origin:d}) / {asked.interval:d}"
    what = ", ".join([f"{interval} AS b", f"{whose} AS w", *values])
    branches = scans(table, asked.query, what, now, None, labelled(asked))
    return Statement(
        " UNION ALL ".join(branch.sql for branch in branches),
        [given for branch in branches for given in branch.parameters],
    )


def labelled(asked: Series) -> list[Term]:
    """What judges a document by its labels."""
    source = path(asked.measures().labels)
    return [
        (f"EXISTS (SELECT 1 FROM json_each(s.doc, {source}) AS l WHERE l.value = ?)", [name]) for name in asked.labels
    ]


def gathering(asked: Series) -> str:
    """The function that makes one of many."""
    return "sum" if asked.aggregation in COUNTS else asked.aggregation


def value(asked: Series, name: str) -> str:
    """What a document has under a name: its number, or whether there is one, or something."""
    if asked.measures().summed:
        return f"CAST(json_extract({MEASURED}, {path(name, place=part(asked))}) AS {kind(asked)})"
    if asked.aggregation == "count":
        return f"json_type({MEASURED}, {path(name)}) IS NOT NULL"
    if asked.aggregation == "numbers":
        return f"json_type({MEASURED}, {path(name)}) <> 'null'"
    return f"CAST(json_extract({MEASURED}, {path(name)}) AS REAL)"


def each(asked: Series) -> str:
    """What one of all names has."""
    if asked.measures().summed:
        return f"CAST(json_extract(m.value, '${part(asked)}') AS {kind(asked)})"
    if asked.aggregation in COUNTS:
        return "1" if asked.aggregation == "count" else "m.type <> 'null'"
    return "CAST(m.value AS REAL)"


def part(asked: Series) -> str:
    """Where in a sum there is what is asked for."""
    return f"[{SUMMED.index(asked.aggregation):d}]"


def kind(asked: Series) -> str:
    """The type of what is asked for."""
    return "INTEGER" if asked.aggregation in COUNTS else "REAL"


def path(*steps: str, place: str = "") -> str:
    """A place in a document, as an SQL literal; with one in the list that lies there."""
    if any('"' in step or "\\" in step for step in steps):
        raise ValueError(f"No name has a quotation mark or a backslash: {steps}")
    way = "".join(f'."{step}"' for step in steps)
    return "'$" + way.replace("'", "''") + place + "'"
