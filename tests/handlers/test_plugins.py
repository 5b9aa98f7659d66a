"""Plugins over HTTP: their commands in the dialects that have commands, what becomes of them, and what they hear."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from handlers.core import executing
from tests import plugged
from tests.serving import ADMIN_KEY, Connect, Running, eventually

AGENT = "plugin-rehearsal"
POLICY = {"max_retries": 2, "initial_delay_seconds": 0, "backoff_multiplier": 1}
Start = Callable[..., Running]


@pytest.fixture
def server(serve: Start) -> Running:
    """A server with the plugin of the tests."""
    return serve(plugins="tests.plugged")


@pytest.fixture
def caller(server: Running, connect: Connect) -> httpx.Client:
    """An administrator there."""
    return connect(server, ADMIN_KEY)


def issued(client: httpx.Client, name: str, parameters: Any = None, **given: Any) -> str:
    """A command for the plugin."""
    target = {} if "service" in given else {"target": AGENT}
    body = {"command_type": f"rehearse.{name}", "parameters": parameters or {}, **target, **given}
    answer = client.post("/v2/commands", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["command_id"]


def ended(client: httpx.Client, command: str) -> dict[str, Any]:
    """The command when it has ended."""
    return client.get(f"/v2/commands/{command}", params={"wait": 15}).json()


def until(client: httpx.Client, command: str, status: str) -> dict[str, Any]:
    """The command when it has that status."""
    assert eventually(lambda: client.get(f"/v2/commands/{command}").json()["status"] == status)
    return client.get(f"/v2/commands/{command}").json()


def test_a_command_is_done_here(caller: httpx.Client) -> None:
    """It is taken by the plugin's agent, which says how it goes, and its result is what the function gave."""
    done = ended(caller, issued(caller, "say", {"text": "To be"}))
    assert (done["status"], done["success"], done["agent_id"], done["attempt"]) == ("completed", True, AGENT, 1)
    assert done["result"] == {"message": "To be", "tenant": "t_default", "attempt": 1}
    told = [
        one for one in caller.get("/v2/events").json()["data"] if one["data"].get("command_id") == done["command_id"]
    ]
    assert [one["type"] for one in told if one["type"].startswith("command.")] == [
        "command.submitted", "command.started", "command.progress", "command.completed",
    ]  # fmt: skip


def test_every_dialect_that_has_commands_reaches_it(caller: httpx.Client) -> None:
    """`ggi` names it as an agent, `v1` as a target and waits, and `v2` may ask for what it can do."""
    body = {"agent_id": AGENT, "command": "rehearse.say", "parameters": {"text": "or not"}}
    made = caller.post("/commands", json=body)
    assert made.status_code == 202, made.text
    path = f"/commands/{made.json()['command_id']}"
    assert eventually(lambda: caller.get(path).json()["status"] == "completed")
    assert caller.get(path).json()["result"]["output"] == "or not"
    body = {"command": "rehearse.say", "target": {"device_id": AGENT}, "parameters": {"text": "to be"}}
    answer = caller.post("/v1/commands/execute", json=body).json()
    assert (answer["status"], answer["result"]["message"]) == ("completed", "to be")
    done = ended(caller, issued(caller, "say", {"text": "that"}, service="acting"))
    assert (done["agent_id"], done["result"]["message"]) == (AGENT, "that")


def test_its_types_are_there_for_everybody(server: Running, caller: httpx.Client, connect: Connect) -> None:
    """They are listed, nobody changes them, and each dialect refuses parameters that their schema does not take."""
    other = connect(server, server.key_for("admin", f"t_{uuid4().hex}"))
    for client in (caller, other):
        listed = {one["command_type"]: one for one in client.get("/v2/command-types").json()["data"]}
        said = listed["rehearse.say"]
        assert (said["parameters_schema"], said["category"], said["built_in"]) == (plugged.TEXT, "service", True)
        assert client.delete("/v2/command-types/rehearse.say").status_code == 409
        wrong = {"parameters": {"text": ""}}
        bodies = {
            "/commands": ({"agent_id": AGENT, "command": "rehearse.say"}, 400),
            "/v1/commands/execute": ({"command": "rehearse.say", "target": {"device_id": AGENT}}, 422),
            "/v2/commands": ({"command_type": "rehearse.say", "target": AGENT}, 422),
        }
        for path, (body, status) in bodies.items():
            assert client.post(path, json={**body, **wrong}).status_code == status
    assert client.post("/v2/commands", json={"command_type": "rehearse.say", "target": AGENT}).status_code == 422


