"""Agents on nodes, over fakes: confirmed, refused, tried again, taken away, and asked after without a pile."""

import asyncio
import json
from functools import partial
from typing import Any

import orjson
import pytest

from adapters.http.bodies import read_json
from handlers.core.agenda import Agenda
from handlers.core.collections import AGENTS, NODES, PLATFORM, TENANTS
from handlers.core.deployments import Deployments, LogFilter
from handlers.core.duties import Duty
from handlers.core.errors import BadGateway, Conflict, NotFound
from handlers.core.node_registry import NodeRegistry
from handlers.core.nodes import Nodes
from handlers.core.outgoing import Answer, Parcel
from handlers.core.ports import Insert
from handlers.core.sealing import Sealing
from tests.core.sending import OpenBox, Wire
from tests.core.test_agents import GUEST, House
from tests.fakes import NOON, Clock, MemoryDocuments

NODE = "https://node.example.com"
BOT = f"{NODE}/v1/agents/support-bot"
GIVEN = {"id": "support-bot", "name": "Support Bot", "capabilities": [{"name": "support"}]}
SPEC = {"apiVersion": "astromesh/v1", "kind": "Agent", "metadata": {"name": "support-bot"}, "spec": {}}


class Fleet:
    """One worker, and perhaps a node of the tenant's."""

    def __init__(self, documents: MemoryDocuments, clock: Clock) -> None:
        self.house, self.wire, self.clock = House(documents, clock), Wire(), clock
        house = self.house
        self.nodes = Nodes(self.wire, partial(read_json, 100), clock)
        self.registry = NodeRegistry(documents, Sealing(documents, OpenBox()), house.agents, clock)
        self.nodes.hear, self.registry.knock = self.registry.hear, self.nodes.knock
        heard = (house.agents, house.registration, house.heartbeats)
        self.deployments = Deployments(documents, *heard, self.nodes, self.registry, clock)
        house.agenda = Agenda(documents, clock, lambda event, **facts: None)
        house.agenda.take(Duty(AGENTS, self.deployments.attend))
        house.agenda.take(Duty(NODES, self.registry.attend))

    async def create(self) -> None:
        """The agent of these tests."""
        await self.deployments.create(GUEST, GIVEN, SPEC)

    async def seen(self) -> tuple[str, bool]:
        """How the agent is, and whether its node has confirmed it."""
        agent = (await self.deployments.read(GUEST, "support-bot")).agent
        return agent.status, agent.is_confirmed


@pytest.fixture
def fleet(documents: MemoryDocuments, clock: Clock) -> Fleet:
    """The rules; the tenant has no node."""
    return Fleet(documents, clock)


@pytest.fixture
async def attached(fleet: Fleet, documents: MemoryDocuments) -> Fleet:
    """The rules; the tenant has a node."""
    await documents.write(Insert(TENANTS, PLATFORM, {"id": GUEST.tenant, "created_at": 1, "node_url": NODE}))
    return fleet


def answers(said: Any) -> Answer:
    """What a node says."""
    return Answer(200, None, json.dumps(said).encode())


async def test_the_server_is_the_node_of_who_has_none(fleet: Fleet) -> None:
    """A specification waits for its node, is confirmed behind the answer, and stays without heartbeats."""
    await fleet.create()
    assert await fleet.seen() == ("registered", False)
    await fleet.house.look()
    assert await fleet.seen() == ("idle", True)
    fleet.clock.advance(24 * 3600 * 1000)
    await fleet.house.look()
    assert await fleet.seen() == ("idle", True)
    assert fleet.wire.sent == []
    assert fleet.house.documents.types == ["ai.agent.registered", "ai.agent.status_changed"]
    assert "specification" not in fleet.house.documents.told[0].data


async def test_its_log_tells_what_became_of_it(fleet: Fleet) -> None:
    """Without a node of one's own the log has what happened here, in order, as far as it is asked for."""
    await fleet.create()
    fleet.clock.advance(1000)
    await fleet.house.look()
    lines = await fleet.deployments.logs(GUEST, "support-bot", LogFilter(10))
    assert [(line.at - NOON, line.message) for line in lines] == [
        (0, "It was registered"),
        (1000, "Its node has confirmed it"),
    ]
    assert await fleet.deployments.logs(GUEST, "support-bot", LogFilter(1)) == lines[1:]
    assert await fleet.deployments.logs(GUEST, "support-bot", LogFilter(10, until=NOON + 1)) == lines[:1]
    assert await fleet.deployments.logs(GUEST, "support-bot", LogFilter(10, level="error")) == []


async def test_a_name_is_taken_once(fleet: Fleet) -> None:
    """Creating an agent again is a conflict, even for its owner."""
    await fleet.create()
    with pytest.raises(Conflict):
        await fleet.create()


