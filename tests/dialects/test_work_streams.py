"""What `v2`'s socket does for an agent that is ready for work, without a socket: in bounds, and until it is over."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.conversations import Conversation
from handlers.core.errors import Conflict, NotFound
from handlers.core.feeds import Feed
from handlers.dialects.v2 import streams
from tests.core.test_consuming import Log, until
from tests.core.working import ANN, World


def ready(agent: str, most: int = 1) -> v2.LeaseReady:
    """What an agent says that wants work."""
    payload = {"agent_id": agent, "max_leases": most}
    return v2.LeaseReady.model_validate({"type": "lease.ready", "id": "1", "payload": payload})


@pytest.fixture
async def world() -> World:
    """Two agents."""
    made = World()
    for name in ("agent_a", "agent_b"):
        await made.agent(name)
    return made


@pytest.fixture
def socket(world: World) -> Conversation:
    """A connection on which one thing at a time may go on."""
    log = Log(world.documents)
    core: Any = SimpleNamespace(leases=world.leases, taking=world.taking, log=log)
    return Conversation(Call(core, ANN, "req"), Feed(log, ANN.tenant), world.clock, {}, 1)


async def test_an_agent_is_ready_again_although_there_is_no_room(socket: Conversation) -> None:
    """What it says anew takes the place of what it said before; only another agent finds no room."""
    await streams.ready_for_work(socket, ready("agent_a"))
    first = socket.offering["agent_a"][1]
    await streams.ready_for_work(socket, ready("agent_a", 2))
    with pytest.raises(Conflict):
        await streams.ready_for_work(socket, ready("agent_b"))
    offering, task = socket.offering["agent_a"]
    await asyncio.gather(first, return_exceptions=True)
    assert (first.cancelled(), task.done(), offering.seconds) == (True, False, 60)
    assert socket.offering["agent_a"] == (offering, task)
    await socket.close()


async def test_offers_that_have_ended_are_forgotten_and_told_of(socket: Conversation, world: World) -> None:
    """When its agent is removed the client is told so, and the agent is not ready here any more."""
    told: list[Exception] = []

    async def excuse(problem: Exception) -> None:
        told.append(problem)

    socket.excuse = excuse
    await streams.ready_for_work(socket, ready("agent_a"))
    await asyncio.sleep(0.02)
    await world.agents.delete(ANN, "agent_a")
    socket.offering["agent_a"][0].answered("lease_none")
    await until(lambda: not socket.offering)
    assert [type(problem) for problem in told] == [NotFound]
    await streams.ready_for_work(socket, ready("agent_b"))
    await socket.close()
