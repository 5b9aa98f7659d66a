"""Telemetry over HTTP: what is printed, what is refused, and what is kept once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from handlers.app import Nexus
from handlers.core.clock import system_clock
from handlers.core.errors import Unavailable
from handlers.core.readiness import Readiness
from tests.dialects.printed import printed
from tests.dialects.shapes import resembles
from tests.serving import ADMIN_KEY, Connect

FRAME = {"device_id": "device-12345", "metrics": {"cpu_usage": 45.2}}
NDJSON = {"Content-Type": "application/x-ndjson"}


def at(**ahead: float) -> str:
    """A time so far from now."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat().replace("+00:00", "Z")


def test_ggi_answers_as_it_is_printed(client: httpx.Client) -> None:
    """The printed requests have the printed answers, and are found again."""
    metrics = printed("ggi.telemetry.submit_metrics", "request")
    answer = client.post("/telemetry/metrics", json=metrics)
    assert answer.status_code == 201
    resembles(answer.json(), printed("ggi.telemetry.submit_metrics", "201"))
    found = client.get(f"/telemetry/metrics/{answer.json()['metric_id']}").json()
    assert found == {**metrics, "metric_id": answer.json()["metric_id"], "stored_at": answer.json()["stored_at"]}
    line = printed("ggi.telemetry.submit_log", "request")
    kept = client.post("/telemetry/logs", json=line).json()
    found = client.get(f"/telemetry/logs/{kept['log_id']}").json()
    assert {name: found[name] for name in line} == line
    for level, number in (("info", 1), ("error", 0)):
        listed = client.get("/telemetry/logs", params={"level": level, "agent_id": "agent_alo001"}).json()
        assert len(listed["logs"]) == number


def test_ggi_tells_its_health_as_it_is_printed(client: httpx.Client) -> None:
    """How the system is, with its agents and figures, and nothing besides."""
    client.post("/agents/register", json={"agent_id": "a-1", "name": "One", "capabilities": ["x"]})
    answer = client.get("/telemetry/health").json()
    resembles(answer, printed("ggi.telemetry.get_health", "200"))
    assert (answer["status"], answer["agents"]) == ("healthy", {"total": 1, "active": 1, "degraded": 0, "offline": 0})


class Away:
    """A part that does not answer."""

    async def ping(self) -> None:
        """Refuse."""
        raise Unavailable("away")

    async def count(self, *asked: Any) -> int:
        """Refuse."""
        raise Unavailable("away")


@pytest.mark.parametrize("is_noticed", [True, False], ids=["noticed", "not noticed yet"])
def test_a_server_without_its_store_is_unhealthy(serve: Any, connect: Connect, is_noticed: bool) -> None:
    """It says so in an answer of its own, rather than that it has none."""
    away = Away()

    def without(nexus: Nexus) -> None:
        parts = {"documents": away.ping} if is_noticed else {}
        nexus.site.core = replace(nexus.core, agents=away, readiness=Readiness(parts, {}, system_clock))

    told = connect(serve(without), ADMIN_KEY).get("/telemetry/health")
    assert (told.status_code, told.json()["status"]) == (200, "unhealthy")
    assert set(told.json()["agents"].values()) == {0}


