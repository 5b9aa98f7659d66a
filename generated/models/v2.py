# Generated from specs/ by `make generate`. Do not edit.
"""The v2 dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Any, Dict, Literal

from generated.models.shared import (
    Cursor,
    Gap,
    Identifier,
    JsonObject,
    MeanLatency,
    MetricName,
    Metrics,
    Priority,
    ProblemDetails,
    RetryPolicy,
    Schedule,
    TagFilter,
    Tags,
    TaskEventType,
)
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

Address = TypeAliasType(
    "Address",
    Annotated[
        str,
        Field(
            description='An address that we call. Private and metadata addresses are refused unless the server allows them.'
        ),
    ],
)


class AgentCounts(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    total: int
    idle: int
    busy: int
    degraded: int
    offline: int


class AgentDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: Literal['deleted']


class AgentModel(Wire):
    """
    The model that an agent thinks with.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    version: str | None = None
    provider: str | None = None


class AgentResources(Wire):
    """
    What an agent can bear.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    max_concurrent_tasks: int = 1
    memory_limit_mb: int | None = None


AgentStatus = TypeAliasType(
    "AgentStatus",
    Annotated[
        Literal['registered', 'idle', 'busy', 'degraded', 'error', 'offline'],
        Field(
            description='`registered` has not been heard of since it registered; `idle` and `busy` are well; `degraded` has missed two\nheartbeats, or says so; `error` is what the agent says of itself; `offline` has missed three heartbeats.\n'
        ),
    ],
)


AgentType = TypeAliasType(
    "AgentType",
    Annotated[str, Field(description='What kind of agent it is, as `analytics`.')],
)


class AgentUsage(Wire):
    """
    What an agent uses at present.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    cpu_percent: int | float | None = None
    memory_mb: int | float | None = None


Aggregation = TypeAliasType(
    "Aggregation",
    Annotated[
        Literal['avg', 'min', 'max', 'sum', 'count', 'p50', 'p95', 'p99'],
        Field(
            description='What becomes of the values within one interval. `p50`, `p95` and `p99` are percentiles.'
        ),
    ],
)


AiStatus = TypeAliasType(
    "AiStatus",
    Annotated[
        Literal['pending', 'assigned', 'running', 'completed', 'failed', 'timeout', 'cancelled'],
        Field(
            description='`pending` has no agent yet; `assigned` has one that has not begun.'
        ),
    ],
)


class AiSummary(Wire):
    """
    How many findings there are of each severity, and what an agent says of it all.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    critical: int
    high: int
    medium: int
    low: int
    info: int
    total: int
    text: str | None = None


class AlertRuleDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    rule_id: Identifier
    status: Literal['deleted']


AlertStatus = TypeAliasType(
    "AlertStatus",
    Annotated[
        Literal['firing', 'acknowledged', 'resolved'],
        Field(
            description='An acknowledged alert still holds; a resolved one does not.'
        ),
    ],
)


AlertType = TypeAliasType(
    "AlertType",
    Annotated[str, Field(description='The kind of an alert, as `high_cpu`.')],
)


AuditEventType = TypeAliasType(
    "AuditEventType",
    Annotated[
        str,
        Field(
            description='What kind of thing was done, as `task_execution` or `login`.'
        ),
    ],
)


class Backfill(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    since: str
    until: str
    parameters: JsonObject | None = None
    max_concurrent: int = 1


class BackfillStarted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    since: str
    until: str
    runs_created: int
    runs_present: int


class BatchError(Wire):
    """
    Why one item was not taken, in the words of this dialect's errors.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    code: str
    message: str
    details: ProblemDetails


