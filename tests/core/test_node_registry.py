"""Attached nodes, over fakes: told apart by name, reached with their token, filled evenly, followed when they move."""

import asyncio

import pytest

from handlers.core import node_registry
from handlers.core.collections import NODES
from handlers.core.errors import (
    BadGateway,
    Conflict,
    IdempotencyMismatch,
    NotFound,
    PreconditionFailed,
    Unprocessable,
)
from handlers.core.node_registry import Node
from handlers.core.outgoing import Answer
from handlers.core.ports import Delete
from tests.core.test_agents import GUEST
from tests.core.test_deployments import SPEC, Fleet, answers
from tests.fakes import Clock, MemoryDocuments

ONE, TWO = "https://one.example.com", "https://two.example.com"


@pytest.fixture
def fleet(documents: MemoryDocuments, clock: Clock) -> Fleet:
    """The rules; no node is attached yet."""
    return Fleet(documents, clock)


async def attach(fleet: Fleet, name: str, url: str, **more: str) -> Node:
    """A node of the guest's tenant."""
    return await fleet.registry.create(GUEST, {"name": name, "url": url, **more})


async def deploy(fleet: Fleet, name: str) -> None:
    """An agent by its specification, handed to its node."""
    await fleet.deployments.create(GUEST, {"id": name, "name": name}, {**SPEC, "metadata": {"name": name}})
    await fleet.house.look()


async def settle(fleet: Fleet) -> None:
    """What follows from a move: the node is attended to, and then its agents."""
    await fleet.house.look()
    await fleet.house.look()


def urls(fleet: Fleet) -> list[str]:
    """What was sent to whom."""
    return [f"{parcel.method} {parcel.url}" for parcel in fleet.wire.sent]


async def test_agents_go_where_there_are_fewest(fleet: Fleet) -> None:
    """Each new agent is handed to the node with the fewest, and counted there."""
    one, two = await attach(fleet, "one", ONE), await attach(fleet, "two", TWO)
    for name in ("a", "b", "c"):
        await deploy(fleet, name)
    assert urls(fleet) == [f"PUT {ONE}/v1/agents/a", f"PUT {TWO}/v1/agents/b", f"PUT {ONE}/v1/agents/c"]
    assert [await fleet.registry.agents_on(node) for node in (one, two)] == [2, 1]


