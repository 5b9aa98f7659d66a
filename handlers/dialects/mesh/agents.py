"""Agents, each by its specification in YAML, and what their nodes say of them."""

from typing import Any

from generated.models import mesh
from handlers.core.agent_lists import AgentFilter
from handlers.core.calls import Call
from handlers.core.clock import system_clock
from handlers.core.deployments import Deployed, Line, LogFilter
from handlers.core.errors import InvalidRequest
from handlers.core.projection import iso_milliseconds, read_iso
from handlers.dialects.mesh.mapping import AGENT, PHASE
from handlers.dialects.mesh.specifications import given_in, parts_of


async def create_agent(call: Call, body: mesh.AgentDocument, x_tenant_id: str | None) -> mesh.AgentReference:
    """Register an agent, and hand its specification to its node."""
    document = _document(body)
    deployed = await call.core.deployments.create(call.principal, given_in(document), document)
    tenant = await call.core.identity.tenants.find(call.principal.tenant)
    return mesh.AgentReference(name=deployed.agent.id, namespace=tenant.cr_name)


async def list_agents(
    call: Call, phase: str | None, limit: int, offset: int, x_tenant_id: str | None
) -> list[mesh.AgentSummary]:
    """A line for each agent."""
    wanted = AgentFilter(PHASE.all_of(phase))
    agents = await call.core.agents.page(call.principal, wanted, limit, offset=offset)
    return [AGENT.show(mesh.AgentSummary, agent) for agent in agents]


async def get_agent(call: Call, name: str, x_tenant_id: str | None) -> mesh.Agent:
    """One agent with its specification."""
    return _shown(await call.core.deployments.read(call.principal, name))


async def update_agent(call: Call, name: str, body: mesh.AgentDocument, x_tenant_id: str | None) -> mesh.Agent:
    """Give an agent another specification."""
    document = _document(body)
    if document["metadata"]["name"] != name:
        raise InvalidRequest("metadata.name is another than in the path", field="metadata.name", location="body")
    return _shown(await call.core.deployments.replace(call.principal, name, given_in(document), document))


async def delete_agent(call: Call, name: str, x_tenant_id: str | None) -> mesh.AgentDeleted:
    """Remove an agent, here and from its node."""
    agent = await call.core.agents.delete(call.principal, name)
    return mesh.AgentDeleted(name=agent.id, status="deleted")


async def get_status(call: Call, name: str, x_tenant_id: str | None) -> mesh.AgentStatus:
    """How an agent is, from its node if the tenant has one."""
    deployed = await call.core.deployments.ask(call.principal, name, "status")
    known: dict[str, Any] = {} if deployed.said is None else {"live": deployed.said}
    status = AGENT.show(mesh.AgentStatus, deployed.agent, **known)
    return status if deployed.message is None else status.model_copy(update={"message": deployed.message})


async def get_logs(
    call: Call,
    name: str,
    since: str | None,
    until: str | None,
    level: str | None,
    limit: int,
    x_tenant_id: str | None,
) -> list[mesh.AgentLog]:
    """The latest lines of an agent's log."""
    since_at, until_at = [None if given is None else read_iso(given) for given in (since, until)]
    lines = await call.core.deployments.logs(call.principal, name, LogFilter(limit, since_at, until_at, level))
    return [_line(line) for line in lines]


async def get_metrics(call: Call, name: str, x_tenant_id: str | None) -> mesh.AgentMetrics:
    """Figures of an agent's work, and what its node or itself has measured."""
    deployed = await call.core.deployments.ask(call.principal, name, "metrics")
    agent, now = deployed.agent, system_clock()
    done = await call.core.performance.of(call.principal, name)
    usage = agent.resource_usage or {}
    known = {
        "successRate": done.success_rate,
        "averageResponseSeconds": done.average_seconds,
        "uptimeSeconds": None if agent.up_since is None else (now - agent.up_since) / 1000,
        "cpuPercent": usage.get("cpu_percent"),
        "memoryMb": usage.get("memory_mb"),
        "reported": deployed.said,
    }
    return mesh.AgentMetrics(
        name=agent.id,
        collectedAt=iso_milliseconds(now),
        currentTasks=max(agent.current_tasks, done.running),
        tasksCompleted=done.completed,
        tasksFailed=done.failed,
        loadPercent=agent.load_percent,
        **{name: value for name, value in known.items() if value is not None},
    )


def _document(body: mesh.AgentDocument) -> dict[str, Any]:
    """The specification as it was written, without what is not looked at."""
    return body.model_dump(exclude_unset=True, exclude={"status"}, by_alias=True)


def _shown(deployed: Deployed) -> mesh.Agent:
    condition = AGENT.show(mesh.AgentCondition, deployed.agent)
    return mesh.Agent(**parts_of(deployed.agent, deployed.specification), status=condition)


def _line(line: Line) -> mesh.AgentLog:
    context = {} if line.context is None else {"context": line.context}
    return mesh.AgentLog(timestamp=iso_milliseconds(line.at), level=line.level, message=line.message, **context)
