"""A kill -9 of the server while an alert waits: what has lasted fires when somebody is there again, and fires once."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.mongo_wire import private_mongo_wire
from scripts.serving import API_KEY, Served
from tests.serving import eventually

RULE = {
    "name": "CPU too high for long",
    "metric": "cpu_usage",
    "condition": {"operator": "gt", "threshold": 80, "for_seconds": 3},
    "cooldown_seconds": 0,
}
REVIEW_SECONDS = 5  # so long after it was raised an alert is looked at again
SILENCE = {"name": "Device is silent", "condition": {"operator": "absent", "for_seconds": 3}, "severity": "critical"}


@pytest.fixture(params=["embedded", "mongo"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """A server over either store."""
    if request.param == "embedded":
        yield from _started(Served(tmp_path))
        return
    with private_mongo_wire(tmp_path / "data") as database:
        yield from _started(Served(tmp_path, database_url=database.url))


def _started(server: Served) -> Iterator[Served]:
    server.start()
    yield server
    server.stop()


def test_what_lasts_over_a_kill_fires_once(server: Served) -> None:
    """The server dies while the condition holds and comes back when it has held for long enough; so with silence."""
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=30) as client:
        for rule in (RULE, SILENCE):
            client.post("/v2/alert-rules", json=rule).raise_for_status()
        frame = {"device_id": "device-1", "metrics": {"cpu_usage": 95}}
        client.post("/v2/telemetry/frames", json=frame).raise_for_status()
        server.kill()
        time.sleep(3)
        server.start()
        assert eventually(lambda: (len(fired(client)), told(client)) == (2, 2), seconds=60)
        time.sleep(REVIEW_SECONDS + 1)
        assert {alert["operator"] for alert in fired(client)} == {"gt", "absent"}
        assert (len(fired(client)), told(client)) == (2, 2)


def fired(client: httpx.Client) -> list[dict[str, Any]]:
    """The alerts that have fired."""
    return client.get("/v2/alerts").raise_for_status().json()["data"]


def told(client: httpx.Client) -> int:
    """How many events tell of alerts."""
    return len(client.get("/v2/events", params={"types": "telemetry.alert"}).raise_for_status().json()["data"])
