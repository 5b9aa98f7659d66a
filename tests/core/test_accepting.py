"""Offers that are answered in messages: under the offered token, once however often the message comes, or never."""

import pytest

from handlers.core.accepting import Accepting
from handlers.core.errors import Conflict, Forbidden, NotFound
from handlers.core.work import Claimed, lease_id
from tests.core.working import ANN, BOB, World, claim


@pytest.fixture
async def world() -> World:
    """A world with one agent, which may hold two at once."""
    made = World()
    await made.agent("agent_a", most=2)
    return made


@pytest.fixture
def accepting(world: World) -> Accepting:
    """The rules."""
    return Accepting(world.taking, world.leases)


async def offer(world: World) -> Claimed:
    """What is offered of a new command."""
    command = await world.issue()
    return Claimed("agent_a", lease_id({"id": command.id}), 1)


async def test_a_message_that_comes_again_is_answered_alike(world: World, accepting: Accepting) -> None:
    """The lease is granted once; another message, of somebody else who works for the agent, comes too late."""
    offered = await offer(world)
    first = await accepting.accept(ANN, offered, 60, "m-1")
    world.clock.advance(1_000)
    again = await accepting.accept(ANN, offered, 60, "m-1")
    assert (again.id, again.token, again.expires_at) == (first.id, 1, first.expires_at)
    with pytest.raises(Conflict):
        await accepting.accept(ANN, offered, 60, "m-2")
    assert world.told().count("lease.granted") == 1


async def test_what_is_lost_is_not_accepted_again(world: World, accepting: Accepting) -> None:
    """By the message that has taken it as little as by another one."""
    offered = await offer(world)
    await world.leases.complete(ANN, claim(await accepting.accept(ANN, offered, 60, "m-1")), None, None)
    with pytest.raises(Conflict):
        await accepting.accept(ANN, offered, 60, "m-1")


async def test_an_old_offer_is_over(world: World, accepting: Accepting) -> None:
    """When the work was given back its next offer has another token, and only that one is good."""
    offered = await offer(world)
    lease = await accepting.accept(ANN, offered, 60, "m-1")
    await accepting.give_back(ANN, claim(lease), 0)
    with pytest.raises(Conflict):
        await accepting.accept(ANN, offered, 60, "m-2")
    assert (await accepting.accept(ANN, Claimed("agent_a", offered.lease, 2), 60, "m-3")).token == 2


async def test_only_its_owner_accepts_for_an_agent(world: World, accepting: Accepting) -> None:
    """As on every transport."""
    offered = await offer(world)
    with pytest.raises(Forbidden):
        await accepting.accept(BOB, offered, 60, "m-1")
    with pytest.raises(Forbidden):
        await accepting.give_back(BOB, offered, 0)


async def test_an_offer_is_declined(world: World, accepting: Accepting) -> None:
    """It changes nothing, and whoever comes next may have it; what was never offered cannot be declined."""
    offered = await offer(world)
    declined = await accepting.give_back(ANN, offered, 0)
    assert (declined.status, declined.token) == ("released", 1)
    assert (await accepting.accept(ANN, offered, 60, "m-1")).status == "held"
    with pytest.raises(Conflict):
        await accepting.give_back(ANN, Claimed("agent_a", offered.lease, 7), 0)
    with pytest.raises(NotFound):
        await accepting.give_back(ANN, Claimed("agent_a", "lease_none", 1), 0)