async def test_every_node_is_looked_at(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those on later pages, and those that are counted in a later group."""
    monkeypatch.setattr(node_registry, "_PAGE", 2)
    monkeypatch.setattr(node_registry, "_AT_ONCE", 2)
    for number in range(5):
        await attach(fleet, f"n{number}", f"https://n{number}.example.com")
    for number in range(5):
        await deploy(fleet, f"a{number}")
    assert urls(fleet) == [f"PUT https://n{number}.example.com/v1/agents/a{number}" for number in range(5)]


async def test_a_node_that_is_away_takes_nothing_new(fleet: Fleet) -> None:
    """As long as another is there; it is known by having been asked, and comes back by answering."""
    one, _ = await attach(fleet, "one", ONE), await attach(fleet, "two", TWO)
    fleet.wire.replies[f"{ONE}/v1/agents/a"] = Answer(error="No connection")
    await deploy(fleet, "a")
    assert (await fleet.registry.get(GUEST, one.id)).status == "offline"
    await deploy(fleet, "b")
    await deploy(fleet, "c")
    assert urls(fleet)[1:] == [f"PUT {TWO}/v1/agents/b", f"PUT {TWO}/v1/agents/c"]
    del fleet.wire.replies[f"{ONE}/v1/agents/a"]
    fleet.clock.advance(10_000)
    await fleet.house.look()
    seen = await fleet.registry.get(GUEST, one.id)
    assert (seen.status, seen.last_seen) == ("online", fleet.clock())


async def test_a_node_that_was_away_is_asked_again(fleet: Fleet) -> None:
    """Once a minute until it answers, whatever that be, although all of its agents are confirmed; then no more."""
    node = await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    fleet.wire.replies[f"{ONE}/v1/agents/a/status"] = Answer(error="No name server")
    with pytest.raises(BadGateway):
        await fleet.deployments.ask(GUEST, "a", "status")
    fleet.wire.sent.clear()
    knock, seen = f"{ONE}/v1/agents/-/status", []
    for answer in (Answer(error="No connection"), Answer(404), Answer(404)):
        fleet.wire.replies[knock] = answer
        for _ in range(2):
            fleet.clock.advance(30_000)
            await fleet.house.look()
        seen.append((len(fleet.wire.sent), (await fleet.registry.get(GUEST, node.id)).status))
    assert seen == [(1, "offline"), (2, "online"), (2, "online")]
    assert set(urls(fleet)) == {f"GET {knock}"}
    assert (await fleet.deployments.read(GUEST, "a")).agent.is_confirmed


async def test_that_it_still_answers_is_written_once_a_minute(fleet: Fleet, documents: MemoryDocuments) -> None:
    """Being asked often does not write often; the version that people see is theirs alone."""
    node = await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    fleet.wire.replies[f"{ONE}/v1/agents/a/status"] = answers({})
    seen = []
    for _ in range(4):
        fleet.clock.advance(20_000)
        await fleet.deployments.ask(GUEST, "a", "status")
        seen.append((await fleet.registry.get(GUEST, node.id)).last_seen)
    assert len(set(seen)) == 2
    assert (await fleet.registry.get(GUEST, node.id)).version == node.version


async def test_a_refusal_is_an_answer(fleet: Fleet) -> None:
    """A node that says no is there."""
    node = await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    fleet.wire.replies[f"{ONE}/v1/agents/a/status"] = Answer(500)
    with pytest.raises(BadGateway):
        await fleet.deployments.ask(GUEST, "a", "status")
    assert (await fleet.registry.get(GUEST, node.id)).status == "online"


async def test_its_token_is_shown_there_and_kept_sealed(fleet: Fleet, documents: MemoryDocuments) -> None:
    """The node gets it with every request; no record has it, and another address never sees it."""
    node = await attach(fleet, "one", ONE, auth_token="swordfish")
    (record,) = documents.all_of(NODES, GUEST.tenant)
    assert record["auth_token"].startswith("key|") and "swordfish" not in str(node)
    await deploy(fleet, "a")
    assert fleet.wire.sent[-1].headers["Authorization"] == "Bearer swordfish"
    await fleet.registry.change(GUEST, node.id, {"url": TWO})
    await settle(fleet)
    assert (fleet.wire.sent[-1].url, "Authorization" in fleet.wire.sent[-1].headers) == (f"{TWO}/v1/agents/a", False)
    await fleet.registry.change(GUEST, node.id, {"url": ONE, "auth_token": "other"})
    await settle(fleet)
    assert fleet.wire.sent[-1].headers["Authorization"] == "Bearer other"


async def test_agents_follow_a_node_that_moves(fleet: Fleet) -> None:
    """All of them are handed over at the new address, and are unconfirmed until then."""
    node = await attach(fleet, "one", ONE)
    names = [f"a{number}" for number in range(5)]
    for name in names:
        await deploy(fleet, name)
    fleet.wire.sent.clear()
    moved = await fleet.registry.change(GUEST, node.id, {"url": TWO})
    assert (moved.status, moved.last_seen) == ("unknown", None)
    await settle(fleet)
    assert sorted(urls(fleet)) == [f"PUT {TWO}/v1/agents/{name}" for name in names]
    assert [(await fleet.deployments.read(GUEST, name)).agent.is_confirmed for name in names] == [True] * 5


async def test_an_agent_that_is_removed_is_taken_from_its_node(fleet: Fleet) -> None:
    """And counts there no more, so that the node can be detached."""
    node = await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    with pytest.raises(Conflict, match="agents on this node"):
        await fleet.registry.delete(GUEST, node.id)
    await fleet.house.agents.delete(GUEST, "a")
    await fleet.house.look()
    assert urls(fleet)[-1] == f"DELETE {ONE}/v1/agents/a"
    await fleet.registry.delete(GUEST, node.id)
    with pytest.raises(NotFound):
        await fleet.registry.get(GUEST, node.id)
    await deploy(fleet, "a")
    assert (await fleet.deployments.read(GUEST, "a")).agent.node is None


async def test_a_name_that_is_deployed_again_is_replaced_where_it_runs(fleet: Fleet) -> None:
    """However late its old node hears of it, no other one gets an agent that this one still has."""
    await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    await attach(fleet, "two", TWO)
    fleet.wire.replies[f"{ONE}/v1/agents/a"] = Answer(error="No connection")
    await fleet.house.agents.delete(GUEST, "a")
    await fleet.house.look()
    fleet.clock.advance(10_000)
    fleet.wire.sent.clear()
    del fleet.wire.replies[f"{ONE}/v1/agents/a"]
    await deploy(fleet, "a")
    assert urls(fleet) == [f"PUT {ONE}/v1/agents/a"]


async def test_a_node_hears_of_a_removal_whoever_has_had_the_name_since(fleet: Fleet) -> None:
    """Also when who registered in the name of an agent that is still there is removed in turn."""
    node = await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    await fleet.house.agents.delete(GUEST, "a")
    await fleet.house.registration.register(GUEST, {"id": "a"})
    await fleet.house.agents.delete(GUEST, "a")
    await fleet.house.look()
    assert urls(fleet)[1:] == [f"DELETE {ONE}/v1/agents/a"]
    assert await fleet.registry.agents_on(node) == 0


async def test_a_node_that_is_detached_meanwhile_is_nobodys(fleet: Fleet, documents: MemoryDocuments) -> None:
    """An agent that was to go there is placed anew, and only confirmed by who has taken it."""
    await attach(fleet, "one", ONE)
    await fleet.deployments.create(GUEST, {"id": "a", "name": "a"}, SPEC)
    (record,) = documents.all_of(NODES, GUEST.tenant)
    await documents.write(Delete(NODES, GUEST.tenant, record["id"]))
    two = await attach(fleet, "two", TWO)
    await fleet.house.look()
    assert (await fleet.deployments.read(GUEST, "a")).agent.is_confirmed is False
    await fleet.house.look()
    agent = (await fleet.deployments.read(GUEST, "a")).agent
    assert (agent.is_confirmed, agent.node, urls(fleet)) == (True, two.id, [f"PUT {TWO}/v1/agents/a"])


async def test_a_node_is_kept_until_it_has_let_go_of_all(fleet: Fleet) -> None:
    """What is removed counts there until it has heard so; one that was silent for an hour is not waited for."""
    node = await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    for asked in ("a", "-/status"):
        fleet.wire.replies[f"{ONE}/v1/agents/{asked}"] = Answer(error="No connection")
    await fleet.house.agents.delete(GUEST, "a")
    for _ in range(2):
        assert await fleet.registry.agents_on(node) == 1
        with pytest.raises(Conflict, match="agents on this node"):
            await fleet.registry.delete(GUEST, node.id)
        await fleet.house.look()
    fleet.clock.advance(3_600_000)
    await fleet.house.look()
    await fleet.registry.delete(GUEST, node.id)
    fleet.clock.advance(10_000)
    await fleet.house.look()
    await deploy(fleet, "a")
    assert (await fleet.deployments.read(GUEST, "a")).agent.node is None


async def test_an_agent_that_is_there_keeps_its_node(fleet: Fleet) -> None:
    """However long that has been silent."""
    node = await attach(fleet, "one", ONE)
    await deploy(fleet, "a")
    fleet.wire.replies[f"{ONE}/v1/agents/a/status"] = Answer(error="No connection")
    fleet.clock.advance(3_600_000)
    with pytest.raises(BadGateway):
        await fleet.deployments.ask(GUEST, "a", "status")
    with pytest.raises(Conflict, match="agents on this node"):
        await fleet.registry.delete(GUEST, node.id)


async def test_a_name_is_one_nodes(fleet: Fleet) -> None:
    """A second of the name is a conflict, made or renamed; another tenant may have it."""
    await attach(fleet, "one", ONE)
    two = await attach(fleet, "two", TWO)
    for refused in (
        lambda: attach(fleet, "one", TWO),
        lambda: fleet.registry.change(GUEST, two.id, {"name": "one"}),
        lambda: fleet.registry.create(GUEST, {"name": "one", "url": TWO}, idempotency_key="k"),
    ):
        with pytest.raises(Conflict, match="of this name"):
            await refused()


async def test_a_repeated_request_attaches_one(fleet: Fleet) -> None:
    """The first answer again; with another request under the key, or another sort of token, a conflict."""
    given = {"name": "one", "url": ONE, "auth_token": "swordfish"}
    first = await fleet.registry.create(GUEST, given, idempotency_key="k")
    assert await fleet.registry.create(GUEST, given, idempotency_key="k") == first
    with pytest.raises(IdempotencyMismatch):
        await fleet.registry.create(GUEST, {"name": "one", "url": ONE}, idempotency_key="k")
    assert len(await fleet.registry.page(GUEST, None, 10)) == 1


async def test_a_key_outlives_the_name_that_it_was_used_with(fleet: Fleet) -> None:
    """Its request is answered as at first although somebody else has the name now; after a day that is a conflict."""
    given = {"name": "one", "url": ONE}
    first = await fleet.registry.create(GUEST, given, idempotency_key="k")
    await fleet.registry.change(GUEST, first.id, {"name": "first"})
    await attach(fleet, "one", TWO)
    assert await fleet.registry.create(GUEST, given, idempotency_key="k") == first
    fleet.clock.advance(24 * 3600 * 1000)
    for _ in range(2):
        with pytest.raises(Conflict, match="of this name"):
            await fleet.registry.create(GUEST, given, idempotency_key="k")


async def test_of_two_that_take_a_name_at_once_one_has_it(fleet: Fleet) -> None:
    """The other is told so, also when both bring a key."""
    given = {"name": "one", "url": ONE}
    attempts = [fleet.registry.create(GUEST, given, idempotency_key=key) for key in ("k", "l")]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Node"]


async def test_an_older_version_is_refused(fleet: Fleet) -> None:
    """Who has not read the present node neither changes nor detaches it."""
    node = await attach(fleet, "one", ONE)
    await fleet.registry.change(GUEST, node.id, {"profile": "edge"}, version=node.version)
    with pytest.raises(PreconditionFailed):
        await fleet.registry.change(GUEST, node.id, {"profile": "full"}, version=node.version)
    with pytest.raises(PreconditionFailed):
        await fleet.registry.delete(GUEST, node.id, version=node.version)


async def test_a_private_address_is_refused(fleet: Fleet) -> None:
    """For a new node, and for one that is to move."""
    node = await attach(fleet, "one", ONE)
    with pytest.raises(Unprocessable):
        await attach(fleet, "two", "http://169.254.169.254/")
    with pytest.raises(Unprocessable):
        await fleet.registry.change(GUEST, node.id, {"url": "http://localhost:1/"})
