"""Work over WebSockets: commands sent and answered on `/v1`, leases offered, accepted and lost on `/stream`."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog.testing

from handlers.core.offering import Offering
from tests.dialects.shapes import resembles
from tests.serving import Running, eventually
from tests.sockets import Socket, opened
from tests.workers import registered

AGENT = "ai_agent_001"
RESULT = {
    "type": "command.result",
    "id": "msg-004",
    "timestamp": "2025-11-03T01:53:57.580Z",
    "payload": {"command_id": "cmd-abc123", "status": "completed", "result": {"success": True}},
}


@pytest.fixture
def stream(shared_server: Running, key: str) -> Iterator[Socket]:
    """A connection in which an agent, which does two things at a time, waits for work."""
    registered(shared_server, key, AGENT, most=2)
    with opened(shared_server, "/stream", key) as socket:
        socket.hear()
        payload = {"agent_id": AGENT, "max_leases": 2, "lease_seconds": 60}
        waiting = socket.ask(type="lease.ready", id="1", payload=payload)
        assert (waiting["type"], waiting["payload"]["leases"]) == ("lease.waiting", [])
        yield socket


def issue(client: httpx.Client, **more: Any) -> str:
    """A command for the agent."""
    answer = client.post("/v2/commands", json={"command_type": "deploy.app", "target": AGENT, **more})
    assert answer.status_code == 202, answer.text
    return answer.json()["command_id"]


def offered(socket: Socket) -> dict[str, Any]:
    """The next offer."""
    message = socket.hear()
    assert (message["type"], message["payload"]["status"]) == ("lease.offer", "offered")
    return message["payload"]


def tell(socket: Socket, kind: str, lease: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Say something of a lease, and hear the answer."""
    payload = {"agent_id": AGENT, "lease_id": lease["lease_id"], **more}
    return socket.ask(type=f"lease.{kind}", id=kind, payload=payload)


def test_a_command_is_sent_and_answered_on_one_socket(client: httpx.Client, shared_server: Running, key: str) -> None:
    """`command` is accepted at once, and `command.result` comes when it has ended, as the specification prints it."""
    with opened(shared_server, "/v1", key) as socket:
        body = {"command": "restart_service", "target": {"device_id": "device-12345"}}
        accepted = socket.ask(type="command", id="msg-002", payload=body)
        assert (accepted["type"], accepted["id"]) == ("command.accepted", "msg-002")
        identifier = accepted["payload"]["command_id"]
        said = {"status": "completed", "result": {"success": True}}
        client.post(f"/v1/commands/{identifier}/result", json=said)
        result = socket.hear()
        resembles(result, RESULT, more=("completed_at",), free=("result",))
        assert (result["type"], result["payload"]["command_id"]) == ("command.result", identifier)
        assert (result["payload"]["status"], result["payload"]["result"]["success"]) == ("completed", True)


def test_a_command_to_nobody_is_answered_with_its_timeout(shared_server: Running, key: str) -> None:
    """Whoever waits on a socket learns of the timeout, too."""
    with opened(shared_server, "/v1", key) as socket:
        body = {"command": "x", "target": {"device_id": "d"}, "parameters": {"timeout_seconds": 1}}
        socket.ask(type="command", id="msg-1", payload=body)
        assert socket.hear()["payload"]["status"] == "timeout"


def test_work_is_offered_accepted_and_done(client: httpx.Client, stream: Socket) -> None:
    """An offer comes by itself, becomes a lease by being accepted, and ends with its result."""
    command = issue(client)
    offer = offered(stream)
    assert client.get(f"/v2/commands/{command}").json()["status"] == "pending"
    held = tell(stream, "accept", offer)["payload"]
    assert (held["status"], held["fencing_token"]) == ("held", offer["fencing_token"])
    token = {"fencing_token": held["fencing_token"]}
    assert tell(stream, "renew", held, **token, lease_seconds=120)["payload"]["lease_seconds"] == 120
    assert tell(stream, "progress", held, **token, progress=50)["payload"]["progress"] == 50
    assert tell(stream, "complete", held, **token, result={"a": 1})["payload"]["status"] == "completed"
    assert client.get(f"/v2/commands/{command}").json()["result"] == {"a": 1}


def test_no_more_is_offered_than_the_agent_may_hold(client: httpx.Client, stream: Socket) -> None:
    """Two offers are out; the third comes when one of the two is done."""
    for _ in range(3):
        issue(client)
    offers = [offered(stream), offered(stream)]
    assert stream.silent()
    held = [tell(stream, "accept", offer)["payload"] for offer in offers]
    tell(stream, "fail", held[0], fencing_token=1, error="No")
    assert offered(stream)["lease_id"] not in {one["lease_id"] for one in held}


def test_who_was_faster_has_it(client: httpx.Client, stream: Socket) -> None:
    """An offer that somebody has taken over another transport is refused, and the socket stays."""
    issue(client)
    offer = offered(stream)
    assert len(client.post(f"/v2/agents/{AGENT}/leases").json()["data"]) == 1
    refused = tell(stream, "accept", offer)
    assert (refused["type"], refused["payload"]["code"]) == ("error", "CONFLICT")


def test_a_declined_offer_is_left_to_others(client: httpx.Client, stream: Socket) -> None:
    """What was declined is not offered here again; somebody else can take it."""
    issue(client)
    offer = offered(stream)
    assert tell(stream, "decline", offer)["payload"]["status"] == "offered"
    assert stream.silent()
    assert len(client.post(f"/v2/agents/{AGENT}/leases").json()["data"]) == 1


