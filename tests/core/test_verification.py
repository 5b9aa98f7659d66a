"""Identity: keys, passwords and sessions are verified once, remembered for a second, and refused when they are gone."""

import asyncio
from typing import Any

import pytest

from handlers.core.collections import API_KEYS, PLATFORM, TENANTS, USERS
from handlers.core.credentials import key_id, new_key
from handlers.core.errors import Unauthenticated, Unavailable
from handlers.core.identity import Identity
from handlers.core.ports import Change, Delete, Document, Update
from handlers.core.principals import ANONYMOUS, Principal
from tests.core.people import PASSWORD, ROLES, is_refused, token_of
from tests.fakes import Clock, CountingHasher, MemoryDocuments, PlainTokens


@pytest.fixture
async def key(identity: Identity, user: Document, hasher: CountingHasher) -> str:
    """The guest's key."""
    key = new_key()
    await identity.ensure_key(key, user, "test")
    return key


async def test_a_key_names_its_user(identity: Identity, user: Document, key: str) -> None:
    """A key stands for its user, in the user's tenant, with the scopes of the role."""
    principal = await identity.authenticate(key)
    held = {"kind": "key", "key": key_id(key), "security_level": "SAFE"}
    assert principal == Principal(user["id"], user["home"], frozenset({"task:read"}), **held)
    assert principal.may("task:read")
    assert not principal.may("task:write")


async def test_an_unknown_role_may_nothing(
    identity: Identity, documents: MemoryDocuments, user: Document, key: str
) -> None:
    """A role that the contract does not have holds no scope."""
    await documents.write(Update(USERS, PLATFORM, user["id"], {}, {"role": "emperor"}))
    assert (await identity.authenticate(key)).scopes == frozenset()


def test_admin_holds_every_scope_and_nobody_none() -> None:
    """`admin` may all, nobody may nothing."""
    assert Principal("u", "t", frozenset({"admin"})).may("whatever:write")
    assert not ANONYMOUS.may("task:read")


@pytest.mark.parametrize(
    "change", [lambda key: key[:-1], lambda key: key + "x", lambda key: key[:-1] + "!", lambda key: "", str.upper]
)
async def test_what_is_not_the_key_is_refused(identity: Identity, key: str, change: Any) -> None:
    """A key that differs in anything is nobody's."""
    with pytest.raises(Unauthenticated):
        await identity.authenticate(change(key))


async def test_a_key_is_stored_as_what_it_cannot_be_made_from(
    identity: Identity, documents: MemoryDocuments, key: str
) -> None:
    """Neither a key nor a password stands in the store, but verifiers do."""
    (record,) = documents.all_of(API_KEYS, PLATFORM)
    assert record["id"] == key_id(key)
    assert key not in str({**record, "verifier": ""})
    assert key.rsplit("_", maxsplit=1)[-1] in record["verifier"]


async def test_a_key_is_verified_once(identity: Identity, hasher: CountingHasher, clock: Clock, key: str) -> None:
    """The slow verification happens at the first use; reading the record again is enough from then on."""
    for _ in range(5):
        await identity.authenticate(key)
        clock.advance(5000)
    assert hasher.verified == 1


async def test_first_uses_at_the_same_time_are_verified_once(
    identity: Identity, hasher: CountingHasher, key: str
) -> None:
    """Many requests that bring a new key together share one verification."""
    principals = await asyncio.gather(*(identity.authenticate(key) for _ in range(20)))
    assert hasher.verified == 1
    assert len(set(principals)) == 1


async def test_keys_have_a_hasher_of_their_own(
    identity: Identity, documents: MemoryDocuments, hasher: CountingHasher, clock: Clock, user: Document
) -> None:
    """Keys do not go where passwords go, so that a flood of logins does not delay them."""
    keys_only = CountingHasher()
    separate = Identity(documents, hasher, PlainTokens(), ROLES, clock, key_hasher=keys_only)
    key = new_key()
    await separate.ensure_key(key, user, "test")
    await separate.authenticate(key)
    assert (keys_only.verified, hasher.verified) == (1, 0)
    await separate.log_in("guest", PASSWORD)
    assert (keys_only.verified, hasher.verified) == (1, 1)


