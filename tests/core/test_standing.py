"""However many administrators take each other's rights at the same moment, one of them keeps their own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from handlers.core.collections import MEMBERS, PLATFORM, USERS
from handlers.core.errors import Conflict, Forbidden, Refusal, Unauthenticated
from handlers.core.identity import Identity
from handlers.core.ports import Document, Update
from handlers.core.principals import Principal
from tests.core.people import CEILINGS, PASSWORD, ROLES, somebody, stranger
from tests.fakes import Clock, CountingHasher, MemoryDocuments, PlainTokens

TENANT = "t_default"
Taking = Callable[[Identity, Principal, str], Awaitable[object]]
HEAD_STARTS = range(14)  # the last is after all that the first one asks of the store
AT_HOME: dict[str, Taking] = {
    "demotes": lambda identity, who, other: identity.users.change(who, other, {"role": "guest"}),
    "suspends": lambda identity, who, other: identity.users.change(who, other, {"status": "suspended"}),
    "restricts": lambda identity, who, other: identity.users.change(who, other, {"security_level": "RESTRICTED"}),
    "deletes": lambda identity, who, other: identity.users.delete(who, other),
}
INVITED: dict[str, Taking] = {
    "demotes": lambda identity, who, other: identity.members.change(who, TENANT, other, "guest"),
    "removes": lambda identity, who, other: identity.members.remove(who, TENANT, other),
    "deletes": lambda identity, who, other: identity.users.delete(who, other),
}


@pytest.fixture
def tokens() -> PlainTokens:
    """Tokens that all processes know."""
    return PlainTokens()


@pytest.fixture
def processes(documents: MemoryDocuments, tokens: PlainTokens, hasher: CountingHasher, clock: Clock) -> list[Identity]:
    """The same rules in three processes over one store."""
    return [Identity(documents, hasher, tokens, ROLES, clock, ceilings=CEILINGS) for _ in range(3)]


async def after(turns: int, taking: Awaitable[object]) -> object:
    """Do something when others have had so many turns; the refusal, if it is refused."""
    for _ in range(turns):
        await asyncio.sleep(0)
    try:
        return await taking
    except Refusal as refused:
        return refused


async def in_charge(identity: Identity, documents: MemoryDocuments) -> list[str]:
    """Who may manage the tenant now."""
    users = [user for user in documents.all_of(USERS, PLATFORM) if user["status"] == "active"]
    access = identity.sessions._access
    return [user["username"] for user in users if "admin" in (await access.scopes_in(user, TENANT) or ())]


def winners(outcomes: list[object]) -> int:
    """How many got what they wanted; the others were told so properly."""
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert all(isinstance(refused, Conflict | Forbidden | Unauthenticated) for refused in refusals), refusals
    return len(outcomes) - len(refusals)


@pytest.mark.parametrize("start", HEAD_STARTS)
@pytest.mark.parametrize("second", ["demotes", "deletes"])
@pytest.mark.parametrize("first", AT_HOME)
async def test_two_at_home(
    processes: list[Identity], documents: MemoryDocuments, first: str, second: str, start: int
) -> None:
    """Of two administrators in two processes who turn on each other, whatever the moment, one remains."""
    ann, bob = [await somebody(processes[0], name) for name in ("ann", "bob")]
    outcomes = await asyncio.gather(
        after(0, AT_HOME[first](processes[0], ann, bob.id)), after(start, AT_HOME[second](processes[1], bob, ann.id))
    )
    assert await in_charge(processes[0], documents)
    assert winners(outcomes) <= 1


@pytest.mark.parametrize("start", HEAD_STARTS)
@pytest.mark.parametrize("second", ["demotes", "deletes"])
@pytest.mark.parametrize("first", INVITED)
async def test_one_at_home_and_one_invited(
    processes: list[Identity], documents: MemoryDocuments, first: str, second: str, start: int
) -> None:
    """A member and a user of the tenant, whose rights lie in different records, do not both lose them."""
    ann = await somebody(processes[0], "ann")
    bob = await invited(processes[0], ann, "bob")
    outcomes = await asyncio.gather(
        after(0, INVITED[first](processes[0], ann, bob.id)), after(start, AT_HOME[second](processes[1], bob, ann.id))
    )
    assert await in_charge(processes[0], documents)
    assert winners(outcomes) <= 1


@pytest.mark.parametrize("start", range(0, 24, 5))
@pytest.mark.parametrize("later", range(0, 24, 5))
async def test_three_in_a_circle(processes: list[Identity], documents: MemoryDocuments, start: int, later: int) -> None:
    """Ann demotes Bob, Bob demotes Cy, and Cy demotes Ann: not all three."""
    people = [await somebody(processes[0], name) for name in ("ann", "bob", "cy")]
    outcomes = await asyncio.gather(
        *(
            after(turns, identity.users.change(who, other.id, {"role": "guest"}))
            for identity, who, other, turns in zip(
                processes, people, [*people[1:], people[0]], (0, start, later), strict=True
            )
        )
    )
    assert await in_charge(processes[0], documents)
    assert winners(outcomes) <= 2


async def test_within_a_process_one_of_two_succeeds(identity: Identity, documents: MemoryDocuments) -> None:
    """Those who take turns are not both refused: the second finds that they may no more."""
    ann, bob = [await somebody(identity, name) for name in ("ann", "bob")]
    outcomes = await asyncio.gather(
        after(0, AT_HOME["demotes"](identity, ann, bob.id)), after(0, AT_HOME["demotes"](identity, bob, ann.id))
    )
    assert winners(outcomes) == 1
    assert await in_charge(identity, documents) == ["ann"]


async def test_rights_that_are_gone_take_none(identity: Identity) -> None:
    """Within the second in which a token is still believed, whoever has just been demoted demotes nobody."""
    ann, bob = [await somebody(identity, name) for name in ("ann", "bob")]
    await identity.users.change(ann, bob.id, {"role": "guest"})
    for attempt in (
        identity.users.change(bob, ann.id, {"role": "guest"}),
        identity.users.change(bob, ann.id, {"password": "another-password"}),
        identity.users.delete(bob, ann.id),
    ):
        with pytest.raises(Forbidden):
            await attempt
    await identity.users.delete(ann, bob.id)
    with pytest.raises(Unauthenticated):
        await identity.users.delete(bob, ann.id)


async def test_rights_that_go_while_they_are_proved_take_none(
    identity: Identity, documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is demoted after their rights were looked up, and before that is counted, demotes nobody."""
    ann, bob = [await somebody(identity, name) for name in ("ann", "bob")]
    write = documents.write

    async def late(change: Any) -> Document:
        """Demote Ann just before she counts."""
        if change.id == ann.id:
            monkeypatch.undo()
            await write(Update(USERS, PLATFORM, ann.id, {}, {"role": "guest"}))
        return await write(change)

    monkeypatch.setattr(documents, "write", late)
    with pytest.raises(Forbidden):
        await identity.users.change(ann, bob.id, {"role": "guest"})
    assert await in_charge(identity, documents) == ["bob"]


