"""Users: made by those who may, never with more rights than their maker's, and gone within a second."""

import asyncio
from typing import Any

import pytest

from handlers.core.collections import API_KEYS, LOGIN_FAILURES, MEMBERS, PLATFORM, USERS
from handlers.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unprocessable
from handlers.core.identity import Identity
from handlers.core.principals import Principal
from tests.core.people import PASSWORD, SECOND, is_refused, somebody, stranger, token_of
from tests.fakes import Clock, MemoryDocuments

JOHN: dict[str, Any] = {
    "username": "John_Sharma",
    "email": "John@Sharma.family",
    "full_name": "John Sharma",
    "password": "SecurePass123!",
    "role": "family_member",
    "security_level": "SAFE",
    "agent_access_level": "BASIC",
}


@pytest.fixture
async def admin(identity: Identity) -> Principal:
    """An administrator of a tenant that is not the installation's own."""
    return await somebody(identity, "admin", home="t_one")


@pytest.fixture
async def other(identity: Identity) -> Principal:
    """An administrator of another tenant."""
    return await somebody(identity, "other", home="t_two")


async def test_a_user_is_made_for_the_makers_tenant(identity: Identity, admin: Principal) -> None:
    """A new user can log in by either name, and acts where they were made."""
    user = await identity.users.create(admin, JOHN)
    assert (user.username, user.email, user.home, user.status) == (
        "john_sharma",
        "john@sharma.family",
        "t_one",
        "active",
    )
    for name in ("john_sharma", "john@sharma.family"):
        session = await identity.log_in(name, JOHN["password"])
        assert (session.principal.tenant, session.principal.scopes) == ("t_one", {"task:read", "task:write"})


@pytest.mark.parametrize(("taken", "fresh"), [("username", {"email": "a@b.cd"}), ("email", {"username": "jim"})])
async def test_names_are_taken_once(
    identity: Identity, admin: Principal, other: Principal, taken: str, fresh: dict[str, str]
) -> None:
    """A user name and an address belong to one user, whichever tenant they are in, and whatever their case."""
    await identity.users.create(admin, JOHN)
    again = {**JOHN, **fresh, taken: JOHN[taken].upper()}
    with pytest.raises(Conflict) as refusal:
        await identity.users.create(other, again)
    assert refusal.value.details["field"] == taken


async def test_a_name_that_looks_like_an_address_is_ones_own(identity: Identity, admin: Principal) -> None:
    """Nobody takes the address by which somebody else would log in."""
    with pytest.raises(Conflict):
        await identity.users.create(admin, {**JOHN, "username": "somebody@example.com"})
    user = await identity.users.create(admin, {**JOHN, "username": JOHN["email"]})
    with pytest.raises(Conflict):
        await identity.users.change(admin, user.id, {"email": "new@example.com"})


@pytest.mark.parametrize("password", ["short", "password", "PASSWORD1", "Trustno1"])
async def test_a_weak_password_is_refused(identity: Identity, admin: Principal, password: str) -> None:
    """Neither a new user, nor a registration, nor a change brings in a password that everybody tries first."""
    user = await identity.users.create(admin, JOHN)
    with pytest.raises(Unprocessable):
        await identity.users.create(admin, {**JOHN, "username": "jim", "email": "a@b.cd", "password": password})
    with pytest.raises(Unprocessable):
        await identity.register("jim@example.com", password)
    with pytest.raises(Unprocessable):
        await identity.users.change(admin, user.id, {"password": password})


async def test_nobody_makes_a_user_who_may_more(identity: Identity) -> None:
    """A role, as far as its levels leave it, has to be within what the maker holds."""
    keeper = await somebody(identity, "keeper", "owner", home="t_one")
    for role, given in (("admin", {"security_level": "ADMIN", "agent_access_level": "FULL"}), ("admin", {})):
        plain = {name: value for name, value in JOHN.items() if not name.endswith("_level")}
        with pytest.raises(Forbidden):
            await identity.users.create(keeper, {**plain, **given, "role": role})
    assert (await identity.users.create(keeper, {**JOHN, "role": "admin"})).security_level == "SAFE"


