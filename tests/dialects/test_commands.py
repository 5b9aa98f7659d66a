"""Commands as each dialect says them, and how they reach an agent that asks for work."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.dialects.shapes import resembles
from tests.receivers import Receiver
from tests.serving import Connect, Running, eventually
from tests.workers import registered

AGENT = "agent_euystacio_001"
GGI_CREATED = {"command_id": "cmd_abc123", "status": "queued", "created_at": "2025-11-03T01:54:29Z", "eta_seconds": 5}
GGI_READ = {
    "command_id": "cmd_abc123",
    "status": "completed",
    "result": {"success": True, "output": "Task executed successfully", "duration_ms": 4523},
    "completed_at": "2025-11-03T01:54:34Z",
}
V1_ACCEPTED = {
    "command_id": "cmd-abc123",
    "status": "pending",
    "submitted_at": "2025-11-03T01:53:54.530Z",
    "estimated_completion": "2025-11-03T01:54:24.530Z",
}
V1_ENDED = {
    "command_id": "cmd-abc123",
    "status": "completed",
    "result": {"success": True, "message": "Service restarted successfully", "duration_ms": 2847},
    "completed_at": "2025-11-03T01:53:57.377Z",
}
V1_READ = {
    **V1_ENDED,
    "command": "restart_service",
    "target": {"device_id": "device-12345"},
    "submitted_at": "2025-11-03T01:53:54.530Z",
}


@pytest.fixture
def agent(shared_server: Running, key: str) -> str:
    """A registered agent of the test's administrator."""
    return registered(shared_server, key, AGENT)


def take(client: httpx.Client, agent: str = AGENT, **wish: Any) -> list[dict[str, Any]]:
    """What there is for an agent."""
    answer = client.post(f"/v2/agents/{agent}/leases", json=wish)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def say(client: httpx.Client, lease: dict[str, Any], word: str, **said: Any) -> httpx.Response:
    """What a holder says of its lease."""
    path = f"/v2/agents/{lease['agent_id']}/leases/{lease['lease_id']}/{word}"
    return client.post(path, json={"fencing_token": lease["fencing_token"], **said})


def test_ggi_prints_a_command(client: httpx.Client, agent: str) -> None:
    """The requests of the specification are answered with its fields, from the command to its result."""
    body = {
        "agent_id": AGENT,
        "command": "execute_task",
        "parameters": {"task_id": "task_123", "priority": "high"},
        "timeout_seconds": 300,
        "idempotency_key": "cmd_unique_123",
    }
    created = client.post("/commands", json=body)
    assert created.status_code == 202
    resembles(created.json(), GGI_CREATED)
    assert created.json()["status"] == "queued" and created.json()["eta_seconds"] == 300
    assert client.post("/commands", json=body).json() == created.json()
    identifier = created.json()["command_id"]
    said = {**GGI_READ["result"], "node": 7}
    reported = client.post(f"/commands/{identifier}/result", json=said)
    assert reported.json()["result"] == said
    read = client.get(f"/commands/{identifier}").json()
    more = ("agent_id", "command", "parameters", "timeout_seconds", "created_at", "started_at")
    resembles(read, {**GGI_READ, "result": said}, more=more)
    assert (read["status"], read["result"]) == ("completed", said)
    assert client.patch(f"/commands/{identifier}", json={"status": "cancelled"}).status_code == 409


def test_ggi_cancels_a_command(client: httpx.Client) -> None:
    """What nobody has taken is cancelled for a reason, and found among the cancelled."""
    made = client.post("/commands", json={"agent_id": "agent_x", "command": "restart"}).json()
    body = {"status": "cancelled", "reason": "User requested cancellation"}
    for _ in range(2):
        after = client.patch(f"/commands/{made['command_id']}", json=body).json()
        assert (after["status"], after["reason"]) == ("cancelled", "User requested cancellation")
    listed = client.get("/commands", params={"status": "cancelled", "agent_id": "agent_x"}).json()
    assert (listed["total"], listed["commands"][0]["command_id"]) == (1, made["command_id"])


