"""Agents, as the GGI specification prints them."""

from typing import Any

from generated.models import ggi
from handlers.core.agent_lists import AgentFilter
from handlers.core.agents import TOKEN
from handlers.core.calls import Call
from handlers.core.presence import DEGRADED
from handlers.core.projection import iso_seconds
from handlers.dialects.ggi.mapping import AGENT, AGENT_STATUS

_BEAT = {"load_percent": "reported_load", "active_tasks": "reported_tasks"}


async def register_agent(call: Call, body: ggi.AgentRegistration, idempotency_key: str | None) -> ggi.AgentRegistered:
    """Make an agent known."""
    given = body.model_dump(exclude_unset=True)
    token = {TOKEN: given.pop(TOKEN)} if TOKEN in given else {}
    said = {**AGENT.read(given), **token}
    agent = await call.core.registration.register(call.principal, said, idempotency_key=idempotency_key)
    return ggi.AgentRegistered(
        agent_id=agent.id,
        status="registered",
        registered_at=iso_seconds(agent.registered_at),
        heartbeat_interval_seconds=agent.heartbeat_interval_seconds,
    )


async def list_agents(
    call: Call, status: str | None, capabilities: list[str] | None, limit: int, offset: int
) -> ggi.AgentList:
    """One page of the agents that agree with the filters, and how many there are."""
    wanted = AgentFilter(AGENT_STATUS.all_of(status), capabilities=tuple(capabilities or ()))
    agents = await call.core.agents.page(call.principal, wanted, limit, offset=offset)
    total = await call.core.agents.count(call.principal, wanted)
    shown = [AGENT.show(ggi.Agent, agent) for agent in agents]
    return ggi.AgentList(agents=shown, total=total, limit=limit, offset=offset)


async def get_agent(call: Call, agent_id: str) -> ggi.Agent:
    """One agent."""
    return AGENT.show(ggi.Agent, await call.core.agents.get(call.principal, agent_id))


async def deregister_agent(call: Call, agent_id: str) -> ggi.AgentDeregistered:
    """Forget an agent."""
    agent = await call.core.agents.delete(call.principal, agent_id)
    return ggi.AgentDeregistered(status="deregistered", agent_id=agent.id)


async def send_heartbeat(call: Call, agent_id: str, body: ggi.Heartbeat) -> ggi.HeartbeatTaken:
    """Hear an agent."""
    pulse = await call.core.heartbeats.beat(call.principal, agent_id, _said(body))
    return ggi.HeartbeatTaken(
        agent_id=agent_id,
        status=AGENT_STATUS.codec.show(pulse.status),
        last_seen=iso_seconds(pulse.heard_at),
        heartbeat_interval_seconds=pulse.interval // 1000,
    )


def _said(body: ggi.Heartbeat) -> dict[str, Any]:
    """What a heartbeat says; an active agent is as busy as its work makes it."""
    given = body.model_dump(exclude_unset=True)
    said = {core: given[name] for name, core in _BEAT.items() if name in given}
    if "status" in given:
        said["said"] = DEGRADED if given["status"] == DEGRADED else None
    return said
