"""Agents, in the dialect that we recommend."""

from collections.abc import Mapping
from typing import Any

from generated.models import v2
from handlers.core.agent_lists import AgentFilter
from handlers.core.agents import TOKEN
from handlers.core.calls import Call
from handlers.core.presence import Agent
from handlers.core.projection import iso_milliseconds
from handlers.dialects.v2.mapping import AGENT, page_of, position_of
from handlers.dialects.v2.versions import tag_of, version_of


async def register_agent(
    call: Call, body: v2.AgentRegister, idempotency_key: str | None
) -> tuple[v2.Agent, dict[str, str]]:
    """Make an agent known."""
    given = _given(body.model_dump(exclude_unset=True))
    return _tagged(await call.core.registration.register(call.principal, given, idempotency_key=idempotency_key))


async def list_agents(
    call: Call,
    status: str | None,
    type: str | None,
    capabilities: list[str] | None,
    available: bool | None,
    tags: list[str] | None,
    limit: int,
    cursor: str | None,
) -> v2.AgentPage:
    """One page of the agents that agree with the filters, and where the next one begins."""
    statuses = None if status is None else (status,)
    wanted = AgentFilter(statuses, type, tuple(capabilities or ()), tuple(tags or ()), available)
    agents = await call.core.agents.page(call.principal, wanted, limit + 1, after=position_of(cursor))
    return page_of(v2.AgentPage, agents, limit, _shown)


async def get_agent(call: Call, agent_id: str) -> tuple[v2.Agent, dict[str, str]]:
    """One agent, with what came of its work, and its entity tag."""
    agent = await call.core.agents.get(call.principal, agent_id)
    done = await call.core.performance.of(call.principal, agent_id)
    figures = {"tasks_completed": done.completed, "tasks_failed": done.failed}
    if done.average_seconds is not None:
        figures["average_duration"] = round(done.average_seconds * 1000, 3)
    return AGENT.show(v2.Agent, agent, **figures), tag_of(agent.edition)


async def update_agent(
    call: Call, agent_id: str, body: v2.AgentUpdate, if_match: str | None
) -> tuple[v2.Agent, dict[str, str]]:
    """Change some fields of an agent, if it is still the one that the caller has read."""
    given = _given(body.model_dump(exclude_unset=True))
    return _tagged(await call.core.agents.update(call.principal, agent_id, given, edition=version_of(if_match)))


async def delete_agent(call: Call, agent_id: str, if_match: str | None) -> v2.AgentDeleted:
    """Take an agent away, if it is still the one that the caller has read."""
    agent = await call.core.agents.delete(call.principal, agent_id, edition=version_of(if_match))
    return v2.AgentDeleted(agent_id=agent.id, status="deleted")


async def send_heartbeat(call: Call, agent_id: str, body: v2.Heartbeat | None) -> v2.HeartbeatReceived:
    """Hear an agent, and tell it whether there is something to do."""
    pulse = await call.core.heartbeats.beat(call.principal, agent_id, _said(body or v2.Heartbeat()))
    waiting = await call.core.prospects.has_work(call.principal.tenant, agent_id, pulse.capabilities)
    return v2.HeartbeatReceived(
        agent_id=agent_id,
        status=pulse.status,
        heartbeat_interval_seconds=pulse.interval // 1000,
        pending_work=waiting,
        lost_leases=list(pulse.lost),
        received_at=iso_milliseconds(pulse.heard_at),
    )


def _said(body: v2.Heartbeat) -> dict[str, Any]:
    """What a heartbeat says; without a status we judge by the work. By its answer the agent knows what it has lost."""
    given = body.model_dump(exclude_unset=True)
    said = {"said": given.pop("status", None), "lost_leases": []}
    if "current_tasks" in given:
        said |= {"reported_tasks": given.pop("current_tasks"), "reported_load": None}
    return said | given


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    """The core's fields, and the token, which is no part of an agent."""
    token = {TOKEN: body[TOKEN]} if TOKEN in body else {}
    return {**AGENT.read({name: value for name, value in body.items() if name != TOKEN}), **token}


def _tagged(agent: Agent) -> tuple[v2.Agent, dict[str, str]]:
    return _shown(agent), tag_of(agent.edition)


def _shown(agent: Agent) -> v2.Agent:
    return AGENT.show(v2.Agent, agent)
