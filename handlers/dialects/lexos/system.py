"""The state of the system and figures of the agents, as the LexOS documentation prints them."""

import asyncio

from generated.models import lexos
from handlers.core.agent_lists import AgentFilter
from handlers.core.calls import Call
from handlers.core.clock import system_clock
from handlers.core.machine import Capacity, Gpu, Machine
from handlers.core.performance import Performance
from handlers.core.presence import Agent
from handlers.core.readiness import DEGRADED, OPERATIONAL
from handlers.core.system import Condition, System
from handlers.dialects.lexos.agents import usage_of
from handlers.dialects.lexos.mapping import AGENT_STATUS, RATIO, size_text

_SCHEDULER = "scheduler"


async def get_status(call: Call) -> lexos.SystemStatus:
    """How everything is at this moment."""
    system, now = call.core.system, system_clock()
    condition, kept_out = await system.condition(), await system.security(call.principal)
    return lexos.SystemStatus(
        system=_server(system, condition),
        orchestrator=await _orchestrator(call, condition),
        hardware=_hardware(await system.machine_as_known()),
        security=lexos.SecurityStatus(
            active_sessions=kept_out.sessions,
            failed_login_attempts=kept_out.failed_logins,
            content_filter_blocks=kept_out.blocks,
            access_control_denials=kept_out.denials,
        ),
        timestamp=now // 1000,
    )


async def get_agent_metrics(call: Call, limit: int, offset: int) -> lexos.AgentLoads:
    """How the agents are and what came of their work."""
    agents = await call.core.agents.page(call.principal, AgentFilter(), limit, offset=offset)
    done = await asyncio.gather(*(call.core.performance.of(call.principal, agent.id) for agent in agents))
    loads = {agent.id: _load(agent, known) for agent, known in zip(agents, done, strict=True)}
    return lexos.AgentLoads(agents=loads, timestamp=system_clock() // 1000)


def _server(system: System, condition: Condition) -> lexos.ServerStatus:
    return lexos.ServerStatus(
        status=OPERATIONAL if condition.health == OPERATIONAL else DEGRADED,
        uptime=condition.uptime_seconds,
        version=system.release,
        environment=system.environment,
    )


async def _orchestrator(call: Call, condition: Condition) -> lexos.OrchestratorStatus:
    """The tenant's agents and tasks, and the processes, each of which hands out whatever there is."""
    system, who = call.core.system, call.principal
    agents, tasks, workers = await system.presences(who), await system.tasks(who), len(condition.servers)
    return lexos.OrchestratorStatus(
        status="active" if condition.has(_SCHEDULER) else "inactive",
        active_agents=agents.active,
        total_tasks=tasks.total,
        active_tasks=tasks.running,
        queued_tasks=tasks.waiting,
        completed_tasks=tasks.completed,
        failed_tasks=tasks.failed,
        task_workers=workers,
        workflow_workers=workers,
    )


def _hardware(machine: Machine) -> lexos.Hardware:
    return lexos.Hardware(
        gpu=_gpu(machine.gpus[0]) if machine.gpus else None,
        cpu=lexos.CpuMetrics(
            cores=machine.cores, usage=machine.percent, load_average=[round(load, 2) for load in machine.load_average]
        ),
        memory=lexos.MemoryMetrics(**_room(machine.memory)),
        disk=lexos.DiskMetrics(**_room(machine.disk)),
    )


def _room(room: Capacity) -> dict[str, str | float]:
    amounts = {"total": room.total, "used": room.used, "available": room.available}
    return {**{name: size_text(amount) for name, amount in amounts.items()}, "usage_percent": room.percent}


def _gpu(gpu: Gpu) -> lexos.GpuMetrics:
    return lexos.GpuMetrics(
        model=gpu.model,
        memory_total=size_text(gpu.memory_total),
        memory_used=size_text(gpu.memory_used),
        utilization=gpu.percent,
        temperature=gpu.temperature,
    )


def _load(agent: Agent, done: Performance) -> lexos.AgentLoad:
    return lexos.AgentLoad(
        status=AGENT_STATUS.codec.show(agent.status),
        tasks_completed=done.completed,
        success_rate=done.success_rate,
        average_response_time=done.average_seconds or 0,
        current_load=RATIO.show(agent.load_percent),
        **usage_of(agent),
    )
