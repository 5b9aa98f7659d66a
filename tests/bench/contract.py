"""The contract that every peer serves: fifty copies of a create and a read of our `v2` tasks, and requests for them."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import orjson

import generated

RESOURCES = tuple(f"r{number:02d}" for number in range(50))
API_KEY = "nexus_sk_live_0123456789ab_benchmarkbenchmarkbenchmarkbench"
TASK_ID = "task_01k9f3x2m8abcdefghjk"
ENTITY_TAG = '"1"'
BODY_LIMIT = 1_048_576
CREATE, READ = "/v2/{resource}/tasks", "/v2/{resource}/tasks/{{task_id}}"

BODY: dict[str, Any] = {
    "title": "Deploy feature XYZ",
    "description": "Deploy the new authentication feature to every device of the northern fleet",
    "type": "deployment",
    "priority": "high",
    "assignee": "ai_agent_001",
    "parameters": {"target": "production", "batch": 25, "regions": ["eu-1", "eu-2"], "dry_run": False},
    "dependencies": ["task_01k9f3x2m8a", "task_01k9f3x2m8b"],
    "deadline": "2031-11-04T02:00:00Z",
    "retry_policy": {"max_retries": 5, "backoff_multiplier": 2, "initial_delay_seconds": 30},
    "timeout_seconds": 3600,
    "tags": {"team": "analytics", "cost_center": "4711"},
}
# What a task has beside what its creator says of it.
RECORD: dict[str, Any] = {
    "task_id": TASK_ID,
    "status": "pending",
    "progress": 0,
    "created_by": "usr_01k9f3x2m8abcdefghjk",
    "created_at": "2025-11-03T01:53:54.540Z",
    "updated_at": "2025-11-03T01:53:54.540Z",
}
STORED: dict[str, Any] = {
    **RECORD,
    **{name: BODY[name] for name in ("title", "type", "priority", "parameters", "dependencies", "tags")},
    "timeout_seconds": 3600,
}

_INCLUDE = {"name": "include", "in": "query", "schema": {"type": "string", "enum": ["deleted"]}}
_HISTORY = {
    "name": "history",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
}


@cache
def published() -> dict[str, Any]:
    """The contract that Nexus publishes."""
    return orjson.loads((Path(generated.__file__).parent / "openapi.json").read_bytes())


@cache
def document() -> dict[str, Any]:
    """The published contract with the benchmark's operations in place of its own."""
    paths: dict[str, Any] = {}
    for resource in RESOURCES:
        paths[CREATE.format(resource=resource)] = {"post": _create(resource)}
        paths[READ.format(resource=resource)] = {"get": _read(resource)}
    return {**published(), "paths": paths}


def schema(name: str) -> Any:
    """A schema of the contract."""
    return document()["components"]["schemas"][name]


def post_request(resource: str, body: bytes | None = None, extra: str = "") -> bytes:
    """A whole request that creates a task."""
    raw = orjson.dumps(BODY) if body is None else body
    head = f"POST {CREATE.format(resource=resource)} HTTP/1.1\r\n{_headers(extra)}"
    return f"{head}content-type: application/json\r\ncontent-length: {len(raw)}\r\n\r\n".encode() + raw


def get_request(resource: str, query: str = "include=deleted&history=25", extra: str = "") -> bytes:
    """A whole request that reads a task."""
    path = READ.format(resource=resource).format(task_id=TASK_ID)
    return f"GET {path}?{query} HTTP/1.1\r\n{_headers(extra)}\r\n".encode()


def _headers(extra: str) -> str:
    sent = extra or f"authorization: Bearer {API_KEY}\r\n"
    return f"host: localhost\r\nuser-agent: nexus-bench\r\naccept: application/json\r\n{sent}"


def _create(resource: str) -> dict[str, Any]:
    operation = copy.deepcopy(published()["paths"]["/v2/tasks"]["post"])
    operation["operationId"] = f"v2.{resource}.create_task"
    operation["parameters"] = []
    link = operation["responses"]["201"]["links"]["read"]
    operation["responses"]["201"]["links"] = {"read": {**link, "operationId": f"v2.{resource}.get_task"}}
    return operation


def _read(resource: str) -> dict[str, Any]:
    item = published()["paths"]["/v2/tasks/{task_id}"]
    operation = copy.deepcopy(item["get"])
    operation["operationId"] = f"v2.{resource}.get_task"
    operation["parameters"] = [*item["parameters"], _INCLUDE, _HISTORY]
    return operation
