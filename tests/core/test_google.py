"""People from Google: let in by the settings, known by who they are, with the role that they have now."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.collections import PLATFORM, USERS
from handlers.core.errors import Forbidden, Unauthenticated, Unavailable
from handlers.core.google import ROLES, Admission, Claims, GoogleSignIn, read_roles, user_id
from handlers.core.ports import Document, Insert, Update
from tests.fakes import Clock, MemoryDocuments

ANN = Claims("1101", "ann@example.org", "Ann")
EVE = Claims("6666", "eve@example.org")


class IssuedTokens:
    """Identity tokens that name their claims."""

    def __init__(self) -> None:
        self.people = {"ann": ANN, "eve": EVE}
        self.is_silent = False

    async def verify(self, token: str) -> Claims | None:
        """The claims of a token, if Google answers."""
        if self.is_silent:
            raise Unavailable("Google does not answer")
        await asyncio.sleep(0)
        return self.people.get(token)


class Opened:
    """Sessions that were opened."""

    def __init__(self) -> None:
        self.sessions: list[tuple[Document, int]] = []

    async def open(self, user: Document, *, refresh_days: int) -> Document:
        """A session, which is its user."""
        self.sessions.append((user, refresh_days))
        return user


@pytest.fixture
def tokens() -> IssuedTokens:
    """Google."""
    return IssuedTokens()


@pytest.fixture
def opened() -> Opened:
    """The sessions."""
    return Opened()


def signing_in(documents: MemoryDocuments, tokens: Any, opened: Opened, clock: Clock, roles: str) -> GoogleSignIn:
    """The rules under a setting."""
    return GoogleSignIn(documents, tokens, Admission(read_roles(roles)), opened.open, clock)


@pytest.fixture
def google(documents: MemoryDocuments, tokens: IssuedTokens, opened: Opened, clock: Clock) -> GoogleSignIn:
    """The rules, with a role for Ann and none for others."""
    return signing_in(documents, tokens, opened, clock, "Ann@Example.org=council")


async def test_who_has_a_role_comes_in(
    google: GoogleSignIn, documents: MemoryDocuments, opened: Opened, clock: Clock
) -> None:
    """The first sign-in makes the user; the session can be renewed for thirty days."""
    user = await google.sign_in("ann")
    assert opened.sessions == [(user, 30)]
    assert documents.all_of(USERS, PLATFORM) == [user]
    assert user == {
        "id": user_id("1101"),
        "tenant": PLATFORM,
        "username": "ann@example.org",
        "email": "ann@example.org",
        "google_email": "ann@example.org",
        "full_name": "Ann",
        "role": "council",
        "status": "active",
        "home": "t_default",
        "created_at": clock.now,
        "last_login": clock.now,
    }


async def test_who_comes_again_is_the_same(google: GoogleSignIn, documents: MemoryDocuments, clock: Clock) -> None:
    """A later sign-in renews what is known, and changes nothing else."""
    first = await google.sign_in("ann")
    clock.advance(5000)
    again = await google.sign_in("ann")
    assert again == {**first, "last_login": clock.now}
    assert len(documents.all_of(USERS, PLATFORM)) == 1


async def test_first_sign_ins_at_the_same_time_make_one_user(google: GoogleSignIn, documents: MemoryDocuments) -> None:
    """However many windows somebody opens."""
    users = await asyncio.gather(*(google.sign_in("ann") for _ in range(10)))
    assert len({user["id"] for user in users}) == len(documents.all_of(USERS, PLATFORM)) == 1


async def test_who_has_no_role_stays_out(google: GoogleSignIn, documents: MemoryDocuments, opened: Opened) -> None:
    """A stranger is refused and leaves no trace."""
    with pytest.raises(Forbidden):
        await google.sign_in("eve")
    assert documents.all_of(USERS, PLATFORM) == opened.sessions == []


async def test_a_star_lets_strangers_in(
    documents: MemoryDocuments, tokens: IssuedTokens, opened: Opened, clock: Clock
) -> None:
    """Everybody who is not named has the role of the star."""
    google = signing_in(documents, tokens, opened, clock, "ann@example.org=seedbringer, *=observer")
    assert [(await google.sign_in(name))["role"] for name in ("ann", "eve")] == ["seedbringer", "observer"]


async def test_a_bad_token_opens_nothing(google: GoogleSignIn, opened: Opened) -> None:
    """What Google has not signed is nobody's."""
    with pytest.raises(Unauthenticated):
        await google.sign_in("mallory")
    assert opened.sessions == []


