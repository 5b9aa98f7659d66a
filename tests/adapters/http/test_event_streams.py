"""Server-sent events over the wire: what changes, as it changes, until somebody ends it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest

import generated
from adapters.http.contract import Contract
from adapters.http.event_streams import StreamLimits
from handlers.app import Nexus
from handlers.core.clock import system_clock
from handlers.core.collections import API_KEYS, PLATFORM
from handlers.core.credentials import key_id
from handlers.core.events import Event
from handlers.core.ports import Delete
from tests.serving import ADMIN_KEY, Connect, Running, eventually, hard_of_hearing

STREAMS = {"ggi": "/events/stream", "v1": "/v1/events/stream", "v2": "/v2/events/stream"}
LIFE = ["task.created", "task.started", "task.completed", "task.deleted"]
EVENTS = Contract(orjson.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes()))


@contextmanager
def opened(client: httpx.Client, path: str, **headers: str) -> Iterator[Iterator[str]]:
    """The lines of an open stream."""
    with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        assert next(lines) == "retry: 1000"
        begun = frame(lines)
        is_resumed = "Last-Event-ID" in headers or "cursor=" in path
        assert list(begun) == ([] if is_resumed else ["id"])
        yield lines


def frames(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    """The next events, each as its fields."""
    return [frame(lines) for _ in range(count)]


def frame(lines: Iterator[str]) -> dict[str, str]:
    """The next event."""
    fields = {}
    while line := next(lines):
        name, _, value = line.partition(": ")
        assert name not in fields
        fields[name] = value
    return fields


@pytest.mark.parametrize(("dialect", "path"), STREAMS.items())
def test_a_life_is_told_in_every_dialect(client: httpx.Client, dialect: str, path: str) -> None:
    """Each change of a task is one event, named, identified, and of the form that the event contract publishes."""
    payload = EVENTS.validator({"$ref": f"#/channels/{dialect}Events/messages/task/payload"})
    with opened(client, path) as lines:
        identifier = client.post("/v2/tasks", json={"title": "My first task"}).json()["task_id"]
        for status in ("in_progress", "completed"):
            client.patch(f"/v2/tasks/{identifier}", json={"status": status})
        client.delete(f"/v2/tasks/{identifier}")
        told = frames(lines, 4)
    assert [event["event"] for event in told] == LIFE
    assert len({event["id"] for event in told}) == 4
    for event in told:
        data = orjson.loads(event["data"])
        assert not list(payload.iter_errors(data))
        assert (data["data"] if dialect == "v2" else data)["task_id"] == identifier


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"event_types": "task.created"}, [("task.created", "a"), ("task.created", "b"), ("task.created", "last")]),
        ({"event_types": "ai.task.completed,task.started"}, [("task.started", "b")]),
        ({"filters": '{"task_id": "{b}"}'}, [("task.created", "b"), ("task.started", "b")]),
        ({"filters": "{}"}, [("task.created", "a"), ("task.created", "b"), ("task.started", "b")]),
        ({"event_types": "task.started", "filters": '{"task_id":"{b}"}'}, [("task.started", "b")]),
    ],
)
def test_v1_streams_are_filtered(serve: Any, connect: Connect, query: dict[str, str], told: list[Any]) -> None:
    """A `v1` stream shows the events of the types and of the task that it was asked for, under `v1`'s identifiers."""
    server = serve()
    client = connect(server, ADMIN_KEY)
    task = {"id": "", "tenant": "t_default", "type": "t", "status": "pending", "state": "pending", "created_by": "u"}
    task |= {"created_at": 1, "updated_at": 1, "version": 1, "estimate_seconds": 1}
    happened = [("task.created", "a"), ("task.created", "b"), ("task.started", "b"), ("task.created", "last")]
    asked = {name: value.replace("{b}", "b") for name, value in query.items()}
    with opened(client, f"/v1/events/stream?{urlencode(asked)}") as lines:
        for number, (kind, name) in enumerate(happened):
            data = {**task, "id": name, "name": name}
            event = Event(f"evt_{number}", kind, "t_default", name, system_clock(), data)
            server.wait(server.nexus.core.log.append([event]))
        events = frames(lines, len(told))
    assert [(event["event"], orjson.loads(event["data"])["task_id"]) for event in events] == told
    assert all(event["id"].startswith("evt-") for event in events)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"event_types": "task.exploded"}, "telemetry.frame"),
        ({"event_types": ""}, "telemetry.frame"),
        ({"filters": '{"colour": "red"}'}, "task_id"),
        ({"filters": '{"task_id": 1}'}, "filters"),
        ({"filters": "[]"}, "filters"),
        ({"filters": "{"}, "filters"),
    ],
)
def test_unknown_filters_are_refused(client: httpx.Client, query: dict[str, str], named: str) -> None:
    """A filter that we do not have is refused before the stream begins, with what there is."""
    refused = client.get("/v1/events/stream", params=query)
    assert refused.status_code == 400
    assert named in refused.json()["error"]["message"]


