"""Alerts and their rules in `v2`, and an alert as every event stream tells it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.dialects.shapes import kind
from tests.receivers import Receiver
from tests.serving import ADMIN_KEY, Connect, Running
from tests.sockets import opened

HOT = {
    "name": "CPU too high",
    "metric": "cpu_usage",
    "condition": {"operator": "gt", "threshold": 80, "hysteresis": 5},
    "alert_type": "high_cpu",
    "severity": "critical",
    "cooldown_seconds": 0,
}
DEVICE = "device-12345"


def sent(client: httpx.Client, value: Any, device: str = DEVICE, **more: Any) -> None:
    """A frame that is acknowledged."""
    frame = {"device_id": device, "metrics": {"cpu_usage": value}, **more}
    assert client.post("/v2/telemetry/frames", json=frame).status_code == 201


def ruled(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    """A rule that holds."""
    answer = client.post("/v2/alert-rules", json={**HOT, **changes})
    assert answer.status_code == 201
    return answer.json()


def alerts(client: httpx.Client, **wanted: Any) -> list[dict[str, Any]]:
    """The alerts that a list shows."""
    return client.get("/v2/alerts", params=wanted).json()["data"]


def test_a_rule_says_back_what_it_was_told(client: httpx.Client) -> None:
    """A rule has what it was given and what was left out, and can be read where its address says."""
    answer = client.post("/v2/alert-rules", json=HOT)
    rule = answer.json()
    assert {name: rule[name] for name in HOT} == HOT
    assert (rule["tags"], rule["enabled"], kind(rule["created_at"])) == ({}, True, "milliseconds")
    read = client.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (rule, answer.headers["etag"])


def test_an_alert_fires_is_acknowledged_and_resolves(client: httpx.Client) -> None:
    """The frame that passes the threshold is answered when the alert is there; the history tells its steps."""
    rule = ruled(client)
    sent(client, 95, tags={"region": "us"})
    (alert,) = alerts(client)
    assert (alert["rule_id"], alert["status"], alert["threshold"], alert["current_value"]) == (
        rule["rule_id"],
        "firing",
        80,
        95,
    )
    assert alert["tags"] == {"region": "us"}
    path = f"/v2/alerts/{alert['alert_id']}"
    seen = client.post(f"{path}/acknowledge", json={"note": "Looking into it"}).json()
    assert (seen["status"], seen["note"]) == ("acknowledged", "Looking into it")
    sent(client, 78)
    assert client.get(path).json()["status"] == "acknowledged"
    sent(client, 70)
    assert client.get(path).json()["status"] == "resolved"
    steps = client.get(f"{path}/history").json()["data"]
    assert [(step["status"], step.get("value")) for step in steps] == [
        ("firing", 95),
        ("acknowledged", None),
        ("resolved", 70),
    ]
    assert client.post(f"{path}/acknowledge").status_code == 409
    assert client.post(f"{path}/resolve").status_code == 409


def test_what_is_switched_off_or_changed_or_gone(client: httpx.Client) -> None:
    """A rule is changed if it is still what was read; null takes a field away; a rule that is gone is not found."""
    rule = ruled(client, device_id=DEVICE, description="hot")
    path = f"/v2/alert-rules/{rule['rule_id']}"
    changed = client.patch(path, json={"device_id": None, "description": None, "enabled": False})
    assert {"device_id", "description"}.isdisjoint(changed.json())
    assert changed.json()["enabled"] is False
    assert client.patch(path, json={"name": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    sent(client, 95)
    assert alerts(client) == []
    assert client.delete(path).json() == {"rule_id": rule["rule_id"], "status": "deleted"}
    assert client.get(path).status_code == 404


def test_rules_are_listed_and_filtered(client: httpx.Client) -> None:
    """The newest first, page by page, by metric and by whether they are in force."""
    rules = [ruled(client, metric=metric, enabled=is_on)["rule_id"] for metric in "ab" for is_on in (True, False)]
    first = client.get("/v2/alert-rules", params={"limit": 3}).json()
    last = client.get("/v2/alert-rules", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [rule["rule_id"] for rule in first["data"] + last["data"]] == rules[::-1]
    found = client.get("/v2/alert-rules", params={"metric": "a", "enabled": "true"}).json()["data"]
    assert [rule["rule_id"] for rule in found] == rules[:1]


def test_alerts_are_listed_and_filtered(client: httpx.Client) -> None:
    """By status, severity, rule, device, type and time, all at once, page by page."""
    rule = ruled(client)
    for number in range(4):
        sent(client, 95, f"device-{number}")
    found = alerts(client)
    assert [alert["device_id"] for alert in found] == [f"device-{number}" for number in (3, 2, 1, 0)]
    page = client.get("/v2/alerts", params={"limit": 3}).json()
    assert alerts(client, limit=3, cursor=page["next_cursor"]) == found[3:]
    client.post(f"/v2/alerts/{found[0]['alert_id']}/acknowledge")
    wanted = {"rule_id": rule["rule_id"], "alert_type": "high_cpu", "severity": "critical"}
    assert len(alerts(client, status="firing", **wanted)) == 3
    assert len(alerts(client, status="acknowledged", device_id="device-3", **wanted)) == 1
    assert alerts(client, severity="info") == []
    assert alerts(client, since=found[1]["fired_at"]) == alerts(client)[:2]
    assert client.get("/v2/alerts", params={"cursor": "nonsense"}).status_code == 422


@pytest.mark.parametrize(
    "condition",
    [
        {"operator": "gt"},
        {"operator": "absent"},
        {"operator": "absent", "for_seconds": 0},
        {"operator": "absent", "for_seconds": 5, "threshold": 1},
        {"operator": "eq", "threshold": 1, "hysteresis": 1},
        {"operator": "gt", "threshold": 1, "hysteresis": -1},
    ],
)
def test_a_condition_that_says_nothing_is_refused(client: httpx.Client, condition: dict[str, Any]) -> None:
    """What compares has a threshold, silence has a length, and only what has two sides has a way back."""
    answer = client.post("/v2/alert-rules", json={**HOT, "condition": condition})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


def test_a_value_is_compared_by_rules_that_name_a_metric(client: httpx.Client) -> None:
    """Only silence needs none, and such a rule cannot be made to compare."""
    nameless = {name: value for name, value in HOT.items() if name not in ("metric", "alert_type")}
    assert client.post("/v2/alert-rules", json=nameless).status_code == 400
    silent = {**nameless, "condition": {"operator": "absent", "for_seconds": 60}}
    rule = client.post("/v2/alert-rules", json=silent).json()
    assert rule["alert_type"] == "silent"
    changed = client.patch(f"/v2/alert-rules/{rule['rule_id']}", json={"condition": HOT["condition"]})
    assert changed.status_code == 409


def test_a_key_makes_one_rule(client: httpx.Client) -> None:
    """The same request again is the same answer; another one under the same key is a conflict."""
    headers = {"Idempotency-Key": "one"}
    first = client.post("/v2/alert-rules", json=HOT, headers=headers).json()
    assert client.post("/v2/alert-rules", json=HOT, headers=headers).json() == first
    assert client.post("/v2/alert-rules", json={**HOT, "name": "x"}, headers=headers).status_code == 409


def test_another_tenant_sees_nothing_of_it(client: httpx.Client, connect: Connect, shared_server: Running) -> None:
    """Neither rule nor alert, and its frames raise nothing."""
    rule = ruled(client)
    sent(client, 95)
    (alert,) = alerts(client)
    other = connect(shared_server, shared_server.key_for("admin", f"{rule['rule_id']}_other"))
    sent(other, 95)
    assert alerts(other) == []
    assert other.get(f"/v2/alerts/{alert['alert_id']}").status_code == 404
    assert other.get(f"/v2/alert-rules/{rule['rule_id']}").status_code == 404


def test_who_may_only_read_changes_nothing(client: httpx.Client, client_as: Callable[[str], httpx.Client]) -> None:
    """An observer reads rules and alerts."""
    rule, observer = ruled(client), client_as("observer")
    sent(client, 95)
    (alert,) = alerts(observer)
    assert observer.delete(f"/v2/alert-rules/{rule['rule_id']}").status_code == 403
    assert observer.post(f"/v2/alerts/{alert['alert_id']}/resolve").status_code == 403


def first_fields(client: httpx.Client, path: str, raise_alert: Callable[[], object]) -> dict[str, str]:
    """The fields of the first event that a stream tells after an alert was raised."""
    with client.stream("GET", path) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        list(iter(lambda: next(lines), ""))
        raise_alert()
        while "event" not in (fields := dict(line.split(": ", 1) for line in iter(lambda: next(lines), ""))):
            pass
    return fields


def first_event(client: httpx.Client, path: str, raise_alert: Callable[[], None]) -> tuple[str, dict[str, Any]]:
    """The first event of a stream after an alert was raised: its name and its data."""
    fields = first_fields(client, path, raise_alert)
    return fields["event"], json.loads(fields["data"])


def test_v1_tells_an_alert_as_it_is_printed(client: httpx.Client) -> None:
    """`event: telemetry.alert`, `id: evt-…`, and the device, the type, the threshold and the value."""
    ruled(client)
    fields = first_fields(client, "/v1/events/stream?event_types=telemetry.alert", lambda: sent(client, 95))
    data = json.loads(fields["data"])
    printed = {"device_id": DEVICE, "alert_type": "high_cpu", "threshold": 80, "current_value": 95}
    assert list(fields) == ["event", "id", "data"] and fields["id"].startswith("evt-")
    assert (fields["event"], {field: data[field] for field in printed}) == ("telemetry.alert", printed)


def test_v1_tells_of_the_device_that_is_asked_for(client: httpx.Client) -> None:
    """A filter on the device passes over the others."""
    ruled(client)

    def two() -> None:
        sent(client, 95, "device-other")
        sent(client, 96)

    path = "/v1/events/stream?event_types=telemetry.alert&filters=" + quote(json.dumps({"device_id": DEVICE}))
    assert first_event(client, path, two)[1]["current_value"] == 96


def test_ggi_tells_an_alert_of_an_agent(client: httpx.Client) -> None:
    """Who measures is an agent there."""
    ruled(client)
    name, data = first_event(client, "/events/stream", lambda: sent(client, 95, "agent_001"))
    assert (name, data["agent_id"], data["metric"]) == ("telemetry.alert", "agent_001", "cpu_usage")


def test_v2_tells_every_step(client: httpx.Client) -> None:
    """Raised, acknowledged and resolved, each with the alert as it was then."""
    ruled(client)
    sent(client, 95)
    path = f"/v2/alerts/{alerts(client)[0]['alert_id']}"
    client.post(f"{path}/acknowledge")
    client.post(f"{path}/resolve")
    told = client.get("/v2/events", params={"subject": path.rpartition("/")[2]}).json()["data"]
    assert [(event["type"], event["data"]["status"]) for event in told] == [
        ("telemetry.alert", "firing"),
        ("telemetry.alert.acknowledged", "acknowledged"),
        ("telemetry.alert.resolved", "resolved"),
    ]


def test_a_tag_narrows_what_the_sockets_tell_of_alerts(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Whoever wants what is tagged so is told of such alerts, as of such frames, and of no others."""
    ruled(client)
    with opened(shared_server, "/stream", key) as v2, opened(shared_server, "/v1", key) as v1:
        v2.hear()
        filters = {"tag": "region:us"}
        v2.ask(type="subscribe", id="msg_1", payload={"topics": ["telemetry.alerts"], "filters": filters})
        v1.ask(type="subscribe", id="msg-1", payload={"channel": "telemetry", "filters": filters})
        sent(client, 95, "device-eu", tags={"region": "eu"})
        sent(client, 95, "device-us", tags={"region": "us"})
        assert v2.hear()["payload"]["data"]["device_id"] == "device-us" and v2.silent()
        told = [v1.hear() for _ in range(2)]
        assert {(one["type"], one["payload"]["device_id"]) for one in told} == {
            ("telemetry.frame", "device-us"),
            ("telemetry.alert", "device-us"),
        }


