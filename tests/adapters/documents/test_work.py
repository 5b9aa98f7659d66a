"""Agents that race for work over each real store: one holder at a time, and no more at once than each may hold."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from handlers.core.collections import ALL
from handlers.core.ports import Documents
from handlers.core.principals import Principal
from handlers.core.work import Lease
from tests.adapters.documents.stores import Clock, make
from tests.core.working import World, claim

AGENTS, MOST, MANY = 4, 2, 24


@pytest_asyncio.fixture
async def documents(kind: str, tmp_path: Path, mongo_url: str, clock: Clock) -> AsyncIterator[Documents]:
    """A store of the server's own collections."""
    opened = make(kind, tmp_path, mongo_url, clock, ALL)
    await opened.open()
    yield opened
    await opened.close()


async def test_racing_agents_share_the_work(documents: Documents, clock: Clock, tenant: str) -> None:
    """Two processes' worth of takers per agent do all there is: each command once, never more at once than may be."""
    ann = Principal("usr_ann", tenant, frozenset({"admin"}))
    worlds = [World(documents, clock) for _ in range(2)]
    for number in range(AGENTS):
        await worlds[0].agent(f"agent_{number}", most=MOST, owner=ann, capabilities=[{"name": "paint"}])
    issued = [await worlds[0].issue(None, who=ann, service="paint") for _ in range(MANY)]
    held: dict[str, set[str]] = {f"agent_{number}": set() for number in range(AGENTS)}
    done: list[str] = []

    async def finish(world: World, lease: Lease) -> None:
        held[lease.agent].add(lease.id)
        assert len(held[lease.agent]) <= MOST
        await asyncio.sleep(0.005)
        held[lease.agent].remove(lease.id)
        await world.leases.complete(ann, claim(lease), None, None)
        done.append(lease.work["command_id"])

    async def work(world: World, agent: str) -> None:
        while len(done) < MANY:
            for lease in await world.take(agent, who=ann):
                await finish(world, lease)
            await asyncio.sleep(0.01)

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(world, agent) for world in worlds for agent in held for _ in range(2)))
    assert sorted(done) == sorted(command.id for command in issued)
    agents = [await worlds[0].agents.get(ann, name) for name in held]
    assert [agent.leases for agent in agents] == [[]] * AGENTS
