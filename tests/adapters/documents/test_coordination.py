"""Nodes, negotiations and the system's figures over each real store: every query has its index there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from handlers.core.collections import ALL, PLATFORM, SESSIONS
from handlers.core.commands import outcome_of
from handlers.core.errors import Conflict
from handlers.core.negotiations import Negotiations
from handlers.core.node_registry import NodeRegistry
from handlers.core.ports import Documents, Insert, Position, Query
from handlers.core.principals import Principal
from handlers.core.sealing import Sealing
from handlers.core.tasks import Tasks
from handlers.core.track_records import TrackRecord, TrackRecords
from tests.adapters.documents.stores import Clock, make
from tests.core.sending import OpenBox
from tests.core.working import World

URL = "https://node.example.com"


@pytest_asyncio.fixture
async def documents(kind: str, tmp_path: Path, mongo_url: str, clock: Clock) -> AsyncIterator[Documents]:
    """A store of the server's own collections."""
    opened = make(kind, tmp_path, mongo_url, clock, ALL)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def ann(tenant: str) -> Principal:
    """Somebody who may do everything in a tenant of the test's own."""
    return Principal("usr_ann", tenant, frozenset({"admin"}))


async def test_nodes_are_listed_and_filled(documents: Documents, clock: Clock, ann: Principal) -> None:
    """By name from page to page, by status, each name once, and with the agents that are on each or to be removed."""
    world = World(documents, clock)
    registry = NodeRegistry(documents, Sealing(documents, OpenBox()), world.agents, clock)
    made = [await registry.create(ann, {"name": name, "url": URL}) for name in ("b", "a b", "~", "a")]
    with pytest.raises(Conflict):
        await registry.create(ann, {"name": "a", "url": URL})
    first = await registry.page(ann, None, 2)
    behind = await registry.page(ann, "unknown", 9, Position(first[-1].name, first[-1].id))
    assert [node.name for node in (*first, *behind)] == ["a", "a b", "b", "~"]
    await world.agent("one", owner=ann)
    await world.agents.change(ann.tenant, "one", lambda agent: {"node": made[0].id})
    assert await registry.agents_on(made[0]) == 1
    assert [agent.id for agent in await world.agents.page_on(ann.tenant, made[0].id, 9, None)] == ["one"]
    assert await registry.place(ann.tenant) == made[3].id
    await world.agents.delete(ann, "one")
    assert await registry.agents_on(made[0]) == 1
    await world.agents.change(ann.tenant, "one", lambda agent: {"sync_at": None, "node": None}, with_deleted=True)
    assert await registry.agents_on(made[0]) == 0
    assert await registry.forget(ann.tenant, 10) == 4


async def test_agents_are_found_by_load_and_record(documents: Documents, clock: Clock, ann: Principal) -> None:
    """The least busy that keeps to what is asked, by the numbers that the store has of its tasks and commands."""
    world, tasks = World(documents, clock), Tasks(documents, clock)
    records = TrackRecords(tasks, world.commands)
    negotiations = Negotiations(documents, world.agents, records, clock)
    for name, load in (("busy", 50.5), ("idle", 2.25), ("unlucky", 0)):
        await world.agent(name, owner=ann, capabilities=[{"name": "paint"}])
        await world.agents.change(ann.tenant, name, lambda agent, load=load: {"reported_load": load})
    for agent, is_done in (("idle", True), ("unlucky", False)):
        command = await world.issue(agent, who=ann)
        await world.commands.report(ann, command.id, outcome_of(is_done, {}, None if is_done else "No", 250))
    assert await records.of(ann, "idle") == TrackRecord(1, 250)
    asked = {"task_type": "t", "required_capabilities": ["paint"], "constraints": {"min_accuracy": 0.9}}
    found = await negotiations.negotiate(ann, asked, idempotency_key="k")
    assert [one["agent_id"] for one in found.assigned_agents] == ["idle"]
    assert [one["agent_id"] for one in found.passed_over] == ["unlucky"]
    assert await negotiations.negotiate(ann, asked, idempotency_key="k") == found
    assert await negotiations.page(ann, 10) == [found]


async def test_sessions_are_counted_by_home(documents: Documents, clock: Clock, tenant: str) -> None:
    """Those that have ended count no more once they are swept, and those of others never."""
    for number, home in enumerate((tenant, tenant, f"{tenant}-other")):
        session = {"id": f"{tenant}-{number}", "home": home, "created_at": clock(), "expires_at": clock() + 1000}
        await documents.write(Insert(SESSIONS, PLATFORM, session))
    query = Query(SESSIONS, PLATFORM, "created_at", {"home": tenant})
    assert await documents.count(query) == 2
    clock.advance(1001)
    while await documents.sweep():
        pass
    assert await documents.count(query) == 0