def test_the_socket_of_v2_tells_of_alerts(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Those of the device that was asked for."""
    ruled(client)
    with opened(shared_server, "/stream", key) as socket:
        assert socket.hear()["type"] == "welcome"
        asked = {"topics": ["telemetry.alerts"], "filters": {"device_id": DEVICE}}
        assert socket.ask(type="subscribe", id="msg_1", payload=asked)["type"] == "subscribed"
        sent(client, 95, "device-other")
        sent(client, 96)
        payload = socket.hear()["payload"]
    assert (payload["type"], payload["data"]["current_value"]) == ("telemetry.alert", 96)


@pytest.mark.parametrize(("path", "named"), [("/v2/webhooks", "types"), ("/webhooks", "events")])
def test_a_webhook_is_told_of_an_alert(serve: Callable[..., Running], connect: Connect, path: str, named: str) -> None:
    """In the words of the dialect that it was made in."""
    caller = connect(serve(allow_private_targets=True), ADMIN_KEY)
    with Receiver() as receiver:
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        made = caller.post(path, json={"url": receiver.url, named: ["telemetry.alert"], "secret": secret})
        assert made.status_code == 201, made.text
        ruled(caller)
        sent(caller, 95)
        (received,) = receiver.wait_for(1)
    assert (received.json["type"], received.json["data"]["current_value"]) == ("telemetry.alert", 95)


def test_the_health_counts_what_there_is(serve: Callable[..., Running], connect: Connect) -> None:
    """Agents by their state, requests that were answered, and how long the server is up."""
    caller = connect(serve(), ADMIN_KEY)
    before = caller.get("/telemetry/health").json()
    assert (before["status"], before["agents"]) == ("healthy", {"total": 0, "active": 0, "degraded": 0, "offline": 0})
    for number, status in enumerate(["idle", "busy", "degraded"]):
        agent = {"agent_id": f"agent-{number}", "name": "Alpha", "capabilities": [{"name": "analysis"}]}
        assert caller.post("/v2/agents", json=agent).status_code == 201
        assert caller.post(f"/v2/agents/agent-{number}/heartbeat", json={"status": status}).status_code == 200
    after = caller.get("/telemetry/health").json()
    assert after["agents"] == {"total": 3, "active": 2, "degraded": 1, "offline": 0}
    assert after["system"]["total_requests"] == before["system"]["total_requests"] + 7
    assert after["system"]["avg_response_ms"] > 0
    assert 0 <= before["system"]["uptime_seconds"] <= after["system"]["uptime_seconds"] < 60
