"""Agents as the references print them: registered, heard, found, specified and removed, each in its own words."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.dialects.shapes import resembles
from tests.receivers import Receiver
from tests.serving import ADMIN_KEY, Connect, Running, eventually
from tests.sockets import opened

Start = Callable[..., Running]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GGI = {
    "agent_id": "agent_custom_002",
    "name": "Custom Agent",
    "capabilities": ["custom_task"],
    "endpoint": "https://agent.example.com/api",
    "auth_token": "agent_token_...",
}
GGI_LIST = {
    "agents": [
        {
            "agent_id": "agent_euystacio_001",
            "name": "Euystacio",
            "status": "active",
            "capabilities": ["data_processing", "classification"],
            "load_percent": 45,
            "last_seen": "2025-11-03T01:54:20Z",
        }
    ]
}
V1 = {
    "agent_id": "agent-alpha-001",
    "name": "Analytics Agent",
    "type": "analytics",
    "capabilities": ["data_analysis", "anomaly_detection", "forecasting"],
    "model": {"name": "gpt-4", "version": "2025-01-01", "provider": "openai"},
    "resources": {"max_concurrent_tasks": 5, "memory_limit_mb": 4096},
    "metadata": {"owner": "analytics-team", "region": "us-west-2"},
}
V1_REGISTERED = {
    "agent_id": "agent-alpha-001",
    "status": "registered",
    "registered_at": "2025-11-03T01:53:54.550Z",
    "heartbeat_interval_seconds": 30,
}
V1_BEAT = {"status": "idle", "current_tasks": 0, "resource_usage": {"cpu_percent": 12.5, "memory_mb": 1024}}
LEXOS = {
    "agent_id": "web_agent",
    "name": "Web Research Agent",
    "description": "Advanced web scraping and research",
    "status": "active",
    "capabilities": [{"name": "web_scraping", "description": "Extract data from websites", "version": "2.0.0"}],
}
LEXOS_LIST = {
    "agents": [
        {
            **LEXOS,
            "current_tasks": 2,
            "total_tasks_completed": 1547,
            "average_response_time": 2.3,
            "last_activity": 1703980800,
        }
    ],
    "total_agents": 3,
    "active_agents": 3,
    "timestamp": 1703980800,
}
LEXOS_DETAILS = {
    **LEXOS,
    "configuration": {"rate_limit": 1.0, "max_concurrent_requests": 10, "timeout": 30},
    "metrics": {
        "uptime": 86400,
        "memory_usage": "245MB",
        "cpu_usage": 12.5,
        "tasks_in_queue": 2,
        "success_rate": 0.987,
    },
    "recent_tasks": [
        {
            "task_id": "task_123",
            "type": "web_scrape",
            "status": "completed",
            "created_at": 1703980700,
            "completed_at": 1703980705,
            "execution_time": 5.2,
        }
    ],
}
LEXOS_LOAD = {
    "status": "active",
    "uptime": 86400,
    "memory_usage": "245MB",
    "cpu_usage": 12.5,
    "tasks_completed": 1547,
    "success_rate": 0.987,
    "average_response_time": 2.3,
    "current_load": 0.2,
}
SUPPORT_BOT = """\
apiVersion: astromesh/v1
kind: Agent
metadata:
  name: support-bot
  version: "1.0.0"
spec:
  identity:
    display_name: "Support Bot"
  model:
    primary:
      provider: ollama
      model: "llama3.1:8b"
  orchestration:
    pattern: react