class BatchItemResult(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    index: int
    status: Literal['accepted', 'duplicate', 'rejected']
    id: Identifier | None = None
    error: BatchError | None = None


class BatchResult(Wire):
    """
    What became of each item, in the order in which they came. What is accepted is on disk.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    accepted: int
    duplicates: int
    rejected: int
    results: list[BatchItemResult]


BrokerName = TypeAliasType(
    "BrokerName",
    Annotated[
        str,
        Field(
            description='What the user has called themselves; of a known one, the identifier of their API key.'
        ),
    ],
)


class BrokerResource(Wire):
    model_config = ConfigDict(
        extra='allow',
    )
    __annotations__ = {
        '__pydantic_extra__': Dict[str, str],
    }
    username: BrokerName
    vhost: str
    resource: Literal['queue', 'exchange', 'topic']
    name: str
    permission: Literal['configure', 'write', 'read']
    tags: str | None = None


class BrokerTopic(Wire):
    model_config = ConfigDict(
        extra='allow',
    )
    __annotations__ = {
        '__pydantic_extra__': Dict[str, str],
    }
    username: BrokerName
    vhost: str
    resource: Literal['topic']
    name: str
    permission: Literal['write', 'read']
    routing_key: str
    tags: str | None = None


class BrokerUser(Wire):
    model_config = ConfigDict(
        extra='allow',
    )
    __annotations__ = {
        '__pydantic_extra__': Dict[str, str],
    }
    username: BrokerName
    password: str | None = None


BrokerVerdict = TypeAliasType("BrokerVerdict", Literal['allow', 'deny'])


class BrokerVhost(Wire):
    model_config = ConfigDict(
        extra='allow',
    )
    __annotations__ = {
        '__pydantic_extra__': Dict[str, str],
    }
    username: BrokerName
    vhost: str
    ip: str | None = None
    tags: str | None = None


Capability = TypeAliasType(
    "Capability",
    Annotated[str, Field(description='What an agent can do, as `code_review`.')],
)


class Capacity(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    total_bytes: int
    used_bytes: int
    used_percent: int | float


CatchUp = TypeAliasType(
    "CatchUp",
    Annotated[
        Literal['none', 'last', 'all'],
        Field(
            description='What becomes of due times that passed while nothing could run. `none` makes them missed, `last` runs the last,\n`all` runs each.\n'
        ),
    ],
)


CollaborationStatus = TypeAliasType("CollaborationStatus", Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled'])


CommandCategory = TypeAliasType("CommandCategory", Literal['system', 'service', 'data', 'diagnostic', 'custom'])


class CommandExecuteOption1(Wire):
    model_config = ConfigDict(
        extra='allow',
    )
    target: Any


class CommandExecuteOption2(Wire):
    model_config = ConfigDict(
        extra='allow',
    )
    service: Any


CommandStatus = TypeAliasType("CommandStatus", Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled'])


CommandTypeName = TypeAliasType(
    "CommandTypeName",
    Annotated[
        str,
        Field(
            description='The name of a kind of command, as `deploy.app` or `restart`.'
        ),
    ],
)


class Constraints(Wire):
    """
    What every assigned agent must keep, by the tasks and commands that were for it; one that has done nothing yet passes.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    max_latency_ms: MeanLatency | None = None
    min_accuracy: int | float | None = None
    max_load_percent: int | float | None = None


DeliveryStatus = TypeAliasType("DeliveryStatus", Literal['pending', 'delivered', 'failed'])


class Device(Wire):
    """
    Whoever has sent a frame or a line of a log. Devices need no registration.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier
    status: Literal['online', 'offline']
    tags: Tags
    metrics: list[MetricName]
    first_seen: str
    last_seen: str


class DevicePage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Device]
    has_more: bool
    next_cursor: Cursor | None = None


class ErrorBody(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    code: Literal['INVALID_REQUEST', 'VALIDATION_ERROR', 'AUTHENTICATION_FAILED', 'FORBIDDEN', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'TIMEOUT', 'CONFLICT', 'PRECONDITION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'RATE_LIMIT_EXCEEDED', 'INTERNAL_ERROR', 'NOT_IMPLEMENTED', 'BAD_GATEWAY', 'SERVICE_UNAVAILABLE']
    message: str
    details: ProblemDetails
    request_id: str
    retry_after: int | None = None
    timestamp: str


EventCursor = TypeAliasType(
    "EventCursor",
    Annotated[
        str,
        Field(
            description='The place behind this event in the log, from which any transport goes on.'
        ),
    ],
)


EventType = TypeAliasType(
    "EventType",
    Annotated[
        Literal['task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted', 'task.run.created', 'task.run.started', 'task.run.completed', 'task.run.failed', 'task.run.cancelled', 'task.run.timeout', 'task.run.skipped', 'task.run.missed', 'telemetry.frame', 'telemetry.event', 'telemetry.log', 'telemetry.alert', 'telemetry.alert.acknowledged', 'telemetry.alert.resolved', 'command.submitted', 'command.started', 'command.progress', 'command.completed', 'command.failed', 'command.timeout', 'command.cancelled', 'workflow.created', 'workflow.updated', 'workflow.deleted', 'workflow.run.created', 'workflow.run.started', 'workflow.run.completed', 'workflow.run.failed', 'workflow.run.cancelled', 'workflow.step.started', 'workflow.step.completed', 'workflow.step.failed', 'workflow.step.skipped', 'workflow.step.cancelled', 'workflow.step.timeout', 'ai.agent.registered', 'ai.agent.updated', 'ai.agent.status_changed', 'ai.agent.offline', 'ai.agent.deleted', 'ai.task.created', 'ai.task.assigned', 'ai.task.started', 'ai.task.progress', 'ai.task.completed', 'ai.task.failed', 'ai.task.timeout', 'ai.task.cancelled', 'collaboration.created', 'collaboration.started', 'collaboration.updated', 'collaboration.completed', 'collaboration.failed', 'collaboration.timeout', 'collaboration.cancelled', 'collaboration.message', 'lease.granted', 'lease.expired', 'lease.released', 'lease.offered', 'webhook.disabled'],
        Field(description='What has happened.'),
    ],
)


EventTypes = TypeAliasType("EventTypes", list[EventType])


FencingToken = TypeAliasType(
    "FencingToken",
    Annotated[
        int,
        Field(
            description='Grows with every lease of the same work. A result with an older one than the last is refused.'
        ),
    ],
)


FindingSeverity = TypeAliasType("FindingSeverity", Literal['critical', 'high', 'medium', 'low', 'info'])


class Frame(Wire):
    """
    What a device has measured at one moment.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    frame_id: Identifier
    device_id: Identifier
    timestamp: str
    metrics: Metrics
    tags: Tags
    metadata: JsonObject
    received_at: str


class FrameEvent(Wire):
    """
    A frame was received.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['telemetry.frame']
    created_at: str
    cursor: EventCursor | None = None
    data: Frame


class FramePage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Frame]
    has_more: bool
    next_cursor: Cursor | None = None


class FrameSubmit(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    frame_id: Identifier | None = None
    device_id: Identifier
    timestamp: str | None = None
    metrics: Metrics
    tags: Tags | None = None
    metadata: JsonObject | None = None


class GapPayload(Wire):
    """
    Events are missing. What comes next begins behind the cursor.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    missed: int
    cursor: Cursor | None = None


class Gpu(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    model: str
    memory_total_bytes: int
    memory_used_bytes: int
    used_percent: int | float
    temperature_celsius: int | float | None = None


class Hardware(Wire):
    """
    The machine of the server that answers.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    cpu_cores: int
    cpu_percent: int | float
    load_average: list[int | float]
    memory: Capacity
    disk: Capacity
    gpus: list[Gpu]


Health = TypeAliasType("Health", Literal['operational', 'degraded', 'down'])


class Heartbeat(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['idle', 'busy', 'degraded', 'error'] | None = None
    current_tasks: int | None = None
    resource_usage: AgentUsage | None = None


class HeartbeatReceived(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: AgentStatus
    heartbeat_interval_seconds: int
    pending_work: bool
    lost_leases: list[Identifier]
    received_at: str


Interval = TypeAliasType(
    "Interval",
    Annotated[
        str, Field(description='A length of time in seconds, minutes, hours or days.')
    ],
)


class KeyRevoked(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    key_id: Identifier
    status: Literal['revoked']


class LatestValue(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    value: Any
    timestamp: str


class LeaseFail(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    fencing_token: FencingToken
    error: str
    details: JsonObject | None = None
    retryable: bool = True


class LeaseNamed(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    lease_id: Identifier


class LeaseProgress(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    fencing_token: FencingToken
    progress: int | float
    message: str | None = None
    renew: bool = True


class LeaseRelease(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    fencing_token: FencingToken
    delay_seconds: int = 0
    reason: str | None = None


LeaseSeconds = TypeAliasType(
    "LeaseSeconds",
    Annotated[int, Field(description='How long a lease lasts without a renewal.')],
)


LeaseStatus = TypeAliasType(
    "LeaseStatus",
    Annotated[
        Literal['offered', 'held', 'completed', 'failed', 'released', 'expired', 'cancelled'],
        Field(description='Work is done under a `held` lease only.'),
    ],
)


LogLevel = TypeAliasType("LogLevel", Literal['debug', 'info', 'warning', 'error', 'critical'])


class LogSubmit(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    log_id: Identifier | None = None
    device_id: Identifier
    level: LogLevel
    message: str
    timestamp: str | None = None
    context: JsonObject | None = None
    tags: Tags | None = None


class LostPayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    lease_id: Identifier
    reason: Literal['expired', 'cancelled', 'timeout', 'removed']


class Membership(Wire):
    """
    A tenant that the caller belongs to.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    tenant_id: Identifier
    name: str
    role: str | None = None


class Message(Wire):
    """
    What one agent has said to others. Messages stay for whoever comes later.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    message_id: Identifier
    collaboration_id: Identifier
    from_agent: Identifier
    to_agents: list[Identifier]
    message_type: str
    payload: JsonObject
    created_at: str


class MessageEvent(Wire):
    """
    One agent has said something to others.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['collaboration.message']
    created_at: str
    cursor: EventCursor | None = None
    data: Message


MessageId = TypeAliasType(
    "MessageId",
    Annotated[
        str,
        Field(
            description='Chosen by the sender; an answer has the identifier of what it answers, an event its own.'
        ),
    ],
)


class MessagePage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Message]
    has_more: bool
    next_cursor: Cursor | None = None


class MessageSend(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    from_agent: Identifier | None = None
    to_agents: list[Identifier] | None = None
    message_type: str
    payload: JsonObject


Milliseconds = TypeAliasType(
    "Milliseconds",
    Annotated[
        int | float,
        Field(
            description='A duration in milliseconds; where nothing else is said, from start to end.'
        ),
    ],
)


class NegotiationCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_type: str
    required_capabilities: list[Capability]
    preferred_agents: list[Identifier] | None = None
    constraints: Constraints | None = None


class NodeDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    node_id: Identifier
    status: Literal['deleted']


NodeName = TypeAliasType(
    "NodeName",
    Annotated[
        str,
        Field(
            description='What people call it; no other node of the tenant is called so.'
        ),
    ],
)


NodeProfile = TypeAliasType(
    "NodeProfile",
    Annotated[str, Field(description='What a node is made for, as `full`.')],
)


class NodeUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: NodeName | None = None
    url: Address | None = None
    profile: NodeProfile | None = None
    auth_token: str | None = None


Note = TypeAliasType("Note", str)


Operator = TypeAliasType(
    "Operator",
    Annotated[
        Literal['gt', 'gte', 'lt', 'lte', 'eq', 'ne', 'absent'],
        Field(
            description='How a value is held against the threshold. Only numbers are compared. `absent` needs no threshold and means that\nnothing was heard for so long.\n'
        ),
    ],
)


Overlap = TypeAliasType(
    "Overlap",
    Annotated[
        Literal['skip', 'queue', 'cancel_running', 'allow'],
        Field(description='What becomes of a due time while a run goes on.'),
    ],
)


class PassedOver(Wire):
    """
    An agent that was looked at and not assigned.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    reason: str


class Ping(Wire):
    """
    Asks whether the other side is there.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['ping']
    id: MessageId
    timestamp: str | None = None


class Pong(Wire):
    """
    Answers a ping.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['pong']
    id: MessageId
    timestamp: str


Progress = TypeAliasType("Progress", int | float)


class ProgressPayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    lease_id: Identifier
    fencing_token: FencingToken
    progress: int | float
    message: str | None = None


RateLimits = TypeAliasType("RateLimits", dict[str, int])
"""
Requests per window by category, in place of the usual limits, in every dialect that has the category. The windows stay
as `x-rate-limits` of this contract has them: a minute, in `lexos` an hour. So `api: 500` is 500 an hour in `lexos`
and 500 a minute in `mesh`. Categories that are not named keep theirs.

"""


class Recovery(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    since: str
    until: str | None = None
    only_failed: bool = True


class RecoveryStarted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    webhook_id: Identifier
    since: str
    until: str
    only_failed: bool
    gap: Gap | None = None


class ReleasePayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    lease_id: Identifier
    fencing_token: FencingToken
    delay_seconds: int = 0
    reason: str | None = None


class RenewPayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    lease_id: Identifier
    fencing_token: FencingToken
    lease_seconds: int | None = None


class ReportProgress(Wire):
    """
    Says how far the work has come, and renews the lease.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.progress']
    id: MessageId
    timestamp: str | None = None
    payload: ProgressPayload


RequestType = TypeAliasType(
    "RequestType",
    Annotated[str, Field(description='What is asked for, as `code_review`.')],
)


class ResumePoint(Wire):
    """
    A cursor, or the `id` of an event in any stream of whatever dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    cursor: Cursor | None = None
    last_event_id: str | None = None


class Retention(Wire):
    """
    For how many days after its arrival telemetry is kept.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    telemetry_days: int
    rollup_days: int


class RetentionUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    telemetry_days: int | None = None
    rollup_days: int | None = None


Role = TypeAliasType(
    "Role",
    Annotated[str, Field(description='What an agent is in a group, as `analyst`.')],
)


class RunCancel(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    reason: Note | None = None


class RunStart(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    parameters: JsonObject | None = None
    priority: Priority | None = None


RunStatus = TypeAliasType(
    "RunStatus",
    Annotated[
        Literal['pending', 'in_progress', 'completed', 'failed', 'cancelled', 'timeout', 'skipped', 'missed'],
        Field(
            description='`skipped` was due while another run went on, `missed` while nothing could run it. The policies of the schedule\nsay what becomes of such times.\n'
        ),
    ],
)


RunTrigger = TypeAliasType(
    "RunTrigger",
    Annotated[
        Literal['manual', 'schedule', 'backfill', 'event', 'dependency', 'retry'],
        Field(description='What has made the run.'),
    ],
)


Scope = TypeAliasType(
    "Scope",
    Annotated[
        Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin'],
        Field(
            description='What a caller may do. Some scopes open others too, as `x-implied-scopes` of this contract says.'
        ),
    ],
)


class SeriesPoint(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    timestamp: str
    value: int | float


class SeriesQuery(Wire):
    """
    What was asked for, with the defaults filled in. Times are as they were sent.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    metrics: list[MetricName]
    device_id: Identifier | None = None
    tags: list[str] | None = None
    since: str
    until: str
    aggregation: Aggregation
    interval: Interval
    group_by: Literal['device_id'] | None = None


class Server(Wire):
    """
    One process that serves.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    server_id: Identifier
    host: str | None = None
    version: str
    started_at: str
    last_seen: str


Severity = TypeAliasType("Severity", Literal['info', 'warning', 'critical'])


class StepContribution(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    fencing_token: FencingToken | None = None
    success: bool
    result: JsonObject | None = None
    error: str | None = None
    duration: Milliseconds | None = None


StepId = TypeAliasType(
    "StepId", Annotated[str, Field(description='Names a step within its workflow.')]
)


StepStatus = TypeAliasType("StepStatus", Literal['waiting', 'pending', 'running', 'completed', 'failed', 'skipped', 'cancelled', 'timeout'])


StreamCursor = TypeAliasType(
    "StreamCursor", Annotated[str, Field(description='The present end of the log.')]
)


class StreamError(Wire):
    """
    A message was refused, in the words of this dialect's errors. The socket stays open.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['error']
    id: MessageId
    timestamp: str
    payload: ErrorBody


class StreamFilters(Wire):
    """
    Only events about these items. Events of a topic to which a filter does not apply are sent all the same.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier | None = None
    agent_id: Identifier | None = None
    command_id: Identifier | None = None
    task_id: Identifier | None = None
    workflow_id: Identifier | None = None
    run_id: Identifier | None = None
    request_id: Identifier | None = None
    collaboration_id: Identifier | None = None
    metric: MetricName | None = None
    tag: TagFilter | None = None


class StreamGap(Wire):
    """
    Events were lost, because the client did not keep up or the log no longer reaches back.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['gap']
    id: MessageId
    timestamp: str
    payload: GapPayload


class TaskDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    status: Literal['deleted']


class TaskRun(Wire):
    """
    One execution of a task.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    run_id: Identifier
    task_id: Identifier
    status: RunStatus
    trigger: RunTrigger
    event_id: str | None = None
    due_at: str | None = None
    parameters: dict[str, Any]
    agent_id: Identifier | None = None
    progress: int | float
    attempt: int
    success: bool | None = None
    duration: Milliseconds | None = None
    result: JsonObject | None = None
    error: str | None = None
    created_by: Identifier | None = None
    created_at: str
    updated_at: str
    started_at: str | None = None
    completed_at: str | None = None


class TaskRunEvent(Wire):
    """
    A run of a task has begun, ended, or did not take place.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['task.run.created', 'task.run.started', 'task.run.completed', 'task.run.failed', 'task.run.cancelled', 'task.run.timeout', 'task.run.skipped', 'task.run.missed']
    created_at: str
    cursor: EventCursor | None = None
    data: TaskRun


class TaskRunPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[TaskRun]
    has_more: bool
    next_cursor: Cursor | None = None


class TaskSchedule(Wire):
    """
    When a task is due, and what happens when that does not fit.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    schedule: Schedule | None = None
    catch_up: CatchUp
    overlap: Overlap
    paused: bool
    paused_at: str | None = None
    next_runs: list[str]
    updated_at: str


class TaskScheduleUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    schedule: Schedule | None = None
    catch_up: CatchUp | None = None
    overlap: Overlap | None = None


TaskStatus = TypeAliasType("TaskStatus", Literal['scheduled', 'pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled', 'timeout'])


class TaskTrigger(Wire):
    """
    The events that run a task of the type `event_driven`.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    types: EventTypes
    subject: Identifier | None = None
    data: JsonObject | None = None
    updated_at: str


TaskType = TypeAliasType(
    "TaskType",
    Annotated[
        str,
        Field(
            description='`scheduled`, `one_time`, `event_driven` and `dependent` say when a task runs; any other value says what kind of work it is.\n'
        ),
    ],
)


class TaskUpdate(Wire):
    """
    What is to be changed; `null` takes a field away.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    title: str | None = None
    description: str | None = None
    status: TaskStatus | None = None
    priority: Priority | None = None
    assignee: Identifier | None = None
    progress: Progress | None = None
    parameters: JsonObject | None = None
    deadline: str | None = None
    schedule: Schedule | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: int | None = None
    tags: Tags | None = None
    notes: str | None = None
    result: JsonObject | None = None
    error: str | None = None


TelemetryType = TypeAliasType(
    "TelemetryType",
    Annotated[
        str,
        Field(
            description='What an event is about, as `system.metric` or `deployment.complete`.'
        ),
    ],
)


Timeout = TypeAliasType(
    "Timeout",
    Annotated[int, Field(description='Seconds until the work counts as lost.')],
)


class Token(Wire):
    """
    A session.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    access_token: str
    token_type: Literal['Bearer']
    expires_in: int
    refresh_token: str
    scope: str


class TokenRequest(Wire):
    """
    `client_credentials` exchanges an API key for a session: the key's identifier as `client_id` and its secret as
    `client_secret`, or the whole key as `client_secret`. `refresh_token` exchanges a refresh token for the next pair.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    grant_type: Literal['client_credentials', 'refresh_token']
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None
    refresh_token: str | None = None


class TokenRevocation(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    refresh_token: str


class TokenRevoked(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['revoked']


Topic = TypeAliasType(
    "Topic",
    Annotated[
        Literal['telemetry.metrics', 'telemetry.events', 'telemetry.logs', 'telemetry.alerts', 'commands.updates', 'tasks.updates', 'workflows.updates', 'agents.updates', 'ai.updates', 'collaborations.updates', 'leases.updates', 'webhooks.updates'],
        Field(description='Events that belong together.'),
    ],
)


Topics = TypeAliasType("Topics", list[Topic])


class TopicsPayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    topics: Topics


class Trigger(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    types: EventTypes
    subject: Identifier | None = None
    data: JsonObject | None = None


class Unsubscribe(Wire):
    """
    Asks for no more events of some topics.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['unsubscribe']
    id: MessageId
    timestamp: str | None = None
    payload: TopicsPayload


class Webhook(Wire):
    """
    An address that is told of events.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    webhook_id: Identifier
    url: str
    types: EventTypes
    subject: Identifier | None = None
    description: str | None = None
    enabled: bool
    disabled_reason: str | None = None
    consecutive_failures: int
    secret: str | None = None
    old_secret_until: str | None = None
    created_by: Identifier
    created_at: str
    updated_at: str
    last_delivery_at: str | None = None


class WebhookDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    webhook_id: Identifier
    status: Literal['deleted']


class WebhookEvent(Wire):
    """
    A webhook was switched off, because it could not be delivered to for too long.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['webhook.disabled']
    created_at: str
    cursor: EventCursor | None = None
    data: Webhook


class WebhookPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Webhook]
    has_more: bool
    next_cursor: Cursor | None = None


WebhookSecret = TypeAliasType(
    "WebhookSecret",
    Annotated[
        str, Field(description='What deliveries are signed with. It is kept encrypted.')
    ],
)


class WebhookTest(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: EventType


class WebhookUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    url: Address | None = None
    types: EventTypes | None = None
    subject: Identifier | None = None
    description: str | None = None
    enabled: bool | None = None


class WelcomePayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    version: str
    heartbeat_interval_seconds: int
    cursor: StreamCursor | None = None


class WorkCounts(Wire):
    """
    Commands, runs, steps and requests of the tenant.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    waiting: int
    running: int
    completed: int
    failed: int


WorkKind = TypeAliasType(
    "WorkKind",
    Annotated[
        Literal['command', 'task_run', 'workflow_step', 'ai_request', 'collaboration_step'],
        Field(description='What kind of item the work comes from.'),
    ],
)


class WorkflowCancel(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    reason: Note | None = None


class WorkflowDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    workflow_id: Identifier
    status: Literal['deleted']


WorkflowRunStatus = TypeAliasType("WorkflowRunStatus", Literal['pending', 'running', 'completed', 'failed', 'cancelled'])


class WorkflowStart(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    parameters: JsonObject | None = None
    priority: Priority = 'normal'
    callback_url: Address | None = None
    tags: Tags | None = None


class WorkflowStep(Wire):
    """
    One step. It is done by the named agent, or by one that has all the capabilities.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    step_id: StepId
    title: str | None = None
    task_type: str
    agent_id: Identifier | None = None
    capabilities: list[Capability] | None = None
    parameters: dict[str, Any] | None = None
    depends_on: list[StepId] | None = None
    on_failure: Literal['fail', 'continue'] = 'fail'
    timeout_seconds: int = 3600
    retry_policy: RetryPolicy | None = None


WorkflowSteps = TypeAliasType("WorkflowSteps", list[WorkflowStep])


class WorkflowUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str | None = None
    description: Note | None = None
    steps: WorkflowSteps | None = None
    parameters: JsonObject | None = None
    tags: Tags | None = None


class AgentCapability(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Capability
    description: str | None = None
    version: str | None = None


class AiAsk(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    request_type: RequestType
    target_agent: Identifier | None = None
    capabilities: list[Capability] | None = None
    preferred_agents: list[Identifier] | None = None
    context: JsonObject | None = None
    parameters: JsonObject | None = None
    priority: Priority = 'normal'
    timeout_seconds: Timeout = 300
    callback_url: Address | None = None
    tags: Tags | None = None


class AiCancel(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    reason: Note | None = None


class Alert(Wire):
    """
    A rule's condition that holds, or held, on one device. It says of the rule what that was when the alert
    fired, and its tags are those of the frame that has raised it.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    alert_id: Identifier
    rule_id: Identifier
    alert_type: AlertType
    severity: Severity
    status: AlertStatus
    device_id: Identifier
    metric: MetricName | None = None
    operator: Operator
    threshold: int | float
    current_value: int | float
    tags: Tags
    fired_at: str
    updated_at: str
    acknowledged_at: str | None = None
    acknowledged_by: Identifier | None = None
    resolved_at: str | None = None
    note: str | None = None


class AlertChange(Wire):
    """
    One step in the life of an alert.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: AlertStatus
    at: str
    by: Identifier | None = None
    value: int | float | None = None
    note: str | None = None


class AlertEvent(Wire):
    """
    An alert was raised, acknowledged or resolved.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['telemetry.alert', 'telemetry.alert.acknowledged', 'telemetry.alert.resolved']
    created_at: str
    cursor: EventCursor | None = None
    data: Alert


class AlertHistory(Wire):
    """
    All steps in the life of an alert, the oldest first.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    alert_id: Identifier
    data: list[AlertChange]


class AlertNote(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    note: Note | None = None


class AlertPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Alert]
    has_more: bool
    next_cursor: Cursor | None = None


class AssignedAgent(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    role: Literal['primary', 'secondary']
    capabilities_matched: list[Capability]
    reasons: list[str] | None = None


class AuditEntry(Wire):
    """
    Who did what, when and from where. Entries never change.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    audit_id: Identifier
    event_type: AuditEventType
    outcome: Literal['success', 'denied', 'failed']
    actor: Identifier | None = None
    agent_id: Identifier | None = None
    operation: str | None = None
    resource_id: Identifier | None = None
    request_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    details: JsonObject
    created_at: str


class AuditPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[AuditEntry]
    has_more: bool
    next_cursor: Cursor | None = None


class BulkTaskResult(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    done: bool
    status: TaskStatus | None = None
    run_id: Identifier | None = None
    error: BatchError | None = None


class BulkTasks(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_ids: list[Identifier]
    reason: Note | None = None


class BulkTasksDone(Wire):
    """
    What became of each task, in the order in which they were named.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    done: int
    refused: int
    results: list[BulkTaskResult]


class CollaborationCancel(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    reason: Note | None = None


class CollaborationPlanStep(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    step: int
    agent: Identifier
    action: str
    parameters: JsonObject | None = None
    input_from: str | None = None
    output_to: str | None = None
    timeout_seconds: Timeout = 3600


class CollaborationStep(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    step: int
    agent: Identifier
    action: str
    parameters: JsonObject | None = None
    input_from: str | None = None
    output_to: str | None = None
    status: StepStatus
    fencing_token: int | None = None
    result: JsonObject | None = None
    error: str | None = None
    duration: Milliseconds | None = None
    started_at: str | None = None
    completed_at: str | None = None


class Command(Wire):
    """
    Something that one agent or device is to do once.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    command_type: CommandTypeName
    target: Identifier | None = None
    service: Identifier | None = None
    parameters: JsonObject
    status: CommandStatus
    success: bool | None = None
    duration: Milliseconds | None = None
    result: JsonObject | None = None
    error: str | None = None
    priority: Priority
    progress: int | float
    attempt: int
    agent_id: str | None = None
    timeout_seconds: int
    retry_policy: RetryPolicy | None = None
    callback_url: str | None = None
    tags: Tags
    reason: str | None = None
    created_by: Identifier
    created_at: str
    updated_at: str
    started_at: str | None = None
    completed_at: str | None = None
    deadline: str | None = None
    estimated_completion: str | None = None


class CommandCancel(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    reason: Note | None = None


class CommandEvent(Wire):
    """
    A change of a command, with the command as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['command.submitted', 'command.started', 'command.progress', 'command.completed', 'command.failed', 'command.timeout', 'command.cancelled']
    created_at: str
    cursor: EventCursor | None = None
    data: Command


class CommandExecute1(CommandExecuteOption1):
    """
    A command without a target is for any agent that has the capability of its service's name.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_type: CommandTypeName
    target: Identifier
    service: Identifier | None = None
    parameters: JsonObject | None = None
    priority: Priority = 'normal'
    timeout_seconds: Timeout | None = None
    retry_policy: RetryPolicy | None = None
    callback_url: Address | None = None
    tags: Tags | None = None


class CommandExecute2(CommandExecuteOption2):
    """
    A command without a target is for any agent that has the capability of its service's name.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_type: CommandTypeName
    target: Identifier | None = None
    service: Identifier
    parameters: JsonObject | None = None
    priority: Priority = 'normal'
    timeout_seconds: Timeout | None = None
    retry_policy: RetryPolicy | None = None
    callback_url: Address | None = None
    tags: Tags | None = None


CommandExecute = TypeAliasType(
    "CommandExecute",
    Annotated[
        CommandExecute1 | CommandExecute2,
        Field(
            description="A command without a target is for any agent that has the capability of its service's name."
        ),
    ],
)


class CommandPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Command]
    has_more: bool
    next_cursor: Cursor | None = None


class CommandResult(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    fencing_token: FencingToken
    success: bool
    result: JsonObject | None = None
    error: str | None = None
    duration: Milliseconds | None = None


class CommandType(Wire):
    """
    A kind of command, and what its parameters must look like.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_type: CommandTypeName
    description: str | None = None
    category: CommandCategory
    parameters_schema: JsonObject
    timeout_seconds: int
    built_in: bool
    created_at: str | None = None
    updated_at: str | None = None


class CommandTypeCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    command_type: CommandTypeName
    description: Note | None = None
    category: CommandCategory = 'custom'
    parameters_schema: JsonObject | None = None
    timeout_seconds: Timeout = 300


class CommandTypeDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    command_type: CommandTypeName
    status: Literal['deleted']


class CommandTypePage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[CommandType]
    has_more: bool
    next_cursor: Cursor | None = None


class CommandTypeUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    description: Note | None = None
    category: CommandCategory | None = None
    parameters_schema: JsonObject | None = None
    timeout_seconds: Timeout | None = None


class CompletePayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    lease_id: Identifier
    fencing_token: FencingToken
    result: JsonObject | None = None
    duration: Milliseconds | None = None


class Component(Wire):
    """
    A part of the server: `documents`, without which it is `down`, or one without which it is `degraded`, the `broker`
    where there is one and the `scheduler`.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    name: Literal['documents', 'broker', 'scheduler']
    status: Health
    latency: Milliseconds | None = None
    message: str | None = None


class Condition(Wire):
    """
    When an alert fires, and when it is over.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    operator: Operator
    threshold: int | float | None = None
    hysteresis: int | float = 0
    for_seconds: int = 0


class DeliveryAttempt(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    at: str
    duration: Milliseconds
    status_code: int | None = None
    error: str | None = None


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: ErrorBody


class EventFields(Wire):
    """
    What stands beside the data of an event.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: EventType
    id: str


class FailPayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    lease_id: Identifier
    fencing_token: FencingToken
    error: str
    details: JsonObject | None = None
    retryable: bool = True


class Finding(Wire):
    """
    One thing that an agent has found. It may say more than is named here.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    severity: FindingSeverity
    message: str
    category: str | None = None
    file: str | None = None
    line: int | None = None
    suggestion: str | None = None


Findings = TypeAliasType("Findings", list[Finding])


class Key(Wire):
    """
    An API key, without its secret.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    key_id: Identifier
    label: str
    scopes: list[Scope]
    rate_limits: RateLimits
    created_by: Identifier
    created_at: str
    updated_at: str
    expires_at: str | None = None
    last_used_at: str | None = None


class KeyCreated(Wire):
    """
    A new API key with its secret, which is told this once.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    key_id: Identifier
    key: str
    label: str
    scopes: list[Scope]
    rate_limits: RateLimits
    created_by: Identifier
    created_at: str
    updated_at: str
    expires_at: str | None = None


class KeyPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Key]
    has_more: bool
    next_cursor: Cursor | None = None


KeyScopes = TypeAliasType("KeyScopes", list[Scope])


class KeyUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    label: str | None = None
    expires_at: str | None = None
    rate_limits: RateLimits | None = None


class LatestMetrics(Wire):
    """
    The last value of each metric of a device.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier
    metrics: dict[str, LatestValue]
    last_seen: str


class LeaseAccept(Wire):
    """
    The agent takes what it was offered.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.accept']
    id: MessageId
    timestamp: str | None = None
    payload: LeaseNamed


class LeaseComplete(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    fencing_token: FencingToken
    result: JsonObject | None = None
    duration: Milliseconds | None = None


class LeaseDecline(Wire):
    """
    The agent does not take what it was offered.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.decline']
    id: MessageId
    timestamp: str | None = None
    payload: LeaseNamed


class LeaseLost(Wire):
    """
    An agent has lost a lease. Its work is not to be finished.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.lost']
    id: MessageId
    timestamp: str
    payload: LostPayload


class LeaseRenew(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    fencing_token: FencingToken
    lease_seconds: LeaseSeconds | None = None


class LeaseTake(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    max_leases: int = 1
    wait_seconds: int = 0
    lease_seconds: LeaseSeconds = 60
    kinds: list[WorkKind] | None = None
    targets: list[Identifier] | None = None
    names: list[str] | None = None


class Log(Wire):
    """
    A line of a device's or an agent's log.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    log_id: Identifier
    device_id: Identifier
    level: LogLevel
    message: str
    timestamp: str
    context: JsonObject
    tags: Tags
    received_at: str


class LogEvent(Wire):
    """
    A line of a log was received.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['telemetry.log']
    created_at: str
    cursor: EventCursor | None = None
    data: Log


class LogPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Log]
    has_more: bool
    next_cursor: Cursor | None = None


class Me(Wire):
    """
    Who is calling, and what they may do.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Identifier
    kind: Literal['user', 'api_key']
    name: str | None = None
    email: str | None = None
    tenant_id: Identifier | None = None
    tenants: list[Membership]
    scopes: list[Scope]
    expires_at: str | None = None


class MetricSeries(Wire):
    """
    One metric over time. Intervals without a value are left out.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    metric: MetricName
    device_id: Identifier | None = None
    points: list[SeriesPoint]


class Negotiation(Wire):
    """
    Which agents have, together, all that a task needs.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    negotiation_id: Identifier
    task_type: str
    required_capabilities: list[Capability]
    preferred_agents: list[Identifier]
    constraints: Constraints | None = None
    passed_over: list[PassedOver] | None = None
    assigned_agents: list[AssignedAgent]
    estimated_completion: str | None = None
    created_by: Identifier
    created_at: str


class NegotiationPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Negotiation]
    has_more: bool
    next_cursor: Cursor | None = None


class Node(Wire):
    """
    A runtime of the tenant in which agents are deployed.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    node_id: Identifier
    name: NodeName
    url: str
    profile: NodeProfile
    status: Literal['unknown', 'online', 'offline']
    agents: int
    created_at: str
    updated_at: str
    last_seen: str | None = None


class NodeCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: NodeName
    url: Address
    profile: NodeProfile = 'full'
    auth_token: str | None = None


class NodePage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Node]
    has_more: bool
    next_cursor: Cursor | None = None


class Participant(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    role: Role | None = None


class ReadyPayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    max_leases: int = 1
    lease_seconds: int = 60
    kinds: list[WorkKind] | None = None


class ReleaseLease(Wire):
    """
    The work is given back undone.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.release']
    id: MessageId
    timestamp: str | None = None
    payload: ReleasePayload


class RenewLease(Wire):
    """
    Puts off the end of a lease.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.renew']
    id: MessageId
    timestamp: str | None = None
    payload: RenewPayload


class Resume(Wire):
    """
    Goes on with all subscribed topics behind a place, of whatever transport it is.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['resume']
    id: MessageId
    timestamp: str | None = None
    payload: ResumePoint


class SecretRotation(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    secret: WebhookSecret | None = None
    overlap_seconds: int = 86400


class SeriesResult(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    query: SeriesQuery
    series: list[MetricSeries]
    total_points: int


class StepRun(Wire):
    """
    One step of one run.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    step_id: StepId
    run_id: Identifier
    workflow_id: Identifier
    status: StepStatus
    agent_id: Identifier | None = None
    progress: int | float
    attempt: int
    duration: Milliseconds | None = None
    result: JsonObject | None = None
    error: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class StepRunList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[StepRun]


class SubscribePayload(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    topics: Topics
    filters: StreamFilters | None = None
    cursor: Cursor | None = None


class SubscribedPayload(Wire):
    """
    All topics that are subscribed now, and where the events begin.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    topics: list[Topic]
    cursor: Cursor | None = None


class SystemStatus(Wire):
    """
    How the whole system is.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: Health
    version: str
    environment: str
    uptime_seconds: int | float
    components: list[Component]
    servers: list[Server]
    agents: AgentCounts
    work: WorkCounts
    hardware: Hardware | None = None
    at: str


class Task(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    title: str
    description: str | None = None
    type: str
    status: TaskStatus
    priority: Priority
    assignee: Identifier | None = None
    progress: Progress
    parameters: JsonObject
    dependencies: list[Identifier]
    deadline: str | None = None
    schedule: Schedule | None = None
    next_run: str | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: int
    tags: Tags
    notes: str | None = None
    result: JsonObject | None = None
    error: str | None = None
    created_by: Identifier
    created_at: str
    updated_at: str
    started_at: str | None = None
    completed_at: str | None = None
    deleted_at: str | None = None


class TaskCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    title: str
    description: str | None = None
    type: TaskType = 'one_time'
    priority: Priority = 'normal'
    assignee: Identifier | None = None
    parameters: JsonObject | None = None
    dependencies: list[Identifier] | None = None
    deadline: str | None = None
    schedule: Schedule | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: int = 3600
    tags: Tags | None = None


class TaskEvent(Wire):
    """
    A change of a task, with the task as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: TaskEventType
    created_at: str
    cursor: EventCursor | None = None
    data: Task


class TaskPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Task]
    has_more: bool
    next_cursor: Cursor | None = None


class TelemetryEntry(Wire):
    """
    Something that a program has told.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    event_type: TelemetryType
    source: Identifier
    timestamp: str
    data: JsonObject
    tags: Tags
    received_at: str


class TelemetryEntryEvent(Wire):
    """
    A program has told something.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['telemetry.event']
    created_at: str
    cursor: EventCursor | None = None
    data: TelemetryEntry


class TelemetryEntryPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[TelemetryEntry]
    has_more: bool
    next_cursor: Cursor | None = None


class TelemetrySubmit(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier | None = None
    event_type: TelemetryType
    source: Identifier | None = None
    timestamp: str | None = None
    data: JsonObject
    tags: Tags | None = None


class WebhookCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    url: Address
    types: EventTypes
    subject: Identifier | None = None
    description: str | None = None
    secret: WebhookSecret | None = None
    enabled: bool = True


class Welcome(Wire):
    """
    The first message of the server.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['welcome']
    id: MessageId
    timestamp: str
    payload: WelcomePayload


class Work(Wire):
    """
    What is to be done.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    kind: WorkKind
    name: str
    title: str | None = None
    input: dict[str, Any]
    context: dict[str, Any] | None = None
    service: Identifier | None = None
    command_id: Identifier | None = None
    task_id: Identifier | None = None
    workflow_id: Identifier | None = None
    run_id: Identifier | None = None
    step_id: Identifier | None = None
    request_id: Identifier | None = None
    collaboration_id: Identifier | None = None
    priority: Priority
    attempt: int
    deadline: str | None = None
    traceparent: str | None = None
    created_at: str


class Workflow(Wire):
    """
    Steps and the order between them. It is run any number of times.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    workflow_id: Identifier
    name: str
    description: str | None = None
    revision: int
    steps: WorkflowSteps
    parameters: JsonObject
    tags: Tags
    created_by: Identifier
    created_at: str
    updated_at: str


class WorkflowCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    description: Note | None = None
    steps: WorkflowSteps
    parameters: JsonObject | None = None
    tags: Tags | None = None


class WorkflowEvent(Wire):
    """
    A change of a workflow, with the workflow as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['workflow.created', 'workflow.updated', 'workflow.deleted']
    created_at: str
    cursor: EventCursor | None = None
    data: Workflow


class WorkflowPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Workflow]
    has_more: bool
    next_cursor: Cursor | None = None


class WorkflowRun(Wire):
    """
    One execution of a workflow.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    run_id: Identifier
    workflow_id: Identifier
    name: str
    revision: int
    status: WorkflowRunStatus
    progress: int | float
    parameters: JsonObject
    priority: Priority
    steps: list[StepRun]
    success: bool | None = None
    duration: Milliseconds | None = None
    error: str | None = None
    reason: str | None = None
    callback_url: str | None = None
    tags: Tags
    created_by: Identifier
    created_at: str
    updated_at: str
    started_at: str | None = None
    completed_at: str | None = None
    estimated_completion: str | None = None


class WorkflowRunEvent(Wire):
    """
    A change of a run of a workflow, with the run as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['workflow.run.created', 'workflow.run.started', 'workflow.run.completed', 'workflow.run.failed', 'workflow.run.cancelled']
    created_at: str
    cursor: EventCursor | None = None
    data: WorkflowRun


class WorkflowRunPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[WorkflowRun]
    has_more: bool
    next_cursor: Cursor | None = None


class WorkflowStepEvent(Wire):
    """
    A change of a step of a run, with the step as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['workflow.step.started', 'workflow.step.completed', 'workflow.step.failed', 'workflow.step.skipped', 'workflow.step.cancelled', 'workflow.step.timeout']
    created_at: str
    cursor: EventCursor | None = None
    data: StepRun


AgentCapabilities = TypeAliasType("AgentCapabilities", list[AgentCapability])


class AgentRegister(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier | None = None
    name: str
    description: Note | None = None
    type: AgentType | None = None
    capabilities: AgentCapabilities | None = None
    model: AgentModel | None = None
    resources: AgentResources | None = None
    endpoint: Address | None = None
    auth_token: str | None = None
    tags: Tags | None = None
    metadata: JsonObject | None = None


class AgentUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str | None = None
    description: Note | None = None
    type: AgentType | None = None
    capabilities: AgentCapabilities | None = None
    model: AgentModel | None = None
    resources: AgentResources | None = None
    endpoint: Address | None = None
    auth_token: str | None = None
    tags: Tags | None = None
    metadata: JsonObject | None = None


class AiRequest(Wire):
    """
    A request to an AI agent, and what came of it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    request_id: Identifier
    request_type: RequestType
    status: AiStatus
    target_agent: Identifier | None = None
    assigned_agent: Identifier | None = None
    capabilities: list[Capability]
    preferred_agents: list[Identifier]
    context: JsonObject
    parameters: JsonObject
    priority: Priority
    progress: int | float
    findings: list[Finding]
    summary: AiSummary
    result: dict[str, Any] | None = None
    success: bool | None = None
    duration: Milliseconds | None = None
    error: str | None = None
    reason: str | None = None
    attempt: int
    timeout_seconds: int
    callback_url: str | None = None
    tags: Tags
    created_by: Identifier
    created_at: str
    updated_at: str
    started_at: str | None = None
    completed_at: str | None = None
    estimated_completion: str | None = None


class AiRequestEvent(Wire):
    """
    A change of a request to an AI agent, with the request as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['ai.task.created', 'ai.task.assigned', 'ai.task.started', 'ai.task.progress', 'ai.task.completed', 'ai.task.failed', 'ai.task.timeout', 'ai.task.cancelled']
    created_at: str
    cursor: EventCursor | None = None
    data: AiRequest


class AiRequestPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[AiRequest]
    has_more: bool
    next_cursor: Cursor | None = None


class AiResult(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    fencing_token: FencingToken
    success: bool
    findings: Findings | None = None
    text: str | None = None
    result: JsonObject | None = None
    error: str | None = None
    duration: Milliseconds | None = None


class AlertRule(Wire):
    """
    What raises alerts.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    rule_id: Identifier
    name: str
    description: str | None = None
    metric: MetricName | None = None
    condition: Condition
    alert_type: AlertType
    severity: Severity
    device_id: Identifier | None = None
    tags: Tags
    cooldown_seconds: int
    enabled: bool
    created_by: Identifier
    created_at: str
    updated_at: str


class AlertRuleCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    description: Note | None = None
    metric: MetricName | None = None
    condition: Condition
    alert_type: AlertType | None = None
    severity: Severity = 'warning'
    device_id: Identifier | None = None
    tags: Tags | None = None
    cooldown_seconds: int = 300
    enabled: bool = True


class AlertRulePage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[AlertRule]
    has_more: bool
    next_cursor: Cursor | None = None


class AlertRuleUpdate(Wire):
    """
    What is to be changed; `null` takes a field away.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    name: str | None = None
    description: Note | None = None
    metric: MetricName | None = None
    condition: Condition | None = None
    alert_type: AlertType | None = None
    severity: Severity | None = None
    device_id: Identifier | None = None
    tags: Tags | None = None
    cooldown_seconds: int | None = None
    enabled: bool | None = None


class BatchItem(Wire):
    """
    One event, one frame or one line of a log, under a key that says which.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: TelemetrySubmit | None = None
    frame: FrameSubmit | None = None
    log: LogSubmit | None = None


class Collaboration(Wire):
    """
    Several agents at one task, with a context that they share.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    collaboration_id: Identifier
    task_description: str
    negotiation_id: Identifier | None = None
    status: CollaborationStatus
    agents: list[Participant]
    steps: list[CollaborationStep]
    shared_context: dict[str, Any]
    progress: int | float
    success: bool | None = None
    error: str | None = None
    reason: str | None = None
    timeout_seconds: int
    tags: Tags
    created_by: Identifier
    created_at: str
    updated_at: str
    started_at: str | None = None
    completed_at: str | None = None


class CollaborationCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    collaboration_id: Identifier | None = None
    task_description: str
    negotiation_id: Identifier | None = None
    agents: list[Participant]
    steps: list[CollaborationPlanStep] | None = None
    shared_context: JsonObject | None = None
    timeout_seconds: Timeout = 3600
    tags: Tags | None = None


class CollaborationEvent(Wire):
    """
    A change of a collaboration, with the collaboration as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['collaboration.created', 'collaboration.started', 'collaboration.updated', 'collaboration.completed', 'collaboration.failed', 'collaboration.timeout', 'collaboration.cancelled']
    created_at: str
    cursor: EventCursor | None = None
    data: Collaboration


class CollaborationPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Collaboration]
    has_more: bool
    next_cursor: Cursor | None = None


class CompleteLease(Wire):
    """
    The work is done.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.complete']
    id: MessageId
    timestamp: str | None = None
    payload: CompletePayload


class FailLease(Wire):
    """
    The work has failed.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.fail']
    id: MessageId
    timestamp: str | None = None
    payload: FailPayload


class KeyCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    label: str
    scopes: KeyScopes
    expires_at: str | None = None
    rate_limits: RateLimits | None = None


class Lease(Wire):
    """
    The right of one agent to do one piece of work for a while. Nobody else has it in that time.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    agent_id: Identifier
    status: LeaseStatus
    fencing_token: FencingToken
    lease_seconds: int
    granted_at: str | None = None
    expires_at: str
    progress: int | float
    work: Work


class LeaseEvent(Wire):
    """
    An agent has got a lease, lost it (`lease.expired`), or has it no more for another reason (`lease.released`, and its
    status says which); or what was put off may be taken again (`lease.offered`, with the last lease).

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['lease.granted', 'lease.expired', 'lease.released', 'lease.offered']
    created_at: str
    cursor: EventCursor | None = None
    data: Lease


class LeaseList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Lease]


class LeaseListPayload(Wire):
    """
    What the agent holds already.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    max_leases: int
    leases: list[Lease]


class LeaseOffer(Wire):
    """
    Work for this agent, which is its own when it has accepted it and nobody was faster. After `expires_at` of the
    offered lease it may be offered again.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.offer']
    id: MessageId
    timestamp: str
    payload: Lease


class LeaseReady(Wire):
    """
    An agent wants work from now on.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.ready']
    id: MessageId
    timestamp: str | None = None
    payload: ReadyPayload


class LeaseState(Wire):
    """
    Answers what an agent says of a lease, with the lease as it is now.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.state']
    id: MessageId
    timestamp: str
    payload: Lease


class LeaseWaiting(Wire):
    """
    Answers `lease.ready`.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['lease.waiting']
    id: MessageId
    timestamp: str
    payload: LeaseListPayload


class Subscribe(Wire):
    """
    Asks for events, from now on or from a cursor. A topic that is asked for again gets the new filters.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['subscribe']
    id: MessageId
    timestamp: str | None = None
    payload: SubscribePayload


class Subscribed(Wire):
    """
    Answers `subscribe`, `unsubscribe` and `resume`.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['subscribed']
    id: MessageId
    timestamp: str
    payload: SubscribedPayload


class TelemetryBatch(Wire):
    """
    Telemetry that came in together. It takes no place in the event log, and so has no cursors. Where there is none,
    only the number beside it tells something.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    events: list[FrameEvent | LogEvent | TelemetryEntryEvent]


class Agent(Wire):
    """
    A program that takes work.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str
    description: str | None = None
    type: AgentType | None = None
    status: AgentStatus
    capabilities: AgentCapabilities
    model: AgentModel | None = None
    resources: AgentResources | None = None
    resource_usage: AgentUsage | None = None
    endpoint: str | None = None
    current_tasks: int
    load_percent: int | float
    tasks_completed: int | None = None
    tasks_failed: int | None = None
    average_duration: Milliseconds | None = None
    heartbeat_interval_seconds: int
    tags: Tags
    metadata: JsonObject
    registered_at: str
    updated_at: str
    last_seen: str | None = None


class AgentEvent(Wire):
    """
    A change of an agent, with the agent as it is after it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    type: Literal['ai.agent.registered', 'ai.agent.updated', 'ai.agent.status_changed', 'ai.agent.offline', 'ai.agent.deleted']
    created_at: str
    cursor: EventCursor | None = None
    data: Agent


class AgentPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Agent]
    has_more: bool
    next_cursor: Cursor | None = None


Batch = TypeAliasType(
    "Batch",
    Annotated[
        list[BatchItem],
        Field(description='Events, frames and lines of logs in any mixture.'),
    ],
)
"""
Events, frames and lines of logs in any mixture.
"""


Event = TypeAliasType(
    "Event",
    Annotated[
        TaskEvent | TaskRunEvent | FrameEvent | TelemetryEntryEvent | LogEvent | AlertEvent | CommandEvent | WorkflowEvent | WorkflowRunEvent | WorkflowStepEvent | AgentEvent | AiRequestEvent | CollaborationEvent | MessageEvent | LeaseEvent | WebhookEvent,
        Field(
            description='One thing that has happened. Its type says which of these it is.'
        ),
    ],
)


class EventPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Event]
    has_more: bool
    next_cursor: Cursor
    gap: Gap | None = None


class StreamEvent(Wire):
    """
    Something has happened.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['event']
    id: MessageId
    timestamp: str
    topic: Topic
    payload: Event


class Delivery(Wire):
    """
    One event on its way to one webhook.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    delivery_id: Identifier
    webhook_id: Identifier
    event_id: Identifier
    type: EventType
    status: DeliveryStatus
    is_test: bool
    attempts: list[DeliveryAttempt]
    next_attempt_at: str | None = None
    event: Event | None = None
    created_at: str
    updated_at: str


class DeliveryPage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    data: list[Delivery]
    has_more: bool
    next_cursor: Cursor | None = None
