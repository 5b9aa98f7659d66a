"""What every store promises about changes."""

import asyncio

import pytest

from handlers.core.errors import Duplicate, Stale, UndeclaredQuery
from handlers.core.ports import Delete, Documents, Insert, Update
from tests.adapters.documents.declarations import ITEMS, item, items


async def test_an_inserted_document_is_returned_and_found(store: Documents, tenant: str) -> None:
    """A document comes back from every read as it went in, with its tenant."""
    new = item(key="k", nested={"$ref": "#/a.b", "a.b": [1, 2.5, None, True], "": "ä\u0000"}, big=2**53, nothing=None)
    expected = {**new, "tenant": tenant}
    assert await store.write(Insert(ITEMS, tenant, new)) == expected
    assert await store.get(ITEMS, tenant, new["id"]) == expected
    assert await store.find(ITEMS, tenant, {"key": "k"}) == expected
    assert await store.page(items(tenant), 10) == [expected]


async def test_integers_come_back_as_plain_integers(store: Documents, tenant: str) -> None:
    """A driver's own kind of number never reaches a caller."""
    new = item(far=2**40)
    await store.write(Insert(ITEMS, tenant, new))
    found = await store.get(ITEMS, tenant, new["id"])
    assert found is not None and type(found["far"]) is int and type(found["created_at"]) is int


async def test_a_taken_identifier_is_refused(store: Documents, tenant: str) -> None:
    """The second document with an identifier is a duplicate, and the first one stays as it is."""
    first = item(owner="ann")
    await store.write(Insert(ITEMS, tenant, first))
    with pytest.raises(Duplicate) as refusal:
        await store.write(Insert(ITEMS, tenant, {**first, "owner": "bob"}))
    assert refusal.value.fields == ("id",)
    assert (await store.get(ITEMS, tenant, first["id"]) or {})["owner"] == "ann"


async def test_a_taken_unique_group_is_refused_by_name(store: Documents, tenant: str) -> None:
    """The refusal tells which fields are taken, numbers included; absent and null ones bind nothing."""
    await store.write(Insert(ITEMS, tenant, item(key="k", series="s", due_at=5)))
    for fields, group in (({"key": "k"}, ("key",)), ({"series": "s", "due_at": 5}, ("series", "due_at"))):
        with pytest.raises(Duplicate) as refusal:
            await store.write(Insert(ITEMS, tenant, item(**fields)))
        assert (refusal.value.collection, refusal.value.fields) == ("items", group)
    for fields in ({}, {"key": None}, {"key": None}, {"series": "s"}, {"series": "s", "due_at": None}):
        await store.write(Insert(ITEMS, tenant, item(**fields)))
    assert await store.count(items(tenant)) == 6


async def test_a_bulk_answers_for_every_document(store: Documents, tenant: str) -> None:
    """Duplicates among the stored ones and within the bulk are refused one by one; the rest is stored."""
    held = item(key="held")
    await store.write(Insert(ITEMS, tenant, held))
    fine, twin = item(key="a"), item(key="a")
    found = await store.insert_many(ITEMS, tenant, [fine, {**held, "key": "c"}, twin, item(key="b"), item(key="held")])
    assert [verdict and verdict.fields for verdict in found] == [None, ("id",), ("key",), None, ("key",)]
    assert await store.count(items(tenant)) == 3


async def test_an_empty_bulk_is_nothing(store: Documents, tenant: str) -> None:
    """No documents, no answers."""
    assert await store.insert_many(ITEMS, tenant, []) == []


async def test_a_bulk_of_any_size_is_taken(store: Documents, tenant: str) -> None:
    """More documents than one transaction or message holds are stored all the same."""
    assert await store.insert_many(ITEMS, tenant, [item() for _ in range(1_100)]) == [None] * 1_100
    assert await store.count(items(tenant)) == 1_100


