"""Agents over fakes: who may register what, how they are found, what silence makes of them, and their ends."""

import asyncio
from typing import Any

import pytest

from handlers.core.agenda import Agenda
from handlers.core.agent_lists import AgentFilter
from handlers.core.agents import Agents
from handlers.core.collections import AGENTS, PLATFORM, TENANTS
from handlers.core.duties import Duty
from handlers.core.errors import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    PreconditionFailed,
    Unprocessable,
)
from handlers.core.heartbeats import Heartbeats
from handlers.core.ports import Insert
from handlers.core.presence import Agent
from handlers.core.principals import Principal
from handlers.core.pulses import Pulses
from handlers.core.registration import Registration
from handlers.core.sealing import Sealing
from tests.core.sending import OpenBox
from tests.core.test_consuming import Log
from tests.fakes import Clock, MemoryDocuments

ALPHA = {
    "id": "agent-alpha-001",
    "name": "Analytics Agent",
    "type": "analytics",
    "capabilities": [{"name": "data_analysis"}, {"name": "forecasting", "version": "2"}],
    "resources": {"max_concurrent_tasks": 2},
    "tags": {"team": "ops"},
}
GUEST = Principal("usr_guest", "t_one", frozenset({"ai:coordinate"}))
OTHER = Principal("usr_other", "t_one", frozenset({"ai:coordinate"}))
SECRET = "agent_token_of_alpha"


class House:
    """One worker with all that agents need."""

    def __init__(self, documents: MemoryDocuments, clock: Clock, box: OpenBox | None = None) -> None:
        self.documents, self.clock = documents, clock
        sealing = Sealing(documents, box or OpenBox())
        self.agenda = Agenda(documents, clock, lambda event, **facts: None)
        self.pulses, self.log = Pulses(), Log(documents)
        self.agents = Agents(documents, sealing, clock, self.agenda.expect, pulses=self.pulses)
        self.registration = Registration(documents, sealing, clock, self.agenda.expect, pulses=self.pulses)
        self.heartbeats = Heartbeats(self.agents, self.pulses, self.log, clock, lambda event, **facts: None)
        self.agenda.take(Duty(AGENTS, self.heartbeats.attend))

    async def look(self) -> None:
        """Do all that is due."""
        await self.agenda.look()
        await self.agenda.settle()

    async def beat(self, who: Principal, identifier: str, **said: Any) -> Agent:
        """A heartbeat."""
        await self.heartbeats.beat(who, identifier, said)
        return await self.agents.get(who, identifier)


@pytest.fixture
def house(documents: MemoryDocuments, clock: Clock) -> House:
    """The rules."""
    return House(documents, clock)


async def names(house: House, **wanted: Any) -> list[str]:
    """The identifiers in a list."""
    return [agent.id for agent in await house.agents.page(GUEST, AgentFilter(**wanted), 50)]


async def test_an_agent_is_known_as_it_was_registered(house: House) -> None:
    """What was said is kept, what was not is completed, and the first event tells of it."""
    await house.registration.register(GUEST, ALPHA)
    agent = await house.agents.get(GUEST, "agent-alpha-001")
    assert (agent.name, agent.type, agent.status, agent.owner) == (
        "Analytics Agent",
        "analytics",
        "registered",
        GUEST.id,
    )
    assert agent.names == ["data_analysis", "forecasting"]
    assert agent.heartbeat_interval_seconds == 30
    assert house.documents.types == ["ai.agent.registered"]
    assert house.documents.told[0].data["name"] == "Analytics Agent"


async def test_few_fields_are_enough(house: House) -> None:
    """An agent that says no more than its identifier is called by it; one without gets one."""
    agent = await house.registration.register(
        GUEST, {"id": "agent_custom_001", "capabilities": [{"name": "text_analysis"}]}
    )
    assert agent.name == "agent_custom_001"
    chosen = await house.registration.register(GUEST, {"name": "Nameless"})
    assert chosen.id.startswith("agent_")


