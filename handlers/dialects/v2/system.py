"""How the system is, in figures for operators and in those of Prometheus, and the nodes that are attached to it."""

from typing import Any

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.clock import system_clock
from handlers.core.errors import Unavailable
from handlers.core.machine import Capacity, Gpu, Machine
from handlers.core.node_registry import Node
from handlers.core.ports import Position
from handlers.core.projection import iso_milliseconds
from handlers.core.readiness import Part
from handlers.dialects.v2.mapping import NODE, SERVER, named_place_behind, named_place_of
from handlers.dialects.v2.versions import tag_of, version_of


async def get_metrics(call: Call) -> tuple[bytes, dict[str, str]]:
    """All figures of this process."""
    return call.core.figures(), {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}


async def create_node(call: Call, body: v2.NodeCreate, idempotency_key: str | None) -> tuple[v2.Node, dict[str, str]]:
    """Attach a node."""
    given = body.model_dump(exclude_unset=True)
    return await _tagged(call, await call.core.nodes.create(call.principal, given, idempotency_key=idempotency_key))


async def list_nodes(call: Call, status: str | None, limit: int, cursor: str | None) -> v2.NodePage:
    """One page of the nodes, and where the next one begins."""
    found = await call.core.nodes.page(call.principal, status, limit + 1, named_place_of(cursor))
    counts = await call.core.nodes.agents_on_each(found[:limit])
    data = [NODE.show(v2.Node, node, agents=count) for node, count in zip(found, counts, strict=False)]
    if len(found) <= limit:
        return v2.NodePage(data=data, has_more=False)
    last = found[limit - 1]
    return v2.NodePage(data=data, has_more=True, next_cursor=named_place_behind(Position(last.name, last.id)))


async def get_node(call: Call, node_id: str) -> tuple[v2.Node, dict[str, str]]:
    """One node, and its entity tag."""
    return await _tagged(call, await call.core.nodes.get(call.principal, node_id))


async def update_node(
    call: Call, node_id: str, body: v2.NodeUpdate, if_match: str | None
) -> tuple[v2.Node, dict[str, str]]:
    """Change some fields of a node, if it is still the one that the caller has read."""
    given = body.model_dump(exclude_unset=True)
    changed = await call.core.nodes.change(call.principal, node_id, given, version=version_of(if_match))
    return await _tagged(call, changed)


async def delete_node(call: Call, node_id: str, if_match: str | None) -> v2.NodeDeleted:
    """Detach a node, if it is still the one that the caller has read."""
    await call.core.nodes.delete(call.principal, node_id, version=version_of(if_match))
    return v2.NodeDeleted(node_id=node_id, status="deleted")


async def get_status(call: Call) -> v2.SystemStatus:
    """How everything is at this moment."""
    system, who, now = call.core.system, call.principal, system_clock()
    condition = await system.condition()
    agents, work = await system.presences(who), await system.work(who)
    return v2.SystemStatus(
        status=condition.health,
        version=system.release,
        environment=system.environment,
        uptime_seconds=condition.uptime_seconds,
        components=[_component(part) for part in condition.parts],
        servers=[SERVER.show(v2.Server, server) for server in condition.servers],
        agents=v2.AgentCounts(
            total=agents.total, idle=agents.idle, busy=agents.busy, degraded=agents.degraded, offline=agents.offline
        ),
        work=v2.WorkCounts(waiting=work.waiting, running=work.running, completed=work.completed, failed=work.failed),
        at=iso_milliseconds(now),
        **await _hardware(call),
    )


def _component(part: Part) -> v2.Component:
    if part.refusal is None:
        return v2.Component(name=part.name, status="operational", latency=part.milliseconds)
    return v2.Component(name=part.name, status="down", latency=part.milliseconds, message=part.refusal.message)


async def _hardware(call: Call) -> dict[str, Any]:
    """The machine, if it tells how it is."""
    try:
        return {"hardware": _shown(await call.core.system.machine())}
    except Unavailable:
        return {}


def _shown(machine: Machine) -> v2.Hardware:
    return v2.Hardware(
        cpu_cores=machine.cores,
        cpu_percent=machine.percent,
        load_average=list(machine.load_average),
        memory=_capacity(machine.memory),
        disk=_capacity(machine.disk),
        gpus=[_gpu(gpu) for gpu in machine.gpus],
    )


def _capacity(room: Capacity) -> v2.Capacity:
    return v2.Capacity(total_bytes=room.total, used_bytes=room.used, used_percent=room.percent)


def _gpu(gpu: Gpu) -> v2.Gpu:
    return v2.Gpu(
        model=gpu.model,
        memory_total_bytes=gpu.memory_total,
        memory_used_bytes=gpu.memory_used,
        used_percent=gpu.percent,
        temperature_celsius=gpu.temperature,
    )


async def _tagged(call: Call, node: Node) -> tuple[v2.Node, dict[str, str]]:
    return NODE.show(v2.Node, node, agents=await call.core.nodes.agents_on(node)), tag_of(node.version)
