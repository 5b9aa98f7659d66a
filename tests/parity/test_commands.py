"""One command through ggi, v1 and v2: issued in each, read, listed and cancelled in all, told in the same events."""

import json
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.serving import Running
from tests.workers import registered

AGENT = "agent_euystacio_001"
DIALECTS = ("ggi", "v1", "v2")
PATHS = {"ggi": "/commands", "v1": "/v1/commands", "v2": "/v2/commands"}
LONGEST_MS = 365 * 24 * 3600 * 1000
WORDS = {"queued": "pending", "in_progress": "running", "success": "completed"}


def issue(client: httpx.Client, dialect: str) -> str:
    """A command that restarts the agent."""
    bodies: dict[str, Any] = {
        "ggi": {"agent_id": AGENT, "command": "restart", "parameters": {"deep": 3}, "timeout_seconds": 60},
        "v1": {
            "command": "restart",
            "target": {"device_id": AGENT},
            "parameters": {"deep": 3, "timeout_seconds": 60},
            "async": True,
        },
        "v2": {"command_type": "restart", "target": AGENT, "parameters": {"deep": 3}, "timeout_seconds": 60},
    }
    path = "/v1/commands/execute" if dialect == "v1" else PATHS[dialect]
    answer = client.post(path, json=bodies[dialect])
    assert answer.status_code == 202, answer.text
    return answer.json()["command_id"]


def facts(client: httpx.Client, dialect: str, identifier: str) -> dict[str, Any]:
    """What a dialect says of a command, in words that all understand."""
    said = client.get(f"{PATHS[dialect]}/{identifier}").json()
    result = said.get("result", {})
    message = {"ggi": result.get("output"), "v1": result.get("message"), "v2": result.get("message")}[dialect]
    return {
        "id": said["command_id"],
        "status": WORDS.get(said["status"], said["status"]),
        "command": said.get("command") or said["command_type"],
        "target": said.get("agent_id", said.get("target")) if dialect != "v1" else said["target"]["device_id"],
        "deep": said["parameters"]["deep"],
        "message": message,
        "ended": "completed_at" in said,
    }


def cancel(client: httpx.Client, dialect: str, identifier: str) -> None:
    """Call it off."""
    path = f"{PATHS[dialect]}/{identifier}"
    if dialect == "ggi":
        assert client.patch(path, json={"status": "cancelled"}).status_code == 200
    else:
        assert client.post(f"{path}/cancel").status_code == 200


def report(client: httpx.Client, dialect: str, identifier: str, milliseconds: int) -> httpx.Response:
    """Have its agent say that it is done, and how long that took."""
    told = {"success": True, "duration_ms": milliseconds}
    bodies: dict[str, Any] = {
        "ggi": told,
        "v1": {"status": "completed", "result": told},
        "v2": {"fencing_token": 1, "success": True, "duration": milliseconds},
    }
    return client.post(f"{PATHS[dialect]}/{identifier}/result", json=bodies[dialect])


@pytest.mark.parametrize("writer", DIALECTS)
def test_a_command_is_the_same_in_all_dialects(
    client: httpx.Client, shared_server: Running, key: str, writer: str
) -> None:
    """Issued in one, taken by its agent, and done: at each step all three say the same of it."""
    registered(shared_server, key, AGENT)
    identifier = issue(client, writer)
    expect_alike(client, identifier, status="pending", ended=False)
    (lease,) = client.post(f"/v2/agents/{AGENT}/leases").json()["data"]
    expect_alike(client, identifier, status="running", ended=False)
    path = f"/v2/agents/{AGENT}/leases/{lease['lease_id']}/complete"
    client.post(path, json={"fencing_token": 1, "result": {"message": "Restarted"}})
    expect_alike(client, identifier, status="completed", message="Restarted", ended=True)
    for dialect in DIALECTS:
        page = client.get(PATHS[dialect], params={"status": "completed"}).json()
        assert [one["command_id"] for one in page.get("commands", page.get("data"))] == [identifier]


@pytest.mark.parametrize("writer", DIALECTS)
@pytest.mark.parametrize("other", DIALECTS)
def test_a_command_is_called_off_from_everywhere(client: httpx.Client, writer: str, other: str) -> None:
    """Whoever may, cancels in any dialect what was issued in any other."""
    identifier = issue(client, writer)
    cancel(client, other, identifier)
    expect_alike(client, identifier, status="cancelled", ended=True)


@pytest.mark.parametrize("reporter", DIALECTS)
def test_what_took_longest_can_be_said_by_all(
    client: httpx.Client, shared_server: Running, key: str, reporter: str
) -> None:
    """What one lets in the others tell, up to the same millisecond."""
    registered(shared_server, key, AGENT)
    identifier = issue(client, "v2")
    client.post(f"/v2/agents/{AGENT}/leases")
    assert report(client, reporter, identifier, LONGEST_MS + 1).status_code in (400, 422)
    answer = report(client, reporter, identifier, LONGEST_MS)
    assert answer.is_success, answer.text
    expect_alike(client, identifier, status="completed", ended=True)
    (end,) = client.get("/v2/events", params={"types": "command.completed"}).json()["data"]
    assert end["data"]["duration"] == LONGEST_MS


def test_all_streams_tell_of_a_command(client: httpx.Client) -> None:
    """Its submission, its beginning and its end reach each dialect's stream, under the same names."""
    paths = {"ggi": "/events/stream", "v1": "/v1/events/stream", "v2": "/v2/events/stream"}
    with ExitStack() as held:
        streams = {name: held.enter_context(client.stream("GET", path)).iter_lines() for name, path in paths.items()}
        for lines in streams.values():
            frame(lines)
        identifier = issue(client, "ggi")
        client.post(f"/commands/{identifier}/result", json={"success": True, "output": "Up"})
        told = {name: [frame(lines) for _ in range(3)] for name, lines in streams.items()}
    kinds = ["command.submitted", "command.started", "command.completed"]
    assert {name: [one["event"] for one in frames] for name, frames in told.items()} == dict.fromkeys(told, kinds)
    last = {name: json.loads(frames[-1]["data"]) for name, frames in told.items()}
    assert (last["ggi"]["status"], last["v1"]["status"]) == ("success", "completed")
    assert last["v2"]["data"]["status"] == "completed"
    assert len({frames[-1]["id"].replace("-", "_", 1) for frames in told.values()}) == 1


def frame(lines: Any) -> dict[str, str]:
    """The next message of a stream."""
    return dict(line.split(": ", 1) for line in iter(lambda: next(lines), ""))


def expect_alike(client: httpx.Client, identifier: str, **expected: Any) -> None:
    """All three agree, and say what is expected."""
    said = [facts(client, dialect, identifier) for dialect in DIALECTS]
    assert said[0] == said[1] == said[2]
    assert said[0].items() >= {"command": "restart", "target": AGENT, "deep": 3, **expected}.items()
