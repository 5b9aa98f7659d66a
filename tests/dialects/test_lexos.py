"""Login and tasks as the LexOS documentation prints them."""

from typing import Any

import httpx
import pytest

from tests.dialects.shapes import resembles
from tests.serving import PASSWORD

LOGIN = {"username": "admin", "password": "Admin123!"}
SESSION = {
    "success": True,
    "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9...",
    "user": {
        "user_id": "uuid",
        "username": "admin",
        "role": "admin",
        "security_level": "ADMIN",
        "agent_access_level": "FULL",
    },
    "expires_at": 1703980800,
}
SUBMIT = {
    "task_type": "web_scrape",
    "parameters": {"url": "https://example.com", "extract_data": ["title", "content", "links"], "follow_links": False},
    "priority": "normal",
    "timeout": 60,
}
SUBMITTED = {
    "success": True,
    "task_id": "task_456",
    "agent_id": "web_agent",
    "status": "queued",
    "estimated_completion": 1703980860,
    "queue_position": 3,
}
READ = {
    "task_id": "task_456",
    "agent_id": "web_agent",
    "user_id": "user_123",
    "task_type": "web_scrape",
    "status": "completed",
    "priority": "normal",
    "parameters": {},
    "result": {"title": "Example Website", "links": ["https://link1.com"], "metadata": {"status_code": 200}},
    "created_at": 1703980800,
    "started_at": 1703980805,
    "completed_at": 1703980810,
    "execution_time": 5.0,
    "error": None,
}
LISTED = {"tasks": [], "total": 1547, "limit": 50, "offset": 0, "has_more": True}
CANCELLED = {"success": True, "task_id": "task_456", "status": "cancelled"}
ERROR = {
    "error": True,
    "code": "INVALID_TOKEN",
    "message": "Authentication token is invalid or expired",
    "details": {},
    "timestamp": 1703980800,
}
# What LexOS calls a status, and what the other dialects may call it.
WORDS = {
    "queued": ("pending", "blocked", "scheduled"),
    "running": ("running",),
    "completed": ("completed",),
    "failed": ("failed", "timeout"),
    "cancelled": ("cancelled",),
}


def test_the_printed_login(stranger: httpx.Client) -> None:
    """The printed credentials open a session as printed, whose token is a caller's from then on, in every dialect."""
    assert LOGIN["password"] == PASSWORD
    answer = stranger.post("/api/auth/login", json=LOGIN)
    assert answer.status_code == 200
    resembles(answer.json(), SESSION)
    assert {**answer.json()["user"], "user_id": "uuid"} == SESSION["user"]
    for path in ("/api/tasks", "/tasks", "/v1/tasks", "/v2/tasks"):
        assert stranger.get(path, headers={"Authorization": f"Bearer {answer.json()['token']}"}).status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "Admin123"}, {"username": "nobody"}, {"password": "admin123!"}])
def test_a_wrong_login_is_refused(stranger: httpx.Client, wrong: dict[str, str]) -> None:
    """A wrong name and a wrong password are answered alike."""
    answer = stranger.post("/api/auth/login", json={**LOGIN, **wrong})
    assert answer.status_code == 401
    assert answer.json()["message"] == "Invalid user name or password"


def test_the_printed_requests(client: httpx.Client) -> None:
    """Submit, read, list and cancel as printed are answered as printed."""
    submitted = client.post("/api/agents/web_agent/task", json=SUBMIT)
    assert submitted.status_code == 201
    resembles(submitted.json(), SUBMITTED)
    identifier = submitted.json()["task_id"]
    assert submitted.headers["location"] == f"/api/tasks/{identifier}"
    assert (submitted.json()["status"], submitted.json()["queue_position"]) == ("queued", 1)
    client.patch(f"/api/tasks/{identifier}", json={"status": "running"})
    client.patch(f"/api/tasks/{identifier}", json={"status": "completed", "result": READ["result"]})
    read = client.get(f"/api/tasks/{identifier}").json()
    resembles(read, {**READ, "parameters": SUBMIT["parameters"]}, more=("progress",))
    listed = client.get("/api/tasks?status=completed&agent_id=web_agent&limit=50&offset=0")
    resembles(listed.json(), LISTED)
    assert [task["task_id"] for task in listed.json()["tasks"]] == [identifier]
    cancelled = client.delete(f"/api/tasks/{identifier}")
    resembles(cancelled.json(), CANCELLED)
    assert cancelled.json() == {**CANCELLED, "task_id": identifier}
    assert client.get(f"/api/tasks/{identifier}").status_code == 404


