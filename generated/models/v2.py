# Generated from specs/ by `make generate`. Do not edit.
"""The v2 dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from generated.models.shared import (
    Cursor,
    Identifier,
    JsonObject,
    Priority,
    ProblemDetails,
    RetryPolicy,
    Schedule,
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


Aggregation = TypeAliasType(
    "Aggregation",
    Annotated[
        Literal['avg', 'min', 'max', 'sum', 'count', 'p50', 'p95', 'p99'],
        Field(
            description='What becomes of the values within one interval. `p50`, `p95` and `p99` are percentiles.'
        ),
    ],
)


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


CommandCategory = TypeAliasType("CommandCategory", Literal['system', 'service', 'data', 'diagnostic', 'custom'])


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


FencingToken = TypeAliasType(
    "FencingToken",
    Annotated[
        int,
        Field(
            description='Grows with every lease of the same work. A result with an older one than the last is refused.'
        ),
    ],
)


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


MetricName = TypeAliasType("MetricName", str)


Metrics = TypeAliasType("Metrics", dict[str, Any])
"""
Values by the name of the metric. Numbers can be aggregated; other values are kept and returned.
"""


Milliseconds = TypeAliasType(
    "Milliseconds",
    Annotated[
        int | float, Field(description='A duration in milliseconds.')
    ],
)


Note = TypeAliasType("Note", str)


Operator = TypeAliasType(
    "Operator",
    Annotated[
        Literal['gt', 'gte', 'lt', 'lte', 'eq', 'ne', 'absent'],
        Field(
            description='How the value is held against the threshold. `absent` needs none and means that no value came.'
        ),
    ],
)


Progress = TypeAliasType("Progress", int | float)


RateLimits = TypeAliasType("RateLimits", dict[str, int])
"""
Requests per minute by category, in place of the usual limits. Categories that are not named keep theirs.
"""


Scope = TypeAliasType(
    "Scope",
    Annotated[
        Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin'],
        Field(description='What a caller may do.'),
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


Severity = TypeAliasType("Severity", Literal['info', 'warning', 'critical'])


class TaskDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    status: Literal['deleted']


TaskStatus = TypeAliasType("TaskStatus", Literal['scheduled', 'pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled', 'timeout'])


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


class Alert(Wire):
    """
    A rule's condition that holds, or held, on one device.
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
    metric: MetricName
    operator: Operator
    threshold: int | float | None = None
    current_value: int | float | None = None
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


class BatchLog(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    log: LogSubmit


class Command(Wire):
    """
    Something that one agent or device is to do once.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    command_id: Identifier
    command_type: CommandTypeName
    target: Identifier
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
    agent_id: Identifier | None = None
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


class CommandExecute(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    command_type: CommandTypeName
    target: Identifier
    service: Identifier | None = None
    parameters: JsonObject | None = None
    priority: Priority = 'normal'
    timeout_seconds: Timeout = 300
    retry_policy: RetryPolicy | None = None
    callback_url: Address | None = None
    tags: Tags | None = None


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


class Condition(Wire):
    """
    When an alert fires.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    operator: Operator
    threshold: int | float | None = None
    aggregation: Aggregation | None = None
    for_seconds: int | None = None


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


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: ErrorBody


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


class SeriesResult(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    query: SeriesQuery
    series: list[MetricSeries]
    total_points: int


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
    metric: MetricName
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
    metric: MetricName
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


class BatchEvent(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    event: TelemetrySubmit


class BatchFrame(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    frame: FrameSubmit


BatchItem = TypeAliasType(
    "BatchItem",
    Annotated[
        BatchEvent | BatchFrame | BatchLog,
        Field(
            description='One event, one frame or one line of a log, under a key that says which.'
        ),
    ],
)


class KeyCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    label: str
    scopes: KeyScopes
    expires_at: str | None = None
    rate_limits: RateLimits | None = None


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
