"""Webhooks in ggi and v2: made, told of events with signatures, rotated, looked into, recovered, ended."""

import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest

from handlers.names import tellings
from tests.receivers import Received, Receiver
from tests.serving import ADMIN_KEY, Connect, Running, eventually
from tests.walking import contract

STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLAIN = "a secret of no standard".replace(" ", "-")
Start = Callable[..., Running]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who takes all that is sent."""
    with Receiver() as started:
        yield started


@pytest.fixture
def caller(serve: Start, connect: Connect) -> httpx.Client:
    """An administrator of a server that may send to this machine."""
    return connect(serve(allow_private_targets=True), ADMIN_KEY)


def made(client: httpx.Client, url: str, **given: Any) -> dict[str, Any]:
    """A new webhook of v2."""
    answer = client.post("/v2/webhooks", json={"url": url, "types": ["task.created"], **given})
    assert answer.status_code == 201, answer.text
    return answer.json()


def new_task(client: httpx.Client, title: str = "n") -> str:
    """A new task, which is an event."""
    return client.post("/v2/tasks", json={"title": title}).json()["task_id"]


def check_callback(path: str, received: Received) -> None:
    """Hold what was sent to the callback that the contract describes, headers and body."""
    callback = contract().document["paths"][path]["post"]["callbacks"]["event"]["{$request.body#/url}"]["post"]
    for parameter in map(contract().resolve, callback["parameters"]):
        value = received.headers.get(parameter["name"].lower())
        assert value is not None or not parameter.get("required"), parameter["name"]
        is_number = contract().resolve(parameter["schema"]).get("type") == "integer"
        assert value is None or contract().validator(parameter["schema"]).is_valid(int(value) if is_number else value)
    body = contract().validator(callback["requestBody"]["content"]["application/json"]["schema"])
    assert not list(body.iter_errors(received.json))


def is_signed(received: Received, secret: str) -> bool:
    """Whether the raw body is signed with a secret, as the contract tells receivers to check."""
    wanted = hmac.new(secret.encode(), received.body, sha256).hexdigest()
    return received.headers["x-nexus-signature"] == f"sha256={wanted}"


def standard(received: Received, secret: str) -> str:
    """The signature of Standard Webhooks, as its own text defines it."""
    named = f"{received.headers['webhook-id']}.{received.headers['webhook-timestamp']}.".encode()
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.new(key, named + received.body, sha256).digest()).decode()


def test_a_webhook_of_ggi_is_told(caller: httpx.Client, receiver: Receiver) -> None:
    """The payload is the printed one, signed in both ways; what was not asked for is not sent."""
    asked = {"url": receiver.url, "events": ["task.completed", "agent.offline"], "secret": STANDARD}
    hook = caller.post("/webhooks", json=asked)
    assert (hook.status_code, hook.json()["events"], hook.json()["status"]) == (201, asked["events"], "active")
    assert "secret" not in hook.text and STANDARD not in hook.text
    task = new_task(caller)
    assert caller.patch(f"/tasks/{task}", json={"status": "completed"}).status_code == 200
    (told,) = receiver.wait_for(1)
    check_callback("/webhooks", told)
    assert told.json.keys() == {"id", "type", "created_at", "data"}
    assert told.json["type"] == "task.completed"
    assert {"task_id": task, "status": "completed"}.items() <= told.json["data"].items()
    assert told.headers["webhook-id"] == told.json["id"]
    assert told.headers["content-type"] == "application/json"
    assert abs(int(told.headers["webhook-timestamp"]) - time.time()) < 10
    assert is_signed(told, STANDARD)
    assert told.headers["webhook-signature"] == standard(told, STANDARD)
    path = hook.headers["location"]
    assert eventually(lambda: "last_delivery_at" in caller.get(path).json())
    assert caller.get("/webhooks").json()["total"] == 1


def test_all_events_of_ggi(caller: httpx.Client, receiver: Receiver) -> None:
    """The star stands for every event, v2 names them all, and a secret of no standard signs in one way only."""
    hook = caller.post("/webhooks", json={"url": receiver.url, "events": ["*"], "secret": PLAIN}).json()
    assert hook["events"] == ["*"]
    assert {"task.created", "ai.agent.offline"} < set(caller.get(f"/v2/webhooks/{hook['webhook_id']}").json()["types"])
    task = new_task(caller)
    caller.delete(f"/tasks/{task}")
    told = receiver.wait_for(2)
    assert {one.json["type"] for one in told} == {"task.created", "task.cancelled"}
    assert all(is_signed(one, PLAIN) and "webhook-signature" not in one.headers for one in told)


def test_a_webhook_of_v2_is_told(caller: httpx.Client, receiver: Receiver, conformity: Any) -> None:
    """The event is that of the stream, the secret is told once, and the delivery tells what came of it."""
    hook = made(caller, receiver.url)
    assert hook["secret"].startswith("whsec_")
    path = f"/v2/webhooks/{hook['webhook_id']}"
    assert "secret" not in caller.get(path).json()
    task = new_task(caller)
    (told,) = receiver.wait_for(1)
    check_callback("/v2/webhooks", told)
    assert (told.json["type"], told.json["data"]["task_id"]) == ("task.created", task)
    assert is_signed(told, hook["secret"]) and told.headers["webhook-signature"] == standard(told, hook["secret"])
    assert eventually(lambda: caller.get(f"{path}/deliveries").json()["data"][0]["status"] == "delivered")
    (listed,) = caller.get(f"{path}/deliveries").json()["data"]
    assert [attempt["status_code"] for attempt in listed["attempts"]] == [200]
    assert caller.get(f"{path}/deliveries/{listed['delivery_id']}").json()["event"] == told.json
    for filters, many in (
        ({"status": "delivered"}, 1), ({"status": "failed"}, 0), ({"type": "task.created"}, 1),
        ({"event_id": told.json["event_id"]}, 1), ({"event_id": "evt_none"}, 0), ({"since": "2100-01-01T00:00:00Z"}, 0),
        ({"event_id": told.json["event_id"], "status": "failed"}, 0),
    ):  # fmt: skip
        assert len(caller.get(f"{path}/deliveries", params=filters).json()["data"]) == many, filters


def test_only_what_was_asked_for(caller: httpx.Client, receiver: Receiver) -> None:
    """A subject, a type and the time since it was made decide; a webhook that is switched off is told nothing."""
    before = new_task(caller)
    made(caller, receiver.url, subject=before, types=["task.updated"])
    off = made(caller, receiver.url, enabled=False, types=["task.created", "task.updated"])
    other = new_task(caller)
    for task in (other, before):
        caller.patch(f"/v2/tasks/{task}", json={"title": "changed"})
    (told,) = receiver.wait_for(1)
    time.sleep(0.2)
    assert len(receiver.received) == 1 and told.json["data"]["task_id"] == before
    assert caller.get("/v2/webhooks", params={"enabled": False}).json()["data"] == [
        {name: value for name, value in off.items() if name != "secret"}
    ]


def test_a_secret_is_rotated(caller: httpx.Client, receiver: Receiver) -> None:
    """For a while both secrets sign by the standard, and the present one in the header of our own."""
    hook = made(caller, receiver.url, secret=STANDARD)
    assert "secret" not in hook
    path = f"/v2/webhooks/{hook['webhook_id']}"
    rotated = caller.post(f"{path}/rotate-secret", json={"overlap_seconds": 3600}, headers={"If-Match": '"1"'})
    assert rotated.status_code == 200 and "old_secret_until" in rotated.json()
    assert caller.post(f"{path}/rotate-secret", headers={"If-Match": '"1"'}).status_code == 412
    new_task(caller)
    (told,) = receiver.wait_for(1)
    assert is_signed(told, rotated.json()["secret"])
    both = f"{standard(told, rotated.json()['secret'])} {standard(told, STANDARD)}"
    assert told.headers["webhook-signature"] == both
    at_once = caller.post(f"{path}/rotate-secret", json={"secret": PLAIN, "overlap_seconds": 0})
    assert not {"secret", "old_secret_until"} & at_once.json().keys()
    new_task(caller)
    assert "webhook-signature" not in receiver.wait_for(2)[1].headers


def test_what_fails_is_tried_again(caller: httpx.Client) -> None:
    """A failure is shown in both dialects, and a redelivery repeats the same event when the receiver is back."""
    statuses = [500]
    with Receiver(lambda received: statuses[0]) as receiver:
        hook = made(caller, receiver.url)
        path = f"/v2/webhooks/{hook['webhook_id']}"
        new_task(caller)
        receiver.wait_for(1)
        assert eventually(lambda: caller.get(f"/webhooks/{hook['webhook_id']}").json()["status"] == "failing")
        assert caller.get(f"/webhooks/{hook['webhook_id']}").json()["last_error"] == "Answered 500"
        (pending,) = caller.get(f"{path}/deliveries", params={"status": "pending"}).json()["data"]
        assert "next_attempt_at" in pending
        again = f"{path}/deliveries/{pending['delivery_id']}/redeliver"
        kept = caller.post(again)
        assert (kept.status_code, kept.json()["status"]) == (202, "pending")
        receiver.wait_for(2, seconds=15)
        assert eventually(lambda: caller.get(path).json()["consecutive_failures"] == 2)
        statuses[0] = 204
        for number in (3, 4):  # the first of them would have come half a minute later
            assert caller.post(again).status_code == 202
            receiver.wait_for(number)
            assert eventually(lambda: caller.get(path).json()["consecutive_failures"] == 0)
        assert set(receiver.names.values()) == {4}


def test_a_redirect_is_not_followed(caller: httpx.Client) -> None:
    """It is an answer that does not take the event."""
    with Receiver(lambda received: 302) as receiver:
        hook = made(caller, receiver.url)
        new_task(caller)
        receiver.wait_for(1)
        assert eventually(lambda: caller.get(f"/v2/webhooks/{hook['webhook_id']}").json()["consecutive_failures"] == 1)
        assert len(receiver.received) == 1


def test_a_webhook_that_is_gone_is_switched_off_and_on_again(caller: httpx.Client, receiver: Receiver) -> None:
    """410 ends it; switched on again it has forgotten that, and a recovery sends what it has missed, in order."""
    statuses = [410]
    made(caller, receiver.url)  # it hears of all: what it has heard, the other one is not told of any more
    with Receiver(lambda received: statuses[0]) as leaving:
        hook = made(caller, leaving.url)
        path = f"/v2/webhooks/{hook['webhook_id']}"
        for number in range(3):
            new_task(caller, str(number))
        assert eventually(lambda: not caller.get(path).json()["enabled"])
        off = caller.get(path).json()
        assert off["disabled_reason"] == "The address is gone"
        assert caller.get(f"/webhooks/{hook['webhook_id']}").json()["status"] == "disabled"
        recovery = {"since": hook["created_at"]}
        assert caller.post(f"{path}/recover", json=recovery).status_code == 409
        missed = {new_task(caller, str(number)) for number in range(3, 6)}
        receiver.wait_for(6)
        assert eventually(lambda: is_at_rest(caller, path, leaving))
        statuses[0] = 200
        on = caller.patch(path, json={"enabled": True}).json()
        assert on["enabled"] and on["consecutive_failures"] == 0 and "disabled_reason" not in on
        leaving.received.clear()
        started = caller.post(f"{path}/recover", json=recovery)
        assert started.status_code == 202 and started.json()["only_failed"] is True and "gap" not in started.json()
        told = leaving.wait_for(6)
        assert {one.json["data"]["title"] for one in told} == {str(number) for number in range(6)}
        assert missed < {one.json["data"]["task_id"] for one in told}
        assert set(leaving.names.values()) == {1}
    for wrong in ({"since": "2100-01-01T00:00:00Z"}, {"since": hook["created_at"], "until": hook["created_at"]}):
        assert caller.post(f"{path}/recover", json=wrong).status_code == 422


def is_at_rest(client: httpx.Client, path: str, refusing: Receiver) -> bool:
    """Whether nothing is on its way to a webhook any more, and each refusal was counted."""
    pending = client.get(f"{path}/deliveries", params={"status": "pending"}).json()["data"]
    return not pending and client.get(path).json()["consecutive_failures"] == len(refusing.received)


def test_there_is_an_example_of_everything() -> None:
    """For each type of event that a dialect has words for, what would be sent is what its contract promises."""
    for dialect, path in (("ggi", "/webhooks"), ("v2", "/v2/webhooks")):
        callback = contract().document["paths"][path]["post"]["callbacks"]["event"]["{$request.body#/url}"]["post"]
        validator = contract().validator(callback["requestBody"]["content"]["application/json"]["schema"])
        telling = tellings()[dialect]
        assert len(telling.types) > 15
        for type in telling.types:
            assert not list(validator.iter_errors(orjson.loads(telling.example(type, "evt_1", 1_762_134_869_000))))


@pytest.mark.parametrize("event", ["command.completed", "task.updated", "webhook.disabled", "lease.granted"])
def test_an_example_is_sent(caller: httpx.Client, receiver: Receiver, event: str) -> None:
    """It is signed as all others, once, to a webhook that is switched off too, and says nothing of how that fares."""
    hook = made(caller, receiver.url, enabled=False)
    path = f"/v2/webhooks/{hook['webhook_id']}"
    sent = caller.post(f"{path}/test", json={"type": event})
    assert sent.status_code == 202 and sent.json()["is_test"]
    (told,) = receiver.wait_for(1)
    assert told.json["type"] == event and is_signed(told, hook["secret"])
    assert told.headers["webhook-id"] == told.json["event_id"] == sent.json()["event_id"]
    delivery = f"{path}/deliveries/{sent.json()['delivery_id']}"
    assert eventually(lambda: caller.get(delivery).json()["status"] == "delivered")
    assert caller.get(delivery).json()["event"] == told.json
    assert "last_delivery_at" not in caller.get(path).json()


def test_an_example_of_ggi_is_in_its_words(caller: httpx.Client, receiver: Receiver) -> None:
    """A webhook that was made in ggi gets what ggi prints, and is not told of what ggi has no word for."""
    asked = {"url": receiver.url, "events": ["agent.offline"], "secret": PLAIN}
    path = f"/v2/webhooks/{caller.post('/webhooks', json=asked).json()['webhook_id']}"
    assert caller.post(f"{path}/test", json={"type": "ai.agent.offline"}).status_code == 202
    assert receiver.wait_for(1)[0].json["type"] == "agent.offline"
    assert caller.post(f"{path}/test", json={"type": "lease.granted"}).status_code == 422
    assert caller.patch(path, json={"types": ["lease.granted"]}).status_code == 422
    assert caller.patch(path, json={"types": ["task.created"]}).json()["types"] == ["task.created"]


def test_a_deleted_webhook_is_told_nothing_more(caller: httpx.Client) -> None:
    """Not even what waits to be tried again; its deliveries are gone with it."""
    with Receiver(lambda received: 500) as receiver:
        hook = made(caller, receiver.url)
        path = f"/v2/webhooks/{hook['webhook_id']}"
        new_task(caller)
        receiver.wait_for(1)
        assert caller.delete(path, headers={"If-Match": '"9"'}).status_code == 412
        assert caller.delete(path).json() == {"webhook_id": hook["webhook_id"], "status": "deleted"}
        for gone in (path, f"{path}/deliveries", f"/webhooks/{hook['webhook_id']}"):
            assert caller.get(gone).status_code == 404
        time.sleep(6)  # the pause after the first try is five seconds
        assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]:8080/x", "http://169.254.169.254/latest/meta-data", "http://10.1.2.3",
     "http://[::ffff:10.0.0.1]/", "http://localhost:9/", "http://metadata.google.internal/", "http://example.com:99999/",
     "http://[fd00:ec2::254]/", "http://100.100.100.200/", "http://[64:ff9b::a00:1]/"],
)  # fmt: skip
def test_private_addresses_are_refused_at_once(client: httpx.Client, url: str) -> None:
    """An address that says by itself that it leads inside is refused in each dialect's shape."""
    ggi = client.post("/webhooks", json={"url": url, "events": ["*"], "secret": PLAIN})
    assert (ggi.status_code, ggi.json()["error"]["code"]) == (400, "invalid_request")
    v2 = client.post("/v2/webhooks", json={"url": url, "types": ["task.created"]})
    assert (v2.status_code, v2.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


def test_a_name_that_leads_inside_is_not_called(serve: Start, connect: Connect, receiver: Receiver) -> None:
    """The address behind a name is judged when it is called; the refusal does not say where the name leads."""
    server = serve()
    caller = connect(server, ADMIN_KEY)
    server.nexus.parts.sending.sender._resolver._lookup = lambda name: ["127.0.0.1"]
    hook = made(caller, f"http://inside.example.com:{receiver.port}/hook")
    new_task(caller)
    path = f"/v2/webhooks/{hook['webhook_id']}"
    assert eventually(lambda: caller.get(path).json()["consecutive_failures"] == 1)
    (tried,) = caller.get(f"{path}/deliveries").json()["data"]
    assert tried["attempts"][0]["error"] == "The address may not be called"
    assert receiver.received == []


def test_a_webhook_is_made_once(caller: httpx.Client, receiver: Receiver) -> None:
    """The same request twice, with an idempotency key, is answered as the first was, its secret included."""
    headers = {"Idempotency-Key": "once"}
    asked = {"url": receiver.url, "types": ["task.created"]}
    first, second = [caller.post("/v2/webhooks", json=asked, headers=headers).json() for _ in range(2)]
    assert first == second and "secret" in second
    other = caller.post("/v2/webhooks", json={**asked, "types": ["task.updated"]}, headers=headers)
    assert other.status_code == 409
    caller.post(f"/v2/webhooks/{first['webhook_id']}/rotate-secret")
    assert caller.post("/v2/webhooks", json=asked, headers=headers).status_code == 409
    assert len(caller.get("/v2/webhooks").json()["data"]) == 1


def test_webhooks_and_deliveries_are_paged(caller: httpx.Client, receiver: Receiver) -> None:
    """Cursors lead through all of them, each once."""
    hooks = {made(caller, receiver.url)["webhook_id"] for _ in range(3)}
    for _ in range(3):
        new_task(caller)
    receiver.wait_for(9)
    assert {hook["webhook_id"] for hook in walked(caller, "/v2/webhooks")} == hooks
    for hook in hooks:
        assert len({one["delivery_id"] for one in walked(caller, f"/v2/webhooks/{hook}/deliveries")}) == 3
    assert caller.get("/v2/webhooks", params={"cursor": "AAAA"}).status_code == 422


def walked(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Everything in a list, two at a time."""
    found, cursor = [], {}
    while True:
        page = client.get(path, params={"limit": 2, **cursor}).json()
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_what_is_sent_is_counted(caller: httpx.Client, receiver: Receiver) -> None:
    """The figures tell what was delivered."""
    made(caller, receiver.url)
    new_task(caller)
    receiver.wait_for(1)
    wanted = ('nexus_deliveries_total{result="delivered"} 1.0', "nexus_deliveries_waiting 0.0")
    assert eventually(lambda: all(line in caller.get("/metrics").text for line in wanted))
