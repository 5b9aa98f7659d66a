# Generated from specs/ by `make generate`. Do not edit.
"""The lexos dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Literal

from generated.models.shared import Identifier, JsonObject, Priority, ProblemDetails
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

EpochSeconds = TypeAliasType(
    "EpochSeconds", Annotated[int, Field(description='Seconds since the epoch.')]
)


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: Literal[True]
    code: Literal['INVALID_REQUEST', 'INVALID_TOKEN', 'ACCESS_DENIED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'CONFLICT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'RATE_LIMIT_EXCEEDED', 'INTERNAL_ERROR', 'NOT_IMPLEMENTED', 'BAD_GATEWAY', 'SERVICE_UNAVAILABLE']
    message: str
    details: ProblemDetails
    timestamp: int


class Login(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    username: str
    password: str


class SessionUser(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    user_id: Identifier
    username: str
    role: Literal['admin', 'family_member', 'guest']
    security_level: Literal['ADMIN', 'SAFE', 'RESTRICTED']
    agent_access_level: Literal['FULL', 'BASIC', 'LIMITED']


class TaskCancelled(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    task_id: Identifier
    status: Literal['cancelled']


TaskStatus = TypeAliasType("TaskStatus", Literal['queued', 'running', 'completed', 'failed', 'cancelled'])


class TaskSubmit(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_type: str
    parameters: JsonObject | None = None
    priority: Priority = 'normal'
    timeout: int = 3600


class TaskSubmitted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    task_id: Identifier
    agent_id: Identifier
    status: TaskStatus
    estimated_completion: EpochSeconds
    queue_position: int


class TaskUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: TaskStatus | None = None
    priority: Priority | None = None
    parameters: JsonObject | None = None
    progress: int | float | None = None
    result: JsonObject | None = None
    error: str | None = None


class Session(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    token: str
    user: SessionUser
    expires_at: int


class Task(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    agent_id: str
    user_id: Identifier
    task_type: str
    status: TaskStatus
    priority: Priority
    parameters: JsonObject
    progress: int | float
    result: JsonObject | None = None
    created_at: EpochSeconds
    started_at: EpochSeconds | None = None
    completed_at: EpochSeconds | None = None
    execution_time: int | float | None = None
    error: str | None


class TaskList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    tasks: list[Task]
    total: int
    limit: int
    offset: int
    has_more: bool


class TaskProgressData(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    progress: int | float
    status: TaskStatus
    current_step: str | None = None
    result: JsonObject | None = None


class TaskProgress(Wire):
    """
    How far a task has come.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['task_progress']
    data: TaskProgressData
