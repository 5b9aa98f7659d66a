"""Tasks as the SDK guide calls them, and what our own dialect adds."""

from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest

from tests.dialects.shapes import kind

CREATE = {
    "title": "Deploy feature XYZ",
    "description": "Deploy the new authentication feature",
    "type": "deployment",
    "priority": "high",
    "assignee": "ai_agent_001",
}
WORKFLOW = {"title": "Deploy Feature XYZ", "type": "deployment", "priority": "high"}
UPDATE = {"status": "in_progress", "progress": 50}
BLOCK = {"status": "blocked", "notes": "Critical issues found in code review"}


def sealed(place: str) -> str:
    """A cursor to a place."""
    return urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


STATUSES = ("scheduled", "pending", "in_progress", "blocked", "completed", "failed", "cancelled", "timeout")


def test_the_printed_calls(client: httpx.Client) -> None:
    """Create and update as printed; the task says back what it was told."""
    created = client.post("/v2/tasks", json=CREATE)
    assert created.status_code == 201
    task = created.json()
    assert {name: task[name] for name in CREATE} == CREATE
    assert created.headers["location"] == f"/v2/tasks/{task['task_id']}"
    assert {kind(task[name]) for name in ("created_at", "updated_at")} == {"milliseconds"}
    updated = client.patch(f"/v2/tasks/{task['task_id']}", json=UPDATE)
    assert {name: updated.json()[name] for name in UPDATE} == UPDATE


def test_the_printed_workflow(client: httpx.Client) -> None:
    """A deployment is blocked with a note, or completed."""
    identifier = client.post("/v2/tasks", json=WORKFLOW).json()["task_id"]
    blocked = client.patch(f"/v2/tasks/{identifier}", json=BLOCK).json()
    assert {name: blocked[name] for name in BLOCK} == BLOCK
    assert client.patch(f"/v2/tasks/{identifier}", json={"status": "completed"}).json()["status"] == "completed"


def test_the_printed_error_code(stranger: httpx.Client) -> None:
    """A wrong key is `AUTHENTICATION_FAILED`."""
    refused = stranger.get("/v2/tasks", headers={"Authorization": "Bearer nexus_api_xxxxxxxxxx"})
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (401, "AUTHENTICATION_FAILED")
    assert set(error) == {"code", "message", "details", "request_id", "timestamp"}
    assert kind(error["timestamp"]) == "milliseconds"


@pytest.mark.parametrize("status", STATUSES)
def test_lists_are_filtered_by_status(client: httpx.Client, status: str) -> None:
    """A task is listed under the name of its status, and under no other."""
    body = {**WORKFLOW, "schedule": {"cron": "0 2 * * *"}} if status == "scheduled" else WORKFLOW
    identifier = client.post("/v2/tasks", json=body).json()["task_id"]
    assert client.patch(f"/v2/tasks/{identifier}", json={"status": status}).json()["status"] == status
    for name in STATUSES:
        listed = client.get("/v2/tasks", params={"status": name}).json()
        assert [task["task_id"] for task in listed["data"]] == ([identifier] if name == status else [])


