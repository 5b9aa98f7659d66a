"""The status of the system, in both dialects that print it: figures of what there really is."""

import os
import platform
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.machine import gauges as module
from generated.channels import VERSION
from handlers.core.errors import Unavailable
from handlers.core.machine import Gpu
from handlers.dialects.lexos.mapping import size_text
from tests.dialects.shapes import resembles
from tests.serving import PASSWORD, Running
from tests.workers import registered

_IN_LEXOS = {
    "model": "NVIDIA H100",
    "memory_total": "80GB",
    "memory_used": "12.5GB",
    "utilization": 15.5,
    "temperature": 45,
}
_IN_V2 = {
    "model": "NVIDIA H100",
    "memory_total_bytes": 80 * 1024**3,
    "memory_used_bytes": 25 * 1024**3 // 2,
    "used_percent": 15.5,
    "temperature_celsius": 45,
}
_H100 = Gpu("NVIDIA H100", 80 * 1024**3, 25 * 1024**3 // 2, 15.5, 45)
PRINTED = {
    "system": {"status": "operational", "uptime": 86400, "version": "2.0.0", "environment": "production"},
    "orchestrator": {
        "status": "active",
        "active_agents": 3,
        "total_tasks": 4780,
        "active_tasks": 5,
        "queued_tasks": 12,
        "completed_tasks": 4763,
        "failed_tasks": 17,
        "task_workers": 5,
        "workflow_workers": 3,
    },
    "hardware": {
        "gpu": {
            "model": "NVIDIA H100",
            "memory_total": "80GB",
            "memory_used": "12.5GB",
            "utilization": 15.7,
            "temperature": 45,
        },
        "cpu": {"cores": 32, "usage": 23.4, "load_average": [1.2, 1.5, 1.8]},
        "memory": {"total": "256GB", "used": "45.2GB", "available": "210.8GB", "usage_percent": 17.7},
        "disk": {"total": "20TB", "used": "2.1TB", "available": "17.9TB", "usage_percent": 10.5},
    },
    "security": {
        "active_sessions": 3,
        "failed_login_attempts": 0,
        "content_filter_blocks": 12,
        "access_control_denials": 2,
    },
    "timestamp": 1703980800,
}
LEXOS, V2 = "/api/system/status", "/v2/system/status"


def read(client: httpx.Client, path: str) -> dict[str, Any]:
    """The status; that it has the contract's form the client itself has seen."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_server_and_its_machine_tell_of_themselves(client: httpx.Client, tmp_path: Path) -> None:
    """Parts, processes and hardware are those of this server, in each dialect's words."""
    ours, theirs = read(client, V2), read(client, LEXOS)
    assert (ours["status"], ours["environment"], ours["version"]) == ("operational", "development", VERSION)
    assert {part["name"]: part["status"] for part in ours["components"]} == {
        "documents": "operational",
        "scheduler": "operational",
    }
    (server,) = ours["servers"]
    assert (server["host"], server["version"]) == (platform.node(), VERSION)
    assert ours["hardware"]["cpu_cores"] == theirs["hardware"]["cpu"]["cores"] == os.cpu_count()
    assert theirs["system"]["status"] == "operational" and theirs["orchestrator"]["status"] == "active"
    assert theirs["orchestrator"]["task_workers"] == 1
    assert theirs["hardware"]["disk"]["total"] == size_text(shutil.disk_usage(tmp_path).total)


def test_gpus_are_told_where_there_are_any(serve: Callable[..., Running], connect: Any) -> None:
    """One in the documentation's words, all where there may be several; null and an empty list where there is none."""
    server = serve()
    gauges = server.nexus.parts._gauges
    client = connect(server, server.key_for("admin", "t_default"))
    for gpus in ((), (_H100, _H100)):
        gauges._gpus, gauges._reading = lambda gpus=gpus: gpus, None
        shown = read(client, LEXOS)["hardware"]["gpu"], read(client, V2)["hardware"]["gpus"]
        assert shown == ((_IN_LEXOS, [_IN_V2, _IN_V2]) if gpus else (None, []))


def test_the_documentation_is_kept(serve: Callable[..., Running], connect: Any) -> None:
    """Every field that is printed is there, of the sort that is printed, and no other."""
    server = serve()
    server.nexus.parts._gauges._gpus = lambda: (_H100,)
    shown = read(connect(server, server.key_for("admin", "t_default")), LEXOS)
    resembles(shown, PRINTED)
    assert len(shown["hardware"]["cpu"]["load_average"]) == 3


def test_a_machine_that_hangs_hides_nothing_else(
    serve: Callable[..., Running], connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the machine must be shown it is as it was, and else left out; all the rest is told as ever."""
    server = serve()
    gauges, released = server.nexus.parts._gauges, threading.Event()
    client = connect(server, server.key_for("admin", "t_default"))
    before = read(client, LEXOS)
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.3)
    gauges._gpus, gauges._reading = lambda: released.wait(60) and (), None
    try:
        after = read(client, LEXOS)
        assert (after["hardware"], after["system"]["status"]) == (before["hardware"], "operational")
        assert "hardware" not in read(client, V2)
    finally:
        released.set()


def test_tasks_and_agents_are_the_tenants(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Each is counted where it stands, and other tenants' are not."""
    tasks = [client.post("/tasks", json={"name": "n", "type": "t"}).json()["task_id"] for _ in range(5)]
    for task, status in zip(tasks, ("in_progress", "completed", "failed", "cancelled"), strict=False):
        client.patch(f"/tasks/{task}", json={"status": status})
    registered(shared_server, key, "a-1")
    client.post("/v2/agents/a-1/heartbeat", json={})
    registered(shared_server, key, "a-2")
    shown = read(client, LEXOS)["orchestrator"]
    counted = {name: shown[f"{name}_tasks"] for name in ("total", "active", "queued", "completed", "failed")}
    assert counted == {"total": 5, "active": 1, "queued": 1, "completed": 1, "failed": 1}
    assert shown["active_agents"] == 1
    assert read(client, V2)["agents"] == {"total": 2, "idle": 1, "busy": 0, "degraded": 0, "offline": 1}


def test_work_is_the_tenants(client: httpx.Client) -> None:
    """Commands that wait, and those that have ended well or badly."""
    issued = [
        client.post("/v2/commands", json={"command_type": "restart", "target": "d-1"}).json()["command_id"]
        for _ in range(3)
    ]
    client.post(f"/v1/commands/{issued[0]}/result", json={"status": "completed", "result": {"success": True}})
    client.post(f"/v1/commands/{issued[1]}/result", json={"status": "failed", "result": {"success": False}})
    assert read(client, V2)["work"] == {"waiting": 1, "running": 0, "completed": 1, "failed": 1}


def test_security_is_what_has_happened(shared_server: Running, connect: Any, tenant: str) -> None:
    """A login, one that fails, and a request that is denied are each counted once."""
    user = shared_server.user_of("admin", tenant)
    admin, guest = (connect(shared_server, shared_server.key_for(role, tenant)) for role in ("admin", "observer"))
    before = read(admin, LEXOS)["security"]
    assert before["content_filter_blocks"] == 0
    stranger = connect(shared_server)
    login = {"username": user["username"], "password": PASSWORD}
    assert stranger.post("/api/auth/login", json=login).status_code == 200
    assert guest.post("/tasks", json={"name": "n", "type": "t"}).status_code == 403
    after = read(admin, LEXOS)["security"]
    assert after["active_sessions"] == before["active_sessions"] + 1
    assert after["access_control_denials"] == before["access_control_denials"] + 1


def test_failed_logins_are_the_default_tenants(shared_server: Running, connect: Any) -> None:
    """Whoever does not get in belongs to nobody yet, and so to the installation's own tenant."""
    client = connect(shared_server, shared_server.key_for("admin", "t_default"))
    before = read(client, LEXOS)["security"]["failed_login_attempts"]
    connect(shared_server).post("/api/auth/login", json={"username": "nobody-at-all", "password": "wrong-password"})
    assert read(client, LEXOS)["security"]["failed_login_attempts"] == before + 1


@pytest.mark.parametrize("path", [LEXOS, V2])
def test_it_is_not_for_everybody(client_as: Callable[[str], httpx.Client], stranger: httpx.Client, path: str) -> None:
    """It takes the scope `system:read`."""
    assert client_as("agent").get(path).status_code == 403
    assert stranger.get(path).status_code == 401


def test_a_part_that_is_away_is_told(serve: Callable[..., Running], connect: Any) -> None:
    """An engine that acts no more degrades the system, in both dialects."""
    server = serve()
    client = connect(server, server.key_for("admin", "t_default"))
    server.nexus.core.readiness._asked["scheduler"] = _away
    shown = read(client, V2)
    parts = {part["name"]: part for part in shown["components"]}
    assert (shown["status"], parts["scheduler"]["status"]) == ("degraded", "down")
    assert parts["scheduler"]["message"] == "The store does not answer"
    theirs = read(client, LEXOS)
    assert (theirs["system"]["status"], theirs["orchestrator"]["status"]) == ("degraded", "inactive")


async def _away() -> None:
    raise Unavailable("The store does not answer")