async def test_while_google_is_silent_nobody_can_be_judged(google: GoogleSignIn, tokens: IssuedTokens) -> None:
    """A sign-in is unavailable then, rather than refused."""
    tokens.is_silent = True
    with pytest.raises(Unavailable):
        await google.sign_in("ann")


async def test_without_a_client_nobody_comes_from_google(
    documents: MemoryDocuments, opened: Opened, clock: Clock
) -> None:
    """Where no client is set up, everybody is refused, and told why."""
    with pytest.raises(Forbidden, match="not set up"):
        await signing_in(documents, None, opened, clock, "*=observer").sign_in("ann")


async def test_the_role_is_what_the_settings_say_now(
    google: GoogleSignIn, documents: MemoryDocuments, tokens: IssuedTokens, opened: Opened, clock: Clock
) -> None:
    """Another role in the settings, or another address at Google, counts from the next sign-in."""
    await google.sign_in("ann")
    renamed = signing_in(documents, tokens, opened, clock, "ann@example.org=agent,ann@example.com=observer")
    assert (await renamed.sign_in("ann"))["role"] == "agent"
    tokens.people["ann"] = Claims("1101", "ann@example.com")
    user = await renamed.sign_in("ann")
    assert (user["role"], user["google_email"], user["id"]) == ("observer", "ann@example.com", user_id("1101"))


async def test_who_lost_their_role_is_admitted_no_more(google: GoogleSignIn) -> None:
    """Neither the one who is named no more, nor one whom a star let in; those who have a password are none of this."""
    user = await google.sign_in("ann")
    for roles, admitted in (
        ("ann@example.org=agent", True),
        ("*=observer", True),
        ("bob@b.org=agent", False),
        ("", False),
    ):
        admission = Admission(read_roles(roles))
        assert admission.admits(user) == admitted
        assert admission.admits({"username": "by password"})


async def test_an_address_opens_no_account_of_another(google: GoogleSignIn, documents: MemoryDocuments) -> None:
    """Whoever has registered with Ann's address keeps their account, and neither gets into the other's."""
    squatter = {"id": "usr_other", "username": "ann@example.org", "email": "ann@example.org", "role": "guest"}
    await documents.write(Insert(USERS, PLATFORM, squatter))
    user = await google.sign_in("ann")
    assert user["id"] == user["username"] == user_id("1101")
    assert "email" not in user
    assert (await documents.get(USERS, PLATFORM, "usr_other"))["role"] == "guest"
    assert (await google.sign_in("ann"))["id"] == user["id"]


async def test_two_people_with_one_address_are_two(
    google: GoogleSignIn, documents: MemoryDocuments, tokens: IssuedTokens
) -> None:
    """An address that was given to somebody else does not bring the account along."""
    await google.sign_in("ann")
    tokens.people["other"] = Claims("2202", "ann@example.org")
    assert (await google.sign_in("other"))["id"] == user_id("2202")
    assert len(documents.all_of(USERS, PLATFORM)) == 2


async def test_a_suspended_user_stays_out(google: GoogleSignIn, documents: MemoryDocuments, opened: Opened) -> None:
    """A role in the settings does not undo a suspension."""
    user = await google.sign_in("ann")
    await documents.write(Update(USERS, PLATFORM, user["id"], {}, {"status": "suspended"}))
    with pytest.raises(Forbidden, match="not active"):
        await google.sign_in("ann")
    assert len(opened.sessions) == 1


mails = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.org", fullmatch=True) | st.just("*")


@given(roles=st.dictionaries(mails, st.sampled_from(ROLES), max_size=5), commas=st.sampled_from([",", " , ", ",,"]))
def test_roles_are_read_as_people_write_them(roles: dict[str, str], commas: str) -> None:
    """Spaces, empty words and capital letters do not matter."""
    assert read_roles(commas.join(f"{mail.upper()} = {role}" for mail, role in roles.items())) == roles


@pytest.mark.parametrize(
    "text", ["ann", "ann=council", "ann@example.org=emperor", "ann@example.org=", "=observer", "a@b=agent,A@B=agent"]
)
def test_what_gives_no_role_is_refused(text: str) -> None:
    """Neither a missing address, nor a role that there is not, nor two roles for one person."""
    with pytest.raises(ValueError, match=r"address|role"):
        read_roles(text)
