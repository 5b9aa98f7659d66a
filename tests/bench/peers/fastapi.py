"""FastAPI, written as well as it can be: pydantic judges and encodes, every callable is async.

Answers are built as a `Response` around pydantic's own JSON: faster than a `response_model`, which judges them again.
"""

from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from tests.bench import contract
from tests.bench.peers.edge import Edge

_CACHED = {contract.API_KEY: frozenset({"task:read", "task:write"})}
_CRON = contract.schema("Schedule")["properties"]["cron"]["pattern"]
_LABEL_NAME = contract.schema("Tags")["propertyNames"]["pattern"]
Identifier = Annotated[str, Field(pattern=contract.schema("Identifier")["pattern"])]
Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["scheduled", "pending", "in_progress", "blocked", "completed", "failed", "cancelled", "timeout"]
Tags = Annotated[
    dict[Annotated[str, Field(pattern=_LABEL_NAME)], Annotated[str, Field(max_length=256)]], Field(max_length=32)
]


class Closed(BaseModel):
    """A model that takes no other field."""

    model_config = ConfigDict(extra="forbid")


class Schedule(Closed):
    """When a recurring task is due."""

    cron: Annotated[str, Field(max_length=128, pattern=_CRON)]
    timezone: Annotated[str, Field(max_length=64)] = "UTC"


class RetryPolicy(Closed):
    """How often a failed run is tried again."""

    max_retries: Annotated[int, Field(ge=0, le=100, strict=True)] = 3
    backoff_multiplier: Annotated[float, Field(ge=1, le=100, strict=True)] = 2
    initial_delay_seconds: Annotated[float, Field(ge=0, le=86400, strict=True)] = 60


class TaskCreate(Closed):
    """What a creator says of a task."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=10000)] = ""
    type: Annotated[str, Field(min_length=1, max_length=64)] = "one_time"
    priority: Priority = "normal"
    assignee: Identifier | None = None
    parameters: dict[str, Any] = {}
    dependencies: Annotated[list[Identifier], Field(max_length=100)] = []
    deadline: AwareDatetime | None = None
    schedule: Schedule | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=604800, strict=True)] = 3600
    tags: Tags = {}

    @model_validator(mode="after")
    def _scheduled_needs_a_schedule(self) -> "TaskCreate":
        if self.type == "scheduled" and self.schedule is None:
            raise ValueError("schedule is missing")
        return self


class Task(Closed):
    """A task."""

    task_id: str
    title: str
    description: str | None = None
    type: str
    status: Status
    priority: Priority
    assignee: str | None = None
    progress: float
    parameters: dict[str, Any]
    dependencies: list[str]
    deadline: AwareDatetime | None = None
    schedule: Schedule | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: int
    tags: dict[str, str]
    created_by: str
    created_at: str
    updated_at: str


class ReadQuery(Closed):
    """The query of a read; no other parameter is taken."""

    include: Literal["deleted"] | None = None
    history: Annotated[int, Field(ge=1, le=100)] = 50


def allowed(scope: str) -> Any:
    """A dependency that lets callers pass whose key is known and has the scope."""

    async def check(request: Request) -> frozenset[str]:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        scopes = _CACHED.get(key) if scheme.lower() == "bearer" else None
        if scopes is None:
            raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer realm="nexus"'})
        if scope not in scopes:
            raise HTTPException(403)
        return scopes

    return Depends(check)


def build() -> Edge:
    """The application."""
    app = FastAPI(openapi_url=None)
    for resource in contract.RESOURCES:
        _add(app, resource)
    return Edge(app, lambda scope: scope["route"].path if "route" in scope else "none")


def _add(app: FastAPI, resource: str) -> None:
    place = contract.CREATE.format(resource=resource)

    @app.post(place, status_code=201, dependencies=[allowed("task:write")], response_model=None)
    async def create_task(body: TaskCreate) -> Response:
        given = {name: getattr(body, name) for name in body.model_fields_set}
        task = Task(**given, **contract.RECORD)
        return _answer(task, 201, {"etag": contract.ENTITY_TAG, "location": f"{place}/{task.task_id}"})

    @app.get(f"{place}/{{task_id}}", dependencies=[allowed("task:read")], response_model=None)
    async def get_task(task_id: Annotated[Identifier, Path()], query: Annotated[ReadQuery, Query()]) -> Response:
        return _answer(Task(**contract.STORED), 200, {"etag": contract.ENTITY_TAG})


def _answer(task: Task, status: int, headers: dict[str, str]) -> Response:
    encoded = task.__pydantic_serializer__.to_json(task, exclude_unset=True)
    return Response(encoded, status, headers, "application/json")
