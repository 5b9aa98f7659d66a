"""Tenants and who belongs to them: full rights inside one's own, and none outside."""

import asyncio
from dataclasses import replace

import pytest

from handlers.core.collections import PLATFORM, TENANTS, USERS
from handlers.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unprocessable
from handlers.core.identity import Identity
from handlers.core.keys import NewKey
from handlers.core.ports import Update
from handlers.core.principals import Principal
from handlers.core.sessions import Session
from handlers.core.tenants import Tenant
from tests.core.people import ROLES, SECOND, is_refused, somebody, stranger
from tests.fakes import Clock, CountingHasher, MemoryDocuments, PlainTokens

DAY = 24 * 3_600_000
Owner = tuple[Session, Principal, Tenant]


@pytest.fixture
async def owner(identity: Identity) -> Owner:
    """A stranger who has made a tenant."""
    session, who = await stranger(identity, "ann")
    tenant = await identity.tenants.create(who, {"display_name": "Ours", "node_profile": "gateway"})
    return session, await identity.authenticate(session.token), tenant


@pytest.fixture
async def bob(identity: Identity) -> tuple[Session, Principal]:
    """Another stranger."""
    return await stranger(identity, "bob")


async def test_a_tenant_is_its_makers(identity: Identity, owner: Owner) -> None:
    """A stranger who makes a tenant belongs to it from the next request on, with an owner's rights and no more."""
    _, who, tenant = owner
    assert tenant.id.startswith("t_")
    assert tenant.cr_name == tenant.id.replace("t_", "tenant-")
    assert (who.tenant, who.scopes) == (tenant.id, frozenset(ROLES["owner"]))
    assert not who.may("admin")


async def test_a_second_tenant_is_chosen(identity: Identity, owner: Owner) -> None:
    """Somebody with a home stays there; another tenant of theirs is chosen by name."""
    session, who, first = owner
    second = await identity.tenants.create(who, {"display_name": "Second"})
    assert (await identity.authenticate(session.token)).tenant == first.id
    assert (await identity.authenticate(session.token, second.id)).tenant == second.id
    assert {tenant.id for tenant in await identity.tenants.page(who, 10, 0)} == {first.id, second.id}


async def test_rights_end_at_the_tenants_border(identity: Identity, owner: Owner) -> None:
    """Who owns a tenant and is a guest at home is an owner in the one and a guest in the other."""
    guest = await somebody(identity, "gus", "guest")
    tenant = await identity.tenants.create(guest, {"display_name": "Gus's"})
    session = await identity.log_in("gus", "Admin123!")
    assert (await identity.authenticate(session.token)).scopes == {"task:read"}
    assert (await identity.authenticate(session.token, tenant.id)).scopes == frozenset(ROLES["owner"])


async def test_an_administrator_is_none_elsewhere(identity: Identity, owner: Owner) -> None:
    """The role that somebody has at home does not follow them into a tenant of their own."""
    admin = await somebody(identity, "root", home="t_one")
    tenant = await identity.tenants.create(admin, {"display_name": "Root's"})
    session = await identity.log_in("root", "Admin123!")
    assert not (await identity.authenticate(session.token, tenant.id)).may("admin")


@pytest.mark.parametrize("tenant", ["t_default", "t_nowhere", "platform", ""])
async def test_a_tenant_of_others_cannot_be_chosen(identity: Identity, owner: Owner, tenant: str) -> None:
    """Who is no member is told so, whether there is such a tenant or not."""
    await identity.ensure_tenant()
    with pytest.raises(Forbidden):
        await identity.authenticate(owner[0].token, tenant)