def test_every_tenant_has_it_as_an_agent(server: Running, caller: httpx.Client, connect: Connect) -> None:
    """It is an agent like others from the first command on, and each tenant's work is that tenant's."""
    other = connect(server, server.key_for("admin", tenant := f"t_{uuid4().hex}"))
    assert other.get(f"/v2/agents/{AGENT}").status_code == 404
    assert ended(other, issued(other, "say", {"text": "Hear, hear"}))["result"]["tenant"] == tenant
    agent = other.get(f"/v2/agents/{AGENT}").json()
    assert (agent["type"], agent["resources"]["max_concurrent_tasks"]) == ("plugin", 2)
    assert [one["name"] for one in agent["capabilities"]] == ["acting"]
    for path in ("/agents/", "/v1/ai/agents/", "/api/agents/", "/api/v1/agents/"):
        assert other.get(path + AGENT).status_code == 200
    assert other.get(f"/api/v1/agents/{AGENT}/status").status_code == 200
    assert other.post(f"/v2/agents/{AGENT}/leases", json={}).status_code == 403
    assert caller.get("/v2/commands").json()["data"] == []
    assert other.delete(f"/v2/agents/{AGENT}").status_code == 200
    assert ended(other, issued(other, "say", {"text": "Again"}))["status"] == "completed"


def test_a_function_that_is_not_async_runs_in_a_thread(caller: httpx.Client) -> None:
    """It holds up nobody, and says how it goes all the same."""
    done = ended(caller, issued(caller, "aside"))
    assert done["result"] == {"message": "Psst", "is_main": False}
    told = [one["data"] for one in caller.get("/v2/events").json()["data"] if one["type"] == "command.progress"]
    assert [one["progress"] for one in told] == [25]


def test_a_failure_is_tried_again_within_its_policy(caller: httpx.Client) -> None:
    """What has failed is done by another try; a failure that says so, and one without a policy, is the end."""
    done = ended(caller, issued(caller, "forget", {"times": 2}, retry_policy=POLICY))
    assert (done["status"], done["attempt"]) == ("completed", 3)
    failed = ended(caller, issued(caller, "forget", {"retryable": False}, retry_policy=POLICY))
    assert (failed["status"], failed["error"], failed["attempt"]) == ("failed", "The line is gone", 1)
    assert failed["result"] == {"attempt": 1}
    assert ended(caller, issued(caller, "forget"))["status"] == "failed"


def test_an_exception_is_told_to_the_log_alone(caller: httpx.Client) -> None:
    """Whoever has asked learns that it failed; what was wrong, with its traceback, the operator."""
    with capture_logs() as logged:
        failed = ended(caller, issued(caller, "stumble"))
    assert failed["status"] == "failed" and "swordfish" not in str(failed)
    (line,) = [one for one in logged if one["event"] == "plugin_failed"]
    assert str(line["exc_info"]) == f"swordfish {failed['command_id']}" and line["exc_info"].__traceback__


@pytest.mark.parametrize(("what", "words"), [("number", "int, no dict"), ("text", "set"), ("endless", "NaN")])
def test_what_is_no_result_is_a_failure(caller: httpx.Client, what: str, words: str) -> None:
    """Whatever a function gives that no agent could have sent is refused, and not tried again."""
    failed = ended(caller, issued(caller, "mumble", {"what": what}, retry_policy=POLICY))
    assert (failed["status"], failed["attempt"]) == ("failed", 1)
    assert words.lower() in failed["error"].lower() or "json" in failed["error"].lower()


