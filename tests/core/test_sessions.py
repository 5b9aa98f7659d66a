"""Sessions: renewed by tokens that are spent, and ended for everybody when one is spent twice."""

import asyncio
from collections.abc import Callable

import pytest

from handlers.core.collections import API_KEYS, PLATFORM, REFRESHES, SESSIONS, USERS
from handlers.core.credentials import key_id
from handlers.core.errors import Forbidden, Unauthenticated
from handlers.core.identity import Identity
from handlers.core.ports import Delete, Document, Update
from handlers.core.sessions import Session
from tests.core.people import PASSWORD, SECOND, is_refused, stranger, token_of
from tests.fakes import Clock, MemoryDocuments

DAY = 24 * 3_600_000


@pytest.fixture
async def session(identity: Identity, user: Document) -> Session:
    """A session that can be refreshed for seven days."""
    return await identity.log_in("guest", PASSWORD, refresh_days=7)


async def refuses(identity: Identity, refresh_token: str) -> bool:
    """Whether a refresh token buys nothing."""
    try:
        await identity.sessions.refresh(refresh_token)
    except Unauthenticated:
        return True
    return False


async def test_a_session_that_was_not_used_expires_too(identity: Identity, user: Document, clock: Clock) -> None:
    """A token that comes for the first time after its session's end is refused."""
    session = await identity.log_in("guest", PASSWORD)
    clock.advance(3_600_000)
    assert await is_refused(identity, session.token)


async def test_a_closed_session_is_refused_within_a_second(identity: Identity, session: Session, clock: Clock) -> None:
    """Logging out ends the token, and what would renew it."""
    await identity.log_out(await identity.authenticate(session.token))
    clock.advance(SECOND)
    assert await is_refused(identity, session.token)
    assert await refuses(identity, session.refresh_token)


async def test_a_refresh_brings_new_tokens(identity: Identity, session: Session, clock: Clock) -> None:
    """Both tokens are new, the session is the same, and the older access token lives out its hour."""
    clock.advance(3_000_000)
    renewed = await identity.sessions.refresh(session.refresh_token)
    assert renewed.refresh_token.startswith("nexus_rt_")
    assert {renewed.token, renewed.refresh_token}.isdisjoint({session.token, session.refresh_token})
    tokens = [session.token, renewed.token]
    first, second = [await identity.authenticate(token) for token in tokens]
    assert first.session == second.session
    clock.advance(600_000)
    assert [await is_refused(identity, token) for token in tokens] == [True, False]


async def test_a_token_is_stored_as_what_it_cannot_be_made_from(
    identity: Identity, documents: MemoryDocuments, session: Session
) -> None:
    """Who reads the store can refresh nothing."""
    assert session.refresh_token not in str(documents.all_of(REFRESHES, PLATFORM))


@pytest.mark.parametrize("days", [7, 30])
async def test_a_refresh_token_lives_so_long(identity: Identity, user: Document, clock: Clock, days: int) -> None:
    """Each renewal counts anew; without one the session is over."""
    session = await identity.log_in("guest", PASSWORD, refresh_days=days)
    for _ in range(3):
        clock.advance(days * DAY - 1)
        session = await identity.sessions.refresh(session.refresh_token)
    clock.advance(days * DAY)
    assert await refuses(identity, session.refresh_token)


async def test_what_has_expired_is_gone_from_the_store(
    identity: Identity, documents: MemoryDocuments, session: Session, clock: Clock
) -> None:
    """Sessions and refresh tokens carry the moment from which a store removes them."""
    for collection in (SESSIONS, REFRESHES):
        (record,) = documents.all_of(collection, PLATFORM)
        assert record[collection.expires] == clock.now + 7 * DAY
        clock.advance(0)


async def test_a_spent_token_ends_the_session(identity: Identity, session: Session, clock: Clock) -> None:
    """Used a second time, a refresh token ends every token that came from the same login."""
    renewed = await identity.sessions.refresh(session.refresh_token)
    await identity.authenticate(renewed.token)
    assert await refuses(identity, session.refresh_token)
    clock.advance(SECOND)
    assert await is_refused(identity, renewed.token)
    assert await is_refused(identity, session.token)
    assert await refuses(identity, renewed.refresh_token)


async def test_a_spent_token_ends_no_other_session(identity: Identity, user: Document, session: Session) -> None:
    """Another login of the same user goes on."""
    other = await identity.log_in("guest", PASSWORD, refresh_days=7)
    await identity.sessions.refresh(session.refresh_token)
    assert await refuses(identity, session.refresh_token)
    assert not await refuses(identity, other.refresh_token)


async def test_of_two_who_refresh_at_once_neither_goes_on(
    identity: Identity, session: Session, clock: Clock, documents: MemoryDocuments
) -> None:
    """However the race ends, nothing that comes from the shared token is good afterwards."""
    outcomes = await asyncio.gather(
        *(identity.sessions.refresh(session.refresh_token) for _ in range(8)), return_exceptions=True
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, Session)]
    assert len(won) <= 1
    assert all(isinstance(outcome, Unauthenticated) for outcome in outcomes if outcome not in won)
    clock.advance(SECOND)
    for renewed in won:
        assert await is_refused(identity, renewed.token)
        assert await refuses(identity, renewed.refresh_token)
    assert documents.all_of(SESSIONS, PLATFORM) == []


