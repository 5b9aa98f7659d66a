"""API keys: never with more than their maker holds, listed without what opens anything, ended within a second."""

import asyncio
from dataclasses import asdict

import pytest

from handlers.core.collections import API_KEYS, PLATFORM, USERS
from handlers.core.credentials import key_id, new_key, whole_key
from handlers.core.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Unprocessable
from handlers.core.identity import Identity
from handlers.core.keys import NewKey
from handlers.core.ports import Change, Document, Position, Update
from handlers.core.principals import Principal
from tests.core.people import SECOND, is_refused, somebody
from tests.fakes import Clock, MemoryDocuments

READER = NewKey("reader", ("task:read",))


@pytest.fixture
async def owner(identity: Identity) -> Principal:
    """Somebody who may make keys."""
    return await somebody(identity, "ann", "owner", home="t_one")


@pytest.fixture
async def other(identity: Identity) -> Principal:
    """Somebody who may make keys elsewhere."""
    return await somebody(identity, "bob", "owner", home="t_two")


def test_keys_are_unique_and_long() -> None:
    """No two keys are alike, and none can be guessed."""
    keys = {new_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(key.split("_", 4)[4]) == 32 for key in keys)


@pytest.mark.parametrize(
    ("client", "secret", "key"),
    [
        (None, "nexus_sk_live_a_b_c", "nexus_sk_live_a_b_c"),
        ("a", "b_c", "nexus_sk_live_a_b_c"),
        ("nexus_sk_live_a", "b_c", "nexus_sk_live_a_b_c"),
        ("a", "nexus_sk_live_a_b_c", "nexus_sk_live_a_b_c"),
    ],
)
def test_a_key_is_made_whole(client: str | None, secret: str, key: str) -> None:
    """Two halves make the key, with or without its beginning; a whole one is what it is."""
    assert whole_key(client, secret) == key


async def test_a_key_acts_for_its_maker(identity: Identity, owner: Principal) -> None:
    """A new key opens its tenant, within its scopes."""
    key, made = await identity.keys.create(owner, READER)
    who = await identity.authenticate(key)
    assert (who.id, who.tenant, who.scopes, who.key) == (owner.id, "t_one", {"task:read"}, made.id)
    assert made.id == key_id(key)


async def test_nothing_that_opens_is_told_again(
    identity: Identity, owner: Principal, documents: MemoryDocuments
) -> None:
    """Neither what is listed nor what is stored holds the key."""
    key, made = await identity.keys.create(owner, READER)
    listed = await identity.keys.page(owner, 10)
    (stored,) = documents.all_of(API_KEYS, PLATFORM)
    for known in (asdict(made), *map(asdict, listed), {**stored, "verifier": ""}):
        assert key.split("_", 4)[4] not in str(known)


async def test_nobody_gives_a_key_more_than_they_hold(identity: Identity, owner: Principal) -> None:
    """A scope that the maker lacks is refused, and a key makes no wider key."""
    with pytest.raises(Forbidden):
        await identity.keys.create(owner, NewKey("wide", ("task:read", "admin")))
    maker, _ = await identity.keys.create(owner, NewKey("maker", ("key:write", "task:read")))
    as_key = await identity.authenticate(maker)
    with pytest.raises(Forbidden):
        await identity.keys.create(as_key, NewKey("wide", ("task:write",)))
    narrow, _ = await identity.keys.create(as_key, READER)
    assert (await identity.authenticate(narrow)).scopes == {"task:read"}


async def test_a_key_shrinks_with_its_owner(
    identity: Identity, owner: Principal, documents: MemoryDocuments, clock: Clock
) -> None:
    """What the owner may no more, their keys may no more, within a second."""
    key, _ = await identity.keys.create(owner, NewKey("writer", ("task:read", "task:write")))
    assert (await identity.authenticate(key)).scopes == {"task:read", "task:write"}
    await documents.write(Update(USERS, PLATFORM, owner.id, {}, {"role": "guest"}))
    clock.advance(SECOND)
    assert (await identity.authenticate(key)).scopes == {"task:read"}


async def test_a_key_of_an_administrator_is_as_narrow_as_it_was_made(identity: Identity) -> None:
    """Who may everything can make a key that may little."""
    admin = await somebody(identity, "root", home="t_one")
    key, _ = await identity.keys.create(admin, READER)
    assert (await identity.authenticate(key)).scopes == {"task:read"}
    key, _ = await identity.keys.create(admin, NewKey("all", ("admin",)))
    assert (await identity.authenticate(key)).may("whatever")


async def test_a_key_ends_in_the_future(identity: Identity, owner: Principal, clock: Clock) -> None:
    """An end in the past is refused; at its end a key opens nothing and is listed no more."""
    for until in (clock.now, clock.now - 1):
        with pytest.raises(Unprocessable):
            await identity.keys.create(owner, NewKey("late", ("task:read",), until))
    key, made = await identity.keys.create(owner, NewKey("brief", ("task:read",), clock.now + 1000))
    with pytest.raises(Unprocessable):
        await identity.keys.change(owner, made.id, {"expires_at": clock.now})
    clock.advance(1000)
    assert await is_refused(identity, key)
    assert await identity.keys.page(owner, 10) == []


async def test_a_longer_life_is_believed_at_once(identity: Identity, owner: Principal, clock: Clock) -> None:
    """A key whose end is put off in time is never refused."""
    key, made = await identity.keys.create(owner, NewKey("brief", ("task:read",), clock.now + 5000))
    await identity.authenticate(key)
    await identity.keys.change(owner, made.id, {"expires_at": clock.now + 60_000})
    for _ in range(5):
        clock.advance(2000)
        assert not await is_refused(identity, key)


