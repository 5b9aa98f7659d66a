"""Litestar with msgspec, its own fast way."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Litestar, Response, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, ValidationException
from litestar.params import PathParameter, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from tests.bench import contract
from tests.bench.peers.edge import Edge

_CACHED = {contract.API_KEY: frozenset({"task:read", "task:write"})}
_QUERY = {"include", "history"}
_CRON = contract.schema("Schedule")["properties"]["cron"]["pattern"]
_LABEL_NAME = contract.schema("Tags")["propertyNames"]["pattern"]
_IDENTIFIER = contract.schema("Identifier")["pattern"]
Identifier = Annotated[str, Meta(pattern=_IDENTIFIER)]
Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["scheduled", "pending", "in_progress", "blocked", "completed", "failed", "cancelled", "timeout"]
Tags = Annotated[
    dict[Annotated[str, Meta(pattern=_LABEL_NAME)], Annotated[str, Meta(max_length=256)]], Meta(max_length=32)
]
PathId = Annotated[str, PathParameter(pattern=_IDENTIFIER)]
Include = Annotated[Literal["deleted"] | None, QueryParameter()]
History = Annotated[int, QueryParameter(ge=1, le=100)]


class Schedule(Struct, forbid_unknown_fields=True):
    """When a recurring task is due."""

    cron: Annotated[str, Meta(max_length=128, pattern=_CRON)]
    timezone: Annotated[str, Meta(max_length=64)] = "UTC"


class RetryPolicy(Struct, forbid_unknown_fields=True):
    """How often a failed run is tried again."""

    max_retries: Annotated[int, Meta(ge=0, le=100)] = 3
    backoff_multiplier: Annotated[float, Meta(ge=1, le=100)] = 2
    initial_delay_seconds: Annotated[float, Meta(ge=0, le=86400)] = 60


class TaskCreate(Struct, forbid_unknown_fields=True):
    """What a creator says of a task."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    description: Annotated[str, Meta(max_length=10000)] | UnsetType = UNSET
    type: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee: Identifier | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    dependencies: Annotated[list[Identifier], Meta(max_length=100)] | UnsetType = UNSET
    deadline: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET
    schedule: Schedule | UnsetType = UNSET
    retry_policy: RetryPolicy | UnsetType = UNSET
    timeout_seconds: Annotated[int, Meta(ge=1, le=604800)] | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Judge what one field says of another."""
        if self.type == "scheduled" and self.schedule is UNSET:
            raise ValueError("schedule is missing")


class Task(Struct, omit_defaults=True):
    """A task."""

    task_id: str
    title: str
    status: Status
    progress: float
    created_by: str
    created_at: str
    updated_at: str
    description: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee: str | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    dependencies: list[str] | UnsetType = UNSET
    deadline: datetime | UnsetType = UNSET
    schedule: Schedule | UnsetType = UNSET
    retry_policy: RetryPolicy | UnsetType = UNSET
    timeout_seconds: int | UnsetType = UNSET
    tags: dict[str, str] | UnsetType = UNSET


def allowed(scope: str) -> Any:
    """A guard that lets callers pass whose key is known and has the scope."""

    def check(connection: ASGIConnection, _: Any) -> None:
        scheme, _, key = connection.headers.get("authorization", "").partition(" ")
        scopes = _CACHED.get(key) if scheme.lower() == "bearer" else None
        if scopes is None:
            raise NotAuthorizedException(headers={"WWW-Authenticate": 'Bearer realm="nexus"'})
        if scope not in scopes:
            raise PermissionDeniedException

    return check


def known_query(connection: ASGIConnection, _: Any) -> None:
    """A guard that refuses query parameters which nobody has declared."""
    if connection.scope["query_string"] and not connection.query_params.keys() <= _QUERY:
        raise ValidationException("Unknown query parameter")


def build() -> Edge:
    """The application."""
    handlers = [handler for resource in contract.RESOURCES for handler in _handlers(resource)]
    app = Litestar(handlers, openapi_config=None, request_max_body_size=contract.BODY_LIMIT, logging_config=None)
    return Edge(app, lambda scope: scope.get("path_template", "none"))


def _handlers(resource: str) -> list[Any]:
    place = contract.CREATE.format(resource=resource)
    tag = {"etag": contract.ENTITY_TAG}

    @post(place, guards=[allowed("task:write")])
    async def create_task(data: TaskCreate) -> Response[Task]:
        given = {name: getattr(data, name) for name in data.__struct_fields__}
        task = Task(**given, **contract.RECORD)
        return Response(task, headers={**tag, "location": f"{place}/{task.task_id}"})

    @get(f"{place}/{{task_id:str}}", guards=[allowed("task:read"), known_query])
    async def get_task(task_id: PathId, include: Include = None, history: History = 50) -> Response[Task]:
        return Response(Task(**contract.STORED), headers=tag)

    return [create_task, get_task]
