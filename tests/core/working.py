"""A small world in which agents work: a store, a clock, and the rules of agents, commands and leases over them."""

import asyncio
from typing import Any

from handlers.core.agents import Agents
from handlers.core.collections import AGENTS
from handlers.core.command_lives import CommandWork
from handlers.core.command_types import CommandTypes
from handlers.core.commands import Commands, NewCommand
from handlers.core.leases import Leases
from handlers.core.ports import Documents
from handlers.core.principals import Principal
from handlers.core.registration import Registration
from handlers.core.sealing import Sealing
from handlers.core.taking import Taking, Wish
from handlers.core.work import Claimed, Lease
from tests.core.sending import OpenBox
from tests.fakes import Clock, MemoryDocuments

ANN = Principal("usr_ann", "t_one", frozenset({"admin"}))
BOB = Principal("usr_bob", "t_one", frozenset({"admin"}))
BUILT_IN = {
    "execute_task": {
        "category": "custom",
        "parameters_schema": {"type": "object", "required": ["task_id"], "properties": {"task_id": {"type": "string"}}},
    }
}


class QuietLog:
    """A log in which nothing ever happens: whoever waits, waits until the time is up."""

    def newest(self) -> str:
        """The one place that there is."""
        return "fake.0"

    def follow(self, tenant: str | None, wanted: Any = None, after: str | None = None) -> "QuietFollower":
        """Somebody who hears nothing."""
        return QuietFollower()


class QuietFollower:
    """One who waits for nothing."""

    def __aiter__(self) -> "QuietFollower":
        return self

    async def __anext__(self) -> Any:
        await asyncio.Event().wait()

    def close(self) -> None:
        """Stop."""


class World:
    """The rules over a store, and what tests say to them."""

    def __init__(self, documents: Documents | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.documents: Any = documents or MemoryDocuments(self.clock)
        self.kind = CommandWork()
        self.types = CommandTypes(self.documents, BUILT_IN, self.clock)
        sealing = Sealing(self.documents, OpenBox())
        self.agents = Agents(self.documents, sealing, self.clock)
        self.registration = Registration(self.documents, sealing, self.clock)
        self.leases = Leases(self.documents, self.agents, [self.kind], self.clock)
        self.log: Any = QuietLog()
        self.taking = Taking(self.documents, self.leases, self.log, self.clock)
        self.commands = Commands(self.documents, self.types, self.leases, self.log, self.clock)

    async def agent(self, name: str, most: int = 1, owner: Principal = ANN, **facts: Any) -> str:
        """A registered agent."""
        given = {"id": name, "resources": {"max_concurrent_tasks": most}, **facts}
        await self.registration.register(owner, given)
        return name

    async def issue(self, target: str | None = "agent_a", who: Principal = ANN, **given: Any) -> Any:
        """A command."""
        facts = {"type": "deploy.app", "parameters": {}, **({"target": target} if target else {}), **given}
        return await self.commands.issue(who, NewCommand("v2", facts, facts["parameters"]))

    async def take(self, agent: str = "agent_a", who: Principal = ANN, **wish: Any) -> list[Lease]:
        """What there is for an agent."""
        return await self.taking.take(who, agent, Wish(**wish))

    def told(self) -> list[str]:
        """What was told of work, in order."""
        return [name for name in self.documents.types if not name.startswith("ai.agent")]

    async def attend(self) -> None:
        """Do all that is due, as the agenda does."""
        for record in await self.documents.due(self.kind.collection, self.clock.now, 1000):
            await self.leases.attend(self.kind, record)

    async def attend_agents(self) -> None:
        """Do all that is due of agents."""
        for record in await self.documents.due(AGENTS, self.clock.now, 1000):
            await self.agents.attend(record)


def claim(lease: Lease) -> Claimed:
    """What the holder of a lease says of itself."""
    return Claimed(lease.agent, lease.id, lease.token)
