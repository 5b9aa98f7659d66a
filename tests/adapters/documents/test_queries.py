"""What every store promises about pages and counts."""

import asyncio
from uuid import uuid4

import pytest

from handlers.core.errors import UndeclaredQuery
from handlers.core.ports import MAX_OFFSET, Delete, Documents, Insert, Position, Query, Update
from tests.adapters.documents.declarations import ITEMS, item, items


def ids(documents: list[dict]) -> list[str]:
    """The identifiers, in order."""
    return [document["id"] for document in documents]


async def test_a_page_is_in_order_and_ties_go_by_identifier(store: Documents, tenant: str) -> None:
    """Both directions reverse the order of the field and of the identifier."""
    stored = [item(created_at=moment, id=name) for moment, name in ((2, "b"), (1, "z"), (2, "a"), (3, "m"), (2, "c"))]
    await store.insert_many(ITEMS, tenant, stored)
    assert ids(await store.page(items(tenant), 10)) == ["m", "c", "b", "a", "z"]
    assert ids(await store.page(items(tenant, descending=False), 10)) == ["z", "a", "b", "c", "m"]
    assert ids(await store.page(items(tenant), 2, offset=1)) == ["c", "b"]
    assert ids(await store.page(items(tenant), 2, after=Position(2, "c"))) == ["b", "a"]
    assert ids(await store.page(items(tenant), 2, after=Position(2, "b"), offset=1)) == ["z"]
    assert ids(await store.page(items(tenant, descending=False), 9, after=Position(1, "zz"))) == ["a", "b", "c", "m"]
    assert ids(await store.page(items(tenant), 9, after=Position(1, "z"))) == []


async def test_filters_combine_and_take_several_values(store: Documents, tenant: str) -> None:
    """Every filter must hold; one with several values holds for any of them, and repeats no document."""
    stored = [item(status=status, owner=owner) for status in "abc" for owner in ("x", "y", None)]
    await store.insert_many(ITEMS, tenant, stored)

    def matching(statuses: str, owners: str) -> list[str]:
        return [d["id"] for d in stored[::-1] if d["status"] in statuses and (d["owner"] or "-") in owners]

    for where, statuses, owners in (
        ({"status": "a"}, "a", "xy-"),
        ({"status": ("a", "c", "a")}, "ac", "xy-"),
        ({"owner": ("x", "y")}, "abc", "xy"),
        ({"status": ("a", "b"), "owner": ("x", "y")}, "ab", "xy"),
        ({"status": "b", "owner": "y"}, "b", "y"),
        ({"status": "d"}, "d", ""),
        ({"status": (), "owner": "x"}, "", ""),
    ):
        query = items(tenant, **where)
        assert ids(await store.page(query, 20)) == matching(statuses, owners)
        assert ids(await store.page(query, 2, offset=1)) == matching(statuses, owners)[1:3]
        assert await store.count(query) == len(matching(statuses, owners))


async def test_labels_must_all_be_there(store: Documents, tenant: str) -> None:
    """A query for labels finds the documents that have every one of them, with filters or without."""
    sets = (["a"], ["a", "b"], ["b", "a", "a"], ["c"], [], None)
    stored = [item(labels=labels, owner="ann", status="new" if n % 2 else "old") for n, labels in enumerate(sets)]
    await store.insert_many(ITEMS, tenant, stored)
    for labels, where, places in (
        (("a",), {}, [2, 1, 0]),
        (("a", "b"), {}, [2, 1]),
        (("b", "a"), {"status": "old"}, [2]),
        (("a",), {"status": ("old", "new")}, [2, 1, 0]),
        (("b", "a"), {"status": "old", "owner": ("ann", "bob")}, [2]),
        (("c", "a"), {}, []),
    ):
        query = items(tenant, labels=labels, **where)
        assert ids(await store.page(query, 9)) == [stored[place]["id"] for place in places]
        assert await store.count(query) == len(places)


async def test_a_listing_holds_what_has_a_value_for_its_order(store: Documents, tenant: str) -> None:
    """Documents without the field are in no page of that order, and in no number."""
    late, soon, never = item(due_at=20), item(due_at=10), item()
    await store.insert_many(ITEMS, tenant, [late, soon, never, item(due_at=None)])
    query = items(tenant, "due_at", descending=False, status="new")
    assert ids(await store.page(query, 9)) == [soon["id"], late["id"]]
    assert await store.count(query) == await store.count(items(tenant, "due_at")) == 2
    assert await store.count(items(tenant)) == 4
    await store.write(Update(ITEMS, tenant, late["id"], {}, {"due_at": None}))
    assert await store.count(query) == await store.count(items(tenant, "due_at")) == 1


