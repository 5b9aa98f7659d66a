"""One task's life, seen in six places at once: the same events, in the same order, under the same names and places."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.serving import Running
from tests.sockets import Socket, opened

LIFE = ["task.updated", "task.started", "task.updated", "task.completed"]
STATUSES = ["pending", "running", "running", "completed"]


class Stream:
    """Server-sent events of one dialect."""

    def __init__(self, client: httpx.Client, path: str, held: ExitStack, **headers: str) -> None:
        answer = held.enter_context(client.stream("GET", path, headers=headers))
        self._lines = answer.iter_lines()
        self._frame()

    def event(self) -> tuple[str, str]:
        """The name of the next event and the status that it tells."""
        fields = self._frame()
        data = json.loads(fields["data"])
        return fields["id"], data.get("data", data)["status"]

    def _frame(self) -> dict[str, str]:
        return dict(line.split(": ", 1) for line in iter(lambda: next(self._lines), ""))


class Told:
    """The messages of a socket."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    def event(self) -> tuple[str, str]:
        """The name of the next event and the status that it tells."""
        message = self.socket.hear()
        payload = message.get("payload") or message["data"]
        return message["id"], payload.get("data", payload)["status"]


def v1_socket(server: Running, key: str, held: ExitStack, task: str) -> Told:
    """`/v1`, subscribed to a task."""
    told = Told(held.enter_context(opened(server, "/v1", key)))
    asked = {"channel": "tasks", "filters": {"task_id": task}}
    assert told.socket.ask(type="subscribe", id="sub-001", payload=asked)["type"] == "subscribed"
    return told


def v2_socket(server: Running, key: str, held: ExitStack, task: str) -> Told:
    """`/stream`, subscribed to a task."""
    told = Told(held.enter_context(opened(server, "/stream", key)))
    assert told.socket.hear()["type"] == "welcome"
    asked = {"topics": ["tasks.updates"], "filters": {"task_id": task}}
    assert told.socket.ask(type="subscribe", id="msg_1", payload=asked)["type"] == "subscribed"
    return told


def lexos_socket(server: Running, key: str, held: ExitStack, task: str) -> Told:
    """`/ws/tasks/…`, behind the task as it is."""
    told = Told(held.enter_context(opened(server, f"/ws/tasks/{task}", key)))
    told.event()
    return told


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """What is open."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def task(client: httpx.Client) -> str:
    """A task."""
    return client.post("/v2/tasks", json={"title": "Deploy feature XYZ"}).json()["task_id"]


def six_places(client: httpx.Client, server: Running, key: str, held: ExitStack, task: str) -> dict[str, Any]:
    """Everywhere that tasks are told live."""
    return {
        "ggi": Stream(client, "/events/stream", held),
        "v1": Stream(client, "/v1/events/stream", held),
        "v2": Stream(client, "/v2/events/stream", held),
        "v1 socket": v1_socket(server, key, held, task),
        "v2 socket": v2_socket(server, key, held, task),
        "lexos socket": lexos_socket(server, key, held, task),
    }


def live(client: httpx.Client, task: str) -> None:
    """Let the task live, each change in another dialect."""
    client.patch(f"/tasks/{task}", json={"progress_percent": 10})
    client.patch(f"/api/tasks/{task}", json={"status": "running"})
    client.patch(f"/v1/tasks/{task}", json={"progress": 50})
    client.patch(f"/v2/tasks/{task}", json={"status": "completed", "result": {"rows": 12}})


def test_a_life_is_seen_identically_in_six_places(
    client: httpx.Client, shared_server: Running, key: str, held: ExitStack, task: str
) -> None:
    """Identifier, place and status of each event are the same everywhere, and in the log as it is listed."""
    places = six_places(client, shared_server, key, held, task)
    live(client, task)
    seen = {name: [place.event() for _ in LIFE] for name, place in places.items()}
    expected = [(canonical(name), status) for name, status in seen["v2"]]
    assert [status for _, status in expected] == ["pending", "in_progress", "in_progress", "completed"]
    for name, events in seen.items():
        found = [(canonical(identifier), status.replace("in_progress", "running")) for identifier, status in events]
        assert [identifier for identifier, _ in found] == [identifier for identifier, _ in expected], name
        assert [word.replace("queued", "pending") for _, word in found] == STATUSES, name
    listed = client.get("/v2/events", params={"subject": task}).json()["data"][1:]
    assert [event["type"] for event in listed] == LIFE
    assert [event["event_id"] for event in listed] == [name.partition(".")[0] for name, _ in expected]


def test_whoever_stopped_in_one_place_goes_on_in_any_other(
    client: httpx.Client, shared_server: Running, key: str, held: ExitStack, task: str
) -> None:
    """The name of the second event, from each of the six, is a place behind which each of the six tells the rest."""
    places = six_places(client, shared_server, key, held, task)
    live(client, task)
    seen = {name: [place.event() for _ in LIFE] for name, place in places.items()}
    rest = [canonical(name) for name, _ in seen["v2"][2:]]
    cursor = client.get("/v2/events", params={"subject": task}).json()["data"][2]["cursor"]
    for events in seen.values():
        stopped = events[1][0]
        for place in resumed(client, shared_server, key, held, task, stopped, cursor):
            assert [canonical(place.event()[0]) for _ in rest] == rest


def resumed(
    client: httpx.Client, server: Running, key: str, held: ExitStack, task: str, name: str, cursor: str
) -> Iterator[Any]:
    """The places that go on behind a name, or behind the cursor of the same event."""
    for path in ("/events/stream", "/v1/events/stream", "/v2/events/stream"):
        yield Stream(client, path, held, **{"Last-Event-ID": name})
        yield Stream(client, f"{path}?cursor={cursor}", held)
    for make, point in ((v1_socket, {"last_event_id": name}), (v2_socket, {"cursor": cursor})):
        told = make(server, key, held, task)
        told.socket.ask(type="resume", id="msg-2", payload=point)
        yield told


def test_a_followed_task_goes_on_where_another_stopped(
    client: httpx.Client, shared_server: Running, key: str, held: ExitStack, task: str
) -> None:
    """The socket of one task takes the name of any stream's event, while the task is not finished."""
    stream = Stream(client, "/events/stream", held)
    for percent in (10, 20, 30):
        client.patch(f"/tasks/{task}", json={"progress_percent": percent})
    names = [stream.event()[0] for _ in range(3)]
    told = lexos_socket(shared_server, key, held, task)
    told.socket.say(type="resume", data={"last_event_id": names[0]})
    assert [told.event()[0] for _ in range(2)] == names[1:]


def canonical(name: str) -> str:
    """The name of an event as most dialects write it."""
    return name.replace("-", "_", 1)
