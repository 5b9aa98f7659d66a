"""The audit log in the dialects that show it."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.serving import Connect, Running, eventually

EVENT = {
    "event_id": "audit_123",
    "event_type": "task_execution",
    "user_id": "user_123",
    "agent_id": "web_agent",
    "details": {"task_id": "task_456", "task_type": "web_scrape", "success": True, "execution_time": 5.0},
    "timestamp": 1703980800,
    "ip_address": "192.168.1.100",
    "user_agent": "LexOS-Frontend/1.0",
}
READERS = {"/api/admin/audit": "events", "/v2/audit": "data"}


@pytest.fixture
def task(client: httpx.Client) -> str:
    """A task that an agent has carried out."""
    given = {"task_type": "web_scrape", "parameters": {}}
    identifier = client.post("/api/agents/web_agent/task", json=given).json()["task_id"]
    client.patch(f"/api/tasks/{identifier}", json={"status": "running"})
    client.patch(f"/api/tasks/{identifier}", json={"status": "completed"})
    return identifier


def test_the_printed_list(client: httpx.Client, task: str) -> None:
    """LexOS' own request is answered as printed."""
    answer = client.get("/api/admin/audit", params={"event_type": "task_execution", "limit": 100, "offset": 0}).json()
    assert {name: answer[name] for name in ("total", "limit", "offset")} == {"total": 1, "limit": 100, "offset": 0}
    (event,) = answer["events"]
    assert EVENT.keys() <= event.keys() and EVENT["details"].keys() <= event["details"].keys()
    assert (event["agent_id"], event["details"]["task_id"], event["details"]["success"]) == ("web_agent", task, True)
    assert abs(event["timestamp"] - time.time()) < 60


def test_lexos_pages_and_filters(client: httpx.Client, task: str) -> None:
    """By user and time too, and the total is of all that agree."""
    user = client.get("/api/admin/audit", params={"limit": 1}).json()["events"][0]["user_id"]
    now = int(time.time())

    def found(**params: object) -> tuple[int, int]:
        answer = client.get("/api/admin/audit", params={"event_type": "task_created", **params}).json()
        return len(answer["events"]), answer["total"]

    client.post("/v2/tasks", json={"title": "t"})
    assert found() == found(user_id=user) == found(since=now - 60, until=now + 60) == (2, 2)
    assert found(limit=1) == found(offset=1) == (1, 2)
    assert found(user_id="usr_other") == found(since=now + 60) == found(until=now - 60) == (0, 0)


def test_v2_pages_and_filters(client: httpx.Client, task: str) -> None:
    """Cursors lead through everything once; filters combine."""
    seen, query = [], {"limit": "2", "outcome": "success", "resource_id": task}
    while True:
        page = client.get("/v2/audit", params=query).json()
        seen += page["data"]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
    assert [entry["event_type"] for entry in seen] == ["task_execution", "task_updated", "task_created"]
    first = client.get("/v2/audit", params={"event_type": "task_created"}).json()["data"][0]
    assert first["operation"] == "lexos.tasks.submit_task"
    assert first["actor"] and first["agent_id"] == "web_agent" and first["ip_address"] == "127.0.0.1"
    moment = first["created_at"]
    until = client.get("/v2/audit", params={"until": moment}).json()["data"]
    since = client.get("/v2/audit", params={"since": moment, "actor": first["actor"]}).json()["data"]
    assert first["audit_id"] not in [entry["audit_id"] for entry in until]
    assert first["audit_id"] in [entry["audit_id"] for entry in since]


@pytest.mark.parametrize(
    ("path", "filtered", "items"), [("/api/admin/audit", "user_id", "events"), ("/v2/audit", "actor", "data")]
)
def test_a_key_is_found_by_what_it_did(
    client: httpx.Client, shared_server: Running, connect: Connect, path: str, filtered: str, items: str
) -> None:
    """Of two keys of one user each finds its own doings; the user finds both."""
    made = [client.post("/v2/api-keys", json={"label": "l", "scopes": ["task:write"]}).json() for _ in range(2)]
    for number, key in enumerate(made, 1):
        for _ in range(number):
            assert connect(shared_server, key["key"]).post("/v2/tasks", json={"title": "t"}).status_code == 201

    def found(actor: str) -> int:
        params = {filtered: actor, "event_type": "task_created"}
        return len(client.get(path, params=params).json()[items])

    assert [found(key["key_id"]) for key in made] == [1, 2]
    assert found(made[0]["created_by"]) == 3


def test_reading_the_log_is_in_the_log(client: httpx.Client) -> None:
    """Whoever looks is seen."""
    client.get("/v2/audit")
    wanted = {"event_type": "read"}
    assert eventually(lambda: client.get("/v2/audit", params=wanted).json()["data"] != [])
    assert "v2.audit.list_entries" in {
        entry["operation"] for entry in client.get("/v2/audit", params=wanted).json()["data"]
    }


def test_a_false_cursor_is_refused(client: httpx.Client) -> None:
    """A cursor that no list has given leads nowhere."""
    assert client.get("/v2/audit", params={"cursor": "AAAA"}).status_code == 422


@pytest.mark.parametrize("path", READERS)
def test_only_some_may_look(client_as: Callable[[str], httpx.Client], path: str) -> None:
    """A council may read the log, a guest may not."""
    assert client_as("council").get(path).status_code == 200
    assert client_as("guest").get(path).status_code == 403


@pytest.mark.parametrize(("path", "items"), READERS.items())
def test_tenants_do_not_see_each_other(
    client: httpx.Client, task: str, shared_server: object, connect: object, path: str, items: str
) -> None:
    """Another tenant's log is empty of ours."""
    other = connect(shared_server, shared_server.key_for("admin", "t_another"))
    assert task not in str(other.get(path).json()[items])