def test_other_tenants_are_not_told(client: httpx.Client, shared_server: Running, connect: Connect) -> None:
    """A stream is its tenant's."""
    other = connect(shared_server, shared_server.key_for("admin", "t_other"))
    with opened(client, "/v2/events/stream") as lines:
        other.post("/v2/tasks", json={"title": "theirs"})
        client.post("/v2/tasks", json={"title": "ours"})
        assert orjson.loads(frame(lines)["data"])["data"]["title"] == "ours"


@pytest.mark.parametrize("path", STREAMS.values())
def test_a_stream_takes_no_parameters_that_it_does_not_have(client: httpx.Client, path: str) -> None:
    """An unknown parameter is refused before the stream begins."""
    assert client.get(path, params={"unknown": "1"}).status_code == 400


def test_a_quiet_stream_shows_that_it_lives(serve: Any, connect: Connect) -> None:
    """Comments keep a quiet stream open, as often as was said and no more often."""
    server = serve(living(keep_alive_seconds=0.1))
    client, began = connect(server, ADMIN_KEY), time.monotonic()
    with opened(client, "/events/stream") as lines:
        kept = [next(lines) for _ in range(10)]
    assert time.monotonic() - began >= 0.5
    assert kept == [": keep-alive", ""] * 5


def test_a_streams_lifetime_ends_it_in_good_order(serve: Any, connect: Connect) -> None:
    """It ends of itself, with nothing but comments in it, and nobody listens any more."""
    server = serve(living(lifetime_seconds=0.5, keep_alive_seconds=0.1))
    with opened(connect(server, ADMIN_KEY), "/events/stream") as lines:
        kept = list(lines)
    assert set(kept) == {": keep-alive", ""}
    assert kept.count(": keep-alive") <= 5
    assert eventually(lambda: listeners(server) == 0)


def test_a_slow_client_loses_nothing(serve: Any, connect: Connect) -> None:
    """Events that a process keeps no more in memory are read from the log."""
    server = serve(narrow)
    with opened(connect(server, ADMIN_KEY), "/v2/events/stream") as lines:
        server.wait(publish(server, 100))
        told = frames(lines, 100)
    assert [orjson.loads(event["data"])["event_id"] for event in told] == [f"evt_{number}" for number in range(100)]


@pytest.mark.parametrize(("dialect", "path"), STREAMS.items())
def test_a_stream_goes_on_where_another_stopped(client: httpx.Client, dialect: str, path: str) -> None:
    """Each message names its place: whoever sends it back, to whichever dialect, gets what came since, once."""
    with opened(client, path) as lines:
        first, second, third = (create(client, title) for title in ("first", "second", "third"))
        told = frames(lines, 3)
    assert subject(told[0]) == first
    since = [second, third]
    for other in STREAMS.values():
        with opened(client, other, **{"Last-Event-ID": told[0]["id"]}) as lines:
            since.append(create(client, "one more"))
            assert [subject(frame(lines)) for _ in since] == since


