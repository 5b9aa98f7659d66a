"""Work posted to endpoints, over fakes: one holder at a time whoever pushes, and nothing lost when a server dies."""

import asyncio
import json
from itertools import pairwise

import pytest

from handlers.core.agenda import Agenda
from handlers.core.collections import DELIVERIES
from handlers.core.duties import Duty
from handlers.core.events import Logged
from handlers.core.lanes import Lanes
from handlers.core.outgoing import Answer, Parcel
from handlers.core.pushing import KIND, Pushing
from handlers.core.slots import Slot
from handlers.core.work import Lease, Outcome
from tests.core.sending import Wire
from tests.core.working import ANN, World

URL = "https://agent.example/api"
DONE = Answer(200, body=b'"done"')


class Words:
    """An endpoint that is told names, and says in one word what came of it."""

    def tell(self, lease: Lease) -> bytes:
        """The work and its token."""
        return json.dumps([lease.work["command_id"], lease.token]).encode()

    def read(self, body: bytes) -> Outcome | None:
        """It is done, or nothing that can be read."""
        return Outcome("completed", {"said": "done"}) if body == b'"done"' else None


class Server:
    """One of the servers that push, with a wire of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wire = Wire()
        self.agenda = Agenda(world.documents, world.clock, lambda event, **facts: None)
        self.lanes = Lanes(world.documents, self.agenda, self.wire, world.clock, lambda event, **facts: None)
        parts = (world.documents, world.agents, world.leases, world.taking, Words(), self.lanes.wake, world.clock)
        self.pushing = Pushing(*parts)
        self.lanes.take(KIND, self.pushing)
        self.agenda.take(Duty(world.kind.collection, lambda record: world.leases.attend(world.kind, record)))

    async def read(self, after: int = 0) -> None:
        """Read the log once more, behind a place, and do what is due."""
        told = [Logged(event, "fake", place, 1) for place, event in enumerate(self.world.documents.told, 1)]
        await self.pushing.consume(told[after:])
        await self.work()

    async def work(self) -> None:
        """Do what is due now, and all that follows from it."""
        for _ in range(4):
            while await self.agenda.look() == 0:
                await self.agenda.settle()
            await self.lanes.settle()

    @property
    def sent(self) -> list[tuple[str, int]]:
        """What was posted: work and tokens."""
        return [tuple(json.loads(parcel.body)) for parcel in self.wire.sent]


@pytest.fixture
async def world() -> World:
    """A world with one agent that has an endpoint."""
    made = World()
    await made.agent("agent_a", endpoint=URL)
    return made


async def test_work_is_posted_once_however_often_the_log_is_read(world: World) -> None:
    """Two servers that read the same events, again and again, post it once."""
    command = await world.issue()
    servers = [Server(world), Server(world)]
    for server in servers:
        server.wire.replies[URL] = DONE
    await asyncio.gather(*(server.read() for server in servers))
    await asyncio.gather(*(server.read() for server in servers))
    assert servers[0].sent + servers[1].sent == [(command.id, 1)]
    after = await world.commands.get(ANN, command.id)
    assert (after.status, after.result) == ("completed", {"said": "done"})


async def test_work_that_waited_for_its_agent_is_posted_when_that_comes(world: World) -> None:
    """What was issued before there was an agent, or before it had an endpoint, is not left waiting."""
    command = await world.issue("agent_b")
    server = Server(world)
    await server.read()
    assert server.sent == []
    place = len(world.documents.told)
    await world.agent("agent_b", endpoint=URL)
    await server.read(place)
    assert server.sent == [(command.id, 1)]


async def test_one_of_several_endpoints_gets_what_anybody_may_have(world: World) -> None:
    """Both are offered it, and one holds it."""
    for name in ("agent_b", "agent_c"):
        await world.agent(name, endpoint=f"{URL}/{name}", capabilities=[{"name": "scan"}])
    command = await world.issue(None, service="scan")
    server = Server(world)
    for parcel in ("agent_b", "agent_c"):
        server.wire.replies[f"{URL}/{parcel}"] = Answer(202)
    await server.read()
    assert server.sent == [(command.id, 1)]
    held = [
        lease
        for name in ("agent_b", "agent_c")
        for lease in await world.leases.held_by(await world.agents.get(ANN, name))
    ]
    assert [lease.seconds for lease in held] == [3600]


async def test_work_that_a_server_died_with_is_offered_again(world: World) -> None:
    """Taken and never answered: the lease runs out, and within the retry policy the agent is sent the work again."""
    retry = {"max_retries": 1, "initial_delay_seconds": 1, "backoff_multiplier": 1}
    command = await world.issue(timeout_seconds=600, retry_policy=retry)
    dying = Server(world)

    async def die(_: Parcel) -> Answer:
        raise asyncio.CancelledError

    dying.wire.replies[URL] = die
    await dying.read()
    server = Server(world)
    server.wire.replies[URL] = DONE
    for _ in range(8):
        world.clock.advance(10_000)
        await server.read()
    assert (dying.sent, server.sent) == ([(command.id, 1)], [(command.id, 2)])
    assert (await world.commands.get(ANN, command.id)).status == "completed"


@pytest.mark.parametrize("answer", [Answer(500), Answer(200, body=b"what?"), Answer(error="Timed out")])
async def test_pauses_grow_as_long_as_an_endpoint_does_not_take_its_work(world: World, answer: Answer) -> None:
    """Each try holds the work no longer than it lasts; then it waits half as long again as it has waited, or more."""
    command = await world.issue(timeout_seconds=3600)
    server = Server(world)
    server.wire.replies[URL] = answer
    tries = []
    for second in range(600):
        posted = len(server.sent)
        await server.read()
        tries += [second] * (len(server.sent) - posted)
        assert await world.leases.held_by(await world.agents.get(ANN, "agent_a")) == []
        world.clock.advance(1000)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert (pauses[0] in (5, 6), 6 < len(pauses) < 15, pauses[-1] > 100) == (True, True, True)
    assert [token for _, token in server.sent] == list(range(1, len(tries) + 1))
    server.wire.replies[URL] = DONE
    for _ in range(600):
        world.clock.advance(1000)
        await server.read()
    assert (await world.commands.get(ANN, command.id)).status == "completed"


async def test_an_answer_that_comes_too_late_changes_nothing(world: World) -> None:
    """The agent was removed while it worked: what its endpoint says then is nobody's."""
    command = await world.issue()
    server = Server(world)

    async def removed(_: Parcel) -> Answer:
        await world.agents.delete(ANN, "agent_a")
        await world.attend_agents()
        return DONE

    server.wire.replies[URL] = removed
    await server.read()
    assert (await world.commands.get(ANN, command.id)).status != "completed"


async def test_nothing_is_made_of_work_for_others(world: World) -> None:
    """Work for an agent without an endpoint, or for nobody who is known, waits where it is."""
    await world.agent("agent_b")
    for target in ("agent_b", "device-1"):
        await world.issue(target)
    server = Server(world)
    await server.read()
    assert (server.sent, world.documents.all_of(DELIVERIES, "t_one")) == ([], [])


async def test_work_for_which_there_was_no_room_is_not_forgotten(world: World) -> None:
    """A server died between slot and lease: when that slot is found empty, the work is posted, without an event."""
    command = await world.issue(timeout_seconds=600)
    agent = await world.agents.get(ANN, "agent_a")
    record = await world.documents.get(world.kind.collection, ANN.tenant, command.id)
    await world.leases.slots.reserve(agent, [Slot.new(world.kind.name, record, world.clock.now)])
    server = Server(world)
    server.wire.replies[URL] = DONE
    await server.read()
    assert server.sent == []
    for _ in range(60):
        world.clock.advance(1_000)
        await server.work()
    assert server.sent == [(command.id, 1)]
    assert (await world.commands.get(ANN, command.id)).status == "completed"