def test_v1_answers_as_it_is_printed(client: httpx.Client) -> None:
    """The printed frame is taken whole, and the printed query gets the printed answer: 24 means of five minutes."""
    frame = printed("v1.telemetry.send_frame", "request")
    taken = client.post("/v1/telemetry/frames", json=frame)
    assert taken.status_code == 201
    resembles(taken.json(), printed("v1.telemetry.send_frame", "201"))
    assert taken.json()["frame_id"].startswith("frame-")
    kept = client.get(f"/v2/telemetry/frames/{taken.json()['frame_id']}").json()
    assert {name: kept[name] for name in frame} == frame
    begin = datetime(2025, 11, 3, tzinfo=UTC)
    others = [0, 4, 5, *range(10, 110, 5), *range(115, 125, 5)]  # the frame itself is of minute 113
    values = [(40, 60.1), (45, 60.3), (45.8, 62.1), *((1, 2) for _ in others[3:])]
    for minute, (cpu, memory) in zip(others, values, strict=True):
        metrics = {"cpu_usage": cpu, "memory_usage": memory, "m": "x"}
        moment = (begin + timedelta(minutes=minute)).isoformat()
        client.post("/v1/telemetry/frames", json={**frame, "timestamp": moment, "metrics": metrics})
    asked, told = printed("v1.telemetry.query_telemetry", "query"), printed("v1.telemetry.query_telemetry", "200")
    answer = client.get("/v1/telemetry/query", params=asked).json()
    assert {**answer, "data": answer["data"][:2]} == told
    assert (len(answer["data"]), answer["data"][22]["cpu_usage"]) == (24, frame["metrics"]["cpu_usage"])
    second = client.get("/v1/telemetry/query", params={**asked, "limit": 1, "offset": 1}).json()
    assert (second["data"], second["total_points"]) == (answer["data"][1:2], 24)


@pytest.mark.parametrize(("aggregation", "value"), [("avg", 45), ("min", 40), ("max", 50), ("sum", 135), ("count", 3)])
def test_without_an_interval_the_range_is_one(client: httpx.Client, aggregation: str, value: float) -> None:
    """An aggregation alone makes one point of all, of every metric that there is."""
    for second, number in enumerate((40, 45, 50)):
        body = {"device_id": "d", "timestamp": f"2025-11-03T00:00:{second:02}Z", "metrics": {"cpu": number}}
        client.post("/v1/telemetry/frames", json=body)
    span = {"start_time": "2025-11-03T00:00:00Z", "end_time": "2025-11-03T00:00:30Z"}
    answer = client.get("/v1/telemetry/query", params={**span, "aggregation": aggregation}).json()
    assert answer["data"] == [{"timestamp": "2025-11-03T00:00:00Z", "cpu": value}]


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        ("/v1/telemetry/query", {"start_time": at(), "end_time": at(hours=-1)}, "end_time"),
        ("/v1/telemetry/query", {"start_time": at(days=-9), "end_time": at(), "interval": "1s"}, "interval"),
        ("/v2/telemetry/series", {"metrics": "a", "since": at(days=-9), "until": at(), "interval": "1s"}, "interval"),
        ("/v2/telemetry/series", {"metrics": "a", "since": at(), "until": at(hours=-1)}, "until"),
    ],
)
def test_a_range_has_bounds(client: httpx.Client, path: str, asked: dict[str, str], field: str) -> None:
    """What would be cut into too many pieces, or ends before it begins, is refused with where the mistake is."""
    answer = client.get(path, params=asked)
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/telemetry/metrics", {"agent_id": "a", "metrics": {"n": 1}}, 400),
        ("/telemetry/logs", {"agent_id": "a", "level": "info", "message": "m"}, 400),
        ("/v1/telemetry/frames", FRAME, 422),
        ("/v2/telemetry/frames", FRAME, 422),
        ("/v2/telemetry/logs", {"device_id": "d", "level": "info", "message": "m"}, 422),
        ("/v2/telemetry/events", {"event_type": "e", "data": {}}, 422),
    ],
)
def test_times_far_ahead_are_refused_and_old_ones_are_not(
    client: httpx.Client, path: str, body: dict[str, Any], status: int
) -> None:
    """Ten minutes from now is the bound; whatever lies behind is welcome."""
    assert client.post(path, json={**body, "timestamp": at(minutes=11)}).status_code == status
    for moment in (at(minutes=9), at(days=-9000), "1969-07-20T20:17:40Z"):
        assert client.post(path, json={**body, "timestamp": moment}).status_code == 201