async def test_a_caller_who_leaves_does_not_take_the_others_along(
    identity: Identity, hasher: CountingHasher, key: str
) -> None:
    """A cancelled first use leaves the shared verification to the rest."""
    first = asyncio.ensure_future(identity.authenticate(key))
    second = asyncio.ensure_future(identity.authenticate(key))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).scopes == {"task:read"}
    assert hasher.verified == 1


async def test_a_revoked_key_is_refused_within_a_second(
    identity: Identity, documents: MemoryDocuments, clock: Clock, key: str
) -> None:
    """A remembered key is believed for one second after its record was seen, and not longer."""
    await identity.authenticate(key)
    await documents.write(Delete(API_KEYS, PLATFORM, key_id(key)))
    clock.advance(1001)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await identity.authenticate(key)


@pytest.mark.parametrize("kind", ["key", "session"])
async def test_a_changed_user_is_seen_within_a_second(
    identity: Identity, documents: MemoryDocuments, hasher: CountingHasher, clock: Clock, user: Document, kind: str
) -> None:
    """Another role or tenant holds for the keys and sessions that there are, without another slow verification."""
    token = await token_of(identity, user, kind)
    await identity.authenticate(token)
    slow = hasher.verified
    await identity.ensure_tenant("t_other")
    await documents.write(Update(USERS, PLATFORM, user["id"], {}, {"role": "family_member", "home": "t_other"}))
    assert (await identity.authenticate(token)).tenant == user["home"]
    clock.advance(1001)
    principal = await identity.authenticate(token)
    assert (principal.tenant, principal.scopes) == ("t_other", {"task:read", "task:write"})
    assert hasher.verified == slow


@pytest.mark.parametrize("kind", ["key", "session"])
async def test_a_deleted_user_is_refused_within_a_second(
    identity: Identity, documents: MemoryDocuments, clock: Clock, user: Document, kind: str
) -> None:
    """With the user go their keys and sessions, used before or not."""
    used, unused = await token_of(identity, user, kind), await token_of(identity, user, kind)
    await identity.authenticate(used)
    await documents.write(Delete(USERS, PLATFORM, user["id"]))
    clock.advance(1001)
    assert await is_refused(identity, used)
    assert await is_refused(identity, unused)


async def test_a_key_that_is_revoked_while_it_is_verified(
    identity: Identity, documents: MemoryDocuments, hasher: CountingHasher, key: str
) -> None:
    """The records are read behind the slow verification, so that its time is no time of grace."""
    first = asyncio.ensure_future(identity.authenticate(key))
    while not hasher.verified:
        await asyncio.sleep(0)
    await documents.write(Delete(API_KEYS, PLATFORM, key_id(key)))
    with pytest.raises(Unauthenticated):
        await first


