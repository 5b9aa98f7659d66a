"""Tasks as the GGI specification prints them."""

from typing import Any

import httpx
import pytest

from tests.dialects.printed import printed
from tests.dialects.shapes import resembles

CREATE = {
    "name": "Process dataset XYZ",
    "type": "data_processing",
    "priority": "high",
    "assigned_to": "agent_euystacio_001",
    "parameters": {"dataset_id": "ds_xyz", "operations": ["normalize", "classify"]},
    "dependencies": ["task_abc"],
    "deadline": "2025-11-04T00:00:00Z",
}
CREATED = {
    "task_id": "task_new123",
    "status": "pending",
    "created_at": "2025-11-03T01:54:29Z",
    "estimated_duration_seconds": 3600,
}
WORKFLOW = {
    "name": "Analyze document",
    "type": "text_analysis",
    "assigned_to": "agent_custom_001",
    "parameters": {"document_id": "doc_123"},
}
LISTED = {
    "tasks": [
        {
            "task_id": "task_123",
            "name": "Process dataset XYZ",
            "status": "in_progress",
            "progress_percent": 65,
            "assigned_to": "agent_euystacio_001",
        }
    ],
    "total": 142,
    "limit": 50,
    "offset": 0,
}
READ = {
    "task_id": "task_123",
    "name": "Process dataset XYZ",
    "status": "completed",
    "result": {"records_processed": 10000, "accuracy": 0.95},
    "timeline": {
        "created_at": "2025-11-03T00:00:00Z",
        "started_at": "2025-11-03T00:05:00Z",
        "completed_at": "2025-11-03T01:54:00Z",
    },
}
UNPRINTED = ("type", "priority", "progress_percent", "assigned_to", "parameters", "dependencies", "deadline", "notes")
UPDATE = {"status": "in_progress", "progress_percent": 75, "notes": "Processing batch 7 of 10"}
STATUSES = ("scheduled", "pending", "in_progress", "blocked", "completed", "failed", "cancelled", "timeout")
REACHABLE = STATUSES[1:]


def test_the_printed_requests(client: httpx.Client) -> None:
    """Create, list, update, complete, read and delete, as printed, are answered as printed."""
    created = client.post("/tasks", json=CREATE)
    assert created.status_code == 201
    resembles(created.json(), CREATED)
    identifier = created.json()["task_id"]
    assert identifier.startswith("task_")
    assert created.headers["location"] == f"/tasks/{identifier}"
    updated = client.patch(f"/tasks/{identifier}", json=UPDATE)
    assert updated.status_code == 200
    assert {name: updated.json()[name] for name in UPDATE} == UPDATE
    resembles(client.get("/tasks").json(), LISTED)
    client.patch(f"/tasks/{identifier}", json={"status": "completed", "result": READ["result"]})
    read = client.get(f"/tasks/{identifier}").json()
    resembles(read, READ, more=UNPRINTED)
    assert {name: read[name] for name in CREATE} == CREATE
    assert client.delete(f"/tasks/{identifier}").json() == {"status": "deleted", "task_id": identifier}
    assert client.get(f"/tasks/{identifier}").status_code == 404


def test_the_printed_workflow(client: httpx.Client) -> None:
    """A client that polls, as printed, sees its task completed."""
    identifier = client.post("/tasks", json=WORKFLOW).json()["task_id"]
    assert client.get(f"/tasks/{identifier}").json()["status"] != "completed"
    client.patch(f"/tasks/{identifier}", json={"status": "completed"})
    assert client.get(f"/tasks/{identifier}").json()["status"] == "completed"


def test_the_printed_error(client: httpx.Client) -> None:
    """Metrics without the parameter that the specification misses are refused word for word as it prints it."""
    metrics = {**printed("ggi.telemetry.submit_metrics", "request")}
    del metrics["agent_id"]
    refused = client.post("/telemetry/metrics", json=metrics, headers={"X-Request-ID": "req_abc123"})
    assert (refused.status_code, refused.json()) == (400, printed("ggi.telemetry.submit_metrics", "400"))