"""
YAML = {"Content-Type": "application/yaml"}


def registered(client: httpx.Client, **given: Any) -> None:
    """The agent of v1, with some things said otherwise."""
    answer = client.post("/v1/ai/agents/register", json={**V1, **given})
    assert answer.status_code == 201, answer.text


def deployed(client: httpx.Client, document: str = SUPPORT_BOT) -> httpx.Response:
    """A specification, sent."""
    return client.post("/api/v1/agents", content=document, headers=YAML)


def phase(client: httpx.Client) -> str:
    """How the agent of the mesh is."""
    return client.get("/api/v1/agents/support-bot").json()["status"]["phase"]


def test_ggi_registers_and_discovers_as_printed(client: httpx.Client) -> None:
    """The printed registration is taken, the agent is found by what it can, and its token is nowhere shown."""
    answer = client.post("/agents/register", json=GGI)
    assert (answer.status_code, answer.headers["location"]) == (201, "/agents/agent_custom_002")
    assert answer.json()["heartbeat_interval_seconds"] == 30
    found = client.get("/agents", params={"capabilities": "custom_task", "status": "active"}).json()
    resembles(found, GGI_LIST, more=("total", "limit", "offset", "endpoint", "registered_at"))
    assert [agent["agent_id"] for agent in found["agents"]] == ["agent_custom_002"]
    assert client.get("/agents", params={"capabilities": "another"}).json()["agents"] == []
    assert "agent_token" not in client.get("/agents/agent_custom_002").text


def test_ggis_first_workflow_registers_with_few_fields(client: httpx.Client) -> None:
    """An identifier and what it can are enough, and a task can be given to it."""
    few = {"agent_id": "agent_custom_001", "capabilities": ["text_analysis"]}
    assert client.post("/agents/register", json=few).status_code == 201
    assert client.get("/agents/agent_custom_001").json()["name"] == "agent_custom_001"
    task = {"name": "Analyze document", "type": "text_analysis", "assigned_to": "agent_custom_001"}
    assert client.post("/tasks", json=task).status_code == 201


def test_ggi_hears_and_forgets_an_agent(client: httpx.Client) -> None:
    """What a heartbeat leaves out stays; a deregistered agent is not found, and may register again."""
    client.post("/agents/register", json=GGI)
    path = "/agents/agent_custom_002"
    said = client.post(f"{path}/heartbeat", json={"status": "degraded", "load_percent": 45, "active_tasks": 3})
    assert said.json()["status"] == "degraded"
    assert client.post(f"{path}/heartbeat", json={}).json()["status"] == "degraded"
    assert client.get(path).json()["load_percent"] == 45
    assert client.post(f"{path}/heartbeat", json={"status": "active"}).json()["status"] == "active"
    assert client.delete(path).json() == {"status": "deregistered", "agent_id": "agent_custom_002"}
    assert client.get(path).status_code == client.post(f"{path}/heartbeat", json={}).status_code == 404
    assert client.post("/agents/register", json=GGI).status_code == 201


def test_an_idempotency_key_registers_once(client: httpx.Client) -> None:
    """The same request is answered as it was, another one under its key is a conflict."""
    headers = {"idempotency_key": "reg-1"}
    first = client.post("/agents/register", json=GGI, headers=headers)
    assert client.post("/agents/register", json=GGI, headers=headers).json() == first.json()
    assert client.post("/agents/register", json={**GGI, "name": "Other"}, headers=headers).status_code == 409


def test_a_private_endpoint_is_refused(client: httpx.Client) -> None:
    """In the words of each dialect."""
    inside = {"endpoint": "http://169.254.169.254/latest"}
    assert client.post("/agents/register", json={**GGI, **inside}).status_code == 400
    assert client.post("/v2/agents", json={"name": "Inside", **inside}).status_code == 422


def test_v1_registers_and_hears_as_printed(client: httpx.Client) -> None:
    """The printed registration and heartbeat are taken, and what they said is read again."""
    answer = client.post("/v1/ai/agents/register", json=V1)
    assert answer.status_code == 201
    resembles(answer.json(), V1_REGISTERED)
    assert answer.headers["location"] == "/v1/ai/agents/agent-alpha-001"
    before = client.get("/v1/ai/agents/agent-alpha-001").json()
    assert {name: before[name] for name in V1} == V1
    assert (before["status"], "last_heartbeat_at" in before) == ("registered", False)
    assert client.post("/v1/ai/agents/agent-alpha-001/heartbeat", json=V1_BEAT).json()["status"] == "idle"
    after = client.get("/v1/ai/agents/agent-alpha-001").json()
    assert (after["status"], after["resource_usage"]) == ("idle", V1_BEAT["resource_usage"])
    assert after["last_heartbeat_at"] >= after["registered_at"]
    assert client.get("/v1/ai/agents", params={"type": "analytics", "status": "idle"}).json()["total"] == 1
    assert client.delete("/v1/ai/agents/agent-alpha-001").json()["status"] == "deregistered"


def test_another_principal_gets_409_and_may_not_speak(client: httpx.Client, client_as: Callable[..., Any]) -> None:
    """The owner registers again; somebody else is refused, may send no heartbeat, and removes nothing."""
    registered(client)
    registered(client, name="Renamed")
    other = client_as("owner")
    assert other.post("/v1/ai/agents/register", json=V1).status_code == 409
    assert other.post("/agents/register", json={**GGI, "agent_id": V1["agent_id"]}).status_code == 409
    assert other.post("/v2/agents/agent-alpha-001/heartbeat").status_code == 403
    assert other.delete("/agents/agent-alpha-001").status_code == 403
    assert client.get("/v1/ai/agents/agent-alpha-001").json()["name"] == "Renamed"


def test_v2_pages_filters_and_changes(client: httpx.Client) -> None:
    """Pages by cursor, combined filters, entity tags, and a change that only its reader makes."""
    for number in range(3):
        body = {"name": f"A{number}", "agent_id": f"a{number}", "type": "review", "tags": {"team": "ops"}}
        made = client.post("/v2/agents", json={**body, "capabilities": [{"name": "code_review"}]})
        assert made.status_code == 201
    first = client.get("/v2/agents", params={"limit": 2, "capabilities": "code_review", "tags": "team:ops"}).json()
    rest = client.get("/v2/agents", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [agent["agent_id"] for agent in first["data"] + rest["data"]] == ["a2", "a1", "a0"]
    client.post("/v2/agents/a0/heartbeat", json={"status": "busy"})
    free = client.get("/v2/agents", params={"available": True, "type": "review"}).json()["data"]
    assert [agent["agent_id"] for agent in free] == ["a2", "a1"]
    tag = {"If-Match": made.headers["etag"]}
    client.post("/v2/agents/a2/heartbeat")
    changed = client.patch("/v2/agents/a2", json={"name": "Better"}, headers=tag)
    assert (changed.status_code, changed.json()["name"]) == (200, "Better")
    assert client.patch("/v2/agents/a2", json={"name": "Late"}, headers=tag).status_code == 412
    assert client.delete("/v2/agents/a2", headers=tag).status_code == 412
    assert client.delete("/v2/agents/a2").json() == {"agent_id": "a2", "status": "deleted"}


def test_a_heartbeat_says_whether_there_is_work(client: httpx.Client) -> None:
    """Once a command waits for the agent, by its name or for what it can do, and until it is taken."""
    registered(client)
    path = "/v2/agents/agent-alpha-001"

    def is_told(expected: bool) -> bool:
        return eventually(lambda: client.post(f"{path}/heartbeat").json()["pending_work"] is expected)

    client.post("/v2/tasks", json={"title": "Nothing to take yet", "assignee": "agent-alpha-001"})
    assert client.post(f"{path}/heartbeat").json()["pending_work"] is False
    for whom in ({"target": "agent-alpha-001"}, {"service": "forecasting"}):
        client.post("/v2/commands", json={"command_type": "look", **whom})
        assert is_told(True)
        assert len(client.post(f"{path}/leases").json()["data"]) == 1
        assert is_told(False)


def test_a_heartbeat_tells_once_which_leases_are_lost(client: httpx.Client) -> None:
    """One that was cancelled is named in the next answer, and in no later one; one that is done is not lost."""
    registered(client)
    path = "/v2/agents/agent-alpha-001"
    made = [client.post("/v2/commands", json={"command_type": "x", "target": "agent-alpha-001"}) for _ in range(2)]
    leases = client.post(f"{path}/leases", json={"max_leases": 2}).json()["data"]
    assert client.post(f"{path}/heartbeat").json()["lost_leases"] == []
    client.post(f"/v2/commands/{made[0].json()['command_id']}/cancel")
    done = next(lease for lease in leases if lease["work"]["command_id"] == made[1].json()["command_id"])
    said = {"fencing_token": done["fencing_token"]}
    assert client.post(f"{path}/leases/{done['lease_id']}/complete", json=said).status_code == 200
    (lost,) = (lease["lease_id"] for lease in leases if lease is not done)
    assert client.post(f"{path}/heartbeat").json()["lost_leases"] == [lost]
    assert client.post(f"{path}/heartbeat").json()["lost_leases"] == []


def test_lexos_shows_agents_and_what_came_of_their_work(client: httpx.Client) -> None:
    """List, details and figures are as printed, and follow from the tasks themselves."""
    capability = {"name": "web_scraping", "description": "Extract data from websites", "version": "2.0.0"}
    configuration = {"configuration": {"rate_limit": 1.0, "timeout": 30}}
    told = {"description": "Advanced web scraping and research", "resources": {"max_concurrent_tasks": 10}}
    body = {"agent_id": "web_agent", "name": "Web Research Agent", "capabilities": [capability], **told}
    client.post("/v2/agents", json={**body, "metadata": configuration})
    client.post("/v2/agents/web_agent/heartbeat", json={"resource_usage": {"cpu_percent": 12.5, "memory_mb": 245}})
    tasks = [client.post("/api/agents/web_agent/task", json={"task_type": "web_scrape"}).json() for _ in range(4)]
    for task, status in zip(tasks, ("completed", "completed", "failed"), strict=False):
        client.patch(f"/api/tasks/{task['task_id']}", json={"status": "running"})
        client.patch(f"/api/tasks/{task['task_id']}", json={"status": status})
    listed = client.get("/api/agents").json()
    resembles(listed, LEXOS_LIST)
    assert (listed["total_agents"], listed["active_agents"]) == (1, 1)
    assert listed["agents"][0]["total_tasks_completed"] == 2
    details = client.get("/api/agents/web_agent").json()
    resembles({**details, "recent_tasks": details["recent_tasks"][2:]}, LEXOS_DETAILS)
    assert details["configuration"] == {"rate_limit": 1.0, "timeout": 30, "max_concurrent_requests": 10}
    assert (details["metrics"]["memory_usage"], details["metrics"]["tasks_in_queue"]) == ("245MB", 1)
    assert details["metrics"]["success_rate"] == pytest.approx(2 / 3)
    assert [task["status"] for task in details["recent_tasks"]] == ["queued", "failed", "completed", "completed"]
    resembles(client.get("/api/system/metrics/agents").json()["agents"]["web_agent"], LEXOS_LOAD)


def test_mesh_takes_the_printed_specification(client: httpx.Client) -> None:
    """The printed file is taken, the embedded node confirms it, and it reads as it was written."""
    made = deployed(client)
    assert made.status_code == 201
    resembles(made.json(), {"name": "support-bot", "namespace": "tenant-..."})
    assert made.headers["location"] == "/api/v1/agents/support-bot"
    assert eventually(lambda: phase(client) == "Running")
    read = client.get("/api/v1/agents/support-bot").json()
    assert read["metadata"] == {"name": "support-bot", "version": "1.0.0"}
    assert read["spec"]["model"] == {"primary": {"provider": "ollama", "model": "llama3.1:8b"}}
    assert read["status"]["nodeAck"] is True
    status = client.get("/api/v1/agents/support-bot/status").json()
    assert (status["phase"], status["nodeAck"], "lastSyncedAt" in status) == ("Running", True, True)
    assert [one["name"] for one in client.get("/api/v1/agents", params={"phase": "Running"}).json()] == ["support-bot"]
    lines = client.get("/api/v1/agents/support-bot/logs").json()
    assert [line["message"] for line in lines] == ["It was registered", "Its node has confirmed it"]
    metrics = client.get("/api/v1/agents/support-bot/metrics").json()
    assert (metrics["tasksCompleted"], metrics["currentTasks"], metrics["uptimeSeconds"] >= 0) == (0, 0, True)
    assert deployed(client).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (SUPPORT_BOT.replace("pattern: react", "pattern: 7"), "spec.orchestration.pattern"),
        (SUPPORT_BOT.replace("provider: ollama", "x: y"), "spec.model.primary"),
        (SUPPORT_BOT.replace("  name: support-bot\n", ""), "metadata"),
        (SUPPORT_BOT + "  tools: [\n", "line 1"),
    ],
)
def test_a_wrong_specification_is_refused_with_its_place(client: httpx.Client, wrong: str, place: str) -> None:
    """400, and the message says where."""
    answer = deployed(client, wrong)
    assert answer.status_code == 400
    assert place in answer.json()["error"]


def test_mesh_replaces_and_removes_a_specification(client: httpx.Client) -> None:
    """Another specification is read again, another name is refused, an unknown one is 404, and the end is one."""
    deployed(client)
    changed = SUPPORT_BOT.replace("Support Bot", "Help Desk").replace("1.0.0", "1.1.0")
    put = client.put("/api/v1/agents/support-bot", content=changed, headers=YAML)
    assert (put.status_code, put.json()["metadata"]["version"]) == (200, "1.1.0")
    assert client.get("/v2/agents/support-bot").json()["name"] == "Help Desk"
    other = changed.replace("support-bot", "other-bot")
    refused = client.put("/api/v1/agents/support-bot", content=other, headers=YAML)
    assert (refused.status_code, "metadata.name" in refused.json()["error"]) == (400, True)
    assert client.put("/api/v1/agents/other-bot", content=other, headers=YAML).status_code == 404
    assert client.delete("/api/v1/agents/support-bot").json() == {"name": "support-bot", "status": "deleted"}
    assert client.get("/v2/agents/support-bot").status_code == client.get("/agents/support-bot").status_code == 404


@pytest.fixture
def node() -> Iterator[Receiver]:
    """A tenant's node."""
    with Receiver() as started:
        yield started