async def test_a_recheck_reads_only_after_a_second(
    identity: Identity, documents: MemoryDocuments, clock: Clock, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the second nothing is read."""
    await identity.authenticate(key)
    monkeypatch.setattr(documents, "get", None)
    clock.advance(1000)
    await identity.authenticate(key)


async def test_a_used_key_is_rechecked_every_second(
    identity: Identity, documents: MemoryDocuments, clock: Clock, key: str
) -> None:
    """Steady use does not put off the check."""
    for _ in range(7):
        await identity.authenticate(key)
        clock.advance(300)
    await documents.write(Delete(API_KEYS, PLATFORM, key_id(key)))
    refused = 0
    for _ in range(4):
        clock.advance(300)
        refused += await is_refused(identity, key)
    assert refused >= 1


async def test_what_is_remembered_is_bounded(identity: Identity, user: Document) -> None:
    """However many tokens are used, only so many are remembered, and a forgotten one still works."""
    identity.verification._verdicts.update(dict.fromkeys(map(str, range(10_000)), None))
    key = new_key()
    await identity.ensure_key(key, user, "test")
    await identity.authenticate(key)
    assert len(identity.verification._verdicts) == 10_000
    assert "0" not in identity.verification._verdicts


async def test_what_is_refused_is_not_remembered(identity: Identity, user: Document) -> None:
    """Guesses leave nothing behind."""
    for number in range(50):
        assert await is_refused(identity, f"nexus_sk_live_guess_{number}")
    assert identity.verification._verdicts == {}
    assert identity.verification._under_way == {}


def test_keys_are_unique_and_long() -> None:
    """No two keys are alike, and none can be guessed."""
    keys = {new_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(key.split("_", 4)[4]) == 32 for key in keys)


async def test_a_token_is_good_as_it_comes_from_ggi(identity: Identity, user: Document) -> None:
    """The prefix that the GGI specification prints in front of a token is no part of it."""
    token = await token_of(identity, user, "session")
    assert (await identity.authenticate(f"nexus_at_{token}")).id == user["id"]


@pytest.mark.parametrize("status", ["suspended", "inactive"])
@pytest.mark.parametrize("kind", ["key", "session"])
async def test_who_is_not_active_is_refused_within_a_second(
    identity: Identity, documents: MemoryDocuments, clock: Clock, user: Document, kind: str, status: str
) -> None:
    """A suspension reaches keys and sessions that were used a moment ago."""
    token = await token_of(identity, user, kind)
    await identity.authenticate(token)
    await documents.write(Update(USERS, PLATFORM, user["id"], {}, {"status": status}))
    clock.advance(1001)
    assert await is_refused(identity, token)


async def test_a_use_is_noted_at_most_once_a_minute(
    identity: Identity, documents: MemoryDocuments, clock: Clock, key: str
) -> None:
    """However often a key is used, its record is written once in a minute."""
    first = clock.now
    for _ in range(20):
        await identity.authenticate(key)
        clock.advance(2000)
    (record,) = documents.all_of(API_KEYS, PLATFORM)
    assert record["last_used_at"] == first
    clock.advance(60_000)
    await identity.authenticate(key)
    (record,) = documents.all_of(API_KEYS, PLATFORM)
    assert record["last_used_at"] == clock.now


async def test_a_note_that_fails_refuses_nobody(
    identity: Identity, documents: MemoryDocuments, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may come in does so although the store takes no writes."""

    async def fail(change: Change) -> Document:
        raise Unavailable("The disk is full")

    monkeypatch.setattr(documents, "write", fail)
    assert (await identity.authenticate(key)).scopes == {"task:read"}


async def test_an_expired_key_is_refused(
    identity: Identity, documents: MemoryDocuments, clock: Clock, key: str
) -> None:
    """A key that has an end is good until then, used or not."""
    await identity.authenticate(key)
    until = clock.now + 5000
    await documents.write(Update(API_KEYS, PLATFORM, key_id(key), {}, {"expires_at": until}))
    clock.advance(4999)
    assert (await identity.authenticate(key)).expires_at == until
    clock.advance(1)
    assert await is_refused(identity, key)


@pytest.mark.parametrize(
    ("of_tenant", "of_key", "limits"),
    [
        (None, None, None),
        ({"tasks": 5}, None, {"tasks": 5}),
        (None, {"tasks": 7}, {"tasks": 7}),
        ({"tasks": 5, "ai": 1}, {"tasks": 7}, {"tasks": 7, "ai": 1}),
    ],
)
async def test_limits_are_the_keys_before_the_tenants(
    identity: Identity,
    documents: MemoryDocuments,
    clock: Clock,
    user: Document,
    key: str,
    of_tenant: Any,
    of_key: Any,
    limits: Any,
) -> None:
    """What a key says of a category goes before what its tenant says; a session that a key opened has the key's."""
    await documents.write(Update(TENANTS, PLATFORM, user["home"], {}, {"limits": of_tenant}))
    await documents.write(Update(API_KEYS, PLATFORM, key_id(key), {}, {"limits": of_key}))
    session = await identity.trade_key(None, key)
    assert (await identity.authenticate(key)).limits == limits
    assert (await identity.authenticate(session.token)).limits == limits
