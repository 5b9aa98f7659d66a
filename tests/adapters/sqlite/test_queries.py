"""Every statement walks an index, and none sorts or outstays its time."""

import asyncio

import pytest

from adapters.sqlite import queries, series
from adapters.sqlite.queries import Window
from adapters.sqlite.tables import Table
from handlers.core.errors import Unavailable
from handlers.core.ports import Collection, Position, Query
from handlers.core.series import Series
from tests.adapters.documents.declarations import ITEMS, READINGS, SESSIONS, item, items
from tests.adapters.sqlite.conftest import Open

QUERIES = [
    items("t"),
    items("t", descending=False),
    items("t", status="a"),
    items("t", status=("a", "b"), owner=("x", "y", "z")),
    items("t", labels=("a", "b"), status=("a", "b")),
    items("t", labels=("a", "b"), status=("a", "b"), owner="x"),
    items("t", "due_at", status="a"),
    Query(SESSIONS, "t", "created_at", {"user": ("ann", "bob")}),
    Query(ITEMS, "t", "created_at", {"status": "a"}, since=3, until=9),
    Query(ITEMS, "t", "created_at", since=3, until=9, descending=False),
]


async def test_what_is_due_is_one_walk_along_its_index(open_store: Open) -> None:
    """SQLite's own plan searches the index of what is due, whichever tenant it is of, and sorts nothing."""
    declared = Collection("dues", due="due_at", expires="expires_at")
    store = await open_store([declared])
    statement = queries.due(Table(declared), 5, 10, 0)
    [step] = [
        step
        for *_, step in store._reading().point(
            queries.Statement("EXPLAIN QUERY PLAN " + statement.sql, statement.parameters)
        )
    ]
    assert step.startswith("SEARCH docs:dues USING INDEX docs:dues~due (f_due_at<?)")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("after", [None, Position(5, "x")])
async def test_a_page_walks_indexes_and_sorts_nothing(open_store: Open, query: Query, after: Position | None) -> None:
    """SQLite's own plan has a search for every step and no temporary tree."""
    store = await open_store()
    table = Table(query.collection)
    for statement in (queries.page(table, query, Window(10, 5, after), 0), queries.count(table, query, 0)):
        plan = [
            step
            for *_, step in store._reading().point(
                queries.Statement("EXPLAIN QUERY PLAN " + statement.sql, statement.parameters)
            )
        ]
        assert not [step for step in plan if "TEMP B-TREE" in step]
        assert not [step for step in plan if step.startswith("SCAN") and "subquery" not in step]
        walks = [step for step in plan if step.startswith("SEARCH s ")]
        assert len(walks) == len(query.alternatives()) and all("USING COVERING INDEX" in step for step in walks)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("after", [None, Position(5, "x")])
async def test_a_walk_ends_at_the_bounds(open_store: Open, descending: bool, after: Position | None) -> None:
    """Between bounds nothing else is read, from the beginning of a listing or from a position."""
    store = await open_store()
    query = Query(ITEMS, "t", "created_at", descending=descending, since=3, until=9)
    statement = queries.page(Table(ITEMS), query, Window(10, 0, after), 0)
    plan = store._reading().point(queries.Statement("EXPLAIN QUERY PLAN " + statement.sql, statement.parameters))
    (walk,) = [step for *_, step in plan if step.startswith("SEARCH s ")]
    assert ">" in walk and "<" in walk


async def test_a_query_that_takes_too_long_is_interrupted(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time a page or count is unavailable, and the next one is served."""
    monkeypatch.setattr("adapters.sqlite.readers.STEPS_BETWEEN_CHECKS", 1_000)
    store = await open_store(seconds=0.0)
    await store.insert_many(ITEMS, "t", [item(owner=f"o{n % 3}") for n in range(3_000)])
    with pytest.raises(Unavailable, match="took too long"):
        await store.count(items("t", owner=("o1", "o2")))
    assert len(await store.page(items("t"), 5)) == 5


async def test_too_many_alternatives_are_refused(open_store: Open) -> None:
    """A query that would need more walks than a statement holds is a defect of ours."""
    store = await open_store()
    many = tuple(map(str, range(30)))
    with pytest.raises(ValueError, match="alternatives"):
        await store.page(items("t", status=many, owner=many), 5)


@pytest.mark.parametrize(
    ("aggregation", "names"), [("avg", ("cpu", "a.b")), ("count", ("cpu",)), ("p95", ("cpu",)), ("max", ())]
)
async def test_a_series_of_one_device_reads_its_index_only(
    open_store: Open, aggregation: str, names: tuple[str, ...]
) -> None:
    """However far apart its documents lie in the table; without a device the range is searched along the time."""
    store = await open_store()
    table = Table(READINGS)
    for where, walk in (({"device": "d"}, "SEARCH s USING COVERING INDEX"), ({}, "SEARCH s USING INDEX")):
        asked = Series(Query(READINGS, "t", "at", where, since=3, until=9), names, aggregation, 0, 5)
        for statement in series.statements(table, asked, 0):
            explained = queries.Statement("EXPLAIN QUERY PLAN " + statement.sql, statement.parameters)
            plan = [step for *_, step in store._reading().point(explained)]
            assert [step for step in plan if step.startswith(walk) and "f_at>? AND f_at<?" in step], plan


async def test_who_reads_again_and_again_lets_others_have_their_turn(open_store: Open) -> None:
    """Short reads run in the event loop, but nobody keeps it with them."""
    store = await open_store()
    await store.insert_many(ITEMS, "t", [item() for _ in range(200)])
    is_over, turns = False, 0

    async def read_on() -> None:
        while not is_over:
            await store.page(items("t"), 50)

    reading = asyncio.create_task(read_on())
    async with asyncio.timeout(5):
        while turns < 100:
            turns += 1
            await asyncio.sleep(0)
    is_over = True
    await reading


async def test_what_takes_longer_is_read_beside_the_loop(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes to the same."""
    store = await open_store()
    await store.insert_many(ITEMS, "t", [item(owner=f"o{n % 3}") for n in range(2_000)])
    short = await store.page(items("t"), 1_000)
    monkeypatch.setattr("adapters.sqlite.readers.SHORT_SECONDS", 0.0)
    beside = []
    read = store._reading()._read
    monkeypatch.setattr(store._reading(), "_read", lambda *given: (beside.append(given), read(*given))[1])
    assert await store.page(items("t"), 1_000) == short
    assert len(beside) == 1