@pytest.mark.parametrize("command", ["execute_task", "update_config"])
def test_the_built_in_commands_need_their_parameters(client: httpx.Client, command: str) -> None:
    """In every dialect a built-in command without what it needs is refused."""
    assert client.post("/commands", json={"agent_id": "a", "command": command}).status_code == 400
    body = {"command": command, "target": {"device_id": "a"}, "async": True}
    assert client.post("/v1/commands/execute", json=body).status_code == 422
    assert client.post("/v2/commands", json={"command_type": command, "target": "a"}).status_code == 422


def test_v1_accepts_a_command(client: httpx.Client) -> None:
    """Asynchronously, the answer comes at once, with the time by which the command has ended."""
    body = {
        "command": "restart_service",
        "target": {"device_id": "device-12345", "service": "api-gateway"},
        "parameters": {"graceful": True, "timeout_seconds": 30},
        "async": True,
    }
    accepted = client.post("/v1/commands/execute", json=body)
    assert accepted.status_code == 202 and accepted.json()["status"] == "pending"
    assert accepted.json()["command_id"].startswith("cmd-")
    resembles(accepted.json(), V1_ACCEPTED)
    read = client.get(f"/v1/commands/{accepted.json()['command_id']}").json()
    assert (read["target"], read["parameters"], read["category"]) == (body["target"], body["parameters"], "custom")
    cancelled = client.post(f"/v1/commands/{read['command_id']}/cancel", json={"reason": "Wrong device"}).json()
    assert (cancelled["status"], cancelled["error"]) == ("cancelled", "Wrong device")


def test_v1_waits_for_the_end(client: httpx.Client, agent: str) -> None:
    """Synchronously, the answer is the result that the target has reported."""
    body = {"command": "health_check", "target": {"device_id": AGENT}, "parameters": {"timeout_seconds": 10}}
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.post, "/v1/commands/execute", json=body)
        (lease,) = take(client, wait_seconds=5)
        say(client, lease, "complete", result={"message": "Service restarted successfully"}, duration=2847)
        answer = waiting.result()
    assert answer.status_code == 200
    resembles(answer.json(), V1_ENDED)
    read = client.get(f"/v1/commands/{answer.json()['command_id']}").json()
    resembles(read, V1_READ, more=("parameters", "category", "estimated_completion", "started_at"))
    assert answer.json()["status"] == "completed"


def test_v1_tells_that_nobody_was_there(client: httpx.Client) -> None:
    """A target that is offline is a 200 with `timeout`, after the timeout."""
    body = {"command": "health_check", "target": {"device_id": "nobody"}, "parameters": {"timeout_seconds": 1}}
    began = time.monotonic()
    answer = client.post("/v1/commands/execute", json=body)
    assert (answer.status_code, answer.json()["status"]) == (200, "timeout")
    assert 0.9 <= time.monotonic() - began < 15


def test_v1_devices_report_by_themselves(client: httpx.Client, client_as: Callable[[str], httpx.Client]) -> None:
    """The first to report holds the command; another is refused, and a result may come without a holder."""
    body = {"command": "reboot", "target": {"device_id": "device-1"}, "async": True}
    path = f"/v1/commands/{client.post('/v1/commands/execute', json=body).json()['command_id']}/result"
    device, other = client_as("agent"), client_as("agent")
    assert device.post(path, json={"status": "running"}).json()["status"] == "running"
    assert other.post(path, json={"status": "running"}).status_code == 409
    said = {"status": "failed", "error": "The service does not start"}
    for _ in range(2):
        assert device.post(path, json=said).json()["error"] == "The service does not start"
    assert device.post(path, json={"status": "running"}).status_code == 409


