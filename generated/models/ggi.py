# Generated from specs/ by `make generate`. Do not edit.
"""The ggi dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from generated.models.shared import (
    Identifier,
    JsonObject,
    Priority,
    ProblemDetails,
    Tags,
)
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

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
            description='`queued` until an agent takes it, `in_progress` until the agent reports; `timeout` when nobody has reported in time.\n'
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
    The registered agents, counted by their status.
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
    Figures of the server, over all its processes.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    uptime_seconds: int
    total_requests: int
    avg_response_ms: int | float


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


Metrics = TypeAliasType("Metrics", dict[str, Any])
"""
Measured values by their names; mostly numbers, but any JSON value may be measured. A message of the telemetry
stream has them beside `agent_id`, which therefore is no name of a metric.

"""


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
    metrics: JsonObject
    tags: Tags
    stored_at: str


Progress = TypeAliasType("Progress", int | float)


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


class Timeline(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    created_at: str
    started_at: str | None = None
    completed_at: str | None = None


class UpdateConfigParameters(Wire):
    """
    What `update_config` needs, and more if the agent wants it.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    config_key: str
    value: Any


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


class CommandList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    commands: list[Command]
    total: int
    limit: int
    offset: int


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


class LogCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    level: LogLevel
    message: LogMessage
    timestamp: str | None = None
    context: LogContext | None = None


class LogList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    logs: list[LogRecord]
    limit: int
    offset: int
    has_more: bool


class MetricsList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    metrics: list[MetricsRecord]
    limit: int
    offset: int
    has_more: bool


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


class Task(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str
    type: str
    status: TaskStatus
    priority: Priority
    progress_percent: Progress
    assigned_to: Identifier | None = None
    parameters: JsonObject
    dependencies: list[Identifier]
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
    What the stream says of a task.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    name: str
    status: TaskStatus
    progress_percent: Progress
    assigned_to: Identifier | None = None


class TaskList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    tasks: list[TaskSummary]
    total: int
    limit: int
    offset: int
