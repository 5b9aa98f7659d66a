# Generated from specs/ by `make generate`. Do not edit.
"""The v1 dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Dict, Literal

from generated.models.shared import (
    Gap,
    Identifier,
    JsonObject,
    MetricName,
    Metrics,
    MetricValue,
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


class AgentDeregistered(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: Literal['deregistered']


AgentEventType = TypeAliasType("AgentEventType", Literal['ai.agent.registered', 'ai.agent.offline'])


class AgentModel(Wire):
    """
    The model that the agent thinks with.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    version: str | None = None
    provider: str | None = None


class AgentRegistered(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: Literal['registered']
    registered_at: str
    heartbeat_interval_seconds: int


class AgentResources(Wire):
    """
    What the agent has to work with.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    max_concurrent_tasks: int = 1
    memory_limit_mb: int | None = None


AgentStatus = TypeAliasType(
    "AgentStatus",
    Annotated[
        Literal['registered', 'idle', 'busy', 'degraded', 'offline'],
        Field(
            description='`registered` until it is heard for the first time, `degraded` when two of its heartbeats are overdue, `offline` when\nthree are, else what its last heartbeat has said.\n'
        ),
    ],
)


AgentType = TypeAliasType(
    "AgentType",
    Annotated[str, Field(description='What kind of agent it is, in one word.')],
)


Aggregation = TypeAliasType(
    "Aggregation",
    Annotated[
        Literal['avg', 'min', 'max', 'sum', 'count'],
        Field(description='How the values of one interval become one.'),
    ],
)


AiTaskEventType = TypeAliasType("AiTaskEventType", Literal['ai.task.assigned', 'ai.task.completed'])


class AiTaskReport(Wire):
    """
    How the work goes. A task that has completed has a result.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: Literal['running', 'completed', 'failed']
    result: JsonObject | None = None
    error: str | None = None


AiTaskStatus = TypeAliasType(
    "AiTaskStatus",
    Annotated[
        Literal['pending', 'assigned', 'running', 'completed', 'failed', 'timeout', 'cancelled'],
        Field(
            description='`pending` until there is an agent for the task, `assigned` until the agent begins. `timeout` when it was not done\nin time.\n'
        ),
    ],
)


AiTaskType = TypeAliasType(
    "AiTaskType",
    Annotated[
        str,
        Field(description='What kind of work it is, in a word that agents understand.'),
    ],
)


class AlertEvent(Wire):
    """
    A value has passed the threshold of an alert rule. Of a device that is silent both are seconds of silence.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    alert_id: Identifier | None = None
    device_id: Identifier
    alert_type: str
    metric: str | None = None
    threshold: int | float
    current_value: int | float
    triggered_at: str | None = None


AlertEventType = TypeAliasType("AlertEventType", Literal['telemetry.alert'])


CallbackUrl = TypeAliasType(
    "CallbackUrl",
    Annotated[
        str,
        Field(
            description='Where to post the result when the command has ended. Private and metadata addresses are not called, unless the\noperator allows it.\n'
        ),
    ],
)


Capability = TypeAliasType(
    "Capability",
    Annotated[str, Field(description='What an agent can do, in one word.')],
)


CollaborationStatus = TypeAliasType(
    "CollaborationStatus",
    Annotated[
        Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled'],
        Field(
            description='`pending` until the first step is taken up; `failed` when a step fails for good.'
        ),
    ],
)


class CommandCancel(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    reason: str | None = None


CommandCategory = TypeAliasType(
    "CommandCategory",
    Annotated[
        Literal['system', 'service', 'data', 'diagnostic', 'custom'],
        Field(
            description='| category | commands |\n|---|---|\n| `system` | at system level: restart, shut down |\n| `service` | that manage a service: start, stop, reload |\n| `data` | on data: backup, restore, sync |\n| `diagnostic` | health check, logs |\n| `custom` | of your own |\n'
        ),
    ],
)


CommandEventType = TypeAliasType("CommandEventType", Literal['command.submitted', 'command.started', 'command.completed', 'command.failed'])


CommandName = TypeAliasType(
    "CommandName",
    Annotated[
        str, Field(description='What to do, in words that the target understands.')
    ],
)


class CommandParameters(Wire):
    """
    What the command needs to know. All of it reaches the target; we read `timeout_seconds` as well.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    timeout_seconds: int = 30


class CommandReportResult(Wire):
    """
    What the target says of the execution; it may say more than these fields.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    success: bool
    message: str | None = None
    duration_ms: int | float | None = None


class CommandResult(Wire):
    """
    What the target said of the execution; it may have said more than these fields.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    success: bool
    message: str | None = None
    duration_ms: int | float | None = None


CommandStatus = TypeAliasType(
    "CommandStatus",
    Annotated[
        Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled'],
        Field(
            description='| status | meaning |\n|---|---|\n| `pending` | queued and not yet started |\n| `running` | being executed |\n| `completed` | finished successfully |\n| `failed` | failed with an error |\n| `timeout` | exceeded its time limit, started or not |\n| `cancelled` | was cancelled |\n'
        ),
    ],
)


class CommandTarget(Wire):
    """
    Who is to execute the command, a device or an agent by its identifier. A service alone means any agent that has
    the capability of this name.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier | None = None
    service: Identifier | None = None


ContextKey = TypeAliasType(
    "ContextKey",
    Annotated[
        str,
        Field(
            description='A place in the shared context. `shared_context` is all of it.'
        ),
    ],
)


class ErrorBody(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    code: Literal['INVALID_REQUEST', 'VALIDATION_ERROR', 'UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'TIMEOUT', 'CONFLICT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'RATE_LIMIT_EXCEEDED', 'INTERNAL_ERROR', 'NOT_IMPLEMENTED', 'BAD_GATEWAY', 'SERVICE_UNAVAILABLE']
    message: str
    details: ProblemDetails
    request_id: str
    timestamp: str


class EventFilters(Wire):
    task_id: Identifier | None = None
    agent_id: Identifier | None = None
    device_id: Identifier | None = None
    metric: MetricName | None = None
    tag: TagFilter | None = None


EventName = TypeAliasType(
    "EventName",
    Annotated[
        str,
        Field(description='The `id` of an event, from any stream of whatever dialect.'),
    ],
)


EventType = TypeAliasType(
    "EventType",
    Annotated[
        Literal['telemetry.frame', 'telemetry.alert', 'command.submitted', 'command.started', 'command.completed', 'command.failed', 'task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted', 'ai.agent.registered', 'ai.agent.offline', 'ai.task.assigned', 'ai.task.completed'],
        Field(
            description='What can be asked for; a type whose events are not told yet brings none.'
        ),
    ],
)


class FrameCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier
    timestamp: str | None = None
    metrics: Metrics
    tags: Tags | None = None
    metadata: JsonObject | None = None


class FrameCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    frame_id: Identifier
    received_at: str


class FrameEvent(Wire):
    """
    A telemetry frame that was received.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    frame_id: Identifier | None = None
    device_id: Identifier
    timestamp: str | None = None
    metrics: Metrics
    tags: Tags | None = None
    metadata: JsonObject | None = None


FrameEventType = TypeAliasType("FrameEventType", Literal['telemetry.frame'])


class HeartbeatTaken(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: AgentStatus
    received_at: str
    heartbeat_interval_seconds: int


Interval = TypeAliasType(
    "Interval",
    Annotated[str, Field(description='A number of seconds, minutes, hours or days.')],
)


class KeyRevoked(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    key_id: Identifier
    status: Literal['revoked']


MessageId = TypeAliasType(
    "MessageId",
    Annotated[
        str,
        Field(
            description='Names a message. An answer has the identifier of what it answers, an event its own.'
        ),
    ],
)


class Participant(Wire):
    """
    An agent that takes part.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    role: str | None = None


class PingMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['ping']
    id: MessageId
    timestamp: str | None = None


class PongMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['pong']
    id: MessageId
    timestamp: str


class ResourceUsage(Wire):
    """
    What the agent uses at present.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    cpu_percent: int | float | None = None
    memory_mb: int | float | None = None


class ResumePoint(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    last_event_id: EventName


class ResumedMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['resumed']
    id: MessageId
    timestamp: str
    payload: ResumePoint


RunStatus = TypeAliasType(
    "RunStatus",
    Annotated[
        Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled', 'skipped', 'missed'],
        Field(
            description='`skipped` was due while another run went on, `missed` while nothing could run it.'
        ),
    ],
)


Scope = TypeAliasType(
    "Scope",
    Annotated[
        Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin'],
        Field(
            description='What a key or token may do. Some scopes open others too, as `x-implied-scopes` of this contract says.\n\n| scope | what it opens |\n|---|---|\n| `telemetry:read` | read telemetry data; opens `event:read` |\n| `telemetry:write` | send telemetry data |\n| `alert:write` | write alert rules, acknowledge alerts |\n| `command:read` | read commands |\n| `command:execute` | execute commands; opens `command:read` |\n| `task:read` | read task information |\n| `task:write` | create and update tasks |\n| `agent:read` | discover agents |\n| `ai:coordinate` | register agents, request AI tasks, collaborate; opens `agent:read` and `work:take` |\n| `work:take` | take work as a device or an agent, and report on it |\n| `event:read` | follow events |\n| `webhook:read`, `webhook:write` | read and write webhooks |\n| `key:read`, `key:write` | read, create and revoke API keys |\n| `tenant:write` | create and delete tenants |\n| `user:read`, `user:write` | read and write users |\n| `audit:read` | read the audit log |\n| `system:read` | read the figures of the system |\n| `admin` | everything |\n'
        ),
    ],
)


ScopeList = TypeAliasType(
    "ScopeList",
    Annotated[
        str,
        Field(
            description='Scopes with single spaces between them. Without it, all that the key has.'
        ),
    ],
)


class SocketCommand(Wire):
    """
    As in `POST /v1/commands/execute` with `async`. Without a category it is `custom`.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command: CommandName
    category: CommandCategory | None = None
    target: CommandTarget
    parameters: CommandParameters | None = None


class SocketCommandResult(Wire):
    """
    How a command has ended that was sent over this connection.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    status: CommandStatus
    result: CommandResult | None = None
    error: str | None = None
    completed_at: str | None = None


StepNumber = TypeAliasType(
    "StepNumber",
    Annotated[
        int,
        Field(
            description='Steps are done in the order of their numbers, those of one number at the same time.'
        ),
    ],
)


StepStatus = TypeAliasType(
    "StepStatus",
    Annotated[
        Literal['pending', 'assigned', 'running', 'completed', 'failed', 'timeout', 'cancelled'],
        Field(
            description='`pending` until the steps before it are done, `assigned` until its agent begins.'
        ),
    ],
)


SubscriptionChannel = TypeAliasType(
    "SubscriptionChannel",
    Annotated[
        Literal['telemetry', 'commands', 'tasks', 'ai'],
        Field(
            description='| channel | what it tells |\n|---|---|\n| `telemetry` | `telemetry.frame`, `telemetry.alert` |\n| `commands` | `command.submitted`, `command.started`, `command.completed`, `command.failed` |\n| `tasks` | `task.created`, `task.updated`, `task.started`, `task.completed`, `task.failed`, `task.cancelled`, `task.deleted` |\n| `ai` | `ai.agent.registered`, `ai.agent.offline`, `ai.task.assigned`, `ai.task.completed` |\n'
        ),
    ],
)


class SubscriptionEnd(Wire):
    """
    Ends the subscription that the message of this identifier has made.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    subscription_id: MessageId


class SubscriptionFilters(Wire):
    """
    Only what agrees with all of these fields. An event that has no such field does not agree. `agent_id` is the agent
    itself, the one that a task is assigned to, or the one that has sent a frame.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier | None = None
    command_id: Identifier | None = None
    task_id: Identifier | None = None
    agent_id: Identifier | None = None
    metric: MetricName | None = None
    tag: TagFilter | None = None


TagFilter1 = TypeAliasType("TagFilter1", str)


class TaskDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    status: Literal['deleted']


class TaskExecute(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    parameters: JsonObject | None = None


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
    trigger: Literal['manual', 'schedule', 'backfill', 'event', 'dependency', 'retry']
    attempt: int
    parameters: JsonObject
    assigned_agent: Identifier | None = None
    due_at: str | None = None
    result: JsonObject | None = None
    error: str | None = None
    created_at: str
    started_at: str | None = None
    completed_at: str | None = None
    duration_ms: int | None = None


class TaskRunList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    runs: list[TaskRun]
    total: int
    limit: int
    offset: int


TaskStatus = TypeAliasType("TaskStatus", Literal['scheduled', 'pending', 'running', 'blocked', 'completed', 'failed', 'cancelled', 'timeout'])


TaskType = TypeAliasType(
    "TaskType",
    Annotated[
        str,
        Field(
            description='`scheduled`, `one_time`, `event_driven` and `dependent` say when a task runs; any other value says what kind of\nwork it is.\n'
        ),
    ],
)


class TaskUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str | None = None
    description: str | None = None
    status: TaskStatus | None = None
    progress: int | float | None = None
    schedule: Schedule | None = None
    parameters: JsonObject | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: int | None = None
    tags: Tags | None = None
    result: JsonObject | None = None
    error: str | None = None


class TelemetryPoint(Wire):
    """
    The values at one time, each under the name of its metric. With an aggregation the time is the beginning of the
    interval; without one, a point is a frame and says which device has sent it.

    """

    model_config = ConfigDict(
        extra='allow',
    )
    __annotations__ = {
        '__pydantic_extra__': Dict[str, MetricValue],
    }
    timestamp: str
    device_id: Identifier | None = None


class TelemetryQuery(Wire):
    """
    The query as it was asked; what it left out is left out here.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier | None = None
    start_time: str
    end_time: str
    metrics: list[MetricName] | None = None
    tags: list[TagFilter1] | None = None
    aggregation: Aggregation | None = None
    interval: Interval | None = None


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
    What is given for a token, an API key or a refresh token; the fields of one exclude those of the other.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    grant_type: Literal['client_credentials', 'refresh_token']
    client_id: str | None = None
    client_secret: str | None = None
    refresh_token: str | None = None
    scope: ScopeList | None = None


class TokenRevoke(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    refresh_token: str


class TokenRevoked(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['revoked']


class UnsubscribeMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['unsubscribe']
    id: MessageId
    timestamp: str | None = None
    payload: SubscriptionEnd


class UnsubscribedMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['unsubscribed']
    id: MessageId
    timestamp: str
    payload: SubscriptionEnd


class Agent(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str
    type: str
    status: AgentStatus
    capabilities: list[Capability]
    model: AgentModel | None = None
    resources: AgentResources | None = None
    metadata: JsonObject | None = None
    current_tasks: int
    resource_usage: ResourceUsage | None = None
    registered_at: str
    last_heartbeat_at: str | None = None


class AgentEvent(Wire):
    """
    An agent has registered or is heard no more.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str | None = None
    type: str | None = None
    status: AgentStatus
    capabilities: list[Capability] | None = None
    last_heartbeat_at: str | None = None


class AgentEventFields(Wire):
    """
    What stands beside the data of the event.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: AgentEventType
    id: str


class AgentList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agents: list[Agent]
    total: int
    limit: int
    offset: int


class AgentMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: AgentEventType
    id: MessageId
    timestamp: str
    payload: AgentEvent


class AgentPreferences(Wire):
    """
    Which agent is wanted. It has all the capabilities; among those that have, the preferred ones come first, in this
    order, then the least busy.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    capabilities: list[Capability] | None = None
    preferred_agents: list[Identifier] | None = None


class AgentRegister(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str
    type: AgentType
    capabilities: list[Capability]
    model: AgentModel | None = None
    resources: AgentResources | None = None
    metadata: JsonObject | None = None


class AiTask(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    task_type: AiTaskType | None = None
    status: AiTaskStatus
    assigned_agent: Identifier | None = None
    agent_preferences: AgentPreferences | None = None
    collaboration_id: Identifier | None = None
    step: StepNumber | None = None
    input: JsonObject
    priority: Priority | None = None
    timeout_seconds: int | None = None
    result: JsonObject | None = None
    error: str | None = None
    created_at: str
    started_at: str | None = None
    estimated_completion: str | None = None
    completed_at: str | None = None
    duration_ms: int | None = None


class AiTaskCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    assigned_agent: Identifier | None = None
    status: AiTaskStatus
    created_at: str
    estimated_completion: str


class AiTaskEvent(Wire):
    """
    A change of an AI task. With `ai.task.assigned` comes all that the agent needs for its work; a task that is a step
    of a collaboration names it. `ai.task.completed` is told of every end, good or bad; the status says which.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    task_type: AiTaskType | None = None
    status: AiTaskStatus
    assigned_agent: Identifier | None = None
    collaboration_id: Identifier | None = None
    step: StepNumber | None = None
    input: JsonObject | None = None
    priority: Priority | None = None
    estimated_completion: str | None = None
    result: JsonObject | None = None
    error: str | None = None


class AiTaskEventFields(Wire):
    """
    What stands beside the data of the event.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: AiTaskEventType
    id: str


class AiTaskList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    tasks: list[AiTask]
    total: int
    limit: int
    offset: int


class AiTaskMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: AiTaskEventType
    id: MessageId
    timestamp: str
    payload: AiTaskEvent


class AiTaskRequest(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_type: AiTaskType
    agent_preferences: AgentPreferences | None = None
    input: JsonObject
    priority: Priority = 'normal'
    timeout_seconds: int = 300


class AlertEventFields(Wire):
    """
    What stands beside the data of the event.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: AlertEventType
    id: str


class AlertMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: AlertEventType
    id: MessageId
    timestamp: str
    payload: AlertEvent


class CollaborationStep(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    step: StepNumber
    agent: Identifier
    action: str
    input_from: ContextKey | None = None
    output_to: ContextKey | None = None


class CollaborationWorkflow(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    steps: list[CollaborationStep]


class Command(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    status: CommandStatus
    command: CommandName
    category: CommandCategory | None = None
    target: CommandTarget
    parameters: JsonObject | None = None
    callback_url: str | None = None
    result: CommandResult | None = None
    error: str | None = None
    submitted_at: str
    estimated_completion: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class CommandAccepted(Wire):
    """
    A command on its way.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    status: CommandStatus
    submitted_at: str
    estimated_completion: str


class CommandAcceptedMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['command.accepted']
    id: MessageId
    timestamp: str
    payload: CommandAccepted


class CommandEvent(Wire):
    """
    A change of a command. With `command.submitted` comes all that its target needs to execute it. `command.failed` is
    told of every end but a good one; the status says which.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    status: CommandStatus
    command: CommandName | None = None
    category: CommandCategory | None = None
    target: CommandTarget | None = None
    parameters: JsonObject | None = None
    estimated_completion: str | None = None
    result: CommandResult | None = None
    error: str | None = None


class CommandEventFields(Wire):
    """
    What stands beside the data of the event.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: CommandEventType
    id: str


class CommandExecute(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    command: CommandName
    category: CommandCategory = 'custom'
    target: CommandTarget
    parameters: CommandParameters | None = None
    async_: Annotated[bool, Field(alias='async')] = False
    callback_url: CallbackUrl | None = None


class CommandList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    commands: list[Command]
    total: int
    limit: int
    offset: int


class CommandMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: CommandEventType
    id: MessageId
    timestamp: str
    payload: CommandEvent


class CommandOutcome(Wire):
    """
    How a command has ended.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    status: CommandStatus
    result: CommandResult | None = None
    error: str | None = None
    completed_at: str


class CommandReport(Wire):
    """
    How the execution goes. A command that has completed has a result.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['running', 'completed', 'failed']
    result: CommandReportResult | None = None
    error: str | None = None


class CommandResultMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['command.result']
    id: MessageId
    timestamp: str
    payload: SocketCommandResult


class Contribution(Wire):
    """
    What an agent adds. With a `step` it says how that step goes; without one it only adds to the shared context.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    step: StepNumber | None = None
    status: Literal['running', 'completed', 'failed'] = 'completed'
    output: JsonObject | None = None
    shared_context: JsonObject | None = None
    error: str | None = None


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: ErrorBody


class ErrorMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['error']
    id: MessageId
    timestamp: str
    payload: ErrorBody


class FrameEventFields(Wire):
    """
    What stands beside the data of the event.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: FrameEventType
    id: str


class FrameMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: FrameEventType
    id: MessageId
    timestamp: str
    payload: FrameEvent


class GapMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['gap']
    id: MessageId
    timestamp: str
    payload: Gap


class Heartbeat(Wire):
    """
    How the agent is. A degraded agent keeps its work and is given no more.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['idle', 'busy', 'degraded']
    current_tasks: int | None = None
    resource_usage: ResourceUsage | None = None


class Key(Wire):
    """
    A key, as it may be told at any time.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    key_id: Identifier
    name: str
    scopes: list[Scope]
    created_at: str
    expires_at: str | None = None
    last_used_at: str | None = None


class KeyCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    scopes: list[Scope]
    expires_at: str | None = None


class KeyCreated(Wire):
    """
    The new key, told this once.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    key_id: Identifier
    api_key: str
    name: str
    scopes: list[Scope]
    created_at: str
    expires_at: str | None = None


class KeyList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    keys: list[Key]
    total: int
    limit: int
    offset: int


class ResumeMessage(Wire):
    """
    Goes on behind an event with all subscriptions of the connection. When the log no longer reaches back to there, a
    `gap` comes first, and what follows begins with the oldest event.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['resume']
    id: MessageId
    timestamp: str | None = None
    payload: ResumePoint


class SendCommandMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['command']
    id: MessageId
    timestamp: str | None = None
    payload: SocketCommand


class StepProgress(Wire):
    """
    A step, and how far it is.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    step: StepNumber
    agent: Identifier
    action: str
    input_from: ContextKey | None = None
    output_to: ContextKey | None = None
    status: StepStatus
    output: JsonObject | None = None
    error: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class Subscription(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    channel: SubscriptionChannel
    filters: SubscriptionFilters | None = None


class Task(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str
    description: str | None = None
    type: str
    status: TaskStatus
    progress: int | float
    schedule: Schedule | None = None
    next_run: str | None = None
    parameters: JsonObject
    dependencies: list[Identifier]
    retry_policy: RetryPolicy | None = None
    timeout_seconds: int
    tags: Tags
    result: JsonObject | None = None
    error: str | None = None
    created_at: str
    updated_at: str
    started_at: str | None = None
    completed_at: str | None = None


class TaskCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    description: str | None = None
    type: TaskType
    schedule: Schedule | None = None
    parameters: JsonObject | None = None
    dependencies: list[Identifier] | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: int = 3600
    tags: Tags | None = None


class TaskCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str
    status: TaskStatus
    created_at: str
    next_run: str | None = None


class TaskEvent(Wire):
    """
    What the stream says of a task.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str
    status: TaskStatus
    progress: int | float
    result: JsonObject | None = None


class TaskList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    tasks: list[Task]
    total: int
    limit: int
    offset: int


class TaskMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: TaskEventType
    id: MessageId
    timestamp: str
    payload: TaskEvent


class TelemetryData(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    query: TelemetryQuery
    data: list[TelemetryPoint]
    total_points: int


class WorkflowProgress(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    steps: list[StepProgress]


class Collaboration(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    collaboration_id: Identifier
    task_description: str
    status: CollaborationStatus
    agents: list[Participant]
    workflow: WorkflowProgress
    shared_context: JsonObject
    result: JsonObject | None = None
    error: str | None = None
    created_at: str
    updated_at: str
    completed_at: str | None = None


class CollaborationCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    collaboration_id: Identifier | None = None
    task_description: str
    agents: list[Participant]
    workflow: CollaborationWorkflow
    shared_context: JsonObject | None = None


class CollaborationList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    collaborations: list[Collaboration]
    total: int
    limit: int
    offset: int


class SubscribeMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['subscribe']
    id: MessageId
    timestamp: str | None = None
    payload: Subscription


class SubscribedMessage(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['subscribed']
    id: MessageId
    timestamp: str
    payload: Subscription