async def test_a_node_takes_what_it_is_handed(attached: Fleet) -> None:
    """The tenant's node is sent the specification, and again when it changes; each time it has to confirm anew."""
    await attached.create()
    await attached.house.look()
    assert await attached.seen() == ("idle", True)
    sent = [(parcel.method, parcel.url, json.loads(parcel.body)) for parcel in attached.wire.sent]
    assert sent == [("PUT", BOT, SPEC)]
    other = {**SPEC, "spec": {"x": 1}}
    await attached.deployments.replace(GUEST, "support-bot", GIVEN, other)
    assert await attached.seen() == ("registered", False)
    await attached.house.look()
    assert await attached.seen() == ("idle", True)
    assert json.loads(attached.wire.sent[-1].body) == other


async def test_a_specification_that_is_refused_fails(attached: Fleet) -> None:
    """A node that says no is not asked again; why stands in the agent."""
    attached.wire.replies[BOT] = Answer(422)
    await attached.create()
    await attached.house.look()
    agent = (await attached.deployments.read(GUEST, "support-bot")).agent
    assert (agent.status, agent.is_confirmed, agent.node_message) == (
        "error",
        False,
        "The node has refused it: Answered 422",
    )
    attached.clock.advance(3_600_000)
    await attached.house.look()
    assert len(attached.wire.sent) == 1


async def test_a_node_that_is_away_is_tried_again(attached: Fleet) -> None:
    """Until it answers, and its journal says once that it did not."""
    attached.wire.replies[BOT] = Answer(error="No connection")
    await attached.create()
    for _ in range(3):
        await attached.house.look()
        attached.clock.advance(10_000)
    assert await attached.seen() == ("registered", False)
    assert len(attached.wire.sent) == 3
    agent = (await attached.deployments.read(GUEST, "support-bot")).agent
    assert [line["message"] for line in agent.journal] == ["It was registered", "The node cannot be reached"]
    attached.wire.replies[BOT] = Answer(201)
    await attached.house.look()
    assert await attached.seen() == ("idle", True)


async def test_a_removed_agent_is_taken_from_its_node(attached: Fleet) -> None:
    """It is gone here at once, and from the node as soon as that answers; that is told once."""
    await attached.create()
    await attached.house.look()
    attached.wire.replies[BOT] = Answer(503)
    await attached.house.agents.delete(GUEST, "support-bot")
    with pytest.raises(NotFound):
        await attached.deployments.read(GUEST, "support-bot")
    for reply in (Answer(503), Answer(404)):
        attached.wire.replies[BOT] = reply
        await attached.house.look()
        attached.clock.advance(10_000)
    await attached.house.look()
    assert [parcel.method for parcel in attached.wire.sent] == ["PUT", "DELETE", "DELETE"]
    assert attached.house.documents.types.count("ai.agent.deleted") == 1
    attached.clock.advance(3_600_000)
    await attached.house.look()
    assert attached.house.documents.all_of(AGENTS, GUEST.tenant) == []


async def test_a_node_that_is_away_for_long_is_told_of_a_removal(attached: Fleet) -> None:
    """However long it takes, an agent that is gone is taken from its node, and only then forgotten here."""
    await attached.create()
    await attached.house.look()
    attached.wire.replies[BOT] = Answer(503)
    await attached.house.agents.delete(GUEST, "support-bot")
    for _ in range(3):
        await attached.house.look()
        attached.clock.advance(3_600_000)
    assert attached.house.documents.all_of(AGENTS, GUEST.tenant) != []
    attached.wire.replies[BOT] = Answer(204)
    await attached.house.look()
    await attached.house.look()
    assert [parcel.method for parcel in attached.wire.sent[1:]] == ["DELETE"] * 4
    assert attached.house.documents.all_of(AGENTS, GUEST.tenant) == []


async def test_who_takes_the_name_leaves_nothing_on_the_node(attached: Fleet) -> None:
    """An agent that is registered in the name of one that its node still has does not keep it there."""
    await attached.create()
    await attached.house.look()
    attached.wire.replies[BOT] = Answer(503)
    await attached.house.agents.delete(GUEST, "support-bot")
    await attached.house.look()
    await attached.house.registration.register(GUEST, GIVEN)
    attached.clock.advance(10_000)
    attached.wire.replies[BOT] = Answer(204)
    await attached.house.look()
    assert [parcel.method for parcel in attached.wire.sent] == ["PUT", "DELETE", "DELETE"]
    agent = await attached.house.agents.get(GUEST, "support-bot")
    assert (agent.sync_at, agent.node_message, agent.status) == (None, None, "registered")


