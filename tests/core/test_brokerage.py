"""What a broker is told of its users: who they are, and what of the broker is theirs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.brokerage import CONFIGURE, EXCHANGE, QUEUE, READ, WRITE, Brokerage, Door, Grounds, word_of
from handlers.core.credentials import key_id, new_key
from handlers.core.errors import Forbidden, NotFound, RateLimited, Unauthenticated
from handlers.core.identity import Identity
from handlers.core.keys import NewKey
from handlers.core.limits import Limit
from handlers.core.metering import Meters
from handlers.core.ports import Document
from handlers.core.principals import Principal
from tests.core.people import SECOND, somebody
from tests.fakes import Clock

SECRET = "a secret that only the broker and the server know"
DOORS = (
    Door(EXCHANGE, "sys.events", READ, "event:read", "{tenant}.{type}"),
    Door(EXCHANGE, "sys.results", WRITE, "work:take", "{tenant}.{agent_id}"),
    Door(QUEUE, "sys.work.{tenant}.{agent_id}", READ, "work:take"),
)
GROUNDS = Grounds("/", frozenset({"sys", "amq"}), DOORS)
GUESSES = {("v2", "authentication"): Limit("v2", "authentication", 3, 60, is_strict=True)}


async def speak(who: Principal, agent: str) -> None:
    """Whoever asks has registered one agent; another one is somebody else's, and more there are not."""
    if agent == "agent_8":
        raise Forbidden("Somebody else has registered this agent")
    if agent != "agent_7":
        raise NotFound("agent", agent)


@pytest.fixture
def expected() -> list[tuple[str, str]]:
    """The agents of which it is told that somebody is about to read their queues."""
    return []


@pytest.fixture
def brokerage(identity: Identity, clock: Clock, expected: list[tuple[str, str]]) -> Brokerage:
    """The rules."""
    guesses = Meters(GUESSES, clock).of("v2", "authentication")
    return Brokerage(identity.verification, guesses, GROUNDS, SECRET, speak, lambda *place: expected.append(place))


@pytest.fixture
async def key(identity: Identity, user: Document) -> str:
    """Somebody's key."""
    made = new_key()
    await identity.ensure_key(made, user, "test")
    return made


def holder(tenant: str = "acme", *scopes: str) -> Principal:
    """Somebody with these scopes, or with all that there are doors for."""
    return Principal("usr_1", tenant, frozenset(scopes or ("event:read", "work:take")))


async def may(check: Any, *arguments: Any) -> bool:
    """Whether a check refuses nothing."""
    try:
        await check(*arguments)
    except Forbidden:
        return False
    return True


async def test_the_broker_is_known_by_its_secret(brokerage: Brokerage) -> None:
    """It is itself, and has no scope of the API."""
    who = await brokerage.admit("rabbitmq", SECRET)
    assert (who.id, who.scopes) == ("rabbitmq", frozenset())
    for name, secret in (("rabbitmq", "other"), ("other", SECRET), ("rabbitmq", ""), ("räbbit", "ß")):
        with pytest.raises(Unauthenticated):
            await brokerage.admit(name, secret)


async def test_without_a_secret_there_is_no_broker(identity: Identity) -> None:
    """A server that was given none takes none, the empty one least of all."""
    with pytest.raises(Unauthenticated):
        await Brokerage(identity.verification, None, GROUNDS, "", speak).admit("rabbitmq", "")


async def test_a_key_logs_in_by_its_identifier(brokerage: Brokerage, key: str, identity: Identity) -> None:
    """The principal is the one that the key has over HTTP, at the login and whenever it is named later."""
    who = await brokerage.log_in(key_id(key), key)
    assert who == await brokerage.user(key_id(key)) == await identity.authenticate(key)


async def test_nobody_logs_in_otherwise(brokerage: Brokerage, key: str, identity: Identity) -> None:
    """Neither with half of the truth nor with the token of a session."""
    token = (await identity.log_in("guest", "Admin123!")).token
    for name, secret in ((key_id(key), key + "x"), (key_id(key + "x"), key), ("guest", key), (key_id(token), token)):
        with pytest.raises(Unauthenticated):
            await brokerage.log_in(name, secret)


async def test_a_revoked_or_spent_key_is_nobody(brokerage: Brokerage, identity: Identity, clock: Clock) -> None:
    """A second after its revocation, and from its end on, a key neither logs in nor goes on."""
    root = await somebody(identity, "ann", "owner", home="t_one")
    revoked, _ = await identity.keys.create(root, NewKey("k", ("task:read",)))
    spent, _ = await identity.keys.create(root, NewKey("k", ("task:read",), expires_at=clock() + SECOND))
    for made in (revoked, spent):
        await brokerage.log_in(key_id(made), made)
    await identity.keys.revoke(root, key_id(revoked))
    clock.advance(SECOND)
    for made in (revoked, spent):
        with pytest.raises(Unauthenticated):
            await brokerage.log_in(key_id(made), made)
        with pytest.raises(Unauthenticated):
            await brokerage.user(key_id(made))


