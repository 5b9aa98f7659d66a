"""Telemetry as it happens: over the three sockets and the three streams, to those who have asked for it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.serving import Connect, Running
from tests.sockets import Socket, opened

FRAME = {
    "device_id": "device-12345",
    "timestamp": "2025-11-03T01:53:54.518Z",
    "metrics": {"cpu_usage": 45.2, "large": 2**70, "healthy": True},
    "tags": {"environment": "production"},
}
OTHER = {"device_id": "device-2", "metrics": {"memory": 1}}


@contextmanager
def v1_socket(server: Running, key: str, **filters: str) -> Iterator[Socket]:
    """`/v1`, subscribed to telemetry."""
    with opened(server, "/v1", key) as socket:
        asked = {"channel": "telemetry", **({"filters": filters} if filters else {})}
        assert socket.ask(type="subscribe", id="msg-001", payload=asked)["type"] == "subscribed"
        yield socket


@contextmanager
def v2_socket(server: Running, key: str, *topics: str, **filters: str) -> Iterator[Socket]:
    """`/stream`, subscribed to some topics."""
    with opened(server, "/stream", key) as socket:
        assert socket.hear()["type"] == "welcome"
        asked = {"topics": topics, **({"filters": filters} if filters else {})}
        assert socket.ask(type="subscribe", id="msg_1", payload=asked)["type"] == "subscribed"
        yield socket


@contextmanager
def ggi_socket(server: Running, key: str, *channels: str, **filters: str) -> Iterator[Socket]:
    """`/telemetry/stream`, subscribed to some channels."""
    with opened(server, "/telemetry/stream", key) as socket:
        asked = {"action": "subscribe", "channels": channels, "message_id": "m1"}
        socket.say(**asked, **({"filters": filters} if filters else {}))
        assert socket.hear()["channel"] == "subscriptions"
        yield socket


def send(client: httpx.Client, frame: dict[str, Any]) -> str:
    """Send a frame; its identifier."""
    answer = client.post("/v1/telemetry/frames", json=frame)
    assert answer.status_code == 201, answer.text
    return answer.json()["frame_id"]


def test_ggi_tells_metrics_and_logs_as_it_prints_them(client: httpx.Client, shared_server: Running, key: str) -> None:
    """The metrics stand beside the agent; a log entry has its level, its message and its context."""
    with ggi_socket(shared_server, key, "metrics", "logs", agent_id="device-12345") as socket:
        send(client, OTHER)
        send(client, FRAME)
        assert socket.hear() == {
            "channel": "metrics",
            "data": {"agent_id": "device-12345", **FRAME["metrics"]},
            "timestamp": "2025-11-03T01:53:54Z",
        }
        log = {"agent_id": "device-12345", "level": "error", "message": "Broken", "context": {"task_id": "t"}}
        client.post("/telemetry/logs", json={**log, "timestamp": "2025-11-03T01:53:55Z"})
        assert socket.hear() == {"channel": "logs", "data": log, "timestamp": "2025-11-03T01:53:55Z"}


def test_a_defect_ends_only_who_has_it(
    serve: Callable[..., Running], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever would be told what one tongue cannot say is let go; others hear of it, and of what follows."""
    server = serve()
    key = server.key_for("admin", tenant)
    tellings = [one for channel, one in server.nexus.site.speeches._tellings.items() if "v1" in channel]

    def broken(_: Any) -> Any:
        raise ValueError("a defect")

    with (
        v1_socket(server, key) as v1,
        v2_socket(server, key, "telemetry.metrics") as v2,
        httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        with monkeypatch.context() as patched:
            for telling in tellings:
                patched.setattr(telling, "tongue", replace(telling.tongue, tell=broken))
            names = [send(client, FRAME)]
            assert v1.closed()[0] == 1011
        names.append(send(client, FRAME))
        assert [v2.hear()["payload"]["data"]["frame_id"] for _ in names] == names


def test_v1_tells_frames(client: httpx.Client, shared_server: Running, key: str) -> None:
    """A frame comes whole, named as an event."""
    with v1_socket(shared_server, key, device_id="device-12345") as socket:
        send(client, OTHER)
        name = send(client, FRAME)
        said = socket.hear()
        assert said["type"] == "telemetry.frame" and said["id"].startswith("evt-")
        assert said["payload"] == {"frame_id": name, **FRAME, "metadata": {}}


def test_v2_tells_all_three_kinds(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Each under its topic, with the item as the API shows it."""
    topics = ("telemetry.metrics", "telemetry.logs", "telemetry.events")
    with v2_socket(shared_server, key, *topics) as socket:
        frame = client.post("/v2/telemetry/frames", json=FRAME).json()
        log = client.post("/v2/telemetry/logs", json={"device_id": "d", "level": "info", "message": "m"}).json()
        event = client.post("/v2/telemetry/events", json={"event_type": "a.b", "data": {"x": 1}}).json()
        heard = [socket.hear() for _ in topics]
        assert [said["topic"] for said in heard] == list(topics)
        assert [said["payload"]["data"] for said in heard] == [frame, log, event]
        assert [said["payload"]["type"] for said in heard] == ["telemetry.frame", "telemetry.log", "telemetry.event"]


@pytest.mark.parametrize(
    "filters", [{"metric": "cpu_usage"}, {"tag": "environment:production"}, {"agent_id": "device-12345"}]
)
def test_filters_narrow_what_is_told(
    client: httpx.Client, shared_server: Running, key: str, filters: dict[str, str]
) -> None:
    """On a metric, a tag or whoever has sent it, over each of the sockets."""
    with (
        ggi_socket(shared_server, key, "metrics", **filters) as ggi,
        v1_socket(shared_server, key, **filters) as v1,
        v2_socket(shared_server, key, "telemetry.metrics", **filters) as v2,
    ):
        send(client, OTHER)
        send(client, FRAME)
        assert ggi.hear()["data"]["agent_id"] == "device-12345"
        assert v1.hear()["payload"]["device_id"] == "device-12345"
        assert v2.hear()["payload"]["data"]["device_id"] == "device-12345"
        assert ggi.silent() and v1.silent() and v2.silent()


def test_ggi_narrows_logs_by_level_and_metrics_not(client: httpx.Client, shared_server: Running, key: str) -> None:
    """A level is one of logs."""
    with ggi_socket(shared_server, key, "metrics", "logs", level="error") as socket:
        for level in ("info", "error"):
            client.post("/telemetry/logs", json={"agent_id": "a", "level": level, "message": level})
        send(client, FRAME)
        assert [socket.hear()["channel"] for _ in range(2)] == ["logs", "metrics"]


def test_ggi_subscriptions_add_up_and_end(client: httpx.Client, shared_server: Running, key: str) -> None:
    """What fits two of them is told once; with filters one ends, without all of the channel."""
    with ggi_socket(shared_server, key, "metrics", "logs") as socket:
        filters = {"agent_id": "device-12345"}
        socket.ask(action="subscribe", channels=["metrics"], filters=filters, message_id="m2")
        send(client, FRAME)
        assert socket.hear()["channel"] == "metrics" and socket.silent()
        told = socket.ask(action="unsubscribe", channels=["metrics"], filters=filters, message_id="m3")
        assert told["data"] == {"subscriptions": [{"channel": "metrics"}, {"channel": "logs"}]}
        told = socket.ask(action="unsubscribe", channels=["metrics"], message_id="m4")
        assert (told["data"], told["message_id"]) == ({"subscriptions": [{"channel": "logs"}]}, "m4")
        send(client, FRAME)
        assert socket.silent()


def test_ggi_refuses_in_its_own_words(shared_server: Running, key: str) -> None:
    """Under the name of the message, if that can be read; the socket stays."""
    with opened(shared_server, "/telemetry/stream", key) as socket:
        told = socket.ask(action="subscribe", channels=["weather"], message_id="m1")
        assert (told["channel"], told["message_id"], told["data"]["code"]) == ("errors", "m1", "invalid_request")
        assert "message_id" not in socket.ask(action="sing")
        for number in range(100):
            socket.say(action="subscribe", channels=["logs"], filters={"agent_id": f"a{number}"})
        told = socket.ask(action="subscribe", channels=["logs"], message_id="m2")
        assert (told["message_id"], told["data"]["code"]) == ("m2", "conflict")


def test_streams_tell_frames(client: httpx.Client, shared_server: Running, key: str) -> None:
    """As `telemetry.frame`, in the words of each dialect, under one name."""
    paths = ("/events/stream", "/v1/events/stream?event_types=telemetry.frame", "/v2/events/stream")
    with (
        client.stream("GET", paths[0]) as ggi,
        client.stream("GET", paths[1]) as v1,
        client.stream("GET", paths[2]) as v2,
    ):
        lines = [answer.iter_lines() for answer in (ggi, v1, v2)]
        for one in lines:
            block(one)
        name = send(client, FRAME)
        told = [block(one) for one in lines]
    assert [one["event"] for one in told] == ["telemetry.frame"] * 3
    assert len({one["id"].replace("-", "_", 1) for one in told}) == 1
    data = [json.loads(one["data"]) for one in told]
    assert [data[0]["metric_id"], data[1]["frame_id"], data[2]["data"]["frame_id"]] == [name] * 3
    assert data[2]["data"]["metrics"] == FRAME["metrics"]


def block(lines: Iterator[str]) -> dict[str, str]:
    """The fields of the next block."""
    return dict(line.split(": ", 1) for line in iter(lambda: next(lines), ""))


def test_the_stream_of_v1_takes_the_same_filters(client: httpx.Client, key: str) -> None:
    """On the device that has sent a frame."""
    with client.stream("GET", "/v1/events/stream", params={"filters": json.dumps({"device_id": "device-2"})}) as answer:
        lines = answer.iter_lines()
        block(lines)
        send(client, FRAME)
        send(client, OTHER)
        assert json.loads(block(lines)["data"])["device_id"] == "device-2"


def test_other_tenants_hear_nothing(client: httpx.Client, shared_server: Running, key: str) -> None:
    """What is sent in one tenant is told there alone."""
    stranger = shared_server.key_for("admin", "t_of_somebody_else")
    with v2_socket(shared_server, stranger, "telemetry.metrics") as other:
        send(client, FRAME)
        assert other.silent()


def test_one_name_in_two_tenants_is_two_events(
    client: httpx.Client, shared_server: Running, key: str, connect: Connect
) -> None:
    """Whoever chooses the name that another tenant has chosen is told of their own, over sockets and streams."""
    other_key = shared_server.key_for("admin", f"t_{uuid4().hex}")
    other = connect(shared_server, other_key)
    path = "/v2/events/stream"
    with (
        v2_socket(shared_server, key, "telemetry.metrics") as socket,
        v2_socket(shared_server, other_key, "telemetry.metrics") as others,
        client.stream("GET", path) as stream,
        other.stream("GET", path) as strangers,
    ):
        lines = [answer.iter_lines() for answer in (stream, strangers)]
        for one in lines:
            block(one)
        for sender, device in ((client, "ours"), (other, "theirs")):
            sent = {"frame_id": "frame-shared", "device_id": device, "metrics": {"x": 1}}
            assert sender.post("/v2/telemetry/frames", json=sent).status_code == 201
        told = [socket.hear()["payload"], others.hear()["payload"], *(json.loads(block(one)["data"]) for one in lines)]
        assert [one["data"]["device_id"] for one in told] == ["ours", "theirs"] * 2
        assert len({one["event_id"] for one in told}) == 2


def test_a_place_among_frames_is_one_in_the_log(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Whoever stopped at a frame goes on behind it with what is in the log; frames are not told again."""
    with v1_socket(shared_server, key) as socket:
        client.post("/v1/tasks", json={"name": "before", "type": "one_time"})
        send(client, FRAME)
        name = socket.hear()["id"]
    client.post("/v1/tasks", json={"name": "behind", "type": "one_time"})
    with client.stream("GET", "/v1/events/stream", headers={"Last-Event-ID": name}) as answer:
        lines = answer.iter_lines()
        block(lines)
        assert json.loads(block(lines)["data"])["name"] == "behind"


def test_a_repeated_frame_is_told_once(client: httpx.Client, shared_server: Running, key: str) -> None:
    """What was stored already has been told already."""
    with v2_socket(shared_server, key, "telemetry.metrics") as socket:
        for _ in range(2):
            client.post("/v2/telemetry/frames", json={"frame_id": "frame-once", **FRAME})
        assert socket.hear()["payload"]["data"]["frame_id"] == "frame-once" and socket.silent()


def test_reading_telemetry_takes_its_scope(shared_server: Running, tenant: str) -> None:
    """An agent may write telemetry and not read it: 1008, before anything is said."""
    with opened(shared_server, "/telemetry/stream", shared_server.key_for("agent", tenant)) as socket:
        assert socket.closed()[0] == 1008
