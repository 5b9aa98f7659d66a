"""What every store promises about documents that are due, and about making room."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from handlers.core.errors import Stale, UndeclaredQuery
from handlers.core.ports import Collection, Document, Documents, Insert, Update
from tests.adapters.documents.declarations import ITEMS
from tests.adapters.documents.stores import Clock, make

_numbers = count(1)


@pytest.fixture
def dues() -> Collection:
    """A collection that no other test has: what is due is due whoever asks."""
    return Collection(f"dues_{uuid4().hex}", due="due_at", expires="expires_at")


@pytest_asyncio.fixture
async def dated(kind: str, tmp_path: Path, mongo_url: str, clock: Clock, dues: Collection) -> AsyncIterator[Documents]:
    """An open store with that collection."""
    documents = make(kind, tmp_path, mongo_url, clock, [dues, ITEMS])
    await documents.open()
    yield documents
    await documents.close()


def at(due_at: int | None, **fields: object) -> Document:
    """A document that is due then, or never."""
    return {"id": f"due_{next(_numbers):04}", **({} if due_at is None else {"due_at": due_at}), **fields}


async def test_what_is_due_comes_in_order_from_every_tenant(dated: Documents, dues: Collection) -> None:
    """Up to a moment and with it, the longest due first, whoever it belongs to; what has no moment is never due."""
    made = [("t_a", at(500)), ("t_b", at(100)), ("t_a", at(None)), ("t_c", at(300)), ("t_b", at(301)), ("t_a", at(0))]
    for tenant, document in made:
        await dated.write(Insert(dues, tenant, document))
    found = await dated.due(dues, 300, 10)
    assert [(document["tenant"], document["due_at"]) for document in found] == [("t_a", 0), ("t_b", 100), ("t_c", 300)]
    assert [document["due_at"] for document in await dated.due(dues, 9_999, 2)] == [0, 100]
    assert await dated.due(dues, -1, 10) == []


async def test_a_moment_moves_with_its_document(dated: Documents, dues: Collection) -> None:
    """A change of the document is a change of when it is due; without a moment it is due no more."""
    moved, freed = at(100), at(100)
    for document in (moved, freed):
        await dated.write(Insert(dues, "t", document))
    await dated.write(Update(dues, "t", moved["id"], {"due_at": 100}, {"due_at": 700}))
    await dated.write(Update(dues, "t", freed["id"], {}, {"due_at": None}))
    assert await dated.due(dues, 699, 10) == []
    assert [document["id"] for document in await dated.due(dues, 700, 10)] == [moved["id"]]
    with pytest.raises(Stale):
        await dated.write(Update(dues, "t", moved["id"], {"due_at": 100}, {"due_at": 200}))


async def test_an_expired_document_is_not_due(dated: Documents, dues: Collection, clock: Clock) -> None:
    """What is gone for every reader is gone for whoever would act on it."""
    brief = at(100, expires_at=clock() + 1_000)
    await dated.write(Insert(dues, "t", brief))
    assert [document["id"] for document in await dated.due(dues, 200, 10)] == [brief["id"]]
    clock.advance(1_000)
    assert await dated.due(dues, 200, 10) == []


async def test_only_what_is_declared_can_be_due(dated: Documents) -> None:
    """A collection without a moment has no index of them, and cannot be asked."""
    with pytest.raises(UndeclaredQuery):
        await dated.due(ITEMS, 1, 1)


async def test_sweeping_leaves_only_the_living(dated: Documents, dues: Collection, clock: Clock) -> None:
    """What has expired is removed and counted; what has not, stays."""
    brief = [at(None, expires_at=clock() + 1_000) for _ in range(3)]
    lasting = at(None, expires_at=clock() + 60_000)
    await dated.insert_many(dues, "t", [*brief, lasting, at(None)])
    await dated.sweep()
    clock.advance(2_000)
    assert await dated.sweep() >= 3  # a store that others share may hold more than we know of
    clock.advance(-2_000)
    assert [await dated.get(dues, "t", document["id"]) for document in brief] == [None] * 3
    assert await dated.get(dues, "t", lasting["id"]) is not None