@pytest.mark.parametrize(("path", "field"), [("/v1/commands/execute", "command"), ("/v2/commands", "command_type")])
def test_the_end_is_posted_to_the_callback(
    serve: Callable[..., Running], connect: Connect, path: str, field: str
) -> None:
    """Whoever gave an address is told of the end there, in the dialect of the command."""
    server = serve(allow_private_targets=True)
    client = connect(server, server.key_for("admin", "t_default"))
    with Receiver() as receiver:
        target = {"device_id": "d"} if field == "command" else "d"
        more = {"async": True} if field == "command" else {}
        url = f"http://127.0.0.1:{receiver.port}/done"
        made = client.post(path, json={field: "reboot", "target": target, "callback_url": url, **more})
        assert made.status_code == 202, made.text
        client.post(f"/commands/{made.json()['command_id']}/result", json={"success": True, "output": "Up again"})
        assert eventually(lambda: receiver.received != [])
        (told,) = receiver.received
    assert (told.json["command_id"], told.json["status"]) == (made.json()["command_id"], "completed")
    assert (field in told.json) == (field == "command_type")
    assert {name.lower() for name in told.headers} >= {"webhook-id", "webhook-timestamp"}


def test_nobody_is_called_back_at_a_private_address(client: httpx.Client) -> None:
    """An address within our own network is refused at once."""
    body = {"command_type": "reboot", "target": "d", "callback_url": "http://169.254.169.254/"}
    assert client.post("/v2/commands", json=body).status_code == 422


def test_work_is_leased_renewed_and_done(client: httpx.Client, agent: str) -> None:
    """A lease through its whole life: taken, listed, renewed, moved on, completed, and read afterwards."""
    made = client.post("/v2/commands", json={"command_type": "deploy.app", "target": AGENT, "priority": "high"})
    (lease,) = take(client, lease_seconds=60)
    assert lease["work"]["command_id"] == made.json()["command_id"]
    assert client.get(f"/v2/agents/{AGENT}/leases").json()["data"] == [lease]
    renewed = say(client, lease, "renew", lease_seconds=120).json()
    assert renewed["expires_at"] > lease["expires_at"]
    assert say(client, lease, "progress", progress=50, message="Uploading").json()["progress"] == 50
    assert say(client, {**lease, "fencing_token": 2}, "complete").status_code == 409
    for _ in range(2):
        assert say(client, lease, "complete", result={"message": "Done"}).json()["status"] == "completed"
    assert say(client, lease, "renew").status_code == 409
    read = client.get(f"/v2/commands/{made.json()['command_id']}").json()
    assert (read["status"], read["success"], read["result"]) == ("completed", True, {"message": "Done"})
    assert client.get(f"/v2/agents/{AGENT}/leases/{lease['lease_id']}").json()["status"] == "completed"
    assert client.get(f"/v2/agents/{AGENT}/leases").json()["data"] == []


def test_a_result_is_submitted_to_the_command(client: httpx.Client, agent: str) -> None:
    """The holder ends the command by its own name; a stale token is refused."""
    made = client.post("/v2/commands", json={"command_type": "deploy.app", "target": AGENT}).json()
    take(client)
    path = f"/v2/commands/{made['command_id']}/result"
    assert client.post(path, json={"fencing_token": 9, "success": True}).status_code == 409
    said = {"fencing_token": 1, "success": False, "error": "The package was not found"}
    assert client.post(path, json=said).json()["status"] == "failed"


def is_waiting(server: Running, tenant: str) -> bool:
    """Whether somebody waits for what happens in a tenant."""
    followers = list(server.nexus.core.log.tail._followers.items())  # at once: the server's thread changes them
    return any(listening for (whose, _), listening in followers if whose == tenant)


