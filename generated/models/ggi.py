# Generated from specs/ by `make generate`. Do not edit.
"""The ggi dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from generated.models.shared import (
    Gap,
    Identifier,
    JsonObject,
    MeanLatency,
    MetricName,
    Metrics,
    Priority,
    ProblemDetails,
    TagFilter,
    Tags,
)
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType


class AgentDeregistered(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['deregistered']
    agent_id: Identifier


class AgentEventFields(Wire):
    """
    What stands beside the data of a change of an agent.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: Literal['agent.registered', 'agent.status_changed', 'agent.offline', 'agent.deregistered']
    id: str


class AgentRegistered(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: Literal['registered']
    registered_at: str
    heartbeat_interval_seconds: int


AgentStatus = TypeAliasType(
    "AgentStatus",
    Annotated[
        Literal['active', 'degraded', 'offline'],
        Field(
            description='`degraded` when the agent says so or two of its heartbeats are overdue, `offline` when three are, else `active`.\n'
        ),
    ],
)


class AgentWork(Wire):
    """
    A piece of work that is pushed to an agent, which holds a lease of it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    type: Literal['command', 'task']
    command_id: Identifier | None = None
    task_id: Identifier | None = None
    name: str
    parameters: JsonObject
    deadline: str
    lease_id: Identifier
    fencing_token: int


class AiTaskEventFields(Wire):
    """
    What stands beside the data of a change of an AI task.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: Literal['ai.task.assigned', 'ai.task.completed']
    id: str


class AlertEvent(Wire):
    """
    A measured value has passed its threshold. Of an agent that is silent both are seconds of silence.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    alert_id: Identifier | None = None
    alert_type: str
    metric: str | None = None
    threshold: int | float
    current_value: int | float


class AlertEventFields(Wire):
    """
    What stands beside the data of an alert.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: Literal['telemetry.alert']
    id: str


class AssignedAgent(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    role: Literal['primary', 'secondary']
    capabilities_matched: list[str]
    reasons: list[str] | None = None


Capability = TypeAliasType(
    "Capability",
    Annotated[str, Field(description='What an agent can do, in one word.')],
)


class CollaborationGap(Wire):
    """
    Messages were left out, for a client that did not keep up. They can be listed.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    message_type: Literal['gap']
    payload: Gap


class CommandEventFields(Wire):
    """
    What stands beside the data of a change of a command.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: Literal['command.submitted', 'command.started', 'command.completed', 'command.failed', 'command.cancelled']
    id: str


CommandEventStatus = TypeAliasType(
    "CommandEventStatus",
    Annotated[
        Literal['queued', 'in_progress', 'success', 'failed', 'cancelled', 'timeout'],
        Field(
            description='The status of the command; of one that went well it is told as `success`.'
        ),
    ],
)


CommandName = TypeAliasType(
    "CommandName",
    Annotated[
        str,
        Field(
            description="`execute_task` runs a task and needs its `task_id`; `update_config` changes a setting and needs `config_key` and\n`value`; `restart`, `health_check` and `sync_state` need nothing. Any other name is one that the tenant's agents\nunderstand.\n"
        ),
    ],
)


class CommandReport(Wire):
    """
    How a command went. Fields of the agent's own are kept and shown.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    success: bool
    output: str | None = None
    duration_ms: int | None = None


class CommandResult(Wire):
    """
    What came of a command; agents may say more than these fields.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    success: bool
    output: str | None = None
    duration_ms: int | None = None


CommandStatus = TypeAliasType(
    "CommandStatus",
    Annotated[
        Literal['queued', 'in_progress', 'completed', 'failed', 'cancelled', 'timeout'],
        Field(
            description='`queued` until an agent takes it, `in_progress` until the agent reports; `timeout` when nobody reports in time.\n'
        ),
    ],
)


class CommandUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['cancelled']
    reason: str | None = None


class ErrorBody(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    code: Literal['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'method_not_allowed', 'conflict', 'payload_too_large', 'unsupported_media_type', 'rate_limited', 'internal_error', 'not_implemented', 'bad_gateway', 'service_unavailable']
    message: str
    details: ProblemDetails
    request_id: str


EventType = TypeAliasType(
    "EventType",
    Annotated[
        Literal['task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted', 'command.submitted', 'command.started', 'command.completed', 'command.failed', 'command.cancelled', 'agent.registered', 'agent.status_changed', 'agent.offline', 'agent.deregistered', 'ai.task.assigned', 'ai.task.completed', 'telemetry.frame', 'telemetry.alert'],
        Field(
            description="What can happen. The names of agents' events are this dialect's; other dialects put `ai.` in front of them.\n"
        ),
    ],
)


class ExecuteTaskParameters(Wire):
    """
    What `execute_task` needs, and more if the agent wants it.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    task_id: Identifier
    priority: Priority | None = None


class GoogleLogin(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    id_token: str


class HealthAgents(Wire):
    """
    The registered agents, counted by their status. While the server is `unhealthy` they are not counted: all are 0.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    total: int
    active: int
    degraded: int
    offline: int


class HealthSystem(Wire):
    """
    Figures of the server, over all its processes; while it is `unhealthy`, of the one that answers.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    uptime_seconds: int
    total_requests: int
    avg_response_ms: int | float


class HeartbeatTaken(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: AgentStatus
    last_seen: str
    heartbeat_interval_seconds: int


HttpAddress = TypeAliasType(
    "HttpAddress",
    Annotated[
        str,
        Field(
            description='An address that the server sends to. Private and metadata addresses are not sent to unless the operator allows it,\nand redirects are not followed; that shows when the first message is sent.\n'
        ),
    ],
)


LoadPercent = TypeAliasType(
    "LoadPercent", Annotated[int | float, Field(description='How busy the agent is.')]
)


class LogAccepted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['accepted']
    log_id: Identifier
    stored_at: str


LogContext = TypeAliasType("LogContext", dict[str, Any])
"""
What the message is about. Personal data is blotted out here too.
"""


LogLevel = TypeAliasType("LogLevel", Literal['debug', 'info', 'warning', 'error', 'critical'])


LogMessage = TypeAliasType(
    "LogMessage",
    Annotated[
        str,
        Field(
            description='What is to be said. Mail addresses and other personal data are blotted out before it is stored.'
        ),
    ],
)


class LogRecord(Wire):
    """
    What one agent has said at one moment.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    log_id: Identifier
    agent_id: Identifier
    level: LogLevel
    message: str
    timestamp: str
    context: JsonObject
    stored_at: str


MessageId = TypeAliasType(
    "MessageId",
    Annotated[
        str,
        Field(
            description='A name that a client may give to a message of its own: the server then confirms the message or names it in its\nrefusal.\n'
        ),
    ],
)


MessageType = TypeAliasType(
    "MessageType",
    Annotated[
        str,
        Field(
            description="`init` begins a session and may name its agents as `agents` in the payload; `end` ends it; every other type is the\nagents' own. `accepted`, `error` and `gap` are the server's.\n"
        ),
    ],
)


class MetricsAccepted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['accepted']
    metric_id: Identifier
    stored_at: str


class MetricsCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    timestamp: str | None = None
    metrics: Metrics
    tags: Tags | None = None


class MetricsEventFields(Wire):
    """
    What stands beside the data of new metrics.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: Literal['telemetry.frame']
    id: str


class MetricsRecord(Wire):
    """
    What one agent has measured at one moment.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    metric_id: Identifier
    agent_id: Identifier
    timestamp: str
    metrics: Metrics
    tags: Tags
    stored_at: str


class Participant(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    connected: bool


class PassedOver(Wire):
    """
    An agent that was looked at and not assigned.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    reason: str


Progress = TypeAliasType("Progress", int | float)


Recipients = TypeAliasType(
    "Recipients",
    Annotated[
        list[Identifier],
        Field(
            description='For whom it is; everybody else in the session when left out.'
        ),
    ],
)
"""
For whom it is; everybody else in the session when left out.
"""


RefreshToken = TypeAliasType(
    "RefreshToken",
    Annotated[str, Field(description='A refresh token of a login, as it came.')],
)


Role = TypeAliasType(
    "Role",
    Annotated[
        Literal['seedbringer', 'council', 'agent', 'observer'],
        Field(
            description='`seedbringer` may do everything, `council` reads, `agent` sends telemetry and reads tasks, `observer` reads\ntelemetry and follows events.\n'
        ),
    ],
)


SessionId = TypeAliasType(
    "SessionId",
    Annotated[
        str,
        Field(
            description='Names a collaboration; the identifier of a negotiation names the collaboration of its agents.'
        ),
    ],
)


class SessionRefresh(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    refresh_token: RefreshToken


class SessionRevocation(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    refresh_token: RefreshToken


class SessionRevoked(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['revoked']


SessionStatus = TypeAliasType(
    "SessionStatus",
    Annotated[
        Literal['open', 'ended'],
        Field(
            description='A session is open until a message of the type `end`, or a day without a message.'
        ),
    ],
)


class SessionUser(Wire):
    """
    The person who has logged in.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Identifier
    email: str
    role: Role


class StreamedLog(Wire):
    """
    What one agent has said.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    level: LogLevel
    message: str
    context: JsonObject | None = None


class StreamedMetrics(Wire):
    """
    The metrics of one agent by their names, beside the agent.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    agent_id: Identifier


class TaskCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    type: str
    priority: Priority = 'normal'
    assigned_to: Identifier | None = None
    parameters: JsonObject | None = None
    dependencies: list[Identifier] | None = None
    deadline: str | None = None
    idempotency_key: str | None = None


class TaskDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['deleted']
    task_id: Identifier


TaskStatus = TypeAliasType("TaskStatus", Literal['scheduled', 'pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled', 'timeout'])


class TaskSummary(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str
    status: TaskStatus
    progress_percent: Progress
    assigned_to: Identifier | None = None


class TaskUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str | None = None
    status: TaskStatus | None = None
    priority: Priority | None = None
    progress_percent: Progress | None = None
    assigned_to: Identifier | None = None
    parameters: JsonObject | None = None
    deadline: str | None = None
    notes: str | None = None
    result: JsonObject | None = None
    error: str | None = None


TelemetryChannel = TypeAliasType("TelemetryChannel", Literal['metrics', 'logs'])


TelemetryChannels = TypeAliasType("TelemetryChannels", list[TelemetryChannel])


class TelemetryError(Wire):
    """
    A message of the client was refused, and changed nothing. The socket stays open.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    channel: Literal['errors']
    data: ErrorBody
    timestamp: str
    message_id: MessageId | None = None


class TelemetryFilters(Wire):
    """
    What is wanted; everything when left out. A level is one of logs, and does not narrow metrics; a metric does not
    narrow logs.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier | None = None
    level: LogLevel | None = None
    metric: MetricName | None = None
    tag: TagFilter | None = None


class TelemetryGap(Wire):
    """
    Telemetry was left out, for a client that did not keep up.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    channel: Literal['gaps']
    data: Gap
    timestamp: str


class TelemetrySubscription(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    channel: TelemetryChannel
    filters: TelemetryFilters | None = None


class Timeline(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    created_at: str
    started_at: str | None = None
    completed_at: str | None = None


class Unsubscribe(Wire):
    """
    Cease to follow channels. With filters, only the subscriptions that were made with the same ones end.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    action: Literal['unsubscribe']
    channels: TelemetryChannels
    filters: TelemetryFilters | None = None
    message_id: MessageId | None = None


class UpdateConfigParameters(Wire):
    """
    What `update_config` needs, and more if the agent wants it.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    config_key: str
    value: Any


class WebhookDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['deleted']
    webhook_id: Identifier


class WebhookDelivery(Wire):
    """
    One event, with the data that the event stream has for its type. A delivery that is repeated has the same `id`.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Identifier
    type: EventType
    created_at: str
    data: JsonObject


WebhookEvent = TypeAliasType("WebhookEvent", EventType | Literal['*'])


WebhookStatus = TypeAliasType(
    "WebhookStatus",
    Annotated[
        Literal['active', 'failing', 'disabled'],
        Field(
            description='`failing` while the last delivery was not taken; `disabled` when that has gone on for days or the receiver has\nanswered 410: nothing more is sent.\n'
        ),
    ],
)


class Agent(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str
    status: AgentStatus
    capabilities: list[str]
    load_percent: LoadPercent
    last_seen: str
    endpoint: str | None = None
    registered_at: str | None = None


class AgentEvent(Wire):
    """
    What is told of an agent. The specification prints two fields; the server sends the others as well. An agent that
    was deregistered is told as `offline`.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: AgentStatus
    previous_status: AgentStatus | None = None
    name: str | None = None
    capabilities: list[str] | None = None


class AgentList(Wire):
    """
    The specification prints `agents` alone; the server sends the other fields always.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agents: list[Agent]
    total: int | None = None
    limit: int | None = None
    offset: int | None = None


class AgentRegistration(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str | None = None
    capabilities: list[Capability]
    endpoint: HttpAddress | None = None
    auth_token: str | None = None


class AiTaskEvent(Wire):
    """
    What is told of a task that was asked of an AI agent.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    status: TaskStatus
    type: str | None = None
    assigned_to: Identifier | None = None
    result: JsonObject | None = None


class CollaborationAccepted(Wire):
    """
    A message is kept and on its way. Sent only to a client that has named its message.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    session_id: SessionId
    message_type: Literal['accepted']
    message_id: MessageId
    sent_at: str


class CollaborationDelivery(Wire):
    """
    What one agent has said, as it reaches the others. The server names a message that has no name.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    session_id: SessionId
    from_agent: Identifier
    to_agents: list[Identifier] | None = None
    message_type: MessageType
    payload: JsonObject | None = None
    message_id: Identifier
    sent_at: str


class CollaborationError(Wire):
    """
    A message of the client was refused, and went to nobody. The socket stays open.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    session_id: SessionId | None = None
    message_type: Literal['error']
    message_id: MessageId | None = None
    payload: ErrorBody


class CollaborationMessage(Wire):
    """
    What one agent says to others.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    session_id: SessionId
    from_agent: Identifier
    to_agents: Recipients | None = None
    message_type: MessageType
    payload: JsonObject | None = None
    message_id: MessageId | None = None


class CollaborationSession(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    session_id: SessionId
    status: SessionStatus
    negotiation_id: Identifier | None = None
    agents: list[Participant]
    messages: int
    created_at: str
    updated_at: str
    ended_at: str | None = None


class Command(Wire):
    """
    A command and what has come of it. The specification prints the fields of its end; the others are sent as well,
    each as soon as there is one.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    agent_id: Identifier | None = None
    command: str | None = None
    parameters: JsonObject | None = None
    status: CommandStatus
    reason: str | None = None
    result: CommandResult | None = None
    timeout_seconds: int | None = None
    created_at: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class CommandCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    command: CommandName
    parameters: JsonObject | None = None
    timeout_seconds: int = 300
    idempotency_key: str | None = None


class CommandCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    status: CommandStatus
    created_at: str
    eta_seconds: int


class CommandEvent(Wire):
    """
    What is told of a command. The specification prints two fields; the server sends the others as well, the result
    when there is one.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    status: CommandEventStatus
    agent_id: Identifier | None = None
    command: str | None = None
    result: CommandResult | None = None


class CommandList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    commands: list[Command]
    total: int
    limit: int
    offset: int


class Constraints(Wire):
    """
    What every assigned agent must keep, by the tasks and commands that were for it; one that has done nothing yet passes.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    max_latency_ms: MeanLatency | None = None
    min_accuracy: int | float | None = None
    max_load_percent: LoadPercent | None = None


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: ErrorBody


class Health(Wire):
    """
    How the agents and the server are.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['healthy', 'degraded', 'unhealthy']
    agents: HealthAgents
    system: HealthSystem


class Heartbeat(Wire):
    """
    How the agent is; what it leaves out stays as it was said last.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['active', 'degraded'] | None = None
    load_percent: LoadPercent | None = None
    active_tasks: int | None = None


class LogCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    level: LogLevel
    message: LogMessage
    timestamp: str | None = None
    context: LogContext | None = None


class LogEntryMessage(Wire):
    """
    What an agent has said.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    channel: Literal['logs']
    data: StreamedLog
    timestamp: str


class LogList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    logs: list[LogRecord]
    limit: int
    offset: int
    has_more: bool


class MessageList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    messages: list[CollaborationDelivery]
    total: int
    limit: int
    offset: int


class MetricsList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    metrics: list[MetricsRecord]
    limit: int
    offset: int
    has_more: bool


class MetricsMessage(Wire):
    """
    What an agent has measured.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    channel: Literal['metrics']
    data: StreamedMetrics
    timestamp: str


class Negotiation(Wire):
    """
    Who does the work. The specification prints three fields; the server sends the question and its time as well.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    negotiation_id: Identifier
    assigned_agents: list[AssignedAgent]
    estimated_completion: str
    task_type: str | None = None
    required_capabilities: list[str] | None = None
    preferred_agents: list[Identifier] | None = None
    constraints: Constraints | None = None
    passed_over: list[PassedOver] | None = None
    created_at: str | None = None


class NegotiationRequest(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_type: str
    required_capabilities: list[Capability]
    preferred_agents: list[Identifier] | None = None
    constraints: Constraints | None = None


class Session(Wire):
    """
    A session and the two tokens that stand for it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    access_token: str
    refresh_token: str
    expires_in: int
    user: SessionUser


class SessionList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    sessions: list[CollaborationSession]
    total: int
    limit: int
    offset: int


class Subscribe(Wire):
    """
    Begin to follow channels. Subscriptions add up; what agrees with several is told once.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    action: Literal['subscribe']
    channels: TelemetryChannels
    filters: TelemetryFilters | None = None
    message_id: MessageId | None = None


class SubscriptionState(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    subscriptions: list[TelemetrySubscription]


class SubscriptionsMessage(Wire):
    """
    What the socket follows now. Sent only to a client that has named its message.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    channel: Literal['subscriptions']
    data: SubscriptionState
    timestamp: str
    message_id: MessageId


class Task(Wire):
    """
    A task with its timeline. The specification leaves `type`, `priority`, `progress_percent`, `parameters` and
    `dependencies` out of its example; the server sends them always.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str
    type: str | None = None
    status: TaskStatus
    priority: Priority | None = None
    progress_percent: Progress | None = None
    assigned_to: Identifier | None = None
    parameters: JsonObject | None = None
    dependencies: list[Identifier] | None = None
    deadline: str | None = None
    notes: str | None = None
    result: JsonObject | None = None
    error: str | None = None
    timeline: Timeline


class TaskCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    status: TaskStatus
    created_at: str
    estimated_duration_seconds: int


class TaskEvent(Wire):
    """
    What is told of a task. The specification prints other fields in other places; the server sends all of them, but
    for `assigned_to` when the task is nobody's.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str | None = None
    status: TaskStatus | None = None
    progress_percent: Progress | None = None
    assigned_to: Identifier | None = None


class TaskList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    tasks: list[TaskSummary]
    total: int
    limit: int
    offset: int


class Webhook(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    webhook_id: Identifier
    url: str
    events: list[str]
    status: WebhookStatus
    created_at: str
    last_delivery_at: str | None = None
    last_error: str | None = None


class WebhookCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    url: HttpAddress
    events: list[WebhookEvent]
    secret: str


class WebhookList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    webhooks: list[Webhook]
    total: int
    limit: int
    offset: int
