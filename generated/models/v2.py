# Generated from specs/ by `make generate`. Do not edit.
"""The v2 dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Literal

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


Progress = TypeAliasType("Progress", int | float)


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
