"""Agents, as the LexOS documentation prints them."""

import asyncio
from typing import Any

from generated.models import lexos
from handlers.core.agent_lists import AgentFilter
from handlers.core.calls import Call
from handlers.core.clock import system_clock
from handlers.core.performance import Performance
from handlers.core.presence import BUSY, IDLE, Agent
from handlers.dialects.lexos.mapping import AGENT, AGENT_STATUS, TASK, size_text

_RECENT = 10
_SETTINGS = ("rate_limit", "timeout")


async def list_agents(call: Call, status: str | None, limit: int, offset: int) -> lexos.AgentList:
    """One page of the agents, and how many there are in all."""
    wanted = AgentFilter(AGENT_STATUS.all_of(status))
    agents = await call.core.agents.page(call.principal, wanted, limit, offset=offset)
    done = await asyncio.gather(*(call.core.performance.of(call.principal, agent.id) for agent in agents))
    return lexos.AgentList(
        agents=[_shown(agent, known) for agent, known in zip(agents, done, strict=True)],
        total_agents=await call.core.agents.count(call.principal, AgentFilter()),
        active_agents=await call.core.agents.count(call.principal, AgentFilter((IDLE, BUSY))),
        timestamp=system_clock() // 1000,
    )


async def get_agent(call: Call, agent_id: str) -> lexos.AgentDetails:
    """One agent with its configuration, how it is, and what it did last."""
    agent = await call.core.agents.get(call.principal, agent_id)
    done = await call.core.performance.of(call.principal, agent_id)
    recent = await call.core.performance.latest(call.principal, agent_id, _RECENT)
    return AGENT.show(
        lexos.AgentDetails,
        agent,
        description=agent.description or "",
        configuration=_configuration(agent),
        metrics=lexos.AgentMetrics(tasks_in_queue=done.waiting, success_rate=done.success_rate, **usage_of(agent)),
        recent_tasks=[TASK.show(lexos.RecentTask, task, **_took(task)) for task in recent],
    )


def usage_of(agent: Agent) -> dict[str, Any]:
    """What an agent uses, and since when it is up."""
    usage, now = agent.resource_usage or {}, system_clock()
    memory, cpu = usage.get("memory_mb"), usage.get("cpu_percent")
    return {
        "uptime": 0 if agent.up_since is None else max(0, now - agent.up_since) // 1000,
        "memory_usage": None if memory is None else size_text(round(memory * 1024**2)),
        "cpu_usage": None if cpu is None else min(cpu, 100),
    }


def _shown(agent: Agent, done: Performance) -> lexos.Agent:
    return AGENT.show(
        lexos.Agent,
        agent,
        description=agent.description or "",
        current_tasks=max(agent.current_tasks, done.running),
        total_tasks_completed=done.completed,
        average_response_time=done.average_seconds or 0,
    )


def _configuration(agent: Agent) -> dict[str, Any]:
    """How an agent says that it is set up, as far as that can be what the documentation says it is."""
    said = agent.metadata.get("configuration")
    said = dict(said) if isinstance(said, dict) else {}
    for name in _SETTINGS:
        if not isinstance(said.get(name), int | float) or isinstance(said[name], bool) or said[name] < 0:
            said.pop(name, None)
    return {**said, "max_concurrent_requests": agent.max_concurrent_tasks}


def _took(task: Any) -> dict[str, Any]:
    return {} if task.execution_seconds is None else {"execution_time": task.execution_seconds}