async def test_an_unstorable_document_is_refused_before_anything_is_written(store: Documents, tenant: str) -> None:
    """What JSON cannot say, or a document without an identifier, spoils no other document's write."""
    for broken in ({"created_at": 1}, {"id": 7}, item(value=object()), item(value=2**80), item(created_at=2**63)):
        with pytest.raises((TypeError, ValueError)):
            await store.insert_many(ITEMS, tenant, [item(), broken])
        with pytest.raises((TypeError, ValueError)):
            await store.write(Insert(ITEMS, tenant, broken))
    assert await store.count(items(tenant)) == 0


async def test_a_condition_may_name_any_value(store: Documents, tenant: str) -> None:
    """What a condition expects is compared with the document, however the store keeps that."""
    odd = {"a\x00b": [2**64 - 1, None]}
    held = await store.write(Insert(ITEMS, tenant, item(odd=odd)))
    await store.write(Update(ITEMS, tenant, held["id"], {"odd": odd}, {"status": "done"}))
    with pytest.raises(Stale):
        await store.write(Delete(ITEMS, tenant, held["id"], {"odd": '{"a\\u0000b":[18446744073709551615,null]}'}))


@pytest.mark.parametrize(
    "value", [{"a\x00b": 1}, {"$set": {"a.b": 1}}, {"": ""}, [2**64 - 1], 1e300, "\x00", {"deep": [{"\x00": None}]}]
)
async def test_any_json_value_comes_back_as_it_was(store: Documents, tenant: str, value: object) -> None:
    """What a store's own format cannot say, it keeps all the same, through inserts and updates."""
    new = item(value=value)
    await store.write(Insert(ITEMS, tenant, new))
    assert (await store.get(ITEMS, tenant, new["id"]))["value"] == value
    await store.write(Update(ITEMS, tenant, new["id"], {}, {"note": "x"}))
    assert (await store.get(ITEMS, tenant, new["id"]))["value"] == value


async def test_an_update_sets_and_removes_fields(store: Documents, tenant: str) -> None:
    """New values replace old ones, None removes a field, and the answer is the document after it."""
    new = item(owner="ann", labels=["a"], note="x")
    await store.write(Insert(ITEMS, tenant, new))
    values = {"status": "done", "owner": None, "labels": ["b", "c"], "result": {"ok": True}}
    after = await store.write(Update(ITEMS, tenant, new["id"], {"status": "new"}, values))
    del new["owner"]
    assert after == {**new, "tenant": tenant, "status": "done", "labels": ["b", "c"], "result": {"ok": True}}
    assert await store.get(ITEMS, tenant, new["id"]) == after
    assert await store.page(items(tenant, status="done"), 5) == [after]
    assert await store.page(items(tenant, status="new"), 5) == await store.page(items(tenant, owner="ann"), 5) == []
    assert await store.page(items(tenant, labels=("c",)), 5) == [after]
    assert await store.page(items(tenant, labels=("a",)), 5) == []


async def test_an_update_whose_condition_does_not_hold_is_stale(store: Documents, tenant: str) -> None:
    """Every expected field must be equal, absent counting as None; nothing changes otherwise."""
    new = item(owner="ann")
    before = await store.write(Insert(ITEMS, tenant, new))
    for expect in ({"status": "done"}, {"status": "new", "owner": None}, {"holder": "x"}, {"owner": {"$ne": 1}}):
        with pytest.raises(Stale):
            await store.write(Update(ITEMS, tenant, new["id"], expect, {"status": "x"}))
        with pytest.raises(Stale):
            await store.write(Delete(ITEMS, tenant, new["id"], expect))
    assert await store.get(ITEMS, tenant, new["id"]) == before
    await store.write(Update(ITEMS, tenant, new["id"], {"holder": None, "owner": "ann"}, {"status": "x"}))


async def test_a_change_of_what_is_not_there_is_stale(store: Documents, tenant: str) -> None:
    """There is nothing to update or delete."""
    with pytest.raises(Stale):
        await store.write(Update(ITEMS, tenant, "item_none", {}, {"status": "x"}))
    with pytest.raises(Stale):
        await store.write(Delete(ITEMS, tenant, "item_none"))


