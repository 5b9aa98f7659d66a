"""One frame through every dialect that has a word for it: sent in each, read in all, the same device and values."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

AT = "2025-11-03T01:54:29Z"
METRICS = {"cpu.usage": 45.5, "memory_mb": 1024, "up": True, "state": "ok", "errors": ["E1"], "battery": {"level": 0.8}}
TAGS = {"region": "eu:west", "service": "api"}
SPAN = {"start_time": "2025-11-03T01:00:00Z", "end_time": "2025-11-03T02:00:00Z"}
RANGE = {"since": SPAN["start_time"], "until": SPAN["end_time"]}
Send = Callable[[httpx.Client], str]


def through_ggi(client: httpx.Client) -> str:
    """What an agent measures."""
    body = {"agent_id": "device-1", "timestamp": AT, "metrics": METRICS, "tags": TAGS}
    return identifier(client.post("/telemetry/metrics", json=body), "metric_id")


def through_v1(client: httpx.Client) -> str:
    """A frame."""
    body = {"device_id": "device-1", "timestamp": AT, "metrics": METRICS, "tags": TAGS}
    return identifier(client.post("/v1/telemetry/frames", json=body), "frame_id")


def through_v2(client: httpx.Client) -> str:
    """A frame of our own dialect."""
    body = {"device_id": "device-1", "timestamp": AT, "metrics": METRICS, "tags": TAGS}
    return identifier(client.post("/v2/telemetry/frames", json=body), "frame_id")


def through_a_batch(client: httpx.Client) -> str:
    """A frame among many items."""
    body = [{"frame": {"device_id": "device-1", "timestamp": AT, "metrics": METRICS, "tags": TAGS}}]
    return client.post("/v2/telemetry/batch", json=body).json()["results"][0]["id"]


def identifier(answer: httpx.Response, name: str) -> str:
    """The name that a frame was given."""
    assert answer.status_code == 201, answer.text
    return answer.json()[name]


@pytest.mark.parametrize("send", [through_ggi, through_v1, through_v2, through_a_batch])
def test_a_frame_is_one_frame_in_every_dialect(client: httpx.Client, send: Send) -> None:
    """However it was sent, each dialect reads, lists and counts it once, with the same values, tags and time."""
    name = send(client)
    for read in (
        client.get(f"/telemetry/metrics/{name}").json(),
        client.get("/telemetry/metrics", params={"agent_id": "device-1"}).json()["metrics"][0],
    ):
        assert told(read, "metric_id", "agent_id") == (name, "device-1", METRICS, TAGS)
    for read in (
        client.get(f"/v2/telemetry/frames/{name}").json(),
        client.get("/v2/telemetry/frames", params={"device_id": "device-1", "tags": "region:eu:west"}).json()["data"][
            0
        ],
    ):
        assert told(read, "frame_id", "device_id") == (name, "device-1", METRICS, TAGS)
    raw = client.get("/v1/telemetry/query", params={**SPAN, "tags": "service:api"}).json()
    assert raw["total_points"] == 1
    assert raw["data"][0] == {"timestamp": AT.replace("Z", ".000Z"), "device_id": "device-1", **METRICS}
    latest = client.get("/v2/devices/device-1/latest").json()["metrics"]
    assert {metric: value["value"] for metric, value in latest.items()} == METRICS


@pytest.mark.parametrize("send", [through_ggi, through_v1, through_v2])
def test_a_number_is_one_number_in_every_series(client: httpx.Client, send: Send) -> None:
    """`v1` and `v2` make the same points of it, and count what is no number."""
    send(client)
    asked = {**SPAN, "metrics": "cpu.usage,state", "aggregation": "max", "interval": "5m"}
    (point,) = client.get("/v1/telemetry/query", params=asked).json()["data"]
    assert point == {"timestamp": "2025-11-03T01:50:00Z", "cpu.usage": 45.5}
    given: dict[str, Any] = {**RANGE, "metrics": "cpu.usage,state", "aggregation": "max"}
    assert client.get("/v2/telemetry/series", params=given).json()["series"] == [
        {"metric": "cpu.usage", "points": [{"timestamp": "2025-11-03T01:50:00Z", "value": 45.5}]}
    ]
    counted = client.get("/v1/telemetry/query", params={**asked, "aggregation": "count"}).json()["data"]
    assert counted == [{"timestamp": "2025-11-03T01:50:00Z", "cpu.usage": 1, "state": 1}]


def told(record: dict[str, Any], name: str, device: str) -> tuple[Any, ...]:
    """What a record says, in one order."""
    assert record["timestamp"].startswith(AT[:-1])
    return record[name], record[device], record["metrics"], record["tags"]
