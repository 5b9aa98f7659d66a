"""The statements for pages and counts: always along one index per alternative, merged, never sorted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.sqlite.tables import Table, column
from handlers.core.ports import Position, Query

# SQLite takes at most 500 terms in a compound SELECT: https://www.sqlite.org/limits.html
MAX_ALTERNATIVES = 400
Term = tuple[str, list[Any]]


@dataclass(frozen=True)
class Statement:
    """An SQL text with its parameters."""

    sql: str
    parameters: list[Any]


@dataclass(frozen=True)
class Window:
    """Which part of a listing a page is."""

    limit: int
    offset: int
    after: Position | None


def page(table: Table, query: Query, window: Window, now: int) -> Statement:
    """The documents of a page. Rows before the offset are stepped over in the index, without a look at the table."""
    branches = scans(table, query, f"{column(query.order)} AS o, id AS i, {key(query)} AS k", now, window.after)
    direction = "DESC" if query.descending else "ASC"
    merged = " UNION ALL ".join(branch.sql for branch in branches)
    return Statement(
        f"SELECT (SELECT doc FROM {table.name} WHERE key = k) FROM ("
        f"{merged} ORDER BY o {direction}, i {direction} LIMIT ? OFFSET ?)",
        [*(value for branch in branches for value in branch.parameters), window.limit, window.offset],
    )


def count(table: Table, query: Query, now: int) -> Statement:
    """The number of documents that a query matches, counted in its index."""
    branches = scans(table, query, "count(*) AS n", now, None)
    merged = " UNION ALL ".join(branch.sql for branch in branches)
    parameters = [value for branch in branches for value in branch.parameters]
    return Statement(f"SELECT sum(n) FROM ({merged})", parameters)


def expired(table: Table, query: Query, now: int) -> Statement:
    """How many of the documents that a query matches have expired and still lie there. Few: they are being swept."""
    terms = [("+tenant = ?", [query.tenant]), (f"+{column(query.order)} IS NOT NULL", [])]
    for field, values in query.choices().items():
        terms.append((f"+{column(field)} IN ({', '.join('?' * len(values))})", list(values)))
    where = " AND ".join(term for term, _ in terms)
    parameters = [value for _, given in terms for value in given]
    return Statement(f"SELECT count(*) FROM {table.name} WHERE {table.expiry} <= ? AND {where}", [now, *parameters])


def due(table: Table, until: int, limit: int, now: int) -> Statement:
    """The documents of all tenants that are due by a moment, along their index."""
    moment = column(table.collection.due_field())
    living = f"({table.expiry} IS NULL OR {table.expiry} > ?)"
    return Statement(
        f"SELECT doc FROM {table.name} INDEXED BY {table.due_index()} "
        f"WHERE {moment} <= ? AND {living} ORDER BY {moment}, id LIMIT ?",
        [until, now, limit],
    )


def scans(
    table: Table, query: Query, what: str, now: int, after: Position | None, more: Sequence[Term] = ()
) -> list[Statement]:
    """One walk along an index for each combination of single values. `more` terms judge the documents on the way."""
    filters = [name for name in query.listing().fields if name in query.where]
    alternatives = query.alternatives()
    if len(alternatives) > MAX_ALTERNATIVES:
        raise ValueError(f"A query may combine {MAX_ALTERNATIVES} alternatives, not {len(alternatives)}")
    relation = table.label_table(query) if query.along_label() else table
    source = f"SELECT {what} FROM {relation.name} AS s INDEXED BY {relation.index(filters, query.order)} WHERE "
    return [
        scan(source, table, query, now, after, [alternative[name] for name in filters], filters, more)
        for alternative in alternatives
    ]


def scan(
    source: str,
    table: Table,
    query: Query,
    now: int,
    after: Position | None,
    values: list[str],
    filters: list[str],
    more: Sequence[Term] = (),
) -> Statement:
    """One walk along an index, for single values."""
    order = column(query.order)
    terms: list[Term] = [("tenant = ?", [query.tenant])]
    along, probed = (query.labels[:1], query.labels[1:]) if query.along_label() else ((), query.labels)
    terms += [("label = ?", [label]) for label in along]
    terms += [(f"{column(name)} = ?", [value]) for name, value in zip(filters, values, strict=True)]
    terms += bounds(query, after)
    if after is None and not query.is_bounded:
        terms.append((f"{order} IS NOT NULL", []))
    if table.collection.expires:
        terms.append((f"({table.expiry} IS NULL OR {table.expiry} > ?)", [now]))
    # The plus keeps the affinity of an integer key out of the comparison: it would rule out the index of the labels.
    for label in probed:
        probe = f"SELECT 1 FROM {table.label_table(query).name} AS p WHERE p.doc = +s.{key(query)} AND p.label = ?"
        terms.append((f"EXISTS ({probe})", [label]))
    terms += more
    parameters = [value for _, given in terms for value in given]
    return Statement(source + " AND ".join(term for term, _ in terms), parameters)


def bounds(query: Query, after: Position | None) -> list[Term]:
    """The part of an index that a walk goes through: between the query's bounds, behind a position.

    A bound behind which the position already lies is left out: SQLite walks between one lower and one upper end.
    """
    order = column(query.order)
    since, until = query.since, query.until
    terms: list[Term] = []
    if after is not None:
        terms.append((f"({order}, id) {'<' if query.descending else '>'} (?, ?)", [after.value, after.id]))
        if query.descending and until is not None and after.value < until:
            until = None
        if not query.descending and since is not None and after.value >= since:
            since = None
    terms += [(f"{order} >= ?", [since])] if since is not None else []
    terms += [(f"{order} < ?", [until])] if until is not None else []
    return terms


def key(query: Query) -> str:
    """The column, in the table that a query walks along, that tells a document's place in the table of documents."""
    return "doc" if query.along_label() else "key"
