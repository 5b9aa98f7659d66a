"""Work that is posted to the endpoints of agents: as the contract says, once, and with what they answer."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest

from tests.dialects.test_webhooks import is_signed
from tests.receivers import Received, Receiver
from tests.serving import ADMIN_KEY, Connect, Running, eventually
from tests.walking import contract

TOKEN = "agent_token_0123456789"
DONE = {"success": True, "output": "Task executed successfully", "duration_ms": 4523}
REFERENCE = {
    "agent_id": "agent_custom_002", "name": "Custom Agent", "capabilities": ["custom_task"], "auth_token": TOKEN,
}  # fmt: skip
Start = Callable[..., Running]


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    """An agent's endpoint, which does all work at once."""
    with Receiver(say=lambda received: orjson.dumps(DONE)) as started:
        yield started


@pytest.fixture
def caller(serve: Start, connect: Connect) -> httpx.Client:
    """An administrator of a server that may send to this machine."""
    return connect(serve(allow_private_targets=True), ADMIN_KEY)


def registered(client: httpx.Client, endpoint: Receiver, **given: Any) -> None:
    """The agent of the reference, whose endpoint this is."""
    answer = client.post("/agents/register", json={**REFERENCE, "endpoint": endpoint.url, **given})
    assert answer.status_code == 201, answer.text


def issued(client: httpx.Client, **given: Any) -> str:
    """A command for it."""
    body = {"command": "execute_task", "agent_id": "agent_custom_002", "parameters": {"task_id": "task_123"}}
    answer = client.post("/commands", json={**body, **given})
    assert answer.status_code == 202, answer.text
    return answer.json()["command_id"]


def ended(client: httpx.Client, command: str, status: str) -> dict[str, Any]:
    """The command, when it has that status."""
    assert eventually(lambda: client.get(f"/commands/{command}").json()["status"] == status, 20)
    return client.get(f"/commands/{command}").json()


def check_callback(received: Received) -> None:
    """Hold what was sent to the callback that the contract describes."""
    callbacks = contract().document["paths"]["/agents/register"]["post"]["callbacks"]["work"]
    callback = callbacks["{$request.body#/endpoint}"]["post"]
    for parameter in map(contract().resolve, callback["parameters"]):
        value = received.headers[parameter["name"].lower()]
        is_number = contract().resolve(parameter["schema"]).get("type") == "integer"
        assert contract().validator(parameter["schema"]).is_valid(int(value) if is_number else value)
    body = contract().validator(callback["requestBody"]["content"]["application/json"]["schema"])
    assert not list(body.iter_errors(received.json))


def test_an_endpoint_is_sent_its_work_and_answers_with_the_result(caller: httpx.Client, endpoint: Receiver) -> None:
    """The printed registration is enough: the work comes signed, and what is answered is the command's result."""
    registered(caller, endpoint)
    command = issued(caller)
    done = ended(caller, command, "completed")
    assert done["result"] == DONE
    (sent,) = endpoint.received
    check_callback(sent)
    assert sent.headers["authorization"] == f"Bearer {TOKEN}" and is_signed(sent, TOKEN)
    assert sent.headers["webhook-id"] == f"{sent.json['lease_id']}:{sent.json['fencing_token']}"
    said = {name: sent.json[name] for name in ("agent_id", "type", "command_id", "name", "parameters")}
    assert said == {
        "agent_id": "agent_custom_002", "type": "command", "command_id": command, "name": "execute_task",
        "parameters": {"task_id": "task_123"},
    }  # fmt: skip


def test_an_agent_gets_so_much_at_once_and_all_in_the_end(caller: httpx.Client, endpoint: Receiver) -> None:
    """One piece of work at a time, as it has said nothing else; an end makes room for the next."""
    endpoint.decide = lambda received: time.sleep(0.05) or 200
    registered(caller, endpoint)
    commands = [issued(caller) for _ in range(6)]
    for command in commands:
        ended(caller, command, "completed")
    assert endpoint.most_at_once == 1
    assert sorted(sent.json["command_id"] for sent in endpoint.received) == sorted(commands)