@pytest.fixture
def tenant_with_node(serve: Start, connect: Connect) -> Callable[[str], httpx.Client]:
    """Makes a client of a tenant whose node is at an address."""

    def make(url: str) -> httpx.Client:
        server = serve(allow_private_targets=True)
        session = connect(server).post(
            "/auth/register", json={"email": "ann@example.com", "password": "a-strong-password", "displayName": "Ann"}
        )
        person = connect(server, session.json()["accessToken"])
        tenant = person.post("/api/v1/tenants", json={"displayName": "Ours", "nodeUrl": url}).json()["id"]
        person.headers["X-Tenant-ID"] = tenant
        return person

    return make


def test_a_tenants_node_is_handed_agents_and_asked_of_them(
    tenant_with_node: Callable[[str], httpx.Client], node: Receiver
) -> None:
    """It gets the specification and the end; what it answers that is no status is its fault, 502."""
    client = tenant_with_node(f"http://127.0.0.1:{node.port}")
    assert deployed(client).status_code == 201
    assert eventually(lambda: phase(client) == "Running")
    put = node.received[0]
    assert (put.method, put.path) == ("PUT", "/v1/agents/support-bot")
    assert json.loads(put.body)["metadata"]["name"] == "support-bot"
    assert client.get("/api/v1/agents/support-bot/status").status_code == 502
    client.delete("/api/v1/agents/support-bot")
    assert eventually(lambda: node.received[-1].method == "DELETE")