async def test_nobody_changes_a_user_who_may_more(identity: Identity, admin: Principal) -> None:
    """A keeper of users neither demotes, nor suspends, nor deletes an administrator, nor gives away what they lack."""
    keeper = await somebody(identity, "keeper", "owner", home="t_one")
    user = await identity.users.create(admin, JOHN)
    for given in ({"role": "guest"}, {"status": "suspended"}, {"password": "another password"}, {"full_name": "Jim"}):
        with pytest.raises(Forbidden):
            await identity.users.change(keeper, admin.id, given)
    with pytest.raises(Forbidden):
        await identity.users.delete(keeper, admin.id)
    with pytest.raises(Forbidden):
        await identity.users.change(
            keeper, user.id, {"role": "admin", "security_level": "ADMIN", "agent_access_level": "FULL"}
        )
    assert (await identity.users.change(keeper, user.id, {"role": "guest"})).role == "guest"


async def test_users_are_listed_by_tenant(identity: Identity, admin: Principal, other: Principal, clock: Clock) -> None:
    """A tenant sees its own people, the newest first, page by page, and how many there are."""
    for number in range(5):
        clock.advance(1000)
        given = {
            **JOHN,
            "username": f"u{number}",
            "email": f"u{number}@b.cd",
            "role": ("guest", "family_member")[number % 2],
        }
        await identity.users.create(admin, given)
    assert [user.username for user in await identity.users.page(admin, 3, 0)] == ["u4", "u3", "u2"]
    assert [user.username for user in await identity.users.page(admin, 9, 3)] == ["u1", "u0", "admin"]
    assert await identity.users.count(admin) == 6
    assert [user.username for user in await identity.users.page(admin, 9, 0, roles=("guest",))] == ["u4", "u2", "u0"]
    assert await identity.users.count(admin, roles=("guest", "admin"), status="active") == 4
    assert await identity.users.count(admin, status="suspended") == 0
    assert await identity.users.count(other) == 1