def test_work_that_is_taken_for_later_is_reported_later(caller: httpx.Client, endpoint: Receiver) -> None:
    """An answer of 202 keeps the work with the agent, which reports it as any command, or by its lease."""
    endpoint.decide = lambda received: 202
    registered(caller, endpoint)
    first, second = issued(caller), issued(caller)
    endpoint.wait_for(1)
    assert eventually(lambda: held(caller)["lease_seconds"] == 3600, 20)
    assert caller.get(f"/commands/{first}").json()["status"] == "in_progress"
    assert caller.post(f"/commands/{first}/result", json=DONE).status_code == 200
    assert caller.get(f"/commands/{first}").json()["result"] == DONE
    sent = endpoint.wait_for(2)[1].json
    said = {"fencing_token": sent["fencing_token"], "result": {"output": "By its lease"}}
    path = f"/v2/agents/agent_custom_002/leases/{sent['lease_id']}/complete"
    assert eventually(lambda: caller.post(path, json=said).status_code == 200, 20)
    assert ended(caller, second, "completed")["result"]["output"] == "By its lease"
    assert len(endpoint.received) == 2


def held(client: httpx.Client) -> dict[str, Any]:
    """What the agent holds."""
    return client.get("/v2/agents/agent_custom_002/leases").json()["data"][0]


@pytest.mark.parametrize("answer", [(503, b""), (200, b"no report"), (200, b'{"success":"yes"}'), (302, b"")])
def test_who_does_not_answer_as_agreed_gives_the_work_back(
    caller: httpx.Client, endpoint: Receiver, answer: tuple[int, bytes]
) -> None:
    """The work is not lost: it is offered again after a pause, and done then."""
    failing = [answer]
    endpoint.decide = lambda received: failing[0][0] if failing else 200
    endpoint.say = lambda received: failing.pop()[1] if failing else orjson.dumps(DONE)
    registered(caller, endpoint)
    command = issued(caller)
    ended(caller, command, "completed")
    first, second = endpoint.received
    assert second.at - first.at > 4
    assert (first.json["fencing_token"], second.json["fencing_token"]) == (1, 2)


def test_a_failure_is_a_failure(caller: httpx.Client, endpoint: Receiver) -> None:
    """A report that says so ends the command as failed, with what the agent has to say."""
    endpoint.say = lambda received: orjson.dumps({"success": False, "output": "There is no such task"})
    registered(caller, endpoint)
    assert ended(caller, issued(caller), "failed")["result"]["output"] == "There is no such task"


def test_an_agent_without_an_endpoint_or_a_token(caller: httpx.Client, endpoint: Receiver) -> None:
    """Without a token nothing is signed; without an endpoint, any more, nothing is sent."""
    said = {name: value for name, value in REFERENCE.items() if name != "auth_token"}
    assert caller.post("/agents/register", json={**said, "endpoint": endpoint.url}).status_code == 201
    ended(caller, issued(caller), "completed")
    assert not {"authorization", "x-nexus-signature"} & endpoint.received[0].headers.keys()
    assert caller.post("/agents/register", json=said).status_code == 201
    left = issued(caller)
    taken = caller.post("/v2/agents/agent_custom_002/leases", json={"wait_seconds": 20}).json()["data"]
    assert [lease["work"]["command_id"] for lease in taken] == [left]
    assert len(endpoint.received) == 1


def test_work_for_whoever_can_do_it_comes_to_an_endpoint(caller: httpx.Client, endpoint: Receiver) -> None:
    """A command for a service goes to an agent that has it."""
    registered(caller, endpoint)
    asked = {"command_type": "anything.at.all", "service": "custom_task"}
    command = caller.post("/v2/commands", json=asked).json()["command_id"]
    ended(caller, command, "completed")
    assert endpoint.received[0].json["name"] == "anything.at.all"
