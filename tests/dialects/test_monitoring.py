"""`/ws/monitoring` of `lexos`: the system at once and again, and each change of the tenant's tasks and agents."""

import time
from typing import Any

import httpx
import pytest

from handlers.core.machine import Gpu
from handlers.dialects.lexos import streams
from tests.dialects.shapes import resembles
from tests.serving import Running, eventually
from tests.sockets import Socket, opened
from tests.workers import registered

PATH = "/ws/monitoring"
SYSTEM_STATUS = {
    "type": "system_status",
    "data": {"gpu_utilization": 15.7, "active_tasks": 5, "agent_status": {}},
    "timestamp": 1703980800,
}
TASK_UPDATE = {
    "type": "task_update",
    "data": {"task_id": "task_456", "status": "completed", "result": {}},
    "timestamp": 1703980805,
}
AGENT_STATUS = {
    "type": "agent_status",
    "data": {"agent_id": "web_agent", "status": "busy", "current_task": "task_789"},
    "timestamp": 1703980810,
}


def until(socket: Socket, kind: str) -> dict[str, Any]:
    """The next message of a kind; the state of the system comes in between."""
    while (message := socket.hear())["type"] != kind:
        assert message["type"] == "system_status"
    return message


def create(client: httpx.Client, **more: Any) -> str:
    """A new task."""
    return client.post("/tasks", json={"name": "n", "type": "t", **more}).json()["task_id"]


def test_the_system_is_told_at_once_and_again(
    client: httpx.Client, shared_server: Running, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first message is how the system is; after a while it is told again, as it is then."""
    monkeypatch.setattr(streams, "_PAUSE_SECONDS", 1.1)
    gauges = shared_server.nexus.parts._gauges
    monkeypatch.setattr(gauges, "_gpus", lambda: (Gpu("NVIDIA H100", 80, 12, 15.7, 45),))
    monkeypatch.setattr(gauges, "_reading", None)
    registered(shared_server, key, "web_agent")
    with opened(shared_server, PATH, key) as socket:
        first = socket.hear()
        resembles(first, SYSTEM_STATUS, more=("web_agent",))
        assert first["data"]["gpu_utilization"] == 15.7
        assert first["data"]["active_tasks"] == 0
        assert first["data"]["agent_status"] == {"web_agent": "inactive"}
        client.patch(f"/tasks/{create(client)}", json={"status": "in_progress"})
        changes = [until(socket, "task_update") for _ in range(2)]
        assert [change["data"]["status"] for change in changes] == ["queued", "running"]
        again = [socket.hear() for _ in range(2)]  # the first of them may have been made before the change
        assert {message["type"] for message in again} == {"system_status"}
        assert again[-1]["data"]["active_tasks"] == 1


def test_changes_of_tasks_and_agents_are_told(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Each as the documentation prints it, with the name by which it can be resumed; another tenant's are not."""
    registered(shared_server, key, "web_agent")
    other = shared_server.key_for("admin", "t_elsewhere")
    with opened(shared_server, PATH, key) as socket, opened(shared_server, PATH, other) as elsewhere:
        socket.hear(), elsewhere.hear()
        task = create(client, assigned_to="web_agent")
        told = until(socket, "task_update")
        assert told["data"] == {"task_id": task, "agent_id": "web_agent", "status": "queued", "progress": 0}
        client.patch(f"/tasks/{task}", json={"status": "in_progress"})
        client.patch(f"/tasks/{task}", json={"status": "completed", "result": {"rows": 3}})
        running, completed = (until(socket, "task_update") for _ in range(2))
        resembles(completed, TASK_UPDATE, more=("id", "agent_id", "progress"), free=("result",))
        statuses = running["data"]["status"], completed["data"]["status"]
        assert (*statuses, completed["data"]["result"]) == ("running", "completed", {"rows": 3})
        client.post("/v2/agents/web_agent/heartbeat", json={})
        told = until(socket, "agent_status")
        assert told["data"] == {"agent_id": "web_agent", "status": "active"} and told["id"].startswith("evt_")
        assert elsewhere.silent()


def test_a_busy_agent_tells_what_it_works_on(client: httpx.Client, shared_server: Running, key: str) -> None:
    """`current_task` is the work that it has taken last; when it is idle again there is none."""
    registered(shared_server, key, "web_agent")
    client.post("/v2/agents/web_agent/heartbeat", json={})
    command = client.post("/v2/commands", json={"command_type": "restart", "target": "web_agent"}).json()["command_id"]
    with opened(shared_server, PATH, key) as socket:
        socket.hear()
        (lease,) = client.post("/v2/agents/web_agent/leases", json={}).json()["data"]
        told = until(socket, "agent_status")
        resembles(told, AGENT_STATUS, more=("id",))
        assert told["data"] == {"agent_id": "web_agent", "status": "busy", "current_task": command}
        said = {"fencing_token": lease["fencing_token"], "result": {}}
        client.post(f"/v2/agents/web_agent/leases/{lease['lease_id']}/complete", json=said).raise_for_status()
        assert until(socket, "agent_status")["data"] == {"agent_id": "web_agent", "status": "active"}


def test_what_was_missed_is_told_again(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Behind `resume` come the changes behind the event that is named, and then what happens."""
    with opened(shared_server, PATH, key) as socket:
        socket.hear()
        create(client)
        place = until(socket, "task_update")["id"]
    second = create(client)
    with opened(shared_server, PATH, key) as socket:
        socket.hear()
        socket.say(type="resume", data={"last_event_id": place})
        assert until(socket, "task_update")["data"]["task_id"] == second
        third = create(client)
        assert until(socket, "task_update")["data"]["task_id"] == third


def test_a_place_that_is_gone_is_a_gap(shared_server: Running, key: str) -> None:
    """Who comes from another log is told so."""
    with opened(shared_server, PATH, key) as socket:
        socket.hear()
        socket.say(type="resume", data={"last_event_id": "evt_x.0ther.7"})
        assert until(socket, "gap")["data"].keys() == {"missed"}


def test_what_is_not_understood_is_refused(shared_server: Running, key: str) -> None:
    """In the dialect's words, ten times; then the socket is closed."""
    with opened(shared_server, PATH, key) as socket:
        socket.hear()
        socket.say(type="hello")
        refusal = until(socket, "error")["data"]
        assert (refusal["error"], refusal["code"]) == (True, "INVALID_REQUEST")
        for _ in range(9):
            socket.say(type="hello")
        assert socket.closed()[0] == 1008


def test_it_is_not_for_everybody(shared_server: Running, tenant: str) -> None:
    """Who may not look at the system is told so by the code that closes."""
    with opened(shared_server, PATH, shared_server.key_for("agent", tenant)) as socket:
        assert socket.closed()[0] == 1008


def test_nothing_goes_on_when_the_client_has_left(
    shared_server: Running, key: str, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is looked for again and again for a socket that is closed."""
    monkeypatch.setattr(streams, "_PAUSE_SECONDS", 0.05)
    system, looked = shared_server.nexus.core.system, []
    look = system.overview

    async def counted(who: Any) -> Any:
        looked.append(who.tenant)
        return await look(who)

    monkeypatch.setattr(type(system), "overview", lambda self, who: counted(who))
    with opened(shared_server, PATH, key) as socket:
        socket.hear(), socket.hear()
    assert eventually(lambda: _stands_still(looked, tenant))


def _stands_still(looked: list[str], tenant: str) -> bool:
    """Whether a tenant is not looked at for several pauses."""
    before = looked.count(tenant)
    time.sleep(0.3)
    return looked.count(tenant) == before
