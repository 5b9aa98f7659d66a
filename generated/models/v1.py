# Generated from specs/ by `make generate`. Do not edit.
"""The v1 dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Literal

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


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: ErrorBody


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
