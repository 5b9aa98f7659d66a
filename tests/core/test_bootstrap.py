"""The first user, tenant and key: there once, however often and together servers start."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from handlers.core.collections import API_KEYS, PLATFORM, TENANTS, USERS
from handlers.core.credentials import key_id, new_key
from handlers.core.errors import Unauthenticated
from handlers.core.identity import Identity
from handlers.core.ports import Change, Document
from tests.core.people import PASSWORD, is_refused, token_of
from tests.fakes import Clock, MemoryDocuments

FIELDS = {"role": "guest", "security_level": "SAFE", "agent_access_level": "BASIC"}


@pytest.fixture
async def key(identity: Identity, user: Document) -> str:
    """The guest's key."""
    return await token_of(identity, user, "key")


async def test_a_user_is_made_once_and_given_a_new_password(
    identity: Identity, documents: MemoryDocuments, user: Document
) -> None:
    """Starting again with another password changes it; starting again with the same one changes nothing."""
    assert (await identity.ensure_user("guest", PASSWORD, **FIELDS)) == user
    await identity.ensure_user("guest", "Another456!", **FIELDS)
    assert len(documents.all_of(USERS, PLATFORM)) == 1
    assert (await identity.log_in("guest", "Another456!")).user.id == user["id"]
    with pytest.raises(Unauthenticated):
        await identity.log_in("guest", PASSWORD)


async def test_a_new_password_ends_the_sessions_before_it(
    identity: Identity, documents: MemoryDocuments, user: Document, clock: Clock
) -> None:
    """Sessions of the old password are refused within a second, used before or not; keys and new sessions go on."""
    used, unused = [(await identity.log_in("guest", PASSWORD)).token for _ in range(2)]
    key = await token_of(identity, user, "key")
    await identity.authenticate(used)
    await identity.ensure_user("guest", "Another456!", **FIELDS)
    clock.advance(1001)
    assert await is_refused(identity, used)
    assert await is_refused(identity, unused)
    await identity.authenticate((await identity.log_in("guest", "Another456!")).token)
    await identity.authenticate(key)


async def test_the_same_password_ends_no_session(identity: Identity, user: Document, clock: Clock) -> None:
    """A restart with the same password leaves sessions as they are."""
    token = await token_of(identity, user, "session")
    await asyncio.gather(*(identity.ensure_user("guest", PASSWORD, **FIELDS) for _ in range(3)))
    clock.advance(1001)
    assert not await is_refused(identity, token)


async def test_servers_that_bring_a_new_password_together(identity: Identity, user: Document, clock: Clock) -> None:
    """The first of them changes it, and a session that was opened with it outlives the others' starts."""
    starts = [asyncio.ensure_future(identity.ensure_user("guest", "Another456!", **FIELDS)) for _ in range(5)]
    await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
    session = await identity.log_in("guest", "Another456!")
    assert {(await start)["generation"] for start in starts} == {1}
    clock.advance(1001)
    assert not await is_refused(identity, session.token)


async def test_another_bootstrap_key_ends_the_one_before(
    identity: Identity, documents: MemoryDocuments, user: Document, key: str, clock: Clock
) -> None:
    """Of the keys that the settings have named, only the latest is valid; other keys of the user are left alone."""
    first, second = new_key(), new_key()
    for bootstrap in (first, first, second):
        await identity.ensure_bootstrap_key(bootstrap, await identity.ensure_user("guest", PASSWORD, **FIELDS))
        await identity.authenticate(bootstrap)
    clock.advance(1001)
    assert await is_refused(identity, first)
    assert not await is_refused(identity, second)
    assert not await is_refused(identity, key)
    await identity.ensure_bootstrap_key(first, await identity.ensure_user("guest", PASSWORD, **FIELDS))
    clock.advance(1001)
    assert await is_refused(identity, second)
    assert not await is_refused(identity, first)


async def test_the_first_user_and_their_key_are_made_at_once(identity: Identity, documents: MemoryDocuments) -> None:
    """A start makes sure of both, or of the user alone; the next one finds what the first one has made."""
    key = new_key()
    for given in (key, key, None):
        await identity.ensure_first("first", PASSWORD, given, **FIELDS)
        await identity.log_in("first", PASSWORD)
        assert not await is_refused(identity, key)
    assert len(documents.all_of(API_KEYS, PLATFORM)) == 1


async def test_a_start_that_is_cut_short_leaves_no_key_behind(
    identity: Identity, documents: MemoryDocuments, user: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever write a start did not live to make, the next one with another key leaves that key alone valid."""
    write = documents.write
    for writes in range(4):
        left = iter(range(writes))

        async def mortal(change: Change, left: Iterator[int] = left) -> Document:
            next(left)
            return await write(change)

        monkeypatch.setattr(documents, "write", mortal)
        with suppress(RuntimeError):
            await identity.ensure_bootstrap_key(new_key(), await identity.ensure_user("guest", PASSWORD, **FIELDS))
        monkeypatch.setattr(documents, "write", write)
        last = new_key()
        await identity.ensure_bootstrap_key(last, await identity.ensure_user("guest", PASSWORD, **FIELDS))
        assert [record["id"] for record in documents.all_of(API_KEYS, PLATFORM)] == [key_id(last)]


async def test_servers_that_bring_a_new_bootstrap_key_together(
    identity: Identity, documents: MemoryDocuments, user: Document
) -> None:
    """However many start with it, the old key ends and there is one new one."""
    old, new = new_key(), new_key()
    await identity.ensure_bootstrap_key(old, user)
    held = await identity.ensure_user("guest", PASSWORD, **FIELDS)
    await asyncio.gather(*(identity.ensure_bootstrap_key(new, held) for _ in range(5)))
    assert [record["id"] for record in documents.all_of(API_KEYS, PLATFORM)] == [key_id(new)]


async def test_servers_that_start_together_make_one_user(identity: Identity, documents: MemoryDocuments) -> None:
    """The first user and key exist once, however many make sure of them at the same time."""
    users = await asyncio.gather(*(identity.ensure_user("admin", PASSWORD, **FIELDS) for _ in range(5)))
    assert len({user["id"] for user in users}) == 1
    key = new_key()
    await asyncio.gather(*(identity.ensure_key(key, users[0], "bootstrap") for _ in range(5)))
    assert len(documents.all_of(API_KEYS, PLATFORM)) == 1


async def test_servers_that_start_together_make_one_tenant(identity: Identity, documents: MemoryDocuments) -> None:
    """The default tenant is there after a start, once."""
    await asyncio.gather(*(identity.ensure_tenant() for _ in range(5)))
    (tenant,) = documents.all_of(TENANTS, PLATFORM)
    assert (tenant["id"], tenant["cr_name"], tenant["display_name"]) == ("t_default", "tenant-default", "Default")


async def test_a_user_brings_their_home_about(identity: Identity) -> None:
    """Who is made for a tenant can act in it."""
    user = await identity.ensure_user("Ann", PASSWORD, role="guest", home="t_new")
    assert (await identity.authenticate(await token_of(identity, user, "key"))).tenant == "t_new"