def test_cancellation_reaches_whoever_works(client: httpx.Client, stream: Socket) -> None:
    """The holder of a cancelled command is told at once that its lease is lost."""
    command = issue(client)
    held = tell(stream, "accept", offered(stream))["payload"]
    client.post(f"/v2/commands/{command}/cancel")
    lost = stream.hear()
    assert (lost["type"], lost["payload"]["reason"]) == ("lease.lost", "cancelled")
    assert lost["payload"]["lease_id"] == held["lease_id"]


def test_leases_outlive_the_socket(client: httpx.Client, shared_server: Running, key: str, stream: Socket) -> None:
    """After a new `lease.ready` an agent finds what it held, and ends it on another connection."""
    issue(client)
    held = tell(stream, "accept", offered(stream))["payload"]
    with opened(shared_server, "/stream", key) as other:
        other.hear()
        waiting = other.ask(type="lease.ready", id="1", payload={"agent_id": AGENT})
        assert [one["lease_id"] for one in waiting["payload"]["leases"]] == [held["lease_id"]]
        released = tell(other, "release", held, fencing_token=1, delay_seconds=60)
        assert released["payload"]["status"] == "released"


def test_nobody_waits_in_the_name_of_another(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """An agent's work is offered to whoever has registered it."""
    owner, other = (shared_server.key_for("admin", tenant) for _ in range(2))
    registered(shared_server, owner, "mine")
    with opened(shared_server, "/stream", other) as socket:
        socket.hear()
        refused = socket.ask(type="lease.ready", id="1", payload={"agent_id": "mine"})
        assert (refused["type"], refused["payload"]["code"]) == ("error", "FORBIDDEN")


def test_a_removed_agent_is_not_ready_any_more(client: httpx.Client, stream: Socket) -> None:
    """Where it waited, the client is told that it holds nothing and is gone, and the socket stays."""
    issue(client)
    held = tell(stream, "accept", offered(stream))["payload"]
    client.delete(f"/v2/agents/{AGENT}")
    said = {message["type"]: message["payload"] for message in (stream.hear(), stream.hear())}
    assert said["lease.lost"]["lease_id"] == held["lease_id"]
    assert said["error"]["code"] == "NOT_FOUND"
    assert stream.ask(type="ping", id="9")["type"] == "pong"


def test_a_defect_ends_the_offers_and_is_told_as_one(
    shared_server: Running, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails behind the talk is told without its cause, which goes to the log; the agent can be ready again."""

    async def broken(*_: Any) -> None:
        raise ValueError("A wheel has come off")

    registered(shared_server, key, AGENT)
    with opened(shared_server, "/stream", key) as socket:
        socket.hear()
        with monkeypatch.context() as patched, structlog.testing.capture_logs() as lines:
            patched.setattr(Offering, "_offer_some", broken)
            socket.ask(type="lease.ready", id="1", payload={"agent_id": AGENT})
            failed = socket.hear()
        assert (failed["type"], failed["payload"]["code"]) == ("error", "INTERNAL_ERROR")
        assert "wheel" not in str(failed)
        assert [str(line["exc_info"]) for line in lines if line["event"] == "conversation_failed"] == [
            "A wheel has come off"
        ]
        assert socket.ask(type="lease.ready", id="2", payload={"agent_id": AGENT})["type"] == "lease.waiting"


def entries(client: httpx.Client, event_type: str) -> list[dict[str, Any]]:
    """What the audit log has of one kind."""
    return client.get("/v2/audit", params={"event_type": event_type}).json()["data"]


def test_what_ends_work_is_in_the_audit_log_before_it_is_answered(client: httpx.Client, stream: Socket) -> None:
    """Who said it, for which agent, of which lease; what is said again and again is counted for the agent."""
    issue(client)
    held = tell(stream, "accept", offered(stream))["payload"]
    tell(stream, "renew", held, fencing_token=1)
    tell(stream, "complete", held, fencing_token=1, result={})
    (ended,) = entries(client, "lease_completed")
    assert (ended["agent_id"], ended["resource_id"], ended["outcome"]) == (AGENT, held["lease_id"], "success")
    assert (ended["operation"], ended["ip_address"]) == ("v2.streams.complete_lease", "127.0.0.1")
    for kind in ("leases_awaited", "lease_accepted", "lease_renewed"):
        assert eventually(lambda kind=kind: [one["resource_id"] for one in entries(client, kind)] == [AGENT])
    tell(stream, "complete", held, fencing_token=1, result={"another": True})
    assert eventually(lambda: [one["outcome"] for one in entries(client, "lease_completed")] == ["failed", "success"])


def test_a_command_over_a_socket_is_in_the_audit_log(client: httpx.Client, shared_server: Running, key: str) -> None:
    """As one over HTTP is, under its own name."""
    with opened(shared_server, "/v1", key) as socket:
        body = {"command": "restart_service", "target": {"device_id": "device-12345"}}
        accepted = socket.ask(type="command", id="msg-002", payload=body)
        (sent,) = entries(client, "command_sent")
        assert sent["resource_id"] == accepted["payload"]["command_id"]


def test_a_denial_is_in_the_audit_log(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """Somebody has spoken for an agent that is another's."""
    owner, other = (shared_server.key_for("admin", tenant) for _ in range(2))
    registered(shared_server, owner, "mine")
    with opened(shared_server, "/stream", other) as socket:
        socket.hear()
        said = {"agent_id": "mine", "lease_id": "cmd_1", "fencing_token": 1}
        assert socket.ask(type="lease.complete", id="1", payload=said)["payload"]["code"] == "FORBIDDEN"
    (denied,) = entries(client, "access_denied")
    told = (denied["operation"], denied["resource_id"], denied["outcome"], denied["details"]["status"])
    assert told == ("v2.streams.complete_lease", "cmd_1", "denied", 403)
