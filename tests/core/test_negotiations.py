"""Negotiations, over fakes: all that is required is covered, by the preferred, the least busy and the proven."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.collections import NEGOTIATIONS
from handlers.core.commands import outcome_of
from handlers.core.errors import Conflict, IdempotencyMismatch, NotFound
from handlers.core.negotiations import Negotiation, Negotiations
from handlers.core.ports import Document, Query
from handlers.core.tasks import Tasks
from handlers.core.track_records import TrackRecord, TrackRecords
from tests.core.working import ANN, BOB, World
from tests.fakes import NOON, Clock, MemoryDocuments

BOTH = ["data_processing", "ml_inference"]


class Bureau(World):
    """A world in which agents are found, too."""

    def __init__(self, documents: MemoryDocuments | None = None, clock: Clock | None = None) -> None:
        super().__init__(documents, clock)
        self.tasks = Tasks(self.documents, self.clock)
        self.records = TrackRecords(self.tasks, self.commands)
        self.negotiations = Negotiations(self.documents, self.agents, self.records, self.clock)

    async def able(self, name: str, *capabilities: str, load: float = 0, status: str = "idle") -> str:
        """An agent that can do something, and is as busy as that."""
        await self.agent(name, capabilities=[{"name": one} for one in capabilities])
        await self.agents.change(ANN.tenant, name, lambda agent: {"reported_load": load, "status": status})
        return name

    async def did(self, agent: str, *took: float, failed: int = 0) -> None:
        """Commands that an agent has carried out, each in so many milliseconds, and some that it has not."""
        for milliseconds in took:
            command = await self.issue(agent)
            await self.commands.report(ANN, command.id, outcome_of(True, {}, None, milliseconds))
        for _ in range(failed):
            command = await self.issue(agent)
            await self.commands.report(ANN, command.id, outcome_of(False, {}, "No", 1))

    async def ask(self, *required: str, key: str | None = None, **more: Any) -> Negotiation:
        """A negotiation."""
        asked = {"task_type": "analysis", "required_capabilities": list(required or BOTH), **more}
        return await self.negotiations.negotiate(ANN, asked, idempotency_key=key)


@pytest.fixture
def bureau() -> Bureau:
    """The rules."""
    return Bureau()


def roles(found: Negotiation) -> list[tuple[str, str, list[str]]]:
    """Who does what, as what."""
    return [(one["agent_id"], one["role"], one["capabilities_matched"]) for one in found.assigned_agents]


def objections(found: Any) -> dict[str, str]:
    """Who was passed over, and why."""
    return {one["agent_id"]: one["reason"] for one in found}


async def test_agents_cover_together_what_is_required(bureau: Bureau) -> None:
    """The first leads, each is there for what no other does already, and the reasons are kept with the answer."""
    await bureau.able("euystacio", "data_processing", "classification", load=45)
    await bureau.able("ml", "ml_inference", load=12)
    found = await bureau.ask(preferred_agents=["euystacio"])
    assert roles(found) == [
        ("euystacio", "primary", ["data_processing"]),
        ("ml", "secondary", ["ml_inference"]),
    ]
    assert found.assigned_agents[0]["reasons"] == ["It is preferred", "Its load is 45%"]
    assert found.assigned_agents[1]["reasons"][0] == "It is the least busy that keeps to what is asked"
    assert await bureau.negotiations.get(ANN, found.id) == found


async def test_one_who_can_do_all_does_it_alone(bureau: Bureau) -> None:
    """Nobody is assigned for what somebody does already."""
    await bureau.able("all", *BOTH, load=1)
    await bureau.able("half", "ml_inference", load=50)
    assert roles(await bureau.ask()) == [("all", "primary", BOTH)]


async def test_the_preferred_come_first_in_their_order(bureau: Bureau) -> None:
    """However busy they are; without a preference, the least busy does it."""
    for name, load in (("a", 10), ("b", 90), ("c", 50)):
        await bureau.able(name, "x", load=load)
    assert roles(await bureau.ask("x"))[0][0] == "a"
    assert roles(await bureau.ask("x", preferred_agents=["b", "c"]))[0][0] == "b"
    assert roles(await bureau.ask("x", preferred_agents=["c", "b"]))[0][0] == "c"


async def test_who_is_not_there_does_nothing(bureau: Bureau) -> None:
    """Neither those that are away or unwell nor those that do not exist; each is told of with the reason."""
    for status in ("offline", "degraded", "error"):
        await bureau.able(status, "x", status=status)
    await bureau.able("other", "y")
    await bureau.able("busy", "x", load=100, status="busy")
    found = await bureau.ask("x", preferred_agents=["offline", "degraded", "error", "other", "nobody"])
    assert roles(found) == [("busy", "primary", ["x"])]
    assert objections(found.passed_over) == {
        "offline": "It is offline",
        "degraded": "It is degraded",
        "error": "It is error",
        "other": "It can do nothing of what is left",
        "nobody": "There is no such agent",
    }


async def test_constraints_are_held_against_what_was_done(bureau: Bureau) -> None:
    """Slow, unlucky and busy ones are passed over, with the figure; who has done nothing yet passes."""
    for name, load in (("slow", 0), ("unlucky", 1), ("busy", 80), ("proven", 20), ("new", 30)):
        await bureau.able(name, "x", load=load)
    await bureau.did("slow", 3000, 2000)
    await bureau.did("unlucky", 10, failed=1)
    await bureau.did("proven", 100, 300)
    constraints = {"max_latency_ms": 1000, "min_accuracy": 0.9, "max_load_percent": 50}
    found = await bureau.ask("x", constraints=constraints, preferred_agents=["busy"])
    assert roles(found) == [("proven", "primary", ["x"])]
    assert objections(found.passed_over) == {
        "busy": "Its load is 80%, above 50%",
        "slow": "It answers in 2500 ms on average, above 1000 ms",
        "unlucky": "Of its work 0.5 ended well, below 0.9",
    }
    reasons = found.assigned_agents[0]["reasons"]
    assert reasons[2:] == ["Of its work 1 ended well", "It answers in 200 ms on average"]
    await bureau.did("proven", failed=1)
    found = await bureau.ask("x", constraints=constraints)
    assert (roles(found)[0][0], found.assigned_agents[0]["reasons"][-1]) == ("new", "It has done nothing yet")


async def test_tasks_and_commands_count_alike(bureau: Bureau) -> None:
    """The figures are those of both together."""
    await bureau.able("a", "x")
    assert await bureau.records.of(ANN, "a") == TrackRecord(None, None)
    task = await bureau.tasks.create(ANN, {"name": "n", "type": "t", "assigned_to": "a"})
    await bureau.tasks.update(ANN, task.id, {"status": "running"})
    bureau.clock.advance(500)
    await bureau.tasks.update(ANN, task.id, {"status": "completed"})
    await bureau.did("a", 1500, failed=2)
    assert await bureau.records.of(ANN, "a") == TrackRecord(0.5, 1000)


async def test_what_nobody_can_do_is_named(bureau: Bureau) -> None:
    """Nothing is assigned, and nothing kept, when something is left; the refusal says what, and who was looked at."""
    await bureau.able("a", "data_processing")
    await bureau.able("b", "ml_inference", load=99)
    with pytest.raises(Conflict) as refusal:
        await bureau.ask("data_processing", "ml_inference", "magic", constraints={"max_load_percent": 50})
    assert refusal.value.details["missing"] == ["ml_inference", "magic"]
    assert objections(refusal.value.details["passed_over"]) == {"b": "Its load is 99%, above 50%"}
    assert await bureau.negotiations.page(ANN, 10) == []


async def test_many_who_do_not_fit_hide_nobody(bureau: Bureau) -> None:
    """Whoever fits is found behind more than a page of those that are less busy and do not."""
    for number in range(45):
        name = await bureau.able(f"a{number}", "x", load=number)
        await bureau.did(name, failed=1)
    await bureau.able("fits", "x", load=99)
    assert roles(await bureau.ask("x", constraints={"min_accuracy": 0.5})) == [("fits", "primary", ["x"])]


class CountedDocuments(MemoryDocuments):
    """A store that knows how often each collection was asked."""

    asked: Counter[str]

    async def page(self, query: Query, limit: int, **where: Any) -> list[Document]:
        """One page."""
        self.asked[query.collection.name] += 1
        return await super().page(query, limit, **where)

    async def count(self, query: Query) -> int:
        """How many there are."""
        self.asked[query.collection.name] += 1
        return await super().count(query)


@pytest.fixture
def counted(clock: Clock) -> Bureau:
    """The rules over a store that counts."""
    documents = CountedDocuments(clock)
    documents.asked = Counter()
    return Bureau(documents, clock)


@pytest.mark.parametrize(
    ("constraints", "asked"),
    [
        ({}, {}),
        ({"max_load_percent": 50}, {}),
        ({"min_accuracy": 0.5}, {"tasks": 2, "commands": 2}),
        ({"max_latency_ms": 1}, {"tasks": 1, "commands": 1}),
    ],
)
async def test_only_what_a_constraint_is_about_is_measured(
    counted: Bureau, constraints: dict[str, float], asked: dict[str, int]
) -> None:
    """And of nobody who is away, or busier than is wanted."""
    await counted.able("away", "x", status="offline")
    await counted.able("a", "x", load=10)
    counted.documents.asked.clear()
    assert roles(await counted.ask("x", preferred_agents=["away"], constraints=constraints))[0][0] == "a"
    counted.documents.asked["tasks"] -= 1  # the end is told by the latest tasks
    assert {name: +counted.documents.asked[name] for name in ("tasks", "commands")} == {
        "tasks": 0,
        "commands": 0,
        **asked,
    }


async def test_behind_the_first_who_is_too_busy_nobody_is_looked_at(counted: Bureau) -> None:
    """They come by rising load: one page is read, and one of them is told of."""
    for number in range(45):
        await counted.able(f"a{number}", "x", load=60 + number)
    counted.documents.asked.clear()
    with pytest.raises(Conflict) as refusal:
        await counted.ask("x", constraints={"max_load_percent": 50, "min_accuracy": 0.5})
    assert objections(refusal.value.details["passed_over"]) == {"a0": "Its load is 60%, above 50%"}
    assert counted.documents.asked == {"agents": 1}


async def test_a_search_has_an_end(counted: Bureau) -> None:
    """However many agents there are for however many capabilities, so many are looked at, and the refusal says so."""
    wanted = [f"c{number}" for number in range(4)]
    for number in range(220):
        name = await counted.able(f"a{number}", wanted[number % 4], load=number / 10)
        await counted.did(name, failed=1)
    counted.documents.asked.clear()
    with pytest.raises(Conflict, match="among the 200 agents that were looked at") as refusal:
        await counted.ask(*wanted, constraints={"min_accuracy": 0.5, "max_latency_ms": 10})
    assert refusal.value.details["missing"] == wanted
    assert counted.documents.asked["tasks"] + counted.documents.asked["commands"] == 4 * 200


async def test_its_end_is_told_by_such_tasks(bureau: Bureau) -> None:
    """An hour where there was none yet, else how long they took."""
    await bureau.able("a", "x")
    assert (await bureau.ask("x")).estimated_completion == NOON + 3_600_000
    task = await bureau.tasks.create(ANN, {"name": "n", "type": "analysis"})
    await bureau.tasks.update(ANN, task.id, {"status": "running"})
    bureau.clock.advance(60_000)
    await bureau.tasks.update(ANN, task.id, {"status": "completed"})
    bureau.clock.advance(60_000)
    assert (await bureau.ask("x")).estimated_completion == bureau.clock() + 60_000


async def test_a_repeated_request_is_answered_as_the_first(bureau: Bureau) -> None:
    """Even when nobody could be found any more; another request under the key is a conflict."""
    await bureau.able("a", "x")
    first = await bureau.ask("x", key="k")
    await bureau.agents.delete(ANN, "a")
    assert await bureau.ask("x", key="k") == first
    assert [one.id for one in await bureau.negotiations.page(ANN, 10)] == [first.id]
    with pytest.raises(IdempotencyMismatch):
        await bureau.ask("y", key="k")
    bureau.clock.advance(24 * 3_600_000)
    with pytest.raises(Conflict, match="Nobody who is there"):
        await bureau.ask("x", key="k")


async def test_a_negotiation_is_its_tenants(bureau: Bureau) -> None:
    """Of another tenant neither its negotiations are seen nor its agents found."""
    await bureau.able("a", "x")
    found = await bureau.ask("x")
    elsewhere = type(BOB)(BOB.id, "t_two", BOB.scopes)
    with pytest.raises(NotFound):
        await bureau.negotiations.get(elsewhere, found.id)
    with pytest.raises(Conflict):
        await bureau.negotiations.negotiate(elsewhere, {"task_type": "t", "required_capabilities": ["x"]})
    assert await bureau.negotiations.forget(ANN.tenant, 10) == 1


async def test_a_negotiation_is_kept_for_thirty_days(bureau: Bureau) -> None:
    """As the contract says; then the store is free to remove it, and does, the answer under its key included."""
    await bureau.able("a", "x")
    found = await bureau.ask("x", key="k")
    bureau.clock.advance(30 * 24 * 3_600_000 - 1)
    assert await bureau.negotiations.page(ANN, 10) == [await bureau.negotiations.get(ANN, found.id)]
    bureau.clock.advance(1)
    with pytest.raises(NotFound):
        await bureau.negotiations.get(ANN, found.id)
    assert await bureau.documents.sweep() == 1
    assert bureau.documents.all_of(NEGOTIATIONS, ANN.tenant) == []


_AGENTS = st.lists(st.tuples(st.sets(st.sampled_from("abcde"), min_size=1), st.integers(0, 100)), max_size=6)


@given(_AGENTS, st.sets(st.sampled_from("abcde"), min_size=1), st.integers(0, 100))
async def test_whatever_can_be_covered_is_covered_once(
    agents: list[tuple[set[str], int]], required: set[str], most: int
) -> None:
    """All that is required is matched by one agent each, who can do it and keeps to the load, or nobody does both."""
    bureau, wanted = Bureau(), sorted(required)
    for number, (capabilities, load) in enumerate(agents):
        await bureau.able(f"a{number}", *capabilities, load=load)
    fitting = {f"a{number}": able for number, (able, load) in enumerate(agents) if load <= most}
    coverable = {name for able in fitting.values() for name in able}
    try:
        found = await bureau.ask(*wanted, constraints={"max_load_percent": most})
    except Conflict as refusal:
        assert refusal.details["missing"] == [name for name in wanted if name not in coverable]
        return
    matched = [name for one in found.assigned_agents for name in one["capabilities_matched"]]
    assert sorted(matched) == wanted
    assert all(set(one["capabilities_matched"]) <= fitting[one["agent_id"]] for one in found.assigned_agents)
    assert [one["role"] for one in found.assigned_agents].count("primary") == 1