@pytest.mark.parametrize(
    ("path", "header", "name", "body"),
    [
        ("/telemetry/metrics", "idempotency_key", "metric_id", {"agent_id": "a", "metrics": {"n": 1}}),
        ("/telemetry/logs", "idempotency_key", "log_id", {"agent_id": "a", "level": "info", "message": "m"}),
        ("/v1/telemetry/frames", "Idempotency-Key", "frame_id", FRAME),
        ("/v2/telemetry/frames", "Idempotency-Key", "frame_id", FRAME),
        ("/v2/telemetry/logs", "Idempotency-Key", "log_id", {"device_id": "d", "level": "info", "message": "m"}),
        ("/v2/telemetry/events", "Idempotency-Key", "event_id", {"event_type": "e", "data": {}}),
    ],
)
def test_a_key_makes_a_retry_safe(
    client: httpx.Client, path: str, header: str, name: str, body: dict[str, Any]
) -> None:
    """The same key is answered with the same item, another request with it is a conflict, and no key is no bond."""
    first = client.post(path, json=body, headers={header: "retry-1"})
    again = client.post(path, json=body, headers={header: "retry-1"})
    assert (again.status_code, again.json()) == (201, first.json())
    other = client.post(path, json={**body, "timestamp": at()}, headers={header: "retry-1"})
    assert other.status_code == 409
    assert client.post(path, json=body).json()[name] != first.json()[name]


def test_an_item_has_the_name_that_its_sender_gives_it(client: httpx.Client) -> None:
    """What comes twice under one name is kept once and answered alike; other content is a conflict, everywhere."""
    first = client.post("/v2/telemetry/frames", json={**FRAME, "frame_id": "mine-1"})
    assert first.json()["frame_id"] == "mine-1"
    assert client.post("/v2/telemetry/frames", json={**FRAME, "frame_id": "mine-1"}).json() == first.json()
    changed = {**FRAME, "frame_id": "mine-1", "metrics": {"cpu_usage": 1}}
    assert client.post("/v2/telemetry/frames", json=changed).status_code == 409
    assert len(client.get("/v2/telemetry/frames").json()["data"]) == 1
    unnamed = client.post("/v2/telemetry/frames", json=FRAME).json()["frame_id"]
    assert client.post("/v2/telemetry/frames", json={**FRAME, "frame_id": unnamed}).status_code == 409


def test_one_bad_item_never_loses_the_good_ones(client: httpx.Client) -> None:
    """Of a list each item has a result of its own: stored, there already, in conflict, or too far ahead."""
    client.post("/v2/telemetry/frames", json={**FRAME, "frame_id": "known"})
    items = [
        {"frame": {**FRAME, "frame_id": "known"}},
        {"frame": {**FRAME, "frame_id": "known", "metrics": {"x": 1}}},
        {"frame": {**FRAME, "timestamp": at(hours=1)}},
        {"event": {"event_type": "deployment.complete", "data": {"ok": True}}},
        {"log": {"device_id": "d", "level": "error", "message": "lost"}},
        {"frame": {**FRAME, "frame_id": "twin"}},
        {"frame": {**FRAME, "frame_id": "twin"}},
    ]
    told = client.post("/v2/telemetry/batch", json=items).json()
    statuses = [result["status"] for result in told["results"]]
    assert statuses == ["duplicate", "rejected", "rejected", "accepted", "accepted", "accepted", "duplicate"]
    assert [told[name] for name in ("accepted", "duplicates", "rejected")] == [3, 2, 2]
    codes = [result["error"]["code"] for result in told["results"] if "error" in result]
    assert codes == ["CONFLICT", "VALIDATION_ERROR"]
    for path in ("events", "logs"):
        assert len(client.get(f"/v2/telemetry/{path}").json()["data"]) == 1
    assert len(client.get("/v2/telemetry/frames").json()["data"]) == 2