@pytest.mark.parametrize("token", ["", "nexus_rt_", "nexus_rt_" + "x" * 43])
async def test_an_unknown_token_is_refused(identity: Identity, session: Session, token: str) -> None:
    """What we have not given buys nothing, and ends nothing."""
    assert await refuses(identity, token)
    assert not await refuses(identity, session.refresh_token)


def suspended(user: Document) -> Update:
    """A suspension."""
    return Update(USERS, PLATFORM, user["id"], {}, {"status": "suspended"})


def renewed_password(user: Document) -> Update:
    """A new password."""
    return Update(USERS, PLATFORM, user["id"], {}, {"generation": 1})


def removed(user: Document) -> Delete:
    """A deletion."""
    return Delete(USERS, PLATFORM, user["id"])


@pytest.mark.parametrize("change", [suspended, renewed_password, removed])
async def test_a_session_is_not_renewed_for_who_may_not_come_in(
    identity: Identity,
    documents: MemoryDocuments,
    user: Document,
    session: Session,
    change: Callable[[Document], Update | Delete],
) -> None:
    """A suspension, a new password and a deletion end what could be refreshed."""
    await documents.write(change(user))
    assert await refuses(identity, session.refresh_token)


async def test_a_refresh_token_ends_its_session(identity: Identity, session: Session, clock: Clock) -> None:
    """Who holds the token may end the session with it, again and again, and nobody else's."""
    for token in (session.refresh_token, session.refresh_token, "nexus_rt_unknown"):
        await identity.sessions.end_by(token)
    clock.advance(SECOND)
    assert await is_refused(identity, session.token)


async def test_a_key_is_traded_for_a_session(identity: Identity, user: Document) -> None:
    """A key, whole or in halves, opens a session that may do what the key may, or less."""
    key = await token_of(identity, user, "key")
    first, _, secret = key.rpartition(f"_{key.split('_', 4)[4]}")[0], "", key.split("_", 4)[4]
    for client in (None, first, first.removeprefix("nexus_sk_live_")):
        session = await identity.trade_key(client, key if client is None else secret)
        principal = await identity.authenticate(session.token)
        assert (principal.id, principal.kind, principal.scopes) == (user["id"], "key", {"task:read"})
    assert (await identity.trade_key(first, key)).refresh_token


@pytest.mark.parametrize(("client", "secret"), [(None, "x"), ("x", "y"), ("000000000000", "nexus_sk_live_x_y")])
async def test_what_is_no_key_is_traded_for_nothing(
    identity: Identity, user: Document, client: str | None, secret: str
) -> None:
    """Client credentials that are nobody's are refused."""
    with pytest.raises(Unauthenticated):
        await identity.trade_key(client, secret)


async def test_a_session_token_is_no_client_secret(identity: Identity, session: Session) -> None:
    """Only a key opens a session by itself: a stolen access token is not made to last."""
    with pytest.raises(Unauthenticated):
        await identity.trade_key(None, session.token)


async def test_a_session_of_a_key_ends_with_it(
    identity: Identity, documents: MemoryDocuments, user: Document, clock: Clock
) -> None:
    """A revoked key takes its sessions along, and what would renew them."""
    key = await token_of(identity, user, "key")
    session = await identity.trade_key(None, key)
    await identity.authenticate(session.token)
    await documents.write(Delete(API_KEYS, PLATFORM, key_id(key)))
    clock.advance(SECOND)
    assert await is_refused(identity, session.token)
    assert await refuses(identity, session.refresh_token)


async def test_nobody_is_given_more_than_they_hold(identity: Identity, user: Document) -> None:
    """Scopes beyond the key's, or the session's, are refused, and a refusal spends nothing."""
    key = await token_of(identity, user, "key")
    with pytest.raises(Forbidden):
        await identity.trade_key(None, key, ["task:write"])
    session = await identity.trade_key(None, key, ["task:read"])
    with pytest.raises(Forbidden):
        await identity.sessions.refresh(session.refresh_token, ["task:read", "admin"])
    assert (await identity.sessions.refresh(session.refresh_token, ["task:read"])).principal.scopes == {"task:read"}


async def test_a_narrow_token_leaves_the_session_as_it_is(identity: Identity) -> None:
    """A refresh may ask for fewer scopes; the next one may ask for all again."""
    await identity.ensure_user("ann", PASSWORD, role="family_member")
    session = await identity.log_in("ann", PASSWORD, refresh_days=7)
    narrow = await identity.sessions.refresh(session.refresh_token, ["task:read"])
    assert (await identity.authenticate(narrow.token)).scopes == {"task:read"}
    whole = await identity.sessions.refresh(narrow.refresh_token)
    assert (await identity.authenticate(whole.token)).scopes == {"task:read", "task:write"}


async def test_a_stranger_can_stay_one(identity: Identity) -> None:
    """Somebody without a tenant holds no scope, and refreshes like everybody."""
    session, who = await stranger(identity, "ann")
    assert (who.tenant, who.scopes) == ("", frozenset())
    assert (await identity.sessions.refresh(session.refresh_token)).principal.tenant == ""