@pytest.mark.parametrize(
    ("status", "code", "method", "path", "body"),
    [
        (400, "invalid_request", "GET", "/tasks?limit=0", None),
        (404, "not_found", "GET", "/tasks/task_none", None),
        (404, "not_found", "PATCH", "/tasks/task_none", UPDATE),
        (404, "not_found", "DELETE", "/tasks/task_none", None),
        (409, "conflict", "PATCH", "/tasks/{done}", UPDATE),
        (405, "method_not_allowed", "PUT", "/tasks", {}),
    ],
)
def test_the_printed_codes(
    client: httpx.Client, status: int, code: str, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """Each failure has the status and the code of the table."""
    done = client.post("/tasks", json=WORKFLOW).json()["task_id"]
    client.patch(f"/tasks/{done}", json={"status": "failed"})
    refused = client.request(method, path.format(done=done), json=body)
    assert refused.status_code == status
    assert refused.json()["error"]["code"] == code
    assert refused.json()["error"]["request_id"] == refused.headers["x-request-id"]


@pytest.mark.parametrize("status", REACHABLE)
def test_lists_are_filtered_by_status(client: httpx.Client, status: str) -> None:
    """A task is listed under the name of its status, and under no other."""
    identifier = client.post("/tasks", json=WORKFLOW).json()["task_id"]
    assert client.patch(f"/tasks/{identifier}", json={"status": status}).json()["status"] == status
    for name in STATUSES:
        listed = client.get("/tasks", params={"status": name}).json()
        assert [task["task_id"] for task in listed["tasks"]] == ([identifier] if name == status else [])
        assert listed["total"] == (name == status)


@pytest.mark.parametrize(
    "query", [{"status": "running"}, {"status": ""}, {"limit": 201}, {"offset": -1}, {"priority": "x"}]
)
def test_lists_refuse_what_the_dialect_does_not_know(client: httpx.Client, query: dict[str, Any]) -> None:
    """Another dialect's status, and limits beyond the printed ones, are refused."""
    assert client.get("/tasks", params=query).status_code == 400


def test_lists_are_paged(client: httpx.Client) -> None:
    """Limit and offset lead through all tasks, the newest first; totals count all that agree with the filters."""
    names = [f"task {number}" for number in range(5)]
    for name in names:
        client.post("/tasks", json={**WORKFLOW, "name": name, "priority": "low" if name == "task 0" else "urgent"})
    pages = [client.get("/tasks", params={"limit": 2, "offset": offset}).json() for offset in (0, 2, 4, 6)]
    assert [[task["name"] for task in page["tasks"]] for page in pages][-1] == []
    listed = [task["name"] for page in pages for task in page["tasks"]]
    assert sorted(listed) == names
    assert {(page["total"], page["limit"]) for page in pages} == {(5, 2)}
    urgent = client.get("/tasks", params={"priority": "urgent", "assigned_to": "agent_custom_001", "limit": 200}).json()
    assert (urgent["total"], len(urgent["tasks"])) == (4, 4)
    assert client.get("/tasks", params={"assigned_to": "agent_other"}).json()["total"] == 0


@pytest.mark.parametrize("where", ["header", "body", "both"])
def test_a_repeated_request_has_one_effect(client: httpx.Client, where: str) -> None:
    """The key may come in the header or in the body; another request with it is a conflict."""
    headers = {"idempotency_key": "cmd_unique_123"} if where != "body" else {}
    body = {**WORKFLOW, **({"idempotency_key": "cmd_unique_123"} if where != "header" else {})}
    first, second = (client.post("/tasks", json=body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert client.get("/tasks").json()["total"] == 1
    other = client.post("/tasks", json={**body, "name": "other"}, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")


def test_two_keys_are_no_key(client: httpx.Client) -> None:
    """A header and a body that name different keys are refused."""
    body = {**WORKFLOW, "idempotency_key": "one"}
    assert client.post("/tasks", json=body, headers={"idempotency_key": "two"}).status_code == 409


def test_a_deadline_is_shown_in_utc(client: httpx.Client) -> None:
    """A deadline with an offset is the same moment."""
    for given, shown in {
        "2025-11-04T01:00:00.999+01:00": "2025-11-04T00:00:00Z",
        "2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00": "9999-12-31T23:59:59Z",
    }.items():
        identifier = client.post("/tasks", json={**WORKFLOW, "deadline": given}).json()["task_id"]
        assert client.get(f"/tasks/{identifier}").json()["deadline"] == shown
