# Generated from specs/ by `make generate`. Do not edit.
"""The v1 dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Any, Dict, Literal

from generated.models.shared import (
    Identifier,
    JsonObject,
    ProblemDetails,
    RetryPolicy,
    Schedule,
    Tags,
)
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

Aggregation = TypeAliasType(
    "Aggregation",
    Annotated[
        Literal['avg', 'min', 'max', 'sum', 'count'],
        Field(description='How the values of one interval become one.'),
    ],
)


CallbackUrl = TypeAliasType(
    "CallbackUrl",
    Annotated[
        str,
        Field(
            description='Where to post the result when the command has ended. Private addresses are not called.'
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


CommandName = TypeAliasType(
    "CommandName",
    Annotated[
        str, Field(description='What to do, in words that the target understands.')
    ],
)


class CommandParameters(Wire):
    """
    What the command needs to know. All of it reaches the target; `timeout_seconds` also means something to us.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    timeout_seconds: int = 30


class CommandResult(Wire):
    """
    What the target says of the execution; it may say more than these fields.
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
    Who is to execute the command. A service alone means any device that offers it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier | None = None
    service: str | None = None


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


EventType = TypeAliasType(
    "EventType",
    Annotated[
        Literal['telemetry.frame', 'telemetry.alert', 'command.submitted', 'command.started', 'command.completed', 'command.failed', 'task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted', 'ai.agent.registered', 'ai.agent.offline', 'ai.task.assigned', 'ai.task.completed'],
        Field(
            description='What can be asked for; a type whose events are not told yet brings none.'
        ),
    ],
)


class FrameCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    frame_id: Identifier
    received_at: str


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


MetricName = TypeAliasType(
    "MetricName",
    Annotated[
        str,
        Field(
            description='The name of a metric. `timestamp` and `device_id` name other things in the answer to a query.'
        ),
    ],
)


MetricValue = TypeAliasType(
    "MetricValue",
    Annotated[
        int | bool | float | str | list[Any] | dict[str, Any],
        Field(
            description='What was measured: a number, a truth value, a text, a list or an object. Numbers can be aggregated; the others can\nbe counted.\n'
        ),
    ],
)


Metrics = TypeAliasType("Metrics", dict[str, MetricValue])
"""
What was measured, by the names of the metrics.
"""


Scope = TypeAliasType(
    "Scope",
    Annotated[
        Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin'],
        Field(
            description='What a key or token may do.\n\n| scope | what it opens |\n|---|---|\n| `telemetry:read` | read telemetry data |\n| `telemetry:write` | send telemetry data |\n| `alert:write` | write alert rules, acknowledge alerts |\n| `command:read` | read commands |\n| `command:execute` | execute commands |\n| `task:read` | read task information |\n| `task:write` | create and update tasks |\n| `agent:read` | discover agents |\n| `ai:coordinate` | register agents, request AI tasks, collaborate |\n| `work:take` | take work as a device or an agent, and report on it |\n| `event:read` | follow events |\n| `webhook:read`, `webhook:write` | read and write webhooks |\n| `key:read`, `key:write` | read, create and revoke API keys |\n| `tenant:write` | create and delete tenants |\n| `user:read`, `user:write` | read and write users |\n| `audit:read` | read the audit log |\n| `system:read` | read the figures of the system |\n| `admin` | everything |\n'
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


TagFilter = TypeAliasType("TagFilter", str)


class TaskDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    status: Literal['deleted']


TaskStatus = TypeAliasType("TaskStatus", Literal['scheduled', 'pending', 'running', 'blocked', 'completed', 'failed', 'cancelled', 'timeout'])


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
    tags: list[TagFilter] | None = None
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
    scope: ScopeList


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
    result: CommandResult | None = None
    error: str | None = None


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: ErrorBody


class FrameCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    device_id: Identifier
    timestamp: str | None = None
    metrics: Metrics
    tags: Tags | None = None
    metadata: JsonObject | None = None


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


class TelemetryData(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    query: TelemetryQuery
    data: list[TelemetryPoint]
    total_points: int
