"""A changed declaration rebuilds the tables around their documents."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from handlers.core.errors import Duplicate
from handlers.core.ports import Collection, Insert, Listing, Query
from tests.adapters.documents.declarations import item
from tests.adapters.sqlite.conftest import Open

PLAIN = Collection("items")
RICH = Collection(
    "items",
    listings=(Listing("created_at", ("owner",), labels="labels"),),
    unique=(("key",),),
    counters=((), ("owner",)),
    expires="gone_at",
)


async def test_a_new_declaration_finds_the_old_documents(open_store: Open) -> None:
    """Listings, labels, unique groups, counters and expiry declared later hold for documents stored before."""
    store = await open_store([PLAIN])
    old = [item(owner="ann", labels=["a"], key=f"k{n}", gone_at=1 if n == 2 else None) for n in range(3)]
    await store.insert_many(PLAIN, "t", old)
    await store.close()
    store = await open_store([RICH])
    query = Query(RICH, "t", "created_at", {"owner": "ann"})
    found = [document["id"] for document in await store.page(query, 9)]
    assert found == [old[1]["id"], old[0]["id"]]
    assert await store.count(query) == await store.count(Query(RICH, "t", "created_at", labels=("a",))) == 2
    assert (await store.find(RICH, "t", {"key": "k1"}) or {})["id"] == old[1]["id"]
    with pytest.raises(Duplicate):
        await store.write(Insert(RICH, "t", item(key="k0")))


async def test_a_smaller_declaration_keeps_the_documents(open_store: Open, path: Path) -> None:
    """What is declared no more goes, index by index; the documents stay as they were."""
    store = await open_store([RICH])
    stored = await store.write(Insert(RICH, "t", item(owner="ann", labels=["a"], key="k")))
    await store.close()
    store = await open_store([PLAIN])
    assert await store.get(PLAIN, "t", stored["id"]) == stored
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        left = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql IS NOT NULL")}
        log = {"log", "log_facts", "log_id", "log_tenant"}
        assert left - log == {"collections", "counters", "pulse", "docs:items"}
        assert connection.execute("SELECT count(*) FROM counters").fetchone() == (0,)


async def test_an_unchanged_declaration_rebuilds_nothing(open_store: Open, path: Path) -> None:
    """Opening again leaves the file as it is."""
    for _ in range(2):
        store = await open_store([RICH])
        await store.close()
        with closing(sqlite3.connect(path)) as connection:
            versions = connection.execute("PRAGMA schema_version").fetchone()
    store = await open_store([RICH])
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA schema_version").fetchone() == versions


async def test_a_declaration_that_documents_contradict_changes_nothing(open_store: Open) -> None:
    """A unique group that two documents share is refused at the opening, and both are still there."""
    store = await open_store([PLAIN])
    twins = [item(key="k"), item(key="k")]
    await store.insert_many(PLAIN, "t", twins)
    await store.close()
    with pytest.raises(Duplicate):
        await open_store([RICH])
    store = await open_store([PLAIN])
    for twin in twins:
        assert await store.get(PLAIN, "t", twin["id"]) is not None