async def test_bounds_cut_a_listing(store: Documents, tenant: str) -> None:
    """A query may begin at one moment and end before another, in pages and in numbers, with filters or without."""
    stored = [item(created_at=moment, id=f"i{moment}", status="ab"[moment % 2]) for moment in range(10)]
    await store.insert_many(ITEMS, tenant, stored)
    for since, until, found in ((3, 7, [6, 5, 4, 3]), (None, 2, [1, 0]), (8, None, [9, 8]), (5, 5, []), (7, 3, [])):
        query = Query(ITEMS, tenant, "created_at", since=since, until=until)
        assert ids(await store.page(query, 20)) == [f"i{moment}" for moment in found]
        assert await store.count(query) == len(found)
        where = {"status": "a"}
        even = Query(ITEMS, tenant, "created_at", where, since=since, until=until, descending=False)
        assert ids(await store.page(even, 20)) == [f"i{moment}" for moment in found[::-1] if moment % 2 == 0]
        assert await store.count(even) == len([moment for moment in found if moment % 2 == 0])
    part = Query(ITEMS, tenant, "created_at", since=3, until=7)
    assert ids(await store.page(part, 20, after=Position(5, "i5"))) == ["i4", "i3"]
    assert ids(await store.page(part, 20, after=Position(8, "i8"))) == ["i6", "i5", "i4", "i3"]


async def test_kept_numbers_follow_every_change(store: Documents, tenant: str) -> None:
    """Totals and totals by status are exact after inserts, refusals, updates and deletes."""
    stored = [item(status=status) for status in "aab"]
    await store.insert_many(ITEMS, tenant, [*stored, stored[0]])
    await store.write(Update(ITEMS, tenant, stored[0]["id"], {}, {"status": "b"}))
    await store.write(Update(ITEMS, tenant, stored[1]["id"], {}, {"status": None}))
    await store.write(Delete(ITEMS, tenant, stored[2]["id"]))
    await store.write(Insert(ITEMS, tenant, item(status="c")))
    assert await store.count(items(tenant)) == 3
    assert [await store.count(items(tenant, status=status)) for status in "abc"] == [0, 1, 1]
    assert await store.count(items(tenant, status=("a", "b", "c", "b"))) == 2


async def test_tenants_never_see_each_other(store: Documents, tenant: str) -> None:
    """The same identifiers and unique values live side by side, however the tenants' names resemble each other."""
    names = (tenant, f"{tenant}/a", f"{tenant}%2Fa", f"{tenant}/a/b")
    for name in names:
        for identifier in ("b", "a/b", "b/c"):
            await store.write(Insert(ITEMS, name, item(id=identifier, key=identifier, owner=name)))
    for name in names:
        found = await store.get(ITEMS, name, "a/b")
        assert found is not None and found["owner"] == found["tenant"] == name
        assert (await store.find(ITEMS, name, {"key": "b"}) or {})["tenant"] == name
        assert {document["tenant"] for document in await store.page(items(name), 10)} == {name}
        assert await store.count(items(name)) == 3
    await store.write(Delete(ITEMS, names[0], "b"))
    assert await store.get(ITEMS, names[1], "b") is not None
    assert await store.get(ITEMS, uuid4().hex, "b") is None


@pytest.mark.parametrize(
    "query",
    [
        Query(ITEMS, "t", "updated_at"),
        Query(ITEMS, "t", "created_at", {"priority": "high"}),
        Query(ITEMS, "t", "due_at", {"owner": "ann"}),
        Query(ITEMS, "t", "due_at", labels=("a",)),
    ],
    ids=["order", "filter", "filter of another listing", "labels of another listing"],
)
async def test_an_undeclared_query_cannot_be_written(store: Documents, query: Query) -> None:
    """A page or count that no index serves is a defect of ours, found at the first call."""
    with pytest.raises(UndeclaredQuery):
        await store.page(query, 10)
    with pytest.raises(UndeclaredQuery):
        await store.count(query)


async def test_a_page_beyond_the_window_is_refused(store: Documents, tenant: str) -> None:
    """By number a reader gets to MAX_OFFSET and no further, and an empty page is no page."""
    assert await store.page(items(tenant), 1, offset=MAX_OFFSET) == []
    for limit, offset in ((1, MAX_OFFSET + 1), (1, -1), (0, 0)):
        with pytest.raises(ValueError, match=r"page|Offset"):
            await store.page(items(tenant), limit, offset=offset)


async def test_paging_under_writes_neither_repeats_nor_skips(store: Documents, tenant: str) -> None:
    """Whoever pages by position meets each document that was there all the time exactly once."""
    steady = [item(created_at=number // 3, status="steady") for number in range(90)]
    restless = [item(created_at=number, status="restless") for number in range(30)]
    await store.insert_many(ITEMS, tenant, [*steady, *restless])
    done = asyncio.Event()
    churn = asyncio.create_task(unsettle(store, tenant, ids(restless), done))
    seen: list[str] = []
    after = None
    while page := await store.page(items(tenant), 7, after=after):
        seen += ids(page)
        after = Position(page[-1]["created_at"], page[-1]["id"])
    done.set()
    await churn
    wanted = set(ids(steady))
    assert sorted(identifier for identifier in seen if identifier in wanted) == sorted(wanted)


async def unsettle(store: Documents, tenant: str, restless: list[str], done: asyncio.Event) -> None:
    """Insert, move and delete other documents all over the listing."""
    for number, identifier in enumerate(restless):
        if done.is_set():
            return
        await store.write(Insert(ITEMS, tenant, item(created_at=number % 30, status="added")))
        await store.write(Update(ITEMS, tenant, identifier, {}, {"created_at": 29 - number}))
        if number % 2:
            await store.write(Delete(ITEMS, tenant, identifier))