async def test_users_of_other_tenants_are_not_found(identity: Identity, admin: Principal, other: Principal) -> None:
    """Nobody reads, changes or deletes a user of another tenant."""
    user = await identity.users.create(admin, JOHN)
    for attempt in (
        identity.users.get(other, user.id),
        identity.users.change(other, user.id, {"role": "guest"}),
        identity.users.delete(other, user.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await identity.users.get(admin, user.id)).role == "family_member"


async def test_an_operator_reaches_strangers(identity: Identity) -> None:
    """Who runs the installation can keep out somebody who belongs to no tenant; nobody else can."""
    _, who = await stranger(identity, "ann")
    with pytest.raises(NotFound):
        await identity.users.get(await somebody(identity, "admin", home="t_one"), who.id)
    operator = await somebody(identity, "root")
    assert (await identity.users.change(operator, who.id, {"status": "suspended"})).status == "suspended"


async def test_a_suspension_ends_sessions_for_good(identity: Identity, admin: Principal, clock: Clock) -> None:
    """Sessions and keys are refused within a second; when the user is back, keys work and old sessions do not."""
    user = await identity.users.create(admin, {**JOHN, "password": PASSWORD})
    record = {"id": user.id, "username": user.username}
    session, key = await token_of(identity, record, "session"), await token_of(identity, record, "key")
    for token in (session, key):
        await identity.authenticate(token)
    await identity.users.change(admin, user.id, {"status": "suspended"})
    clock.advance(SECOND)
    assert [await is_refused(identity, token) for token in (session, key)] == [True, True]
    with pytest.raises(Unauthenticated):
        await identity.log_in(user.username, PASSWORD)
    await identity.users.change(admin, user.id, {"status": "active"})
    assert [await is_refused(identity, token) for token in (session, key)] == [True, False]


async def test_a_new_password_ends_sessions_and_locks(
    identity: Identity, admin: Principal, documents: MemoryDocuments, clock: Clock
) -> None:
    """The old password and its sessions are worth nothing, and the name is locked no more."""
    user = await identity.users.create(admin, {**JOHN, "password": PASSWORD})
    session = await identity.log_in(user.username, PASSWORD)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await identity.log_in(user.username, "wrong")
    await identity.users.change(admin, user.id, {"password": "another password"})
    assert documents.all_of(LOGIN_FAILURES, PLATFORM) == []
    clock.advance(SECOND)
    assert await is_refused(identity, session.token)
    assert await identity.log_in(user.username, "another password")


async def test_other_changes_end_no_session(identity: Identity, admin: Principal, clock: Clock) -> None:
    """A new role or level holds for the sessions that there are."""
    user = await identity.users.create(admin, {**JOHN, "password": PASSWORD})
    session = await identity.log_in(user.username, PASSWORD)
    await identity.users.change(admin, user.id, {"security_level": "RESTRICTED", "full_name": "John"})
    clock.advance(SECOND)
    assert (await identity.authenticate(session.token)).scopes == {"task:read"}


async def test_nobody_locks_themselves_out(identity: Identity, admin: Principal) -> None:
    """One's own role, levels and status are for others to change; a password and a name are one's own affair."""
    for given in ({"role": "guest"}, {"status": "inactive"}, {"security_level": "SAFE"}):
        with pytest.raises(Conflict):
            await identity.users.change(admin, admin.id, given)
    with pytest.raises(Conflict):
        await identity.users.delete(admin, admin.id)
    assert (await identity.users.change(admin, admin.id, {"full_name": "Ann", "role": "admin"})).full_name == "Ann"


async def test_changes_that_come_together_are_all_made(identity: Identity, admin: Principal) -> None:
    """Several who change one user do not undo each other's changes."""
    user = await identity.users.create(admin, JOHN)
    changes = [{"role": "guest"}, {"security_level": "RESTRICTED"}, {"agent_access_level": "LIMITED"}]
    await asyncio.gather(*(identity.users.change(admin, user.id, given) for given in changes))
    changed = await identity.users.get(admin, user.id)
    assert (changed.role, changed.security_level, changed.agent_access_level) == ("guest", "RESTRICTED", "LIMITED")


async def test_a_deleted_user_leaves_nothing_that_opens(
    identity: Identity, admin: Principal, documents: MemoryDocuments, clock: Clock
) -> None:
    """With a user go their sessions, keys and memberships, and their names are free again."""
    user = await identity.users.create(admin, {**JOHN, "password": PASSWORD})
    session = (await identity.log_in(user.username, PASSWORD)).token
    await identity.authenticate(session)
    key = await token_of(identity, {"id": user.id}, "key")
    await identity.tenants.create(await identity.authenticate(session), {"display_name": "Mine"})
    await identity.users.delete(admin, user.id)
    clock.advance(SECOND)
    assert [await is_refused(identity, token) for token in (session, key)] == [True, True]
    for collection, left in ((USERS, ["admin"]), (MEMBERS, []), (API_KEYS, [])):
        assert [record.get("username") for record in documents.all_of(collection, PLATFORM)] == left
    with pytest.raises(NotFound):
        await identity.users.delete(admin, user.id)
    await identity.users.create(admin, JOHN)


async def test_a_stranger_registers_once(identity: Identity, documents: MemoryDocuments) -> None:
    """Of many who register one address at once, one has it, and the others are told that it is taken."""
    attempts = (
        identity.register(address, "a-strong-password") for address in ("ann@example.com", "ANN@Example.com") * 5
    )
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 9
    assert len(documents.all_of(USERS, PLATFORM)) == 1


async def test_a_stranger_belongs_nowhere(identity: Identity) -> None:
    """Somebody who has registered is logged in, in no tenant, and may do nothing that takes a scope."""
    session, who = await stranger(identity, "ann")
    assert (session.user.role, session.user.home) == ("stranger", None)
    assert (who.tenant, who.scopes, who.kind) == ("", frozenset(), "person")