async def test_a_name_that_fails_too_often_is_not_heard(brokerage: Brokerage, key: str, clock: Clock) -> None:
    """Not even with the right key, until the window is over; other names are."""
    name = key_id(key)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await brokerage.log_in(name, "wrong")
    with pytest.raises(RateLimited):
        await brokerage.log_in(name, key)
    with pytest.raises(Unauthenticated):
        await brokerage.log_in(key_id("other"), "wrong")
    clock.advance(61_000)
    assert (await brokerage.log_in(name, key)).key == name


async def test_names_that_nobody_has_are_counted_together(brokerage: Brokerage) -> None:
    """Whoever makes up names is one guesser."""
    for name in ("a", "b", "c"):
        with pytest.raises(Unauthenticated):
            await brokerage.log_in(name, "wrong")
    with pytest.raises(RateLimited):
        await brokerage.log_in("d", "wrong")


async def test_good_logins_are_not_counted(brokerage: Brokerage, key: str) -> None:
    """A client that comes and goes is no guesser."""
    for _ in range(10):
        await brokerage.log_in(key_id(key), key)


@pytest.mark.parametrize(
    ("kind", "name", "permissions"),
    [
        (QUEUE, "acme.mine", {CONFIGURE, WRITE, READ}),
        (QUEUE, "acme", set()),
        (QUEUE, "acmes.mine", set()),
        (QUEUE, "other.mine", set()),
        (QUEUE, "", set()),
        (QUEUE, "sys.log", set()),
        (QUEUE, "sys.work.acme.agent_7", {READ}),
        (QUEUE, "sys.work.acme.", set()),
        (QUEUE, "sys.work.other.agent_7", set()),
        (QUEUE, "sys.work.acme.agent_8", set()),
        (QUEUE, "sys.work.acme.agent_9", set()),
        (EXCHANGE, "sys.events", {READ}),
        (EXCHANGE, "sys.results", {WRITE}),
        (EXCHANGE, "sys.dead", set()),
        (EXCHANGE, "acme.mine", set()),
        (EXCHANGE, "", set()),
        (EXCHANGE, "amq.topic", set()),
        ("topic", "sys.events", set()),
    ],
)
async def test_what_may_be_used(brokerage: Brokerage, kind: str, name: str, permissions: set[str]) -> None:
    """Queues of one's own in every way; the server's as the contract says; nothing else."""
    who = holder()
    allowed = {each for each in (CONFIGURE, WRITE, READ) if await may(brokerage.use, who, kind, name, each)}
    assert allowed == permissions


@pytest.mark.parametrize("tenant", ["sys", "amq"])
async def test_no_tenant_is_called_as_the_server_is(brokerage: Brokerage, tenant: str) -> None:
    """Whose name is the first word of the server's names has no queues by it."""
    assert not await may(brokerage.use, holder(tenant), QUEUE, f"{tenant}.log", READ)


async def test_scopes_count(brokerage: Brokerage) -> None:
    """Each door has its scope; a queue of one's own needs any of them."""
    reader, stranger = holder("acme", "event:read"), holder("acme", "task:read")
    assert await may(brokerage.use, reader, QUEUE, "acme.mine", CONFIGURE)
    assert not await may(brokerage.use, reader, EXCHANGE, "sys.results", WRITE)
    assert not await may(brokerage.use, stranger, QUEUE, "acme.mine", CONFIGURE)
    assert await may(brokerage.route, reader, "sys.events", READ, "acme.#")
    assert not await may(brokerage.route, stranger, "sys.events", READ, "acme.#")
    assert not await may(brokerage.route, reader, "sys.results", WRITE, "acme.agent")


@pytest.mark.parametrize("key", ["#", "*", "#.acme", "*.created", "acme", "acme.", "other.#", "acme#.x", "", ".acme.x"])
async def test_keys_of_others_are_refused(brokerage: Brokerage, key: str) -> None:
    """Only a key whose first word is the tenant, with something behind it, is the tenant's."""
    assert not await may(brokerage.route, holder(), "sys.events", READ, key)
    assert await may(brokerage.route, holder(), "sys.events", READ, "acme.*.created")


@pytest.mark.parametrize(("agent", "is_theirs"), [("agent_7", True), ("agent_8", False), ("none", False)])
async def test_only_its_owner_speaks_for_an_agent(brokerage: Brokerage, agent: str, is_theirs: bool) -> None:
    """Where a key names an agent, the scope is not enough."""
    assert await may(brokerage.route, holder(), "sys.results", WRITE, f"acme.{agent}") is is_theirs


async def test_who_is_about_to_read_is_told_of(brokerage: Brokerage, expected: list[tuple[str, str]]) -> None:
    """Once somebody may read the queue of their agent, and at nothing else."""
    for name in ("sys.work.acme.agent:5F7", "sys.work.acme.agent_8", "acme.mine"):
        await may(brokerage.use, holder(), QUEUE, name, READ)
    assert expected == [("acme", "agent_7")]


async def test_there_is_one_virtual_host(brokerage: Brokerage) -> None:
    """The one that the contract names."""
    assert await may(brokerage.enter, "/")
    assert not await may(brokerage.enter, "other")


@given(st.text(), st.text(), st.text())
def test_no_tenants_keys_are_anothers(one: str, other: str, rest: str) -> None:
    """Whatever tenants are called, what is one's begins with no other's word, and has no pattern in that word."""
    assert not set(word_of(one)) & set(".*#")
    if one != other:
        assert not f"{word_of(one)}.{rest}".startswith(f"{word_of(other)}.")