@pytest.mark.parametrize("name", ["hold", "drone"])
def test_a_cancellation_reaches_it(serve: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A function is stopped at once, at its next `await`; one in a thread sees that nobody wants it any more."""
    monkeypatch.setattr(plugged.plugin, "lease_seconds", 120)  # long before a renewal would find out
    caller = connect(serve(plugins="tests.plugged"), ADMIN_KEY)
    command = issued(caller, name)
    until(caller, command, "running")
    assert caller.post(f"/v2/commands/{command}/cancel").json()["status"] == "cancelled"
    assert eventually(lambda: command in plugged.stopped, 4)
    assert caller.get(f"/v2/commands/{command}").json()["status"] == "cancelled"


def test_its_time_ends_it(caller: httpx.Client) -> None:
    """A command that takes longer than it may is a `timeout`, and its function is stopped."""
    command = issued(caller, "hold", timeout_seconds=1)
    assert ended(caller, command)["status"] == "timeout"
    assert eventually(lambda: command in plugged.stopped, 4)


def test_a_lease_is_renewed_while_the_function_runs(caller: httpx.Client) -> None:
    """What takes longer than a lease is done once."""
    done = ended(caller, issued(caller, "hold", {"seconds": 6.5}))
    assert (done["status"], done["attempt"]) == ("completed", 1)


def test_so_much_is_done_at_once(caller: httpx.Client) -> None:
    """Two at a time in a tenant; what is over makes room for the next."""
    commands = [issued(caller, "hold", {"seconds": 0.3}) for _ in range(5)]
    assert eventually(lambda: len(caller.get("/v2/commands", params={"status": "running"}).json()["data"]) == 2)
    busy = caller.get(f"/v2/agents/{AGENT}").json()["current_tasks"]
    assert busy <= 2
    for command in commands:
        assert ended(caller, command)["status"] == "completed"
    assert eventually(lambda: caller.get(f"/v2/agents/{AGENT}").json()["current_tasks"] == 0)


def test_who_has_its_name_keeps_it(caller: httpx.Client) -> None:
    """A tenant's own agent of that name is not replaced, and has its work."""
    given = {"agent_id": AGENT, "name": "Ours"}
    assert caller.post("/v2/agents", json=given).status_code == 201
    with capture_logs() as logged:
        command = issued(caller, "say", {"text": "Mine"})
        assert eventually(lambda: any(one["event"] == "plugin_displaced" for one in logged))
    (lease,) = caller.post(f"/v2/agents/{AGENT}/leases", json={}).json()["data"]
    assert lease["work"]["command_id"] == command
    assert caller.get(f"/v2/agents/{AGENT}").json()["name"] == "Ours"


def test_a_restart_gives_back_and_goes_on(serve: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server that stops has not done is waiting as if nobody had tried, and the next server does it."""
    monkeypatch.setattr(executing, "_PATIENCE_SECONDS", 0.2)
    server = serve(plugins="tests.plugged")
    command = issued(connect(server, ADMIN_KEY), "hold", {"seconds": 3})
    until(connect(server, ADMIN_KEY), command, "running")
    server.stop()
    assert command in plugged.stopped
    again = connect(serve(plugins="tests.plugged"), ADMIN_KEY)
    done = ended(again, command)
    assert (done["status"], done["attempt"]) == ("completed", 1)


def test_events_are_heard_in_the_words_of_v2(caller: httpx.Client) -> None:
    """Those that it asks for, of every tenant, once each where nothing goes wrong."""
    title = uuid4().hex
    task = caller.post("/v2/tasks", json={"title": title}).json()
    issued(caller, "say", {"text": "This is no task"})
    assert eventually(lambda: of(title) != [])
    (event,) = of(title)
    assert (event.type, event.tenant, event.data["task_id"]) == ("task.created", "t_default", task["task_id"])
    assert event.created_at.endswith("Z") and event.id
    assert all(one.type.startswith("task.") for one in plugged.heard)


def of(title: str) -> list[Any]:
    """What was heard of a task."""
    return [event for event in plugged.heard if event.data["title"] == title]


@pytest.mark.parametrize(("title", "times"), [("fail", 2), ("hang", 1)])
def test_what_could_not_be_heard_is_told_again(caller: httpx.Client, title: str, times: int) -> None:
    """A function that fails, or hangs, hears the event later, and what came after it behind it; nobody else waits."""
    plugged.heard.clear()
    plugged.refusals[title] = times
    with capture_logs() as logged:
        for name in (title, "later"):
            caller.post("/v2/tasks", json={"title": name})
        assert ended(caller, issued(caller, "say", {"text": "Meanwhile"}))["status"] == "completed"
        assert eventually(lambda: len(plugged.heard) == 2)
    assert [event.data["title"] for event in plugged.heard] == [title, "later"]
    assert sum(one["event"] == "plugin_failed" for one in logged) == times


def test_what_makes_no_sense_to_hear_is_skipped(caller: httpx.Client) -> None:
    """A failure that says so leaves the event behind, and the log says it."""
    plugged.heard.clear()
    plugged.refusals["skip"] = 1
    with capture_logs() as logged:
        for name in ("skip", "next"):
            caller.post("/v2/tasks", json={"title": name})
        assert eventually(lambda: plugged.heard != [])
    assert [event.data["title"] for event in plugged.heard] == ["next"]
    assert [one["problem"] for one in logged if one["event"] == "plugin_skips"] == ["Not now"]


def test_a_place_survives_a_restart(serve: Start, connect: Connect) -> None:
    """What happened while the plugin was not there is heard when it is back."""
    plugged.heard.clear()
    serve(plugins="tests.plugged").stop()
    server = serve()
    connect(server, ADMIN_KEY).post("/v2/tasks", json={"title": "Unheard"})
    server.stop()
    serve(plugins="tests.plugged")
    assert eventually(lambda: [event.data["title"] for event in plugged.heard] == ["Unheard"])