def test_cursors_lead_through_all(client: httpx.Client) -> None:
    """Pages follow each other without repeating or skipping while tasks are added."""
    created = [client.post("/v2/tasks", json={"title": f"task {number}"}).json()["task_id"] for number in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/v2/tasks", params={"limit": 2, **cursor}).json()
        seen += [task["task_id"] for task in page["data"]]
        client.post("/v2/tasks", json={"title": "meanwhile"})
        if not page["has_more"]:
            assert "next_cursor" not in page
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == sorted(created)


@pytest.mark.parametrize(
    ("cursor", "status"),
    [
        ("", 400),
        ("a.b", 400),
        ("x", 422),
        ("____", 422),
        (sealed("00000000000g.task_1"), 422),
        (sealed("000000000000."), 422),
        (sealed("000000000000.a\n"), 422),
        (sealed("ffffffffffff.a"), 200),
        (sealed("000000000000.a"), 200),
        (sealed("000000000000." + "a" * 128), 200),
    ],
)
def test_a_cursor_of_nobody_is_harmless(client: httpx.Client, cursor: str, status: int) -> None:
    """A cursor that was never given is refused, or leads to some place in the list."""
    assert client.get("/v2/tasks", params={"cursor": cursor}).status_code == status


def test_a_refused_cursor_is_named(client: httpx.Client) -> None:
    """What is wrong is the cursor, and it stands in the query."""
    error = client.get("/v2/tasks", params={"cursor": "x"}).json()["error"]
    assert (error["code"], error["details"]) == ("VALIDATION_ERROR", {"field": "cursor", "location": "query"})


def test_a_cursor_says_nothing(client: httpx.Client) -> None:
    """A cursor does not show the identifier of the task that it stands behind."""
    for _ in range(2):
        client.post("/v2/tasks", json=WORKFLOW)
    page = client.get("/v2/tasks", params={"limit": 1}).json()
    assert "task" not in page["next_cursor"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, ["c", "b", "a"]),
        ({"type": "backup"}, ["b", "a"]),
        ({"tags": "team:ops"}, ["c", "a"]),
        ({"tags": "team:ops,site:rome"}, ["a"]),
        ({"type": "backup", "tags": "team:ops"}, ["a"]),
        ({"type": "backup", "tags": "team:none"}, []),
    ],
)
def test_lists_are_filtered_by_type_and_tags(client: httpx.Client, query: dict[str, str], titles: list[str]) -> None:
    """A list shows the tasks of a type, and those that have every tag."""
    client.post("/v2/tasks", json={"title": "a", "type": "backup", "tags": {"team": "ops", "site": "rome"}})
    client.post("/v2/tasks", json={"title": "b", "type": "backup", "tags": {"team": "lab"}})
    client.post("/v2/tasks", json={"title": "c", "tags": {"team": "ops"}})
    assert [task["title"] for task in client.get("/v2/tasks", params=query).json()["data"]] == titles


def test_a_filtered_list_is_paged(client: httpx.Client) -> None:
    """A cursor leads through a filtered list too."""
    for number in range(3):
        client.post("/v2/tasks", json={"title": str(number), "tags": {"team": "ops"}})
        client.post("/v2/tasks", json={"title": "other"})
    query = {"tags": "team:ops", "limit": 2}
    first = client.get("/v2/tasks", params=query).json()
    second = client.get("/v2/tasks", params={**query, "cursor": first["next_cursor"]}).json()
    assert [task["title"] for task in (*first["data"], *second["data"])] == ["2", "1", "0"]


def test_a_retry_policy_is_completed(client: httpx.Client) -> None:
    """The figures that a retry policy leaves out are the contract's, on creation and on change."""
    policy = {"max_retries": 5}
    whole = {"max_retries": 5, "backoff_multiplier": 2, "initial_delay_seconds": 60}
    created = client.post("/v2/tasks", json={**WORKFLOW, "retry_policy": policy})
    assert created.json()["retry_policy"] == whole
    plain = client.post("/v2/tasks", json=WORKFLOW)
    assert "retry_policy" not in plain.json()
    assert client.patch(plain.headers["location"], json={"retry_policy": policy}).json()["retry_policy"] == whole


def test_deleted_tasks_show_to_those_who_ask(client: httpx.Client) -> None:
    """A list with `include=deleted` shows what is gone, and when it went; nothing else does."""
    identifier = client.post("/v2/tasks", json=WORKFLOW).json()["task_id"]
    assert client.delete(f"/v2/tasks/{identifier}").json() == {"task_id": identifier, "status": "deleted"}
    assert client.get(f"/v2/tasks/{identifier}").status_code == 404
    assert client.get("/v2/tasks", params={"status": "cancelled"}).json()["data"] == []
    for query in ({}, {"status": "cancelled"}):
        listed = client.get("/v2/tasks", params={"include": "deleted", **query}).json()["data"]
        assert [(task["task_id"], task["status"]) for task in listed] == [(identifier, "cancelled")]
        assert kind(listed[0]["deleted_at"]) == "milliseconds"


