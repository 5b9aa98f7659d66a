"""Metrics and logs of agents, and the health of the system, as the GGI specification prints them."""

from generated.models import ggi
from handlers.core.agent_lists import AgentFilter
from handlers.core.calls import Call
from handlers.core.errors import Unavailable
from handlers.core.frames import Frame, NewFrame
from handlers.core.intake import Naming
from handlers.core.log_lines import Line, NewLine
from handlers.core.projection import read_iso
from handlers.core.telemetry import Sought
from handlers.core.vitals import Vital
from handlers.dialects.ggi.mapping import AGENT_STATUS, LOG, METRICS


async def submit_metrics(call: Call, body: ggi.MetricsCreate, idempotency_key: str | None) -> ggi.MetricsAccepted:
    """Store what an agent has measured."""
    at = None if body.timestamp is None else read_iso(body.timestamp)
    frame = NewFrame(body.agent_id, body.metrics, at, body.tags)
    kept = await call.core.telemetry.submit(call.principal, frame, Naming("met", key=idempotency_key))
    return METRICS.show(ggi.MetricsAccepted, Frame.of(kept), status="accepted")


async def list_metrics(
    call: Call, agent_id: str | None, since: str | None, until: str | None, limit: int, offset: int
) -> ggi.MetricsList:
    """One page of what was measured."""
    sought = _sought(since, until, device=agent_id)
    found = await call.core.telemetry.page_of_frames(call.principal, sought, limit + 1, offset)
    shown = [METRICS.show(ggi.MetricsRecord, frame) for frame in found[:limit]]
    return ggi.MetricsList(metrics=shown, limit=limit, offset=offset, has_more=len(found) > limit)


async def get_metrics(call: Call, metric_id: str) -> ggi.MetricsRecord:
    """What one agent has measured at one moment."""
    return METRICS.show(ggi.MetricsRecord, await call.core.telemetry.frame(call.principal, metric_id))


async def submit_log(call: Call, body: ggi.LogCreate, idempotency_key: str | None) -> ggi.LogAccepted:
    """Store what an agent has to say."""
    at = None if body.timestamp is None else read_iso(body.timestamp)
    line = NewLine(body.agent_id, body.level, body.message, at, body.context)
    kept = await call.core.telemetry.submit(call.principal, line, Naming("log", key=idempotency_key))
    return LOG.show(ggi.LogAccepted, Line.of(kept), status="accepted")


async def list_logs(
    call: Call,
    agent_id: str | None,
    level: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    offset: int,
) -> ggi.LogList:
    """One page of what was said."""
    sought = _sought(since, until, device=agent_id, level=level)
    found = await call.core.telemetry.page_of_lines(call.principal, sought, limit + 1, offset)
    shown = [LOG.show(ggi.LogRecord, line) for line in found[:limit]]
    return ggi.LogList(logs=shown, limit=limit, offset=offset, has_more=len(found) > limit)


async def get_log(call: Call, log_id: str) -> ggi.LogRecord:
    """What one agent has said at one moment."""
    return LOG.show(ggi.LogRecord, await call.core.telemetry.line(call.principal, log_id))


async def get_health(call: Call) -> ggi.Health:
    """How the agents of the tenant and the server are. What is away is asked for nothing more."""
    try:
        parts = await call.core.readiness.report()
        agents, vital = await _agents(call), await call.core.vitals.read()
    except Unavailable:
        return _health("unhealthy", ggi.HealthAgents(total=0, active=0, degraded=0, offline=0), call.core.vitals.own())
    is_well = all(parts.values()) and (agents.active > 0 or agents.total == 0)
    return _health("healthy" if is_well else "degraded", agents, vital)


def _health(status: str, agents: ggi.HealthAgents, vital: Vital) -> ggi.Health:
    system = ggi.HealthSystem(
        uptime_seconds=vital.uptime_seconds,
        total_requests=vital.requests,
        avg_response_ms=vital.average_milliseconds,
    )
    return ggi.Health(status=status, agents=agents, system=system)


async def _agents(call: Call) -> ggi.HealthAgents:
    words = ("active", "degraded", "offline")
    wanted = [AgentFilter(statuses=AGENT_STATUS.all_of(word)) for word in words]
    counts = [await call.core.agents.count(call.principal, one) for one in wanted]
    return ggi.HealthAgents(total=sum(counts), **dict(zip(words, counts, strict=True)))


def _sought(since: str | None, until: str | None, **where: str | None) -> Sought:
    given = {name: value for name, value in where.items() if value is not None}
    bounds = [None if moment is None else read_iso(moment) for moment in (since, until)]
    return Sought(given, *bounds)
