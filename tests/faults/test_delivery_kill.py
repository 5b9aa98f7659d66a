"""A kill -9 of the server in the middle of its deliveries: whatever was acknowledged arrives, under one name each."""

import json
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from scripts.serving import API_KEY, Served, served
from tests.receivers import Received, Receiver
from tests.serving import eventually

MANY = 120
_SECONDS = 90


@pytest.mark.parametrize("received", [1, 30])
def test_every_acknowledged_change_is_delivered(tmp_path: Path, received: int) -> None:
    """Killed after so many deliveries, the server makes the others after its restart, and repeats only a few."""
    settings = {"data_dir": str(tmp_path / "data"), "allow_private_targets": "true"}
    killed = threading.Event()

    def take(one: Received) -> int:
        """Take so many after a moment each, so that some are on their way at any time, and others after the kill."""
        is_one_more = len(receiver.received) > received
        time.sleep(0.05)
        if is_one_more:
            killed.wait(_SECONDS)
        return 200

    with Receiver(take) as receiver:
        with served(**settings) as server, client_of(server) as client:
            asked = {"url": receiver.url, "types": ["task.created"]}
            assert client.post("/v2/webhooks", json=asked).status_code == 201
            with ThreadPoolExecutor(8) as pool:
                tasks = set(pool.map(lambda number: made(client, number), range(MANY)))
            assert len(tasks) == MANY
            receiver.wait_for(received)
            server.process.kill()
            server.process.wait(10)
        killed.set()
        before = len(receiver.received)
        assert received <= before < MANY
        with served(**settings):
            assert eventually(
                lambda: {one.json["data"]["task_id"] for one in receiver.received} >= tasks, seconds=_SECONDS
            )
            time.sleep(0.5)
        names = defaultdict(set)
        for one in receiver.received:
            names[one.json["data"]["task_id"]].add(one.headers["webhook-id"])
        assert set(names) == tasks
        assert {len(found) for found in names.values()} == {1}
        assert len(receiver.received) <= MANY + 4


def client_of(server: Served) -> httpx.Client:
    """An administrator."""
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=20)


def made(client: httpx.Client, number: int) -> str:
    """A task whose creation was acknowledged."""
    answer = client.post(
        "/v2/tasks", content=json.dumps({"title": str(number)}), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 201
    return answer.json()["task_id"]
