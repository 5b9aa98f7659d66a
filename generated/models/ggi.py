# Generated from specs/ by `make generate`. Do not edit.
"""The ggi dialect's schemas."""

from __future__ import annotations

from typing import Literal

from generated.models.shared import Identifier, JsonObject, Priority, ProblemDetails
from generated.models.wire import Wire
from pydantic import ConfigDict
from typing_extensions import TypeAliasType


class ErrorBody(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    code: Literal['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'method_not_allowed', 'conflict', 'payload_too_large', 'unsupported_media_type', 'rate_limited', 'internal_error', 'not_implemented', 'bad_gateway', 'service_unavailable']
    message: str
    details: ProblemDetails
    request_id: str


Progress = TypeAliasType("Progress", int | float)


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