async def test_a_key_is_for_its_tenant(identity: Identity, owner: Owner) -> None:
    """A key may name the tenant that it is for, and no other, not even another of its maker's."""
    _, who, tenant = owner
    other = await identity.tenants.create(who, {"display_name": "Other"})
    key, _ = await identity.keys.create(who, NewKey("ci", ("task:read",)))
    assert (await identity.authenticate(key, tenant.id)).tenant == tenant.id
    with pytest.raises(Forbidden):
        await identity.authenticate(key, other.id)
    as_key = await identity.authenticate(key)
    for attempt in (
        identity.tenants.create(as_key, {"display_name": "Third"}),
        identity.tenants.page(as_key, 10, 0),
        identity.tenants.get(as_key, tenant.id),
        identity.tenants.delete(as_key, tenant.id),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert [belonging.tenant.id for belonging in await identity.tenants.of(as_key)] == [tenant.id]


async def test_a_deleted_tenant_takes_its_keys_along(identity: Identity, owner: Owner, clock: Clock) -> None:
    """Keys are refused within a second, nobody finds the tenant, and its owner belongs nowhere again."""
    session, who, tenant = owner
    key, _ = await identity.keys.create(who, NewKey("ci", ("task:read",)))
    await identity.authenticate(key)
    await identity.tenants.delete(who, tenant.id)
    for attempt in (identity.tenants.get(who, tenant.id), identity.tenants.delete(who, tenant.id)):
        with pytest.raises(NotFound):
            await attempt
    clock.advance(SECOND)
    assert await is_refused(identity, key)
    who = await identity.authenticate(session.token)
    assert (who.tenant, await identity.tenants.page(who, 10, 0)) == ("", [])
    again = await identity.tenants.create(who, {"display_name": "Again"})
    assert (await identity.authenticate(session.token)).tenant == again.id


async def test_a_deleted_tenant_comes_back_within_a_day(identity: Identity, owner: Owner, clock: Clock) -> None:
    """An operator brings it back with its keys and members, until a day is over."""
    _, who, tenant = owner
    key, _ = await identity.keys.create(who, NewKey("ci", ("task:read",)))
    operator = await somebody(identity, "root")
    for pause, comes_back in ((DAY - 1, True), (DAY, False)):
        await identity.tenants.delete(who, tenant.id)
        with pytest.raises(NotFound):
            await identity.tenants.recover(who, tenant.id)
        clock.advance(pause)
        if comes_back:
            await identity.tenants.recover(operator, tenant.id)
            assert (await identity.authenticate(key)).tenant == tenant.id
        else:
            with pytest.raises(NotFound):
                await identity.tenants.recover(operator, tenant.id)


async def test_the_default_tenant_stays(identity: Identity) -> None:
    """Nobody deletes the tenant that the installation lives in."""
    operator = await somebody(identity, "root")
    with pytest.raises(Conflict):
        await identity.tenants.delete(operator, "t_default")


async def test_a_tenant_is_changed_by_who_may(identity: Identity, owner: Owner, bob: tuple[Session, Principal]) -> None:
    """Its owner and an operator change a tenant, somebody else does not; private nodes are refused."""
    _, who, tenant = owner
    assert (await identity.tenants.change(who, tenant.id, {"display_name": "Theirs"})).display_name == "Theirs"
    operator = await somebody(identity, "root")
    assert (await identity.tenants.change(operator, tenant.id, {"display_name": "Ours"})).node_profile == "gateway"
    for somebody_else in (bob[1], await somebody(identity, "admin", home="t_one")):
        with pytest.raises(Forbidden):
            await identity.tenants.change(somebody_else, tenant.id, {"display_name": "Mine"})
    for url in ("http://169.254.169.254/", "http://10.0.0.1:80", "https://localhost", "http://db.internal/x"):
        with pytest.raises(Unprocessable):
            await identity.tenants.change(who, tenant.id, {"node_url": url})


async def test_an_operator_may_allow_private_nodes(
    documents: MemoryDocuments, hasher: CountingHasher, clock: Clock
) -> None:
    """Where the server may call private addresses, a node may be at one."""
    identity = Identity(documents, hasher, PlainTokens(), ROLES, clock, allows_private_targets=True)
    _, who = await stranger(identity, "ann")
    tenant = await identity.tenants.create(who, {"display_name": "Ours", "node_url": "http://10.0.0.1/"})
    assert tenant.node_url == "http://10.0.0.1/"


async def test_members_are_invited_and_removed(
    identity: Identity, owner: Owner, bob: tuple[Session, Principal], clock: Clock
) -> None:
    """A member may choose the tenant from their next request on, until they are removed."""
    _, who, tenant = owner
    session, guest = bob
    clock.advance(1)
    added = await identity.members.add(who, tenant.id, "BOB@example.com", "guest")
    assert (added.user, added.role, added.email) == (guest.id, "guest", "bob@example.com")
    assert (await identity.authenticate(session.token, tenant.id)).scopes == {"task:read"}
    assert {member.user for member in await identity.members.page(who, tenant.id, 10)} == {who.id, guest.id}
    assert [member.user for member in await identity.members.page(who, tenant.id, 10, offset=1)] == [who.id]
    await identity.members.change(who, tenant.id, guest.id, "family_member")
    clock.advance(SECOND)
    assert (await identity.authenticate(session.token, tenant.id)).scopes == {"task:read", "task:write"}
    await identity.members.remove(who, tenant.id, guest.id)
    clock.advance(SECOND)
    with pytest.raises(Forbidden):
        await identity.authenticate(session.token, tenant.id)


async def test_a_member_who_leaves_leaves_no_key_behind(
    identity: Identity, owner: Owner, bob: tuple[Session, Principal], clock: Clock
) -> None:
    """A key that a member has made in a tenant ends with the membership; everybody may leave."""
    _, who, tenant = owner
    session, guest = bob
    await identity.members.add(who, tenant.id, "bob@example.com", "owner")
    inside = await identity.authenticate(session.token, tenant.id)
    key, _ = await identity.keys.create(inside, NewKey("ci", ("task:read",)))
    await identity.members.remove(guest, tenant.id, guest.id)
    with pytest.raises(Unauthenticated):
        await identity.authenticate(key)


async def test_nobody_invites_beyond_their_rights(
    identity: Identity, owner: Owner, bob: tuple[Session, Principal]
) -> None:
    """No role that holds more, no role that there is not, no stranger to mail, nobody twice, and the owner stays."""
    _, who, tenant = owner
    with pytest.raises(Forbidden):
        await identity.members.add(who, tenant.id, "bob@example.com", "admin")
    for role in ("emperor", "stranger"):
        with pytest.raises(Unprocessable):
            await identity.members.add(who, tenant.id, "bob@example.com", role)
    with pytest.raises(Unprocessable):
        await identity.members.add(who, tenant.id, "nobody@example.com", "guest")
    await identity.members.add(who, tenant.id, "bob@example.com", "guest")
    with pytest.raises(Conflict):
        await identity.members.add(who, tenant.id, "bob@example.com", "guest")
    with pytest.raises(Conflict):
        await identity.members.remove(who, tenant.id, who.id)
    with pytest.raises(Forbidden):
        await identity.members.remove(bob[1], tenant.id, who.id)
    with pytest.raises(NotFound):
        await identity.members.change(who, tenant.id, "usr_nobody", "guest")


async def test_tenants_are_listed_page_by_page(identity: Identity, clock: Clock) -> None:
    """Home, where it is no membership, stands among the others, and no page repeats a tenant."""
    who = await somebody(identity, "ann", "guest", home="t_one")
    made = []
    for number in range(3):
        clock.advance(1000)
        made.append((await identity.tenants.create(who, {"display_name": str(number)})).id)
    pages = [[tenant.id for tenant in await identity.tenants.page(who, 2, offset)] for offset in (0, 2)]
    assert sorted(pages[0] + pages[1]) == sorted([*made, "t_one"])
    assert await identity.tenants.page(who, 2, 4) == []


async def test_a_profile_says_all_of_the_caller(identity: Identity, owner: Owner, clock: Clock) -> None:
    """Whoever asks learns who they are, where they act, and where else they could."""
    _, who, tenant = owner
    profile = await identity.profile(who)
    assert (profile.user.email, profile.key) == ("ann@example.com", None)
    assert profile.tenant is not None
    assert (profile.tenant.id, [(other.tenant.id, other.role) for other in profile.belongings]) == (
        tenant.id,
        [(tenant.id, "owner")],
    )
    key, made = await identity.keys.create(who, NewKey("ci", ("task:read",)))
    assert (await identity.profile(await identity.authenticate(key))).key == replace(made, last_used_at=clock.now)


async def test_a_profile_of_somebody_gone(identity: Identity, owner: Owner, documents: MemoryDocuments) -> None:
    """Within the second that a removed user's token is believed, there is nobody to tell of."""
    _, who, _ = owner
    await identity.users.delete(await somebody(identity, "root"), who.id)
    with pytest.raises(NotFound):
        await identity.profile(who)


async def test_creating_together_leaves_one_home(identity: Identity, documents: MemoryDocuments) -> None:
    """A stranger who makes several tenants at once owns them all and lives in one."""
    session, who = await stranger(identity, "ann")
    made = await asyncio.gather(*(identity.tenants.create(who, {"display_name": str(n)}) for n in range(4)))
    home = (await identity.authenticate(session.token)).tenant
    assert home in {tenant.id for tenant in made}
    assert len(documents.all_of(TENANTS, PLATFORM)) == 4


async def test_a_role_that_is_gone_holds_nothing(identity: Identity, documents: MemoryDocuments) -> None:
    """A user whose role the contract has no more can come in, and do nothing."""
    who = await somebody(identity, "ann", "guest")
    await documents.write(Update(USERS, PLATFORM, who.id, {}, {"role": "emperor"}))
    assert (await identity.log_in("ann", "Admin123!")).principal.scopes == frozenset()