async def test_an_operator_manages_where_they_are_no_member(identity: Identity) -> None:
    """The rights of whoever runs the installation lie in its own tenant, and reach into another."""
    root, (_, ann), (_, bob) = await somebody(identity, "root"), *[await stranger(identity, n) for n in ("ann", "bob")]
    tenant = (await identity.tenants.create(ann, {"display_name": "Ann's"})).id
    await identity.members.add(root, tenant, "bob@example.com", "guest")
    assert (await identity.members.change(root, tenant, bob.id, "owner")).role == "owner"
    assert (await identity.members.remove(root, tenant, bob.id)).user == bob.id


async def test_an_owner_is_out_of_reach(identity: Identity) -> None:
    """Whoever was given all rights in a tenant takes neither them nor the account from the one who owns it."""
    (session, ann), (other, bob) = [await stranger(identity, name) for name in ("ann", "bob")]
    tenant = (await identity.tenants.create(ann, {"display_name": "Ann's"})).id
    ann = await identity.authenticate(session.token)
    await identity.members.add(ann, tenant, "bob@example.com", "owner")
    bob = await identity.authenticate(other.token, tenant)
    for attempt in (
        identity.users.change(bob, ann.id, {"password": "another-password"}),
        identity.users.change(bob, ann.id, {"email": "bob2@example.com"}),
        identity.users.change(bob, ann.id, {"status": "suspended"}),
        identity.users.delete(bob, ann.id),
        identity.members.remove(bob, tenant, ann.id),
        identity.members.change(bob, tenant, ann.id, "guest"),
    ):
        with pytest.raises(Conflict):
            await attempt
    assert (await identity.users.change(ann, ann.id, {"full_name": "Ann"})).full_name == "Ann"
    root = await somebody(identity, "root")
    assert (await identity.users.change(root, ann.id, {"status": "suspended"})).status == "suspended"


async def test_the_last_administrator_does_not_leave(identity: Identity) -> None:
    """Where nobody owns the tenant, who manages it is let go by another who does, and others leave as they like."""
    root = await somebody(identity, "root")
    bob, guest = await invited(identity, root, "bob"), await invited(identity, root, "gus", "guest")
    with pytest.raises(Conflict):
        await identity.members.remove(bob, TENANT, bob.id)
    with pytest.raises(Conflict):
        await identity.members.change(bob, TENANT, bob.id, "guest")
    assert (await identity.members.remove(guest, TENANT, guest.id)).user == guest.id
    assert (await identity.members.remove(root, TENANT, bob.id)).user == bob.id


async def test_who_is_left_when_the_owner_is_deleted_stays(identity: Identity) -> None:
    """A tenant whose owner is gone is one that nobody owns."""
    root, (_, ann), (_, bob) = await somebody(identity, "root"), *[await stranger(identity, n) for n in ("ann", "bob")]
    tenant = (await identity.tenants.create(ann, {"display_name": "Ann's"})).id
    await identity.members.add(root, tenant, "bob@example.com", "owner")
    await identity.users.delete(root, ann.id)
    with pytest.raises(Conflict):
        await identity.members.remove(bob, tenant, bob.id)


async def test_nobody_is_a_member_where_they_are_at_home(identity: Identity, documents: MemoryDocuments) -> None:
    """A membership says more than the role at home, so adding one would change it past the rules of users."""
    root = await somebody(identity, "root", email="root@example.com")
    await somebody(identity, "ann", email="ann@example.com")
    with pytest.raises(Conflict):
        await identity.members.add(root, TENANT, "ann@example.com", "guest")
    assert documents.all_of(MEMBERS, PLATFORM) == []


async def invited(identity: Identity, who: Principal, name: str, role: str = "admin") -> Principal:
    """A member of the tenant, who has their home elsewhere."""
    await identity.ensure_user(name, PASSWORD, role="guest", home="t_other", email=f"{name}@example.com")
    await identity.members.add(who, TENANT, f"{name}@example.com", role)
    return await identity.authenticate((await identity.log_in(name, PASSWORD)).token, TENANT)