def test_each_line_is_judged_by_itself(client: httpx.Client) -> None:
    """A line that cannot be read, or lacks something, is rejected with the reason; empty ones are passed over."""
    lines = [
        '{"frame": {"device_id": "d", "metrics": {"n": 1}}}',
        "",
        "no json",
        '{"log": {"device_id": "d", "level": "info"}}\r',
        '{"frame": {"device_id": "d", "metrics": {"n": null}}}',
        '{"event": {"event_type": "e", "data": {}}}',
    ]
    told = client.post("/v2/telemetry/batch", content="\n".join(lines), headers=NDJSON).json()
    assert [result["status"] for result in told["results"]] == [
        "accepted",
        "rejected",
        "rejected",
        "rejected",
        "accepted",
    ]
    assert told["results"][2]["error"]["details"]["field"] == "log.message"
    assert [result["index"] for result in told["results"]] == list(range(5))


def test_each_item_is_judged_by_itself(client: httpx.Client) -> None:
    """One that has not its form loses none of the others, whatever it is; a body that is no list is refused whole."""
    good = {"frame": {"device_id": "d", "metrics": {"n": 1}}}
    bad: list[Any] = [None, 3, [], {}, {"frame": {"device_id": "d"}}, {**good, "event": {}}, {"unknown": {}}]
    told = client.post("/v2/telemetry/batch", json=[good, *bad, good]).json()
    statuses = [result["status"] for result in told["results"]]
    assert statuses == ["accepted", *["rejected"] * len(bad), "accepted"]
    assert {result["error"]["code"] for result in told["results"] if "error" in result} == {"INVALID_REQUEST"}
    assert told["results"][5]["error"]["details"] == {"field": "frame.metrics", "location": "item"}
    assert len(client.get("/v2/telemetry/frames").json()["data"]) == 2
    for whole in ({}, "text", [], [good] * 1001, None):
        assert client.post("/v2/telemetry/batch", json=whole).status_code == 400
    assert len(client.get("/v2/telemetry/frames").json()["data"]) == 2


def test_too_many_lines_are_refused_whole(client: httpx.Client) -> None:
    """Nothing of them is stored."""
    line = '{"event": {"event_type": "e", "data": {}}}\n'
    assert client.post("/v2/telemetry/batch", content=line * 1001, headers=NDJSON).status_code == 422
    assert client.get("/v2/telemetry/events").json()["data"] == []
    assert client.post("/v2/telemetry/batch", content=line * 1000, headers=NDJSON).json()["accepted"] == 1000


def test_logs_are_found_by_level_text_and_tag(client: httpx.Client) -> None:
    """`v2` shows a level and those above it, and lines with all words in any case; pages go on behind each other."""
    for number, (level, message) in enumerate(
        (("debug", "all fine"), ("warning", "Database slow"), ("error", "DATABASE lost"))
    ):
        body = {"device_id": "d", "level": level, "message": message, "tags": {"n": str(number)}}
        client.post("/v2/telemetry/logs", json={**body, "timestamp": f"2025-11-03T00:00:0{number}Z"})

    def messages(**asked: Any) -> list[str]:
        return [line["message"] for line in client.get("/v2/telemetry/logs", params=asked).json()["data"]]

    assert messages(level="warning") == ["DATABASE lost", "Database slow"]
    assert messages(text="lost database") == ["DATABASE lost"]
    assert messages(tags="n:1") == ["Database slow"]
    assert messages(device_id="d", level="critical") == []
    first = client.get("/v2/telemetry/logs", params={"text": "database", "limit": 1}).json()
    assert first["has_more"]
    assert messages(text="database", cursor=first["next_cursor"]) == ["Database slow"]
    assert client.get("/v2/telemetry/logs", params={"cursor": "nonsense"}).status_code == 422