def test_entity_tags_keep_changes_apart(client: httpx.Client) -> None:
    """A change names the version that was read; a stale one is refused with the present tag."""
    created = client.post("/v2/tasks", json=WORKFLOW)
    path, tag = created.headers["location"], created.headers["etag"]
    assert client.get(path).headers["etag"] == tag
    changed = client.patch(path, json=UPDATE, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    for method, body in (("PATCH", UPDATE), ("DELETE", None)):
        refused = client.request(method, path, json=body, headers={"If-Match": tag})
        assert (refused.status_code, refused.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
        assert refused.headers["etag"] == changed.headers["etag"]
    assert client.patch(path, json=BLOCK, headers={"If-Match": "*"}).status_code == 200
    assert client.patch(path, json=UPDATE, headers={"If-Match": '"foreign"'}).status_code == 412
    latest = client.get(path).headers["etag"]
    assert client.delete(path, headers={"If-Match": latest}).status_code == 200


@pytest.mark.parametrize("tag", ['"' + "9" * 64 + '"', '"0"', '"-1"', '"1_0"', "bare", 'W/"1"'])
def test_no_tag_is_a_defect(client: httpx.Client, tag: str) -> None:
    """A tag that was never given matches nothing."""
    path = client.post("/v2/tasks", json=WORKFLOW).headers["location"]
    assert client.patch(path, json=UPDATE, headers={"If-Match": tag}).status_code == 412


def test_a_repeated_request_has_one_effect(client: httpx.Client) -> None:
    """`Idempotency-Key` makes a repeated request safe, and names one request only."""
    headers = {"Idempotency-Key": "deploy-1"}
    first, second = (client.post("/v2/tasks", json=WORKFLOW, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert len(client.get("/v2/tasks").json()["data"]) == 1
    other = client.post("/v2/tasks", json=CREATE, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "CONFLICT")
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b"), *client.headers.items()]
    assert client.post("/v2/tasks", json=WORKFLOW, headers=twice).status_code == 400


def test_null_takes_a_field_away(client: httpx.Client) -> None:
    """What may be missing can be removed again; what every task has cannot."""
    given = {
        "description": "d", "assignee": "ai_agent_001", "deadline": "2031-11-04T02:00:00Z", "notes": "n",
        "schedule": {"cron": "0 1 * * *"}, "retry_policy": {"max_retries": 1},
    }  # fmt: skip
    place = client.post("/v2/tasks", json={"title": "t"}).headers["location"]
    assert given.keys() <= client.patch(place, json=given).json().keys()
    bare = client.patch(place, json=dict.fromkeys(given)).json()
    assert not given.keys() & bare.keys() and bare["status"] == "pending"
    assert client.get(place).json() == bare
    for name in ("title", "priority", "tags", "timeout_seconds"):
        assert client.patch(place, json={name: None}).status_code == 400


@pytest.mark.parametrize("schedule", [{"cron": "0 0 30 2 *"}, {"cron": "0 0 * * *", "timezone": "Mars/Base"}])
def test_a_schedule_without_sense_is_unprocessable(client: httpx.Client, schedule: dict[str, Any]) -> None:
    """What no schema can say is 422, on creation and on change."""
    refused = client.post("/v2/tasks", json={**WORKFLOW, "schedule": schedule})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    path = client.post("/v2/tasks", json=WORKFLOW).headers["location"]
    assert client.patch(path, json={"schedule": schedule}).status_code == 422


def test_a_task_needs_a_title_only(client: httpx.Client) -> None:
    """Everything else has a default."""
    task = client.post("/v2/tasks", json={"title": "My first task"}).json()
    assert (task["type"], task["priority"], task["progress"], task["status"]) == ("one_time", "normal", 0, "pending")
    assert client.post("/v2/tasks", json={"title": "x", "type": "scheduled"}).status_code == 400