async def test_an_update_into_a_taken_unique_value_is_refused(store: Documents, tenant: str) -> None:
    """Uniqueness holds for changes as for inserts; a document may keep its own value."""
    first, second = item(key="a"), item(key="b")
    await store.insert_many(ITEMS, tenant, [first, second])
    with pytest.raises(Duplicate) as refusal:
        await store.write(Update(ITEMS, tenant, second["id"], {}, {"key": "a"}))
    assert refusal.value.fields == ("key",)
    await store.write(Update(ITEMS, tenant, first["id"], {}, {"key": "a", "status": "kept"}))
    await store.write(Update(ITEMS, tenant, first["id"], {}, {"key": None}))
    assert (await store.write(Update(ITEMS, tenant, second["id"], {}, {"key": "a"})))["key"] == "a"


async def test_identity_never_changes(store: Documents, tenant: str) -> None:
    """An update of the identifier or the tenant is a defect of ours."""
    new = item()
    await store.write(Insert(ITEMS, tenant, new))
    for field in ("id", "tenant"):
        with pytest.raises(ValueError, match="never change"):
            await store.write(Update(ITEMS, tenant, new["id"], {}, {field: "x"}))


async def test_a_deleted_document_is_returned_and_gone(store: Documents, tenant: str) -> None:
    """The answer is the document before its end; its identifier and values are free again."""
    new = item(key="k", labels=["a"])
    before = await store.write(Insert(ITEMS, tenant, new))
    assert await store.write(Delete(ITEMS, tenant, new["id"], {"status": "new"})) == before
    assert await store.get(ITEMS, tenant, new["id"]) is None
    assert await store.find(ITEMS, tenant, {"key": "k"}) is None
    assert await store.page(items(tenant, labels=("a",)), 5) == []
    assert await store.count(items(tenant)) == 0
    await store.write(Insert(ITEMS, tenant, new))


async def test_of_many_that_take_the_same_document_one_wins(store: Documents, tenant: str) -> None:
    """A compare-and-set race has one winner, and its value stands."""
    new = item()
    await store.write(Insert(ITEMS, tenant, new))
    races = [store.write(Update(ITEMS, tenant, new["id"], {"holder": None}, {"holder": f"h{n}"})) for n in range(24)]
    results = await asyncio.gather(*races, return_exceptions=True)
    winners = [result for result in results if isinstance(result, dict)]
    assert len(winners) == 1 and all(isinstance(r, Stale) for r in results if not isinstance(r, dict))
    assert await store.get(ITEMS, tenant, new["id"]) == winners[0]


async def test_of_many_that_want_the_same_unique_value_one_wins(store: Documents, tenant: str) -> None:
    """A race for a unique value has one winner; the others are duplicates and spoil no neighbour's write."""
    wanting = [store.write(Insert(ITEMS, tenant, item(key="k"))) for _ in range(24)]
    others = [store.write(Insert(ITEMS, tenant, item())) for _ in range(24)]
    results = await asyncio.gather(*wanting, *others, return_exceptions=True)
    assert sum(isinstance(result, dict) for result in results[:24]) == 1
    assert sum(isinstance(result, Duplicate) for result in results[:24]) == 23
    assert all(isinstance(result, dict) for result in results[24:])
    assert await store.count(items(tenant)) == 25


async def test_concurrent_updates_of_different_fields_all_count(store: Documents, tenant: str) -> None:
    """No update is lost under another, and each is answered with the document as it left it."""
    new = item()
    await store.write(Insert(ITEMS, tenant, new))
    races = [store.write(Update(ITEMS, tenant, new["id"], {}, {f"f{n}": n})) for n in range(16)]
    sizes = sorted(len(after) for after in await asyncio.gather(*races))
    assert sizes == list(range(len(new) + 2, len(new) + 18))


async def test_a_find_by_undeclared_fields_cannot_be_written(store: Documents, tenant: str) -> None:
    """Only a declared unique group can be looked up."""
    for unique in ({"owner": "ann"}, {"series": "s"}, {"key": "k", "owner": "ann"}):
        with pytest.raises(UndeclaredQuery):
            await store.find(ITEMS, tenant, unique)


async def test_a_ping_tells_that_the_store_takes_writes(store: Documents) -> None:
    """A store in order answers."""
    await store.ping()
    await store.ping()