async def test_only_its_owner_registers_an_agent_again(house: House, clock: Clock) -> None:
    """The owner replaces what was said and keeps the age; anybody else is refused, and changes nothing."""
    first = await house.registration.register(GUEST, ALPHA)
    clock.advance(1000)
    again = await house.registration.register(GUEST, {"id": ALPHA["id"], "name": "Another"})
    assert (again.name, again.capabilities, again.created_at) == ("Another", [], first.created_at)
    assert again.registered_at == first.registered_at + 1000
    with pytest.raises(Conflict):
        await house.registration.register(OTHER, ALPHA)
    assert (await house.agents.get(GUEST, ALPHA["id"])).name == "Another"


async def test_one_of_two_strangers_gets_a_name(house: House) -> None:
    """Of two who register one identifier at once, one has it, and the other is told so."""
    both = await asyncio.gather(
        house.registration.register(GUEST, ALPHA),
        house.registration.register(OTHER, ALPHA),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["Agent", "Conflict"]


async def test_what_must_be_new_replaces_nothing(house: House) -> None:
    """A dialect in which a name is taken once and for all is told so, even if the same one asks."""
    await house.registration.register(GUEST, ALPHA)
    with pytest.raises(Conflict):
        await house.registration.register(GUEST, ALPHA, is_new=True)


async def test_a_repeated_request_is_answered_as_the_first_was(house: House, clock: Clock) -> None:
    """With an idempotency key the first answer comes again, and another request or token under it is refused."""
    with_token = {**ALPHA, "auth_token": SECRET}
    first = await house.registration.register(GUEST, with_token, idempotency_key="k")
    clock.advance(5000)
    assert await house.registration.register(GUEST, with_token, idempotency_key="k") == first
    assert house.documents.types == ["ai.agent.registered"]
    for other in ({**with_token, "name": "Another"}, {**with_token, "auth_token": "another"}, ALPHA):
        with pytest.raises(IdempotencyMismatch):
            await house.registration.register(GUEST, other, idempotency_key="k")
    clock.advance(24 * 3600 * 1000)
    assert (await house.registration.register(GUEST, ALPHA, idempotency_key="k")).registered_at == clock.now


async def test_without_an_identifier_a_key_makes_one_agent(house: House) -> None:
    """Twins of one request, at once, make one agent."""
    both = [house.registration.register(GUEST, {"name": "Twin"}, idempotency_key="k") for _ in range(2)]
    first, second = await asyncio.gather(*both)
    assert first == second
    assert len(house.documents.all_of(AGENTS, GUEST.tenant)) == 1


async def test_a_token_is_sealed_and_told_to_nobody(house: House) -> None:
    """The token lies sealed, opens for whoever sends work, and is in no event; a change of the endpoint drops it."""
    wanted = {**ALPHA, "endpoint": "https://agent.example.com/api", "auth_token": SECRET}
    await house.registration.register(GUEST, wanted, idempotency_key="k")
    record = await house.agents.record(GUEST.tenant, ALPHA["id"])
    assert record["auth_token"] != SECRET
    assert house.agents.token_of(record) == SECRET
    assert "auth_token" not in house.documents.told[0].data
    assert SECRET not in str({**record, "auth_token": None})
    await house.agents.update(GUEST, ALPHA["id"], {"name": "Renamed"})
    assert house.agents.token_of(await house.agents.record(GUEST.tenant, ALPHA["id"])) == SECRET
    await house.agents.update(GUEST, ALPHA["id"], {"endpoint": "https://elsewhere.example.com/"})
    assert house.agents.token_of(await house.agents.record(GUEST.tenant, ALPHA["id"])) is None


async def test_tokens_come_under_the_present_key(documents: MemoryDocuments, clock: Clock) -> None:
    """When the key has changed, the tokens of all tenants are sealed again."""
    await documents.write(Insert(TENANTS, PLATFORM, {"id": GUEST.tenant, "created_at": 1}))
    await House(documents, clock).registration.register(GUEST, {**ALPHA, "auth_token": SECRET})
    later = House(documents, clock, OpenBox("new"))
    assert await later.agents.reseal() == 1
    assert later.agents.token_of(await later.agents.record(GUEST.tenant, ALPHA["id"])) == SECRET


async def test_an_endpoint_that_nobody_may_call_is_refused(house: House) -> None:
    """A private address is refused at registration and at a change."""
    with pytest.raises(Unprocessable):
        await house.registration.register(GUEST, {**ALPHA, "endpoint": "http://169.254.169.254/"})
    await house.registration.register(GUEST, ALPHA)
    with pytest.raises(Unprocessable):
        await house.agents.update(GUEST, ALPHA["id"], {"endpoint": "http://127.0.0.1/"})


async def test_agents_are_found_by_what_they_can_and_how_they_are(house: House) -> None:
    """Filters combine: status, type, all of the capabilities, tags, and room for work."""
    await house.registration.register(GUEST, ALPHA)
    await house.registration.register(GUEST, {"id": "b", "capabilities": [{"name": "data_analysis"}]})
    assert await names(house) == ["b", "agent-alpha-001"]
    assert await names(house, capabilities=("data_analysis", "forecasting")) == ["agent-alpha-001"]
    assert await names(house, type="analytics", tags=("team:ops",)) == ["agent-alpha-001"]
    assert await names(house, capabilities=("data_analysis",), statuses=("busy",)) == []
    await house.beat(GUEST, "b", reported_tasks=1)
    assert await names(house, statuses=("busy",)) == ["b"]
    assert await names(house, available=True) == ["agent-alpha-001"]
    assert await names(house, available=False) == ["b"]
    assert await names(house, available=True, statuses=("busy",)) == []
    assert await house.agents.count(GUEST, AgentFilter(available=True, statuses=("busy",))) == 0
    assert await house.agents.count(GUEST, AgentFilter()) == 2


async def test_those_with_the_least_load_come_first(house: House) -> None:
    """Who picks an agent for some work is shown those with room, the least busy first."""
    for name, load in (("a", 60.0), ("b", 10.0), ("c", 30.0), ("d", 0.0)):
        await house.registration.register(GUEST, {"id": name, "capabilities": [{"name": "sum"}]})
        await house.beat(GUEST, name, reported_load=load)
    await house.beat(GUEST, "d", said="busy")
    found = await house.agents.candidates(GUEST.tenant, ("sum",), 10)
    assert [agent.id for agent in found] == ["b", "c", "a"]


async def test_a_change_is_its_owners(house: House, ann: Principal) -> None:
    """The owner changes and removes an agent, and so does who may do everything; nobody else does."""
    await house.registration.register(GUEST, ALPHA)
    for denied in (house.agents.update(OTHER, ALPHA["id"], {"name": "Mine"}), house.agents.delete(OTHER, ALPHA["id"])):
        with pytest.raises(Forbidden):
            await denied
    changed = await house.agents.update(GUEST, ALPHA["id"], {"name": "Renamed"}, edition=1)
    assert (changed.name, changed.edition) == ("Renamed", 2)
    with pytest.raises(PreconditionFailed):
        await house.agents.update(GUEST, ALPHA["id"], {"name": "Late"}, edition=1)
    await house.agents.delete(ann, ALPHA["id"])
    assert house.documents.types == ["ai.agent.registered", "ai.agent.updated", "ai.agent.deleted"]


async def test_a_change_that_changes_nothing_is_none(house: House) -> None:
    """The same fields again leave the edition, and tell nothing."""
    await house.registration.register(GUEST, ALPHA)
    assert (await house.agents.update(GUEST, ALPHA["id"], {"name": ALPHA["name"]})).edition == 1
    assert house.documents.types == ["ai.agent.registered"]


async def test_what_is_gone_is_found_no_more_and_its_name_is_free(house: House, clock: Clock) -> None:
    """A removed agent is in no list, another one may take its name, and after a while nothing of it is left."""
    await house.registration.register(GUEST, {**ALPHA, "auth_token": SECRET}, idempotency_key="k")
    await house.agents.delete(GUEST, ALPHA["id"])
    with pytest.raises(NotFound):
        await house.agents.get(GUEST, ALPHA["id"])
    assert await names(house) == []
    assert SECRET not in str(house.documents.all_of(AGENTS, GUEST.tenant))
    taken = await house.registration.register(OTHER, {"id": ALPHA["id"]})
    assert (taken.owner, taken.previous_status) == (OTHER.id, None)
    await house.agents.delete(OTHER, ALPHA["id"])
    clock.advance(3_600_001)
    await house.look()
    assert house.documents.all_of(AGENTS, GUEST.tenant) == []


async def test_a_key_that_is_forgotten_is_free_for_all(house: House, clock: Clock) -> None:
    """After its day a key makes another agent, for each of several that come with it at once the same one."""
    first = await house.registration.register(GUEST, {"name": "One"}, idempotency_key="k")
    clock.advance(24 * 3600 * 1000)
    twins = [house.registration.register(GUEST, {"name": "One"}, idempotency_key="k") for _ in range(3)]
    assert len({agent.id for agent in await asyncio.gather(*twins)} - {first.id}) == 1


async def test_a_journal_is_its_agents_own(house: House) -> None:
    """Whoever takes a free name begins a journal; whoever registers again goes on with theirs."""
    await house.registration.register(GUEST, ALPHA)
    await house.beat(GUEST, ALPHA["id"], said="error")
    await house.agents.delete(GUEST, ALPHA["id"])
    taken = await house.registration.register(OTHER, {"id": ALPHA["id"]})
    assert [line["message"] for line in taken.journal] == ["It was registered"]
    again = await house.registration.register(OTHER, {"id": ALPHA["id"]})
    assert [line["message"] for line in again.journal] == ["It was registered", "It was registered again"]


async def test_silence_makes_an_agent_degraded_and_then_offline(house: House, clock: Clock) -> None:
    """With two heartbeats overdue it is degraded, with three offline; each is told once, and a beat brings it back."""
    await house.registration.register(GUEST, ALPHA)
    await house.beat(GUEST, ALPHA["id"])
    seen = []
    for _ in range(8):
        clock.advance(15_000)
        await house.look()
        seen.append((await house.agents.get(GUEST, ALPHA["id"])).status)
    assert seen == ["idle"] * 4 + ["degraded"] * 2 + ["offline"] * 2
    assert house.documents.types[2:] == ["ai.agent.status_changed", "ai.agent.offline"]
    back = await house.beat(GUEST, ALPHA["id"])
    assert (back.status, back.up_since) == ("idle", clock.now)
    assert house.documents.types[-1] == "ai.agent.status_changed"


async def test_one_of_many_workers_says_that_an_agent_is_offline(documents: MemoryDocuments, clock: Clock) -> None:
    """After an outage of everything each silent agent is told as offline once, however many workers start."""
    first = House(documents, clock)
    for number in range(20):
        await first.registration.register(GUEST, {"id": f"a{number}"})
    clock.advance(3_600_000)
    workers = [House(documents, clock) for _ in range(3)]
    await asyncio.gather(*(worker.look() for worker in workers))
    assert documents.types.count("ai.agent.offline") == 20
    assert {agent.status for agent in await first.agents.page(GUEST, AgentFilter(), 50)} == {"offline"}


async def test_a_heartbeat_says_how_an_agent_is(house: House) -> None:
    """What it says counts, what it leaves out stays, and what it leaves to us follows from its work."""
    await house.registration.register(GUEST, ALPHA)
    assert (
        await house.beat(GUEST, ALPHA["id"], said="degraded", resource_usage={"cpu_percent": 5})
    ).status == "degraded"
    still = await house.beat(GUEST, ALPHA["id"])
    assert (still.status, still.resource_usage) == ("degraded", {"cpu_percent": 5})
    half = await house.beat(GUEST, ALPHA["id"], said=None, reported_tasks=1)
    assert (half.status, half.current_tasks, half.load_percent) == ("idle", 1, 50)
    assert (await house.beat(GUEST, ALPHA["id"], reported_tasks=2)).status == "busy"


async def test_leases_count_as_load(house: House) -> None:
    """Who changes the slots of leases has load and status follow, in the same write."""
    await house.registration.register(GUEST, ALPHA)
    await house.beat(GUEST, ALPHA["id"])
    held = [{"lease": "one"}, {"lease": "two"}]
    agent = await house.agents.change(GUEST.tenant, ALPHA["id"], lambda agent: {"leases": held})
    assert (agent.current_tasks, agent.load_percent, agent.status, agent.is_available) == (2, 100, "busy", False)
    again = await house.registration.register(GUEST, ALPHA)
    assert again.leases == held
    assert "leases" not in house.documents.told[-1].data
