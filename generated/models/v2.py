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

AuditEventType = TypeAliasType(
    "AuditEventType",
    Annotated[
        str,
        Field(
            description='What kind of thing was done, as `task_execution` or `login`.'
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


class KeyRevoked(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    key_id: Identifier
    status: Literal['revoked']


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


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: ErrorBody


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


class KeyCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    label: str
    scopes: KeyScopes
    expires_at: str | None = None
    rate_limits: RateLimits | None = None
