"""What every store promises about documents that expire."""

import pytest

from handlers.core.errors import Duplicate, Stale
from handlers.core.ports import Delete, Documents, Insert, Query, Update
from tests.adapters.documents.declarations import SESSIONS, session
from tests.adapters.documents.stores import Clock


def sessions(tenant: str, **where: str) -> Query:
    """A query over `SESSIONS`."""
    return Query(SESSIONS, tenant, "created_at", where)


async def test_an_expired_document_is_gone_at_once(store: Documents, tenant: str, clock: Clock) -> None:
    """From its moment on no read shows it, no number counts it and no change finds it."""
    brief, lasting = session(clock() + 5_000, token="t"), session(None)
    await store.insert_many(SESSIONS, tenant, [brief, lasting])
    assert await store.count(sessions(tenant)) == 2
    clock.advance(5_001)
    assert await store.get(SESSIONS, tenant, brief["id"]) is None
    assert await store.find(SESSIONS, tenant, {"token": "t"}) is None
    assert [found["id"] for found in await store.page(sessions(tenant), 9)] == [lasting["id"]]
    assert await store.count(sessions(tenant)) == await store.count(sessions(tenant, user="ann")) == 1
    with pytest.raises(Stale):
        await store.write(Update(SESSIONS, tenant, brief["id"], {}, {"user": "bob"}))
    with pytest.raises(Stale):
        await store.write(Delete(SESSIONS, tenant, brief["id"]))


async def test_an_expired_document_blocks_nothing(store: Documents, tenant: str, clock: Clock) -> None:
    """Its identifier and its unique values are free for an insert, a bulk and an update."""
    first, second, third = (session(clock() + 5_000, token=token) for token in "abc")
    await store.insert_many(SESSIONS, tenant, [first, second, third])
    clock.advance(5_001)
    later = clock() + 60_000
    again = await store.write(Insert(SESSIONS, tenant, {**first, "token": "b", "expires_at": later}))
    assert await store.find(SESSIONS, tenant, {"token": "b"}) == again
    [refused] = await store.insert_many(SESSIONS, tenant, [{**second, "expires_at": later}])
    assert refused is not None and refused.fields == ("token",)
    assert await store.insert_many(SESSIONS, tenant, [{**second, "token": "d", "expires_at": later}]) == [None]
    await store.write(Update(SESSIONS, tenant, first["id"], {}, {"token": "c"}))
    assert await store.count(sessions(tenant)) == 2


async def test_a_living_document_still_blocks(store: Documents, tenant: str, clock: Clock) -> None:
    """Expiry frees nothing before its moment."""
    await store.write(Insert(SESSIONS, tenant, session(clock() + 60_000, token="t")))
    with pytest.raises(Duplicate):
        await store.write(Insert(SESSIONS, tenant, session(None, token="t")))


async def test_an_expiry_can_be_moved(store: Documents, tenant: str, clock: Clock) -> None:
    """A renewed document outlives its first moment; one without a moment stays."""
    renewed, freed = session(clock() + 5_000), session(clock() + 5_000)
    await store.insert_many(SESSIONS, tenant, [renewed, freed])
    await store.write(Update(SESSIONS, tenant, renewed["id"], {}, {"expires_at": clock() + 60_000}))
    await store.write(Update(SESSIONS, tenant, freed["id"], {}, {"expires_at": None}))
    clock.advance(6_000)
    assert await store.count(sessions(tenant)) == 2