def test_a_silent_node_is_502_soon(tenant_with_node: Callable[[str], httpx.Client]) -> None:
    """One that takes connections and says nothing; status, logs and metrics alike. The core is held to two seconds."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = tenant_with_node(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert deployed(client).status_code == 201
        for part in ("status", "logs", "metrics"):
            began = time.monotonic()
            answer = client.get(f"/api/v1/agents/support-bot/{part}")
            assert (answer.status_code, time.monotonic() - began < 6) == (502, True)
            assert "node" in answer.json()["error"]
        assert phase(client) == "Pending"


def test_agents_are_told_in_streams_and_to_webhooks(serve: Start, connect: Connect, node: Receiver) -> None:
    """A new agent is told over both sockets, to webhooks of ggi and v2, and stands in the log."""
    server = serve(allow_private_targets=True)
    client, url = connect(server, ADMIN_KEY), f"http://127.0.0.1:{node.port}"
    ggi_hook = {"url": f"{url}/ggi", "events": ["agent.registered", "agent.deregistered"], "secret": SECRET}
    assert client.post("/webhooks", json=ggi_hook).status_code == 201
    v2_hook = {"url": f"{url}/v2", "types": ["ai.agent.registered"]}
    assert client.post("/v2/webhooks", json=v2_hook).status_code == 201
    with opened(server, "/v1", ADMIN_KEY) as v1, opened(server, "/stream", ADMIN_KEY) as v2:
        v2.hear()
        filters = {"agent_id": V1["agent_id"]}
        v1.ask(type="subscribe", id="s1", payload={"channel": "ai", "filters": filters})
        v2.ask(type="subscribe", id="s2", payload={"topics": ["agents.updates"]})
        registered(client)
        told = v1.hear()
        assert (told["type"], told["payload"]["status"]) == ("ai.agent.registered", "registered")
        event = v2.hear()["payload"]
        assert (event["type"], event["data"]["agent_id"]) == ("ai.agent.registered", V1["agent_id"])
    client.delete("/agents/agent-alpha-001")
    assert eventually(lambda: len(node.received) == 3)
    said = {received.path: received.json for received in node.received if received.json["type"] != "agent.deregistered"}
    assert said["/ggi"]["data"]["status"] == "active"
    assert said["/v2"]["data"]["name"] == "Analytics Agent"
    listed = client.get("/v2/events", params={"subject": V1["agent_id"]}).json()["data"]
    assert [one["type"] for one in listed] == ["ai.agent.registered", "ai.agent.deleted"]


def test_a_silent_agent_is_told_to_be_offline(serve: Start, connect: Connect) -> None:
    """It is degraded and then offline, and back with its next heartbeat: each once, and in this order."""
    client = connect(serve(heartbeat_seconds=2), ADMIN_KEY)
    registered(client)
    client.post("/v1/ai/agents/agent-alpha-001/heartbeat", json=V1_BEAT)
    lost = ["registered", "status_changed idle", "status_changed degraded", "offline"]
    assert eventually(lambda: became(client) == lost), became(client)
    assert client.get("/agents/agent-alpha-001").json()["status"] == "offline"
    client.post("/v1/ai/agents/agent-alpha-001/heartbeat", json=V1_BEAT)
    assert became(client) == [*lost, "status_changed idle"]


def became(client: httpx.Client) -> list[str]:
    """What is told of an agent, and which status it has changed to."""
    events = client.get("/v2/events").json()["data"]
    named = [(event["type"].removeprefix("ai.agent."), event["data"]["status"]) for event in events]
    return [f"{kind} {status}" if kind == "status_changed" else kind for kind, status in named]


def test_heartbeats_are_counted_in_the_audit_log(serve: Start, connect: Connect) -> None:
    """Many of one agent are one entry that says how many, and its registration is one of its own."""
    client = connect(serve(), ADMIN_KEY)
    registered(client)
    for _ in range(5):
        client.post("/v1/ai/agents/agent-alpha-001/heartbeat", json=V1_BEAT)

    told: dict[str, list[int]] = {}

    def is_told() -> bool:
        told.clear()
        for entry in client.get("/v2/audit", params={"limit": 100}).json()["data"]:
            told.setdefault(entry["event_type"], []).append(entry["details"].get("count", 1))
        return sum(told.get("heartbeat_sent", [])) == 5

    assert eventually(is_told), told
    assert len(told["heartbeat_sent"]) < 5
    assert told["agent_registered"] == [1]


@pytest.mark.parametrize(
    ("path", "type", "status"),
    [
        ("/events/stream", "agent.registered", "active"),
        ("/v1/events/stream", "ai.agent.registered", "registered"),
        ('/v1/events/stream?filters={"agent_id":"agent-alpha-001"}', "ai.agent.registered", "registered"),
    ],
)
def test_agents_are_told_in_server_sent_events(client: httpx.Client, path: str, type: str, status: str) -> None:
    """A registration is told under the dialect's name for it, with its word for how the agent is."""
    with client.stream("GET", path) as answer:
        lines = answer.iter_lines()
        registered(client)
        event = next(line for line in lines if line.startswith("event: "))
        data = json.loads(next(line for line in lines if line.startswith("data: ")).removeprefix("data: "))
    assert (event, data["agent_id"], data["status"]) == (f"event: {type}", "agent-alpha-001", status)
