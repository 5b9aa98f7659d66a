"""AI agents, as the v1 specification prints them."""

from typing import Any

from generated.models import v1
from handlers.core.agent_lists import AgentFilter
from handlers.core.calls import Call
from handlers.core.projection import iso_milliseconds
from handlers.dialects.v1.mapping import AGENT, AGENT_STATUS


async def register_agent(call: Call, body: v1.AgentRegister) -> v1.AgentRegistered:
    """Make an agent known."""
    given = AGENT.read(body.model_dump(exclude_unset=True))
    agent = await call.core.registration.register(call.principal, given, separator="-")
    return AGENT.show(v1.AgentRegistered, agent)


async def list_agents(
    call: Call, status: str | None, type: str | None, capabilities: list[str] | None, limit: int, offset: int
) -> v1.AgentList:
    """One page of the agents that agree with the filters, and how many there are."""
    wanted = AgentFilter(AGENT_STATUS.all_of(status), type, tuple(capabilities or ()))
    agents = await call.core.agents.page(call.principal, wanted, limit, offset=offset)
    total = await call.core.agents.count(call.principal, wanted)
    shown = [AGENT.show(v1.Agent, agent) for agent in agents]
    return v1.AgentList(agents=shown, total=total, limit=limit, offset=offset)


async def get_agent(call: Call, agent_id: str) -> v1.Agent:
    """One agent."""
    return AGENT.show(v1.Agent, await call.core.agents.get(call.principal, agent_id))


async def deregister_agent(call: Call, agent_id: str) -> v1.AgentDeregistered:
    """Forget an agent."""
    agent = await call.core.agents.delete(call.principal, agent_id)
    return v1.AgentDeregistered(agent_id=agent.id, status="deregistered")


async def send_heartbeat(call: Call, agent_id: str, body: v1.Heartbeat) -> v1.HeartbeatTaken:
    """Hear an agent."""
    pulse = await call.core.heartbeats.beat(call.principal, agent_id, _said(body))
    return v1.HeartbeatTaken(
        agent_id=agent_id,
        status=AGENT_STATUS.codec.show(pulse.status),
        received_at=iso_milliseconds(pulse.heard_at),
        heartbeat_interval_seconds=pulse.interval // 1000,
    )


def _said(body: v1.Heartbeat) -> dict[str, Any]:
    """What a heartbeat says; how busy an agent is that counts its tasks, follows from them."""
    given = body.model_dump(exclude_unset=True)
    said = {"said": given.pop("status")}
    if "current_tasks" in given:
        said |= {"reported_tasks": given.pop("current_tasks"), "reported_load": None}
    return said | given