def test_the_printed_error(stranger: httpx.Client) -> None:
    """A wrong token is refused as printed, with the time in seconds."""
    refused = stranger.get("/api/tasks", headers={"Authorization": "Bearer spent"})
    assert refused.status_code == 401
    resembles(refused.json(), ERROR, free=("details",))
    assert set(refused.json()["details"]) == {"request_id"}
    assert refused.json()["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("status", "code", "method", "path", "body"),
    [
        (400, "INVALID_REQUEST", "POST", "/api/agents/web_agent/task", {}),
        (400, "INVALID_REQUEST", "POST", "/api/agents/!/task", SUBMIT),
        (404, "NOT_FOUND", "GET", "/api/tasks/task_none", None),
        (409, "CONFLICT", "PATCH", "/api/tasks/{done}", {"status": "running"}),
        (405, "METHOD_NOT_ALLOWED", "POST", "/api/tasks", SUBMIT),
    ],
)
def test_codes(
    client: httpx.Client, status: int, code: str, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """Each failure has its status and its code."""
    done = client.post("/api/agents/web_agent/task", json=SUBMIT).json()["task_id"]
    client.patch(f"/api/tasks/{done}", json={"status": "failed", "error": "no net"})
    refused = client.request(method, path.format(done=done), json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["details"]["request_id"] == refused.headers["x-request-id"]


@pytest.mark.parametrize(("word", "status"), [(word, status) for word, names in WORDS.items() for status in names])
def test_lists_are_filtered_by_status(client: httpx.Client, word: str, status: str) -> None:
    """Whatever the other dialects call it, a task is listed under this dialect's word, and under no other."""
    body = {"name": "n", "type": "t", **({"schedule": {"cron": "0 2 * * *"}} if status == "scheduled" else {})}
    identifier = client.post("/v1/tasks", json=body).json()["task_id"]
    client.patch(f"/v1/tasks/{identifier}", json={"status": status})
    assert client.get(f"/api/tasks/{identifier}").json()["status"] == word
    for name in WORDS:
        listed = client.get("/api/tasks", params={"status": name}).json()
        assert [task["task_id"] for task in listed["tasks"]] == ([identifier] if name == word else [])
        assert listed["total"] == (name == word)


@pytest.mark.parametrize("query", [{"status": "pending"}, {"limit": 201}, {"agent_id": ""}, {"offset": "x"}])
def test_lists_refuse_what_the_dialect_does_not_know(client: httpx.Client, query: dict[str, Any]) -> None:
    """Another dialect's status, and what is beyond the limits, is refused."""
    assert client.get("/api/tasks", params=query).status_code == 400


def test_lists_say_whether_there_is_more(client: httpx.Client) -> None:
    """`has_more` is true until the last page; an agent's queue grows by one per task."""
    positions = [client.post("/api/agents/web_agent/task", json=SUBMIT).json()["queue_position"] for _ in range(3)]
    assert positions == [1, 2, 3]
    assert client.post("/api/agents/code_agent/task", json=SUBMIT).json()["queue_position"] == 1
    pages = [client.get("/api/tasks", params={"limit": 2, "offset": offset}).json() for offset in (0, 2, 4)]
    assert [(len(page["tasks"]), page["has_more"], page["total"]) for page in pages] == [
        (2, True, 4),
        (2, False, 4),
        (0, False, 4),
    ]


def test_progress_is_a_ratio(client: httpx.Client) -> None:
    """Progress from 0 to 1 here is a percentage elsewhere, to the last digit."""
    identifier = client.post("/api/agents/web_agent/task", json=SUBMIT).json()["task_id"]
    for ratio, percent in ((0.07, 7), (0.55, 55), (0.123, 12.3), (1, 100), (0, 0)):
        assert client.patch(f"/api/tasks/{identifier}", json={"progress": ratio}).json()["progress"] == ratio
        assert client.get(f"/tasks/{identifier}").json()["progress_percent"] == percent
    assert client.patch(f"/api/tasks/{identifier}", json={"progress": 1.01}).status_code == 400
