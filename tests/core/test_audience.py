"""Whoever waits does so while the server goes on and somebody is there; nothing is taken for who has left."""

import asyncio

import pytest

from handlers.core.audience import Audience
from handlers.core.taking import Wish
from tests.core.working import ANN, World


@pytest.fixture
async def world() -> World:
    """A world with one agent that does two things at a time."""
    made = World()
    await made.agent("agent_a", most=2)
    return made


@pytest.fixture
def gone() -> Audience:
    """Somebody who has left."""
    audience = Audience()
    audience.left.set()
    return audience


@pytest.mark.parametrize("end", ["stopping", "left"])
async def test_either_end_is_the_end_of_waiting(world: World, end: str) -> None:
    """Whoever waits is answered as soon as the server stops, or they leave, and not a minute later."""
    audience = Audience()
    waiting = asyncio.ensure_future(world.taking.take(ANN, "agent_a", Wish(), wait_seconds=60, audience=audience))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    getattr(audience, end).set()
    assert await asyncio.wait_for(waiting, 5) == []


async def test_who_has_left_takes_nothing_and_its_key_is_as_new(world: World, gone: Audience) -> None:
    """No lease is granted, and a repetition under the same key gets what there is."""
    command = await world.issue()
    assert await world.taking.take(ANN, "agent_a", Wish(), key="k", audience=gone) == []
    assert world.told() == ["command.submitted"]
    (lease,) = await world.taking.take(ANN, "agent_a", Wish(), key="k")
    assert (lease.work["command_id"], lease.token) == (command.id, 1)


async def test_who_is_answered_by_a_stopping_server_is_answered_so_again(world: World) -> None:
    """That there was nothing is what the first request was told, and what its repetition is told."""
    stopping = Audience()
    stopping.stopping.set()
    assert await world.taking.take(ANN, "agent_a", Wish(), key="k", audience=stopping) == []
    await world.issue()
    assert await world.taking.take(ANN, "agent_a", Wish(), key="k") == []


async def test_what_is_given_back_was_never_tried(world: World) -> None:
    """All of it can be taken at once by somebody else; what was lost meanwhile is passed over."""
    commands = [await world.issue() for _ in range(2)]
    taken = await world.take(most=2)
    await world.commands.cancel(ANN, commands[0].id, None)
    await world.taking.give_back(ANN, taken)
    left = [await world.commands.get(ANN, command.id) for command in commands]
    assert [(one.status, one.attempt) for one in left] == [("cancelled", 1), ("pending", 0)]
    assert await world.leases.held_by(await world.agents.get(ANN, "agent_a")) == []
