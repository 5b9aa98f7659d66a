"""Agents that run on a node by their specification: handed over, confirmed, asked after, and taken away again.

A tenant that names a node has its agents there; else each is on one of the nodes that the tenant has attached, for as
long as it lives; and where there is none, the server is the node. A node is told behind the answer, by whichever server
gets to it, and again until it has answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.agents import SPEC, Agents
from handlers.core.clock import Clock, Moment
from handlers.core.collections import AGENTS, PLATFORM, TENANTS
from handlers.core.errors import BadGateway, NotFound
from handlers.core.heartbeats import Heartbeats
from handlers.core.node_registry import NodeRegistry
from handlers.core.nodes import Nodes, Target
from handlers.core.outgoing import Answer
from handlers.core.ports import Document, Documents
from handlers.core.presence import ERROR, IDLE, REGISTERED, Agent
from handlers.core.principals import Principal
from handlers.core.projection import iso_milliseconds, read_iso
from handlers.core.registration import Registration

_RETRY_MILLISECONDS = 10_000


@dataclass(frozen=True, slots=True)
class Deployed:
    """An agent, its specification if it was given one, and what its node says of it if that was asked."""

    agent: Agent
    specification: Document | None
    said: Document | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an agent's log."""

    at: Moment
    level: str
    message: str
    context: Document | None = None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are shown: the latest that agree."""

    limit: int
    since: Moment | None = None
    until: Moment | None = None
    level: str | None = None

    def admits(self, line: Line) -> bool:
        """Whether a line agrees."""
        is_in_time = (self.since is None or line.at >= self.since) and (self.until is None or line.at < self.until)
        return is_in_time and self.level in (None, line.level)

    def query(self) -> dict[str, str]:
        """The same, for a node."""
        moments = {"since": self.since, "until": self.until}
        asked = {name: iso_milliseconds(at) for name, at in moments.items() if at is not None}
        return {**asked, **({} if self.level is None else {"level": self.level}), "limit": str(self.limit)}


class Deployments:
    """The rules of agents that are specified. `heartbeats` attend to all that is due with an agent besides."""

    def __init__(
        self,
        documents: Documents,
        agents: Agents,
        registration: Registration,
        heartbeats: Heartbeats,
        nodes: Nodes,
        registry: NodeRegistry,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._agents = agents
        self._registration = registration
        self._heartbeats = heartbeats
        self._nodes = nodes
        self._registry = registry
        self._clock = clock

    async def create(self, who: Principal, given: Mapping[str, Any], specification: Document) -> Deployed:
        """A new agent, to be handed to its node."""
        hosted = {**given, "is_hosted": True, "sync_at": self._clock(), "node": await self._place(who.tenant)}
        agent = await self._registration.register(who, hosted, more={SPEC: specification}, is_new=True)
        return Deployed(agent, specification)

    async def read(self, who: Principal, name: str) -> Deployed:
        """An agent, as the server knows it."""
        record = await self._agents.record(who.tenant, name)
        return Deployed(self._agents.of(record), record.get(SPEC))

    async def replace(self, who: Principal, name: str, given: Mapping[str, Any], specification: Document) -> Deployed:
        """Give an agent another specification, which its node has to confirm anew."""
        told = {name: value for name, value in given.items() if name != "id"}
        anew = {"status": REGISTERED, "is_hosted": True, "sync_at": self._clock(), "node_message": None}
        return Deployed(await self._agents.update(who, name, {**told, **anew, SPEC: specification}), specification)

    async def ask(self, who: Principal, name: str, part: str) -> Deployed:
        """An agent with what its node says of it at this moment, if a node of the tenant's has it."""
        deployed = await self.read(who, name)
        target = await self._target_of(deployed.agent)
        if target is None or deployed.specification is None:
            return deployed
        said = await self._nodes.get(target, name, part)
        if said is None:
            return Deployed(deployed.agent, deployed.specification, message="The node does not know this agent")
        if not isinstance(said, dict):
            raise BadGateway("The answer of the node cannot be read")
        return Deployed(deployed.agent, deployed.specification, said)

    async def logs(self, who: Principal, name: str, wanted: LogFilter) -> list[Line]:
        """The latest lines that agree, the oldest of them first."""
        deployed = await self.read(who, name)
        target = await self._target_of(deployed.agent)
        if target is None or deployed.specification is None:
            lines = [Line(**line) for line in deployed.agent.journal]
        else:
            lines = _lines_in(await self._nodes.get(target, name, "logs", wanted.query()) or [])
        return [line for line in lines if wanted.admits(line)][-wanted.limit :]

    async def attend(self, record: Document) -> Moment | None:
        """Do what is due with an agent; its node may be to be told."""
        tenant, name = record["tenant"], record["id"]
        if record.get("sync_at") is not None and record["sync_at"] <= self._clock():
            await self._tell(Agent.of(record), record.get(SPEC))
            record = await self._documents.get(AGENTS, tenant, name)
        return None if record is None else await self._heartbeats.attend(record)

    async def _tell(self, agent: Agent, specification: Document | None) -> None:
        """Hand an agent to its node, or take from there what has no specification any more; note what came of it."""
        outcome = await self._told(agent, specification)

        def decide(present: Agent) -> dict[str, Any]:
            return outcome if present.sync_at == agent.sync_at else {}

        try:
            await self._agents.change(agent.tenant, agent.id, decide, with_deleted=True)
        except NotFound:
            return  # there is nothing left of it

    async def _told(self, agent: Agent, specification: Document | None) -> dict[str, Any]:
        """What telling its node makes of an agent; one whose node was detached meanwhile is to go elsewhere."""
        target = await self._target_of(agent)
        if target is None and agent.node is not None and specification is not None:
            return {"sync_at": self._clock(), "node": await self._place(agent.tenant)}
        answer = Answer(200) if target is None else await self._answer(target, agent, specification)
        return self._removal(answer) if specification is None else self._outcome(agent, answer)

    async def _answer(self, target: Target, agent: Agent, specification: Document | None) -> Answer:
        try:
            if specification is None:
                return await self._nodes.remove(target, agent.id)
            return await self._nodes.put(target, agent.id, specification)
        except BadGateway as refusal:
            return Answer(error=refusal.message)

    def _removal(self, answer: Answer) -> dict[str, Any]:
        """What an answer makes of an agent that is to be taken from its node."""
        if answer.status is None or answer.status >= 500:
            return {"sync_at": self._clock() + _RETRY_MILLISECONDS}
        return {"sync_at": None, "node": None}

    def _outcome(self, agent: Agent, answer: Answer) -> dict[str, Any]:
        """What an answer makes of an agent."""
        now = self._clock()
        if answer.status is None or answer.status >= 500:
            return {"sync_at": now + _RETRY_MILLISECONDS, "node_message": answer.problem}
        if not answer.is_taken:
            return {"sync_at": None, "status": ERROR, "node_message": f"The node has refused it: {answer.problem}"}
        status = IDLE if agent.status in (REGISTERED, ERROR) else agent.status
        since = agent.up_since or now
        return {"sync_at": None, "synced_at": now, "node_message": None, "status": status, "up_since": since}

    async def _place(self, tenant: str) -> str | None:
        """The attached node that takes a new agent, unless the tenant itself names one for all."""
        return None if await self._own_address(tenant) else await self._registry.place(tenant)

    async def _target_of(self, agent: Agent) -> Target | None:
        """Where the node of an agent listens; None where the server is the node."""
        if agent.node is not None:
            return await self._registry.target(agent.tenant, agent.node)
        address = await self._own_address(agent.tenant)
        return None if address is None else Target(address)

    async def _own_address(self, tenant: str) -> str | None:
        record = await self._documents.get(TENANTS, PLATFORM, tenant)
        return None if record is None else record.get("node_url")


def _lines_in(said: Any) -> list[Line]:
    """The lines that a node has sent, the oldest first."""
    try:
        lines = [Line(read_iso(one["timestamp"]), one["level"], one["message"], one.get("context")) for one in said]
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError) as exc:
        raise BadGateway("The answer of the node cannot be read") from exc
    if not all(map(_is_line, lines)):
        raise BadGateway("The answer of the node cannot be read")
    return sorted(lines, key=lambda line: line.at)


def _is_line(line: Line) -> bool:
    is_told = isinstance(line.level, str) and isinstance(line.message, str)
    return is_told and (line.context is None or isinstance(line.context, dict))