def test_what_is_personal_is_not_kept(client: httpx.Client) -> None:
    """Mail addresses and secrets are blotted out of messages and contexts before they are stored."""
    body = {
        "agent_id": "a",
        "level": "info",
        "message": "bob@example.com came in",
        "context": {"password": "hunter2", "said": "to ann@example.com"},
    }
    name = client.post("/telemetry/logs", json=body).json()["log_id"]
    kept = client.get(f"/v2/telemetry/logs/{name}").text
    assert not any(secret in kept for secret in ("bob@", "hunter2", "ann@"))


def test_devices_are_known_by_what_they_send(client: httpx.Client) -> None:
    """Each is there as soon as its first item is answered, with its tags, its metrics and the last value of each."""
    old = {
        "device_id": "d-1",
        "timestamp": "2025-11-03T00:00:00Z",
        "metrics": {"a": 1, "b": 2},
        "tags": {"region": "eu"},
    }
    new = {"device_id": "d-1", "timestamp": "2025-11-03T00:00:01Z", "metrics": {"a": 3}, "tags": {"region": "us"}}
    for frame in (new, old):
        client.post("/v2/telemetry/frames", json=frame)
    client.post("/v2/telemetry/logs", json={"device_id": "d-2", "level": "info", "message": "here"})
    listed = client.get("/v2/devices").json()["data"]
    assert [(device["device_id"], device["status"], device["metrics"]) for device in listed] == [
        ("d-1", "online", ["a", "b"]),
        ("d-2", "online", []),
    ]
    assert client.get("/v2/devices/d-1").json()["tags"] == {"region": "us"}
    latest = client.get("/v2/devices/d-1/latest").json()["metrics"]
    assert {name: told["value"] for name, told in latest.items()} == {"a": 3, "b": 2}
    assert latest["b"]["timestamp"] == "2025-11-03T00:00:00.000Z"
    assert client.get("/v2/devices", params={"tags": "region:eu"}).json()["data"] == []
    assert client.get("/v2/devices", params={"status": "offline"}).json()["data"] == []
    first = client.get("/v2/devices", params={"limit": 1}).json()
    second = client.get("/v2/devices", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert ([device["device_id"] for device in second["data"]], second["has_more"]) == (["d-2"], False)
    assert client.get("/v2/devices/nobody").status_code == 404


def test_tenants_do_not_hear_each_other(client: httpx.Client, shared_server: Any, connect: Any) -> None:
    """The same names are other items and other devices elsewhere."""
    name = client.post("/v2/telemetry/frames", json={**FRAME, "frame_id": "mine"}).json()["frame_id"]
    other = connect(shared_server, shared_server.key_for("admin", "t_elsewhere_too"))
    assert other.get(f"/v2/telemetry/frames/{name}").status_code == 404
    assert other.get(f"/v2/devices/{FRAME['device_id']}").status_code == 404
    assert (
        other.post("/v2/telemetry/frames", json={**FRAME, "frame_id": "mine", "metrics": {"x": 1}}).status_code == 201
    )


def test_values_that_nest_without_end_are_refused(client: httpx.Client) -> None:
    """No store has to keep a hundred levels."""
    value: Any = 1
    for _ in range(40):
        value = [value]
    answer = client.post("/v2/telemetry/frames", json={**FRAME, "metrics": {"deep": value}})
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (422, "metrics.deep")


def test_a_tenant_chooses_how_long_telemetry_is_kept(client: httpx.Client) -> None:
    """What is sent is changed, null takes it back, and more than the server allows is refused."""
    where = "/v2/telemetry/retention"
    server = {"telemetry_days": 30, "rollup_days": 365}
    assert client.get(where).json() == server
    assert client.patch(where, json={"telemetry_days": 7}).json() == {**server, "telemetry_days": 7}
    assert client.get(where).json() == {**server, "telemetry_days": 7}
    refused = client.patch(where, json={"rollup_days": 3651})
    assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (422, "rollup_days")
    assert client.patch(where, json={}).status_code == 400
    assert client.patch(where, json={"telemetry_days": None}).json() == server