@pytest.mark.parametrize("path", STREAMS.values())
def test_a_stream_that_told_nothing_can_be_gone_on_with(client: httpx.Client, path: str) -> None:
    """The first block names the place where a stream begins: what happens until its client is back is not lost."""
    with client.stream("GET", path) as answer:
        lines = answer.iter_lines()
        begun = frame(lines)
    assert list(begun) == ["retry", "id"]
    task = create(client, "meanwhile")
    with opened(client, path, **{"Last-Event-ID": begun["id"]}) as lines:
        assert subject(frame(lines)) == task


def test_v2_goes_on_behind_a_cursor(client: httpx.Client) -> None:
    """The cursor of an event is a place too; what a browser sends when it comes back goes before it."""
    with opened(client, STREAMS["v2"]) as lines:
        tasks = [create(client, title) for title in ("first", "second", "third")]
        told = frames(lines, 3)
    after = f"{STREAMS['v2']}?cursor={orjson.loads(told[0]['data'])['cursor']}"
    with opened(client, after) as lines:
        assert [subject(frame(lines)) for _ in range(2)] == tasks[1:]
    with opened(client, after, **{"Last-Event-ID": told[1]["id"]}) as lines:
        assert subject(frame(lines)) == tasks[2]


@pytest.mark.parametrize(("dialect", "path"), STREAMS.items())
def test_a_place_in_another_log_is_a_gap(client: httpx.Client, dialect: str, path: str) -> None:
    """The first message says that events may be missing; then comes all that the log has."""
    task = create(client, "first")
    with opened(client, path, **{"Last-Event-ID": "evt-1.0ther.7"}) as lines:
        gap, event = frames(lines, 2)
    validator = EVENTS.validator({"$ref": f"#/channels/{dialect}Events/messages/gap/payload"})
    assert not list(validator.iter_errors(orjson.loads(gap["data"])))
    assert (gap["event"], orjson.loads(gap["data"]), "id" in gap) == ("gap", {"missed": 0}, False)
    assert (event["event"], subject(event)) == ("task.created", task)