async def test_keys_are_listed_by_tenant(identity: Identity, owner: Principal, other: Principal, clock: Clock) -> None:
    """A tenant sees its own keys, the newest first, page by page."""
    for number in range(5):
        clock.advance(1000)
        await identity.keys.create(owner, NewKey(str(number), ("task:read",)))
    first = await identity.keys.page(owner, 2)
    behind = Position(first[-1].created_at, first[-1].id)
    rest = await identity.keys.page(owner, 10, after=behind)
    assert [key.label for key in [*first, *rest]] == ["4", "3", "2", "1", "0"]
    assert [key.label for key in await identity.keys.page(owner, 2, offset=3)] == ["1", "0"]
    assert [await identity.keys.count(who) for who in (owner, other)] == [5, 0]


async def test_keys_of_other_tenants_are_not_found(identity: Identity, owner: Principal, other: Principal) -> None:
    """Nobody reads, changes or ends a key of another tenant, in their own or in its name."""
    key, made = await identity.keys.create(owner, READER)
    for attempt in (
        identity.keys.get(other, made.id),
        identity.keys.change(other, made.id, {"label": "mine"}),
        identity.keys.revoke(other, made.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    for attempt in (
        identity.keys.create(other, READER, tenant="t_one"),
        identity.keys.page(other, 10, tenant="t_one"),
        identity.keys.get(other, made.id, tenant="t_one"),
        identity.keys.revoke(other, made.id, tenant="t_one"),
    ):
        with pytest.raises(Forbidden):
            await attempt
    with pytest.raises(NotFound):
        await identity.keys.page(other, 10, tenant="t_nowhere")
    assert not await is_refused(identity, key)


async def test_a_scope_is_asked_for_in_the_tenant_that_is_named(identity: Identity) -> None:
    """Who may make keys at home may not make them where they are a guest."""
    ann, bob = [
        await somebody(identity, name, "owner", home=f"t_{name}", email=f"{name}@b.cd") for name in ("ann", "bob")
    ]
    await identity.members.add(ann, "t_ann", "bob@b.cd", "guest")
    with pytest.raises(Forbidden):
        await identity.keys.create(bob, READER, tenant="t_ann")
    assert await identity.keys.create(bob, READER, tenant="t_bob")


async def test_a_key_names_no_tenant(identity: Identity, owner: Principal) -> None:
    """Where a request names the tenant, it takes somebody who has logged in."""
    key, _ = await identity.keys.create(owner, NewKey("maker", ("key:read", "key:write")))
    as_key = await identity.authenticate(key)
    with pytest.raises(Forbidden):
        await identity.keys.page(as_key, 10, tenant="t_one")


async def test_a_key_that_changes_while_it_is_revoked_stays(
    identity: Identity, owner: Principal, documents: MemoryDocuments
) -> None:
    """Whoever names the version that they have read is told of the present one, however late it came about."""
    _, made = await identity.keys.create(owner, READER)
    write = documents.write

    async def write_too_late(change: Change) -> Document:
        documents.write = write
        await identity.keys.change(owner, made.id, {"label": "new"})
        return await write(change)

    documents.write = write_too_late
    with pytest.raises(PreconditionFailed) as refused:
        await identity.keys.revoke(owner, made.id, version=1)
    assert refused.value.details == {"id": made.id, "present": 2}
    assert (await identity.keys.get(owner, made.id)).label == "new"


async def test_a_revoked_key_is_refused_within_a_second(identity: Identity, owner: Principal, clock: Clock) -> None:
    """What is revoked opens nothing, and is found no more."""
    key, made = await identity.keys.create(owner, READER)
    await identity.authenticate(key)
    await identity.keys.revoke(owner, made.id)
    clock.advance(SECOND)
    assert await is_refused(identity, key)
    with pytest.raises(NotFound):
        await identity.keys.revoke(owner, made.id)


async def test_a_key_is_changed_as_it_was_read(identity: Identity, owner: Principal, clock: Clock) -> None:
    """A version that is not the present one changes and ends nothing; its use is no new version."""
    key, made = await identity.keys.create(owner, READER)
    await identity.authenticate(key)
    clock.advance(5)
    changed = await identity.keys.change(owner, made.id, {"label": "nightly", "limits": {"tasks": 5}}, version=1)
    assert (changed.label, changed.limits, changed.version, changed.updated_at) == (
        "nightly",
        {"tasks": 5},
        2,
        clock.now,
    )
    for attempt in (
        identity.keys.change(owner, made.id, {"label": "x"}, version=1),
        identity.keys.revoke(owner, made.id, version=1),
    ):
        with pytest.raises(PreconditionFailed):
            await attempt
    await identity.keys.revoke(owner, made.id, version=2)


async def test_a_repeated_request_makes_one_key(
    identity: Identity, owner: Principal, documents: MemoryDocuments, clock: Clock
) -> None:
    """With an idempotency key the same request is a conflict the second time, for it cannot be told again."""
    attempts = (identity.keys.create(owner, READER, idempotency_key="once") for _ in range(5))
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert len(documents.all_of(API_KEYS, PLATFORM)) == 1
    with pytest.raises(Conflict):
        await identity.keys.create(owner, NewKey("other", ("task:read",)), idempotency_key="once")
    clock.advance(24 * 3_600_000)
    assert await identity.keys.create(owner, READER, idempotency_key="once")