def test_who_waits_for_work_gets_it_at_once(
    client: httpx.Client, agent: str, shared_server: Running, tenant: str
) -> None:
    """A long poll is answered when there is a command, not when its time is up."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(take, client, wait_seconds=20)
        assert eventually(lambda: is_waiting(shared_server, tenant))
        began = time.monotonic()
        client.post("/v2/commands", json={"command_type": "deploy.app", "target": AGENT})
        assert len(waiting.result()) == 1
    assert time.monotonic() - began < 10


def test_who_waits_for_a_command_learns_its_end(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """`wait` is answered when the command has ended."""
    made = client.post("/v2/commands", json={"command_type": "deploy.app", "target": "x"}).json()
    path = f"/v2/commands/{made['command_id']}"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get, path, params={"wait": 20})
        assert eventually(lambda: is_waiting(shared_server, tenant))
        began = time.monotonic()
        client.post(f"{path}/cancel")
        after = waiting.result().json()
    assert (after["status"], after["success"]) == ("cancelled", False)
    assert time.monotonic() - began < 10


def test_a_cancelled_holder_is_told(client: httpx.Client, agent: str) -> None:
    """Whoever works on a cancelled command hears so at its next word."""
    made = client.post("/v2/commands", json={"command_type": "deploy.app", "target": AGENT}).json()
    (lease,) = take(client)
    client.post(f"/v2/commands/{made['command_id']}/cancel", json={"reason": "Wrong version"})
    refused = say(client, lease, "progress", progress=10)
    assert (refused.status_code, refused.json()["error"]["details"]["status"]) == (409, "cancelled")


def test_a_tenant_declares_types_of_its_own(client: httpx.Client) -> None:
    """A type is declared once, judged by, changed only by whoever has read it, and removed."""
    schema = {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}}
    body = {"command_type": "deploy.app", "parameters_schema": schema, "category": "service", "timeout_seconds": 900}
    made = client.post("/v2/command-types", json=body)
    assert made.status_code == 201
    assert client.post("/v2/command-types", json=body).status_code == 409
    assert client.post("/v2/command-types", json=body, headers={"Idempotency-Key": "k"}).status_code == 409
    assert client.post("/v2/command-types", json={"command_type": "restart"}).status_code == 409
    command = {"command_type": "deploy.app", "target": "a"}
    assert client.post("/v2/commands", json=command).status_code == 422
    assert client.post("/commands", json={"command": "deploy.app", "agent_id": "a"}).status_code == 400
    issued = client.post("/v2/commands", json={**command, "parameters": {"version": "v1"}}).json()
    assert issued["timeout_seconds"] == 900
    listed = client.get("/v2/command-types").json()["data"]
    assert [one["command_type"] for one in listed] == sorted(one["command_type"] for one in listed)
    assert {"deploy.app", "restart", "execute_task"} <= {one["command_type"] for one in listed}
    path, tag = "/v2/command-types/deploy.app", {"If-Match": made.headers["ETag"]}
    assert client.patch(path, json={"parameters_schema": {}}, headers=tag).status_code == 200
    assert client.delete(path, headers=tag).status_code == 412
    assert client.post("/v2/commands", json=command).status_code == 202
    assert client.delete(path).json() == {"command_type": "deploy.app", "status": "deleted"}
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("schema", [{"type": "nope"}, {"$ref": "https://example.com/s"}, {"pattern": "(?=a)"}])
def test_what_is_no_schema_is_refused(client: httpx.Client, schema: dict[str, Any]) -> None:
    """Neither what is no JSON Schema, nor one that refers elsewhere, becomes a type."""
    body = {"command_type": "deploy.app", "parameters_schema": schema}
    assert client.post("/v2/command-types", json=body).status_code == 422


def test_types_are_listed_a_page_at_a_time(client: httpx.Client) -> None:
    """Following the cursors shows every type once."""
    client.post("/v2/command-types", json={"command_type": "mine"})
    seen, more = [], {}
    while True:
        page = client.get("/v2/command-types", params={"limit": 2, **more}).json()
        seen += [one["command_type"] for one in page["data"]]
        if not page["has_more"]:
            break
        more = {"cursor": page["next_cursor"]}
    assert seen == sorted({"mine", "execute_task", "health_check", "restart", "sync_state", "update_config"})


def test_a_removed_agents_work_goes_to_others(client: httpx.Client, shared_server: Running, key: str) -> None:
    """As soon as an agent is removed, another one finds its work, long before the lease would have run out."""
    for name in ("first", "second"):
        registered(shared_server, key, name, capabilities=[{"name": "paint"}])
    policy = {"max_retries": 1, "initial_delay_seconds": 0, "backoff_multiplier": 1}
    client.post("/v2/commands", json={"command_type": "x", "service": "paint", "retry_policy": policy})
    (lost,) = take(client, "first", lease_seconds=3600)
    client.delete("/v2/agents/first")
    (lease,) = take(client, "second", wait_seconds=5)
    assert (lease["lease_id"], lease["fencing_token"]) == (lost["lease_id"], 2)
    assert say(client, lost, "complete").status_code == 404
