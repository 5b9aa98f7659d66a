"""Tasks as the v1 specification prints them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.dialects.printed import printed
from tests.dialects.shapes import resembles

CREATE = {
    "name": "Process daily analytics",
    "description": "Aggregate and process analytics data for the previous day",
    "type": "scheduled",
    "schedule": {"cron": "0 2 * * *", "timezone": "UTC"},
    "parameters": {"date": "yesterday", "output_format": "parquet"},
    "dependencies": ["task-xyz789"],
    "retry_policy": {"max_retries": 3, "backoff_multiplier": 2, "initial_delay_seconds": 60},
    "timeout_seconds": 3600,
    "tags": {"team": "analytics", "priority": "high"},
}
CREATED = {
    "task_id": "task-def456",
    "name": "Process daily analytics",
    "status": "scheduled",
    "created_at": "2025-11-03T01:53:54.540Z",
    "next_run": "2025-11-04T02:00:00.000Z",
}
FLOW = {
    "name": "Daily backup",
    "type": "scheduled",
    "schedule": {"cron": "0 1 * * *"},
    "parameters": {"target": "database-prod"},
}
ONCE = {"name": "Once", "type": "one_time"}
STATUSES = ("scheduled", "pending", "running", "blocked", "completed", "failed", "cancelled", "timeout")


def test_the_printed_requests(client: httpx.Client) -> None:
    """The printed task is created as printed, due at two in the morning, and read with all that was given."""
    created = client.post("/v1/tasks", json=CREATE)
    assert created.status_code == 201
    resembles(created.json(), CREATED)
    identifier = created.json()["task_id"]
    assert identifier.startswith("task-")
    assert created.headers["location"] == f"/v1/tasks/{identifier}"
    assert created.json()["status"] == "scheduled"
    assert created.json()["next_run"] == tomorrow_at(created.json()["created_at"], hour=2)
    read = client.get(f"/v1/tasks/{identifier}").json()
    assert {name: read[name] for name in CREATE} == CREATE
    resembles(client.get("/v1/tasks").json(), {"tasks": [read], "total": 1, "limit": 50, "offset": 0})
    assert client.delete(f"/v1/tasks/{identifier}").json() == {"task_id": identifier, "status": "deleted"}
    assert client.get(f"/v1/tasks/{identifier}").status_code == 404


def test_the_printed_flow(client: httpx.Client) -> None:
    """A schedule without a time zone is in UTC."""
    created = client.post("/v1/tasks", json=FLOW).json()
    assert created["status"] == "scheduled"
    assert created["next_run"] == tomorrow_at(created["created_at"], hour=1)


def test_the_printed_error(client: httpx.Client) -> None:
    """A frame whose time is none is refused with the printed fields, the field and the issue among its details."""
    frame = {**printed("v1.telemetry.send_frame", "request"), "timestamp": "yesterday"}
    refused = client.post("/v1/telemetry/frames", json=frame, headers={"X-Request-ID": "req-xyz789"})
    assert refused.status_code == 400
    resembles(refused.json(), printed("v1.telemetry.send_frame", "400"), free=("details",))
    error = refused.json()["error"]
    assert (error["code"], error["request_id"]) == ("INVALID_REQUEST", "req-xyz789")
    assert error["details"] == {"field": "timestamp", "issue": error["details"]["issue"], "location": "body"}
    assert error["details"]["issue"]


@pytest.mark.parametrize(
    ("status", "code", "method", "path", "body"),
    [
        (400, "INVALID_REQUEST", "POST", "/v1/tasks", {"name": "n", "type": "scheduled"}),
        (400, "INVALID_REQUEST", "GET", "/v1/tasks?limit=101", None),
        (404, "NOT_FOUND", "GET", "/v1/tasks/task-none", None),
        (409, "CONFLICT", "PATCH", "/v1/tasks/{done}", {"status": "running"}),
        (422, "VALIDATION_ERROR", "POST", "/v1/tasks", {**FLOW, "schedule": {"cron": "0 0 30 2 *"}}),
        (422, "VALIDATION_ERROR", "POST", "/v1/tasks", {**FLOW, "schedule": {"cron": "0 0 * * *", "timezone": "Mars"}}),
        (422, "VALIDATION_ERROR", "PATCH", "/v1/tasks/{open}", {"schedule": {"cron": "0 0 30 2 *"}}),
        (405, "METHOD_NOT_ALLOWED", "PUT", "/v1/tasks", {}),
    ],
)
def test_the_printed_codes(
    client: httpx.Client, status: int, code: str, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """Each failure has its status and the printed code."""
    done, unfinished = (client.post("/v1/tasks", json=ONCE).json()["task_id"] for _ in range(2))
    client.patch(f"/v1/tasks/{done}", json={"status": "failed"})
    refused = client.request(method, path.format(done=done, open=unfinished), json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("status", STATUSES)
def test_lists_are_filtered_by_status(client: httpx.Client, status: str) -> None:
    """A task is listed under the name of its status, and under no other."""
    identifier = client.post("/v1/tasks", json=FLOW if status == "scheduled" else ONCE).json()["task_id"]
    assert client.patch(f"/v1/tasks/{identifier}", json={"status": status}).json()["status"] == status
    for name in STATUSES:
        listed = client.get("/v1/tasks", params={"status": name}).json()
        assert [task["task_id"] for task in listed["tasks"]] == ([identifier] if name == status else [])
        assert listed["total"] == (name == status)


def test_lists_are_filtered_by_type_and_tags(client: httpx.Client) -> None:
    """All of the tags must be there, written as key and value."""
    wanted = client.post("/v1/tasks", json=CREATE).json()["task_id"]
    client.post("/v1/tasks", json={**FLOW, "tags": {"team": "analytics"}})
    client.post("/v1/tasks", json=ONCE)
    for query, count in (
        ({"tags": "team:analytics"}, 2),
        ({"tags": "team:analytics,priority:high"}, 1),
        ({"tags": "team:other"}, 0),
        ({"type": "scheduled"}, 2),
        ({"type": "one_time", "tags": "team:analytics"}, 0),
    ):
        assert client.get("/v1/tasks", params=query).json()["total"] == count
    found = client.get("/v1/tasks", params={"tags": "priority:high,team:analytics"}).json()["tasks"]
    assert [task["task_id"] for task in found] == [wanted]


@pytest.mark.parametrize(
    "query", [{"status": "in_progress"}, {"limit": 101}, {"tags": "team"}, {"tags": ""}, {"type": ""}]
)
def test_lists_refuse_what_the_dialect_does_not_know(client: httpx.Client, query: dict[str, Any]) -> None:
    """Another dialect's status, and limits beyond the printed ones, are refused."""
    assert client.get("/v1/tasks", params=query).status_code == 400


def test_lists_are_paged(client: httpx.Client) -> None:
    """Limit and offset lead through all tasks, and a page beyond them is empty."""
    for _ in range(3):
        client.post("/v1/tasks", json=ONCE)
    pages = [client.get("/v1/tasks", params={"limit": 2, "offset": offset}).json() for offset in (0, 2, 4)]
    assert [len(page["tasks"]) for page in pages] == [2, 1, 0]
    assert {page["total"] for page in pages} == {3}


def tomorrow_at(created: str, hour: int) -> str:
    """The next time that the clock shows this hour, as the dialect prints it."""
    moment = datetime.fromisoformat(created).astimezone(UTC)
    due = moment.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (due if due > moment else due + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
