"""People coming in by a password, and names that are locked."""

import asyncio

import pytest

from handlers.core.collections import LOGIN_FAILURES, PLATFORM, SESSIONS, USERS
from handlers.core.errors import TooManyFailures, Unauthenticated, Unavailable
from handlers.core.identity import Identity
from handlers.core.ports import Document, Update
from tests.core.people import PASSWORD, is_refused, somebody, stranger
from tests.fakes import Clock, CountingHasher, MemoryDocuments

MINUTES = 60_000


async def fail(identity: Identity, name: str = "guest", times: int = 1) -> None:
    """Log in with a wrong password so many times."""
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            await identity.log_in(name, "wrong")


async def is_locked(identity: Identity, name: str = "guest", password: str = PASSWORD) -> bool:
    """Whether a name is locked."""
    try:
        await identity.log_in(name, password)
    except TooManyFailures:
        return True
    except Unauthenticated:
        return False
    return False


async def test_a_password_opens_a_session(identity: Identity, user: Document, clock: Clock) -> None:
    """A session's token names its user until it expires, an hour later; user names ignore case."""
    session = await identity.log_in("GUEST", PASSWORD)
    assert session.user.id == user["id"]
    assert session.expires_at == (clock.now + 3_600_000) // 1000
    assert (await identity.authenticate(session.token)).id == user["id"]
    clock.advance(3_599_500)
    assert (await identity.authenticate(session.token)).id == user["id"]
    clock.advance(500)
    assert await is_refused(identity, session.token)


async def test_an_address_is_as_good_as_a_name(identity: Identity) -> None:
    """Who has an e-mail address may log in by it, in any case."""
    session, _ = await stranger(identity, "ann")
    assert (await identity.log_in("ANN@example.com", "a-strong-password")).user.id == session.user.id


async def test_a_login_is_written_down(
    identity: Identity, documents: MemoryDocuments, user: Document, clock: Clock
) -> None:
    """A user's record says when they were here last."""
    clock.advance(5000)
    await identity.log_in("guest", PASSWORD)
    assert documents.all_of(USERS, PLATFORM)[0]["last_login"] == clock.now


@pytest.mark.parametrize(("username", "password"), [("guest", "wrong"), ("guest", ""), ("nobody", PASSWORD)])
async def test_a_failed_login_says_nothing_of_why(
    identity: Identity, documents: MemoryDocuments, hasher: CountingHasher, user: Document, username: str, password: str
) -> None:
    """An unknown user and a wrong password cost one verification each and get the same words."""
    with pytest.raises(Unauthenticated) as refusal:
        await identity.log_in(username, password)
    assert refusal.value.message == "Invalid user name or password"
    assert hasher.verified == 1
    assert documents.all_of(SESSIONS, PLATFORM) == []


async def test_who_is_not_active_is_refused_alike(
    identity: Identity, documents: MemoryDocuments, hasher: CountingHasher, user: Document
) -> None:
    """Somebody suspended cannot log in, and learns no more than a guesser."""
    await documents.write(Update(USERS, PLATFORM, user["id"], {}, {"status": "suspended"}))
    with pytest.raises(Unauthenticated, match="Invalid user name or password"):
        await identity.log_in("guest", PASSWORD)


async def test_who_has_no_password_cannot_log_in_by_one(
    identity: Identity, documents: MemoryDocuments, hasher: CountingHasher, user: Document
) -> None:
    """A user who comes from elsewhere is refused as slowly as anybody."""
    await documents.write(Update(USERS, PLATFORM, user["id"], {}, {"verifier": None}))
    await fail(identity)
    assert hasher.verified == 1


async def test_five_failures_lock_a_name(identity: Identity, user: Document, clock: Clock) -> None:
    """After five wrong passwords the right one is refused too, for fifteen minutes, and the caller is told how long."""
    await fail(identity, times=5)
    with pytest.raises(TooManyFailures) as refusal:
        await identity.log_in("guest", PASSWORD)
    assert 899 <= refusal.value.retry_after <= 901
    clock.advance(15 * MINUTES - 1)
    assert await is_locked(identity)
    clock.advance(1)
    assert not await is_locked(identity)


async def test_four_failures_lock_nothing(identity: Identity, user: Document) -> None:
    """The right password in time forgets the wrong ones."""
    for _ in range(3):
        await fail(identity, times=4)
        assert not await is_locked(identity)


async def test_failures_are_forgotten_in_time(identity: Identity, user: Document, clock: Clock) -> None:
    """Five failures over more than fifteen minutes lock nothing."""
    await fail(identity, times=4)
    clock.advance(15 * MINUTES)
    await fail(identity, times=4)
    assert not await is_locked(identity)


async def test_a_lock_tells_nothing_of_who_exists(identity: Identity, user: Document, hasher: CountingHasher) -> None:
    """A name that nobody has is locked like any other; a locked one is answered without a look at the password."""
    for name in ("guest", "nobody"):
        await fail(identity, name, times=5)
        assert await is_locked(identity, name, PASSWORD)
        assert await is_locked(identity, name, "wrong")
    assert hasher.verified == 10


async def test_a_lock_is_on_one_name(identity: Identity, user: Document) -> None:
    """Others go on."""
    await somebody(identity, "ann")
    await fail(identity, "ann", times=5)
    assert await is_locked(identity, "ann")
    assert not await is_locked(identity, "guest")


async def test_guesses_that_come_together_are_all_counted(
    identity: Identity, documents: MemoryDocuments, user: Document
) -> None:
    """As many guesses as are let in at once are no way around the lock, not even for one that is right."""
    passwords = [*map(str, range(30)), PASSWORD]
    guesses = (identity.log_in("guest", password) for password in passwords)
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert all(isinstance(outcome, Unauthenticated | TooManyFailures) for outcome in outcomes)
    assert isinstance(outcomes[-1], TooManyFailures)
    (held,) = documents.all_of(LOGIN_FAILURES, PLATFORM)
    assert held["count"] == 5


async def test_a_flood_of_logins_is_refused_rather_than_kept(identity: Identity, user: Document) -> None:
    """So many may wait to log in with one name; others with another name do not wait for them."""
    await somebody(identity, "ann")
    flood = [asyncio.ensure_future(identity.log_in("guest", PASSWORD)) for _ in range(100)]
    await asyncio.sleep(0)
    await identity.log_in("ann", PASSWORD)
    assert not all(login.done() for login in flood)
    outcomes = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) == 67


async def test_what_is_counted_names_nobody(identity: Identity, documents: MemoryDocuments, user: Document) -> None:
    """The store cannot be read for the names, or mistyped passwords, that people enter."""
    await fail(identity)
    assert "guest" not in str(documents.all_of(LOGIN_FAILURES, PLATFORM))