async def test_a_node_is_asked_at_this_moment(attached: Fleet) -> None:
    """What it says is passed on; that it does not know the agent too; what cannot be read is its fault."""
    await attached.create()
    attached.wire.replies[f"{BOT}/status"] = answers({"loaded": True})
    assert (await attached.deployments.ask(GUEST, "support-bot", "status")).said == {"loaded": True}
    attached.wire.replies[f"{BOT}/status"] = Answer(404)
    unknown = await attached.deployments.ask(GUEST, "support-bot", "status")
    assert (unknown.said, unknown.message) == (None, "The node does not know this agent")
    deep, half = b"[" * 100_000 + b"]" * 100_000, b'{"a": "\\ud800"}'
    bodies = [Answer(200, None, body) for body in (b"<html>", b'{"a": NaN}', deep, half, b"\xff")]
    for broken in (*bodies, answers([1]), Answer(500)):
        attached.wire.replies[f"{BOT}/status"] = broken
        with pytest.raises(BadGateway):
            await attached.deployments.ask(GUEST, "support-bot", "status")


async def test_a_nodes_large_numbers_can_be_said_again(attached: Fleet) -> None:
    """What a node counts beyond 64 bits is passed on as the number that it is about."""
    await attached.create()
    attached.wire.replies[f"{BOT}/status"] = Answer(200, None, b'{"count": 1180591620717411303424}')
    said = (await attached.deployments.ask(GUEST, "support-bot", "status")).said
    assert orjson.loads(orjson.dumps(said)) == {"count": 2.0**70}


async def test_a_nodes_lines_are_judged(attached: Fleet) -> None:
    """Lines come in order and in bounds, whatever the node sends; what is no line is its fault."""
    await attached.create()
    wanted = LogFilter(2, since=NOON, level="info")
    address = f"{BOT}/logs?since=2025-11-03T12%3A00%3A00.000Z&level=info&limit=2"
    late, early = "2025-11-03T12:00:09Z", "2025-11-03T12:00:01Z"
    lines = [{"timestamp": at, "level": "info", "message": at} for at in (late, early, "2024-01-01T00:00:00Z")]
    attached.wire.replies[address] = answers(lines)
    assert [line.message for line in await attached.deployments.logs(GUEST, "support-bot", wanted)] == [early, late]
    one = lines[0]
    contexts = [[{**one, "context": said}] for said in ("x", [1], 7)]
    for broken in (
        *contexts,
        [{"level": "info"}],
        [{**one, "message": 7}],
        {"a": 1},
        [None],
        [{**one, "timestamp": "x"}],
    ):
        attached.wire.replies[address] = answers(broken)
        with pytest.raises(BadGateway):
            await attached.deployments.logs(GUEST, "support-bot", wanted)


async def test_requests_to_a_silent_node_do_not_pile_up(attached: Fleet) -> None:
    """Of two hundred at once a few wait for the node, and when it has not answered, nobody else does for a while."""
    await attached.create()
    going = asyncio.Event()

    async def silent(parcel: Parcel) -> Answer:
        await going.wait()
        return Answer(error="No answer within 1.5 seconds")

    attached.wire.replies[f"{BOT}/status"] = silent
    asked = [asyncio.create_task(attached.deployments.ask(GUEST, "support-bot", "status")) for _ in range(200)]
    await turns()
    assert attached.wire.open[f"{BOT}/status"] == 8
    assert sum(task.done() for task in asked) == 200 - 64
    going.set()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {BadGateway}
    assert len(attached.wire.sent) == 8
    attached.clock.advance(1001)
    attached.wire.replies[f"{BOT}/status"] = answers({})
    assert (await attached.deployments.ask(GUEST, "support-bot", "status")).said == {}


async def test_who_waits_for_a_silent_node_is_told_within_two_seconds(
    attached: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the request itself is never given up; the loop's clock is put forward."""
    await attached.create()
    loop, ahead = asyncio.get_running_loop(), 0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead)

    async def silent(parcel: Parcel) -> Answer:
        await asyncio.Event().wait()

    attached.wire.replies[f"{BOT}/status"] = silent
    asked = asyncio.create_task(attached.deployments.ask(GUEST, "support-bot", "status"))
    await turns()
    assert attached.wire.open[f"{BOT}/status"] == 1 and not asked.done()
    ahead = 2
    await turns()
    assert asked.done()
    with pytest.raises(BadGateway):
        await asked


async def turns() -> None:
    """Let the loop turn for a while."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_agent_of_another_dialect_has_no_node(attached: Fleet) -> None:
    """Who was registered without a specification is answered for from the record."""
    await attached.house.registration.register(GUEST, GIVEN)
    deployed = await attached.deployments.ask(GUEST, "support-bot", "status")
    assert (deployed.specification, deployed.said) == (None, None)
    await attached.house.agents.delete(GUEST, "support-bot")
    await attached.house.look()
    assert attached.wire.sent == []


async def test_a_hosted_agent_that_speaks_for_itself_is_waited_for(fleet: Fleet) -> None:
    """From its first heartbeat on its presence is its own affair."""
    await fleet.create()
    await fleet.house.look()
    await fleet.house.beat(GUEST, "support-bot")
    fleet.clock.advance(200_000)
    await fleet.house.look()
    assert await fleet.seen() == ("offline", True)
