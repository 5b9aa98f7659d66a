"""The races of identity over the real stores: whatever they promise, the rules rest on it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest_asyncio

from handlers.core.collections import ALL
from handlers.core.errors import Conflict, Forbidden, Unauthenticated
from handlers.core.identity import Identity
from handlers.core.keys import NewKey
from tests.adapters.documents.stores import Clock, make
from tests.core.people import PASSWORD, ROLES, SECOND, is_refused
from tests.fakes import CountingHasher, PlainTokens

Outcomes = list[Any]


@pytest_asyncio.fixture
async def processes(kind: str, tmp_path: Path, mongo_url: str, clock: Clock) -> AsyncIterator[list[Identity]]:
    """The rules twice, as in two processes, over an open store with the declared collections."""
    documents, tokens = make(kind, tmp_path, mongo_url, clock, ALL), PlainTokens()
    await documents.open()
    yield [Identity(documents, CountingHasher(), tokens, ROLES, clock) for _ in range(2)]
    await documents.close()


@pytest_asyncio.fixture
async def identity(processes: list[Identity]) -> Identity:
    """One of them."""
    return processes[0]


def name() -> str:
    """A name that nobody has."""
    return f"u{uuid4().hex}"


async def together(*work: Any) -> tuple[Outcomes, Outcomes]:
    """What succeeded, and what was refused."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    return [outcome for outcome in outcomes if outcome not in refused], refused


async def test_an_address_is_registered_once(identity: Identity) -> None:
    """Of many registrations at once one succeeds, and the rest are conflicts."""
    email = f"{name()}@example.com"
    made, refused = await together(*(identity.register(email, "a-strong-password") for _ in range(8)))
    assert len(made) == 1
    assert {type(refusal) for refusal in refused} == {Conflict}


async def test_a_shared_refresh_token_ends_with_its_session(identity: Identity, clock: Clock) -> None:
    """At most one of many refreshes wins, and it has won nothing that lasts."""
    user = name()
    await identity.ensure_user(user, PASSWORD, role="guest", home=f"t_{user}")
    session = await identity.log_in(user, PASSWORD, refresh_days=7)
    won, refused = await together(*(identity.sessions.refresh(session.refresh_token) for _ in range(8)))
    assert len(won) <= 1
    assert {type(refusal) for refusal in refused} == {Unauthenticated}
    clock.advance(SECOND)
    for token in (session.token, *(renewed.token for renewed in won)):
        assert await is_refused(identity, token)


async def test_failures_are_all_counted(identity: Identity) -> None:
    """Failed logins that are counted at once lock the name after the fifth."""
    guessed = name()
    await asyncio.gather(*(identity.logins._lockouts.count(guessed) for _ in range(12)))
    held, refused = await together(identity.log_in(guessed, "x"))
    assert (held, refused[0].kind) == ([], "rate_limited")


async def test_a_request_makes_one_key(identity: Identity, clock: Clock) -> None:
    """An idempotency key makes one key of many requests; the tenant lists it, and its counter agrees."""
    user = name()
    await identity.ensure_user(user, PASSWORD, role="owner", home=f"t_{user}")
    who = (await identity.log_in(user, PASSWORD)).principal
    wanted = NewKey("ci", ("task:read",), clock() + 60_000)
    made, refused = await together(*(identity.keys.create(who, wanted, idempotency_key="once") for _ in range(6)))
    assert (len(made), {type(refusal) for refusal in refused}) == (1, {Conflict})
    assert [key.id for key in await identity.keys.page(who, 10)] == [made[0][1].id]
    assert await identity.keys.count(who) == 1
    clock.advance(60_000)
    assert (await identity.keys.page(who, 10), await identity.keys.count(who)) == ([], 0)


async def test_two_administrators_do_not_end_each_other(processes: list[Identity]) -> None:
    """Of two who demote each other at the same moment, in two processes, one is an administrator still."""
    for _ in range(5):
        tenant, names = f"t_{name()}", [name(), name()]
        for user in names:
            await processes[0].ensure_user(user, PASSWORD, role="admin", home=tenant)
        ann, bob = [(await processes[0].log_in(user, PASSWORD)).principal for user in names]
        demoted, refused = await together(
            processes[0].users.change(ann, bob.id, {"role": "guest"}),
            processes[1].users.change(bob, ann.id, {"role": "guest"}),
        )
        assert {type(refusal) for refusal in refused} <= {Conflict, Forbidden}
        assert [user.role for user in await processes[0].users.page(ann, 9, 0)].count("admin") == 2 - len(demoted) >= 1


async def test_users_and_tenants_are_listed(identity: Identity) -> None:
    """Every list of identity is served by a declared index, filters and offsets included."""
    user = name()
    await identity.ensure_user(user, PASSWORD, role="owner", home=f"t_{user}")
    who = (await identity.log_in(user, PASSWORD)).principal
    made = [await identity.tenants.create(who, {"display_name": str(number)}) for number in range(3)]
    assert len(await identity.tenants.page(who, 2, 2)) == 2
    assert await identity.users.count(who, roles=("owner", "guest"), status="active") == 1
    assert [found.username for found in await identity.users.page(who, 5, 0, roles=("owner",))] == [user]
    assert [(member.user, member.role) for member in await identity.members.page(who, made[0].id, 5)] == [
        (who.id, "owner")
    ]