def test_what_the_log_has_let_go_is_a_gap(serve: Any, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes back too late is told so, and gets what is left."""
    monkeypatch.setattr("adapters.sqlite.journal.KEPT", 5)
    server = serve(narrow)
    client = connect(server, ADMIN_KEY)
    with opened(client, STREAMS["v2"]) as lines:
        tasks = [create(client, "first")]
        told = frame(lines)
    tasks += [create(client, f"{number}") for number in range(40)]
    with opened(client, STREAMS["v2"], **{"Last-Event-ID": told["id"]}) as lines:
        gap, *rest = frames(lines, 6)
    assert gap["event"] == "gap"
    assert [subject(event) for event in rest] == tasks[-5:]


@pytest.mark.parametrize("path", STREAMS.values())
@pytest.mark.parametrize("named", ["0", "evt_1", "evt-1.a", "1.2.3", "evt_1.a.-1", "evt_1.A.1", "evt_1.a.1.1"])
def test_a_place_that_no_stream_names_is_refused(client: httpx.Client, path: str, named: str) -> None:
    """What cannot be a name of ours is refused before the stream begins."""
    refused = client.get(path, headers={"Last-Event-ID": named})
    assert refused.status_code == (400 if path == STREAMS["ggi"] else 422)
    assert "Last-Event-ID" in refused.text


@pytest.mark.parametrize("cursor", ["MS4", "YQ", "AAAA", "x" * 256])
def test_a_cursor_that_the_log_has_not_given_is_refused(client: httpx.Client, cursor: str) -> None:
    """What has the form of a cursor and is none makes no sense."""
    refused = client.get(STREAMS["v2"], params={"cursor": cursor})
    assert refused.status_code == 422
    assert refused.json()["error"]["details"]["field"] == "cursor"


@pytest.mark.parametrize("path", STREAMS.values())
def test_a_client_that_leaves_is_forgotten(serve: Any, connect: Connect, path: str) -> None:
    """A closed stream listens no more, and is not counted as open."""
    server = serve()
    with opened(connect(server, ADMIN_KEY), path):
        assert listeners(server) == 1
        assert open_streams(server) == 1
    assert eventually(lambda: listeners(server) == 0)
    assert eventually(lambda: open_streams(server) == 0)


def test_head_of_a_stream_leaves_nothing_open(serve: Any, connect: Connect) -> None:
    """Asking for the headers of a stream does not subscribe to it."""
    server = serve()
    client = connect(server, ADMIN_KEY)
    for _ in range(3):
        assert client.head("/events/stream").headers["content-type"] == "text/event-stream"
    assert listeners(server) == 0


def test_a_server_that_stops_ends_its_streams(serve: Any, connect: Connect) -> None:
    """A stop is no broken connection: the stream ends, and the client comes back when it may."""
    server = serve()
    with opened(connect(server, ADMIN_KEY), "/v1/events/stream") as lines:
        server.stop()
        assert list(lines) == []


def test_a_defect_in_a_stream_breaks_it_off(serve: Any, connect: Connect) -> None:
    """A stream that fails midway ends, is logged and lets go; the server goes on."""
    server = serve()
    client = connect(server, ADMIN_KEY)
    with opened(client, "/v2/events/stream") as lines:
        server.wait(publish(server, 1, data={"id": "half a task"}))
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            list(lines)
    assert eventually(lambda: listeners(server) == 0)
    assert client.get("/healthz").status_code == 200


def living(**limits: Any) -> Any:
    """Makes a server's streams live for so long."""

    def adapt(nexus: Nexus) -> None:
        nexus.site.stream_limits = StreamLimits(**limits)

    return adapt


def narrow(nexus: Nexus) -> None:
    """A server that keeps three events in memory."""
    nexus.core.log.tail._most = 3


def listeners(server: Running) -> int:
    """How many listen."""
    return len(server.nexus.core.log.tail)


def create(client: httpx.Client, title: str) -> str:
    """A task."""
    return client.post("/v2/tasks", json={"title": title}).json()["task_id"]


def subject(event: dict[str, str]) -> str:
    """The task that a message is about, in whichever dialect."""
    data = orjson.loads(event["data"])
    return data.get("data", data)["task_id"]


def open_streams(server: Running) -> float:
    """How many streams the figures count as open."""
    value = server.nexus.site.observer.registry.get_sample_value("nexus_open_streams", {"transport": "sse"})
    return value or 0


async def publish(server: Running, count: int, data: Any = None) -> None:
    """Events, all at once."""
    task = {
        "id": "task_1", "tenant": "t_default", "name": "n", "type": "t", "status": "pending", "state": "pending",
        "created_by": "usr_1", "created_at": 1, "updated_at": 1, "version": 1, "estimate_seconds": 1,
    }  # fmt: skip
    now = system_clock()  # what is old is swept away
    events = [Event(f"evt_{n}", "task.created", "t_default", "task_1", now, data or task) for n in range(count)]
    await server.nexus.core.log.append(events)


def test_a_revoked_key_ends_its_stream(client: httpx.Client, shared_server: Running, key: str) -> None:
    """A stream lives no longer than the token that opened it."""
    with opened(client, "/v2/events/stream") as lines:
        change = Delete(API_KEYS, PLATFORM, key_id(key))
        shared_server.wait(shared_server.nexus.core.tasks._documents.write(change))
        assert list(lines) == []


def test_a_client_that_stops_reading_is_dropped(serve: Callable[..., Running], connect: Connect) -> None:
    """Who takes nothing any more holds neither memory nor the stop of the server."""
    server = serve(lambda nexus: setattr(nexus.site, "stream_limits", StreamLimits(keep_alive_seconds=0.5)))
    with hard_of_hearing(server) as deaf:
        head = f"GET /v2/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_KEY}\r\n\r\n"
        deaf.sendall(head.encode())
        deaf.recv(1000)
        client = connect(server, ADMIN_KEY)
        for _ in range(12):
            client.post("/v2/tasks", json={"title": "long", "parameters": {"text": "x" * 900_000}})
        assert eventually(lambda: listeners(server) == 0, seconds=20)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 15
