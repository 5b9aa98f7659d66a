"""What is said over the WebSockets that take messages: answers, refusals in each dialect's shape, and ends."""

import json
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from handlers.app import Nexus
from handlers.core.clock import system_clock
from handlers.core.events import Event
from tests.serving import ADMIN_KEY, PASSWORD, Connect, Running, eventually, hard_of_hearing
from tests.sockets import Socket, opened

V1, V2 = "/v1", "/stream"


def create(client: httpx.Client, **fields: Any) -> str:
    """A task."""
    return client.post("/v2/tasks", json={"title": "Deploy feature XYZ", **fields}).json()["task_id"]


def v1_subscribe(socket: Socket, name: str = "sub-001", **filters: str) -> dict[str, Any]:
    """Follow tasks."""
    asked = {"channel": "tasks", **({"filters": filters} if filters else {})}
    return socket.ask(type="subscribe", id=name, payload=asked)


def v2_subscribe(socket: Socket, **payload: Any) -> dict[str, Any]:
    """Follow tasks."""
    return socket.ask(type="subscribe", id="msg_1", payload={"topics": ["tasks.updates"], **payload})


def greeted(socket: Socket) -> Socket:
    """The socket, after its welcome."""
    assert socket.hear()["type"] == "welcome"
    return socket


def refused(answer: dict[str, Any]) -> tuple[str, str]:
    """The identifier and the code of a refusal."""
    assert answer["type"] == "error"
    return answer["id"], answer["payload"]["code"]


def test_v1_tells_what_is_subscribed(client: httpx.Client, shared_server: Running, key: str) -> None:
    """As the third workflow of the reference: one task is followed to its completion; then no more of it comes."""
    task, other = create(client), create(client)
    with opened(shared_server, V1, key) as socket:
        answer = v1_subscribe(socket, task_id=task)
        assert (answer["type"], answer["id"]) == ("subscribed", "sub-001")
        assert answer["payload"] == {"channel": "tasks", "filters": {"task_id": task}}
        client.patch(f"/v2/tasks/{other}", json={"progress": 1})
        client.patch(f"/v2/tasks/{task}", json={"status": "completed", "result": {"rows": 12}})
        told = socket.hear()
        assert told["type"] == "task.completed"
        assert told["payload"]["task_id"] == task
        assert told["payload"]["result"] == {"rows": 12}
        answer = socket.ask(type="unsubscribe", id="msg-2", payload={"subscription_id": "sub-001"})
        assert (answer["type"], answer["payload"]) == ("unsubscribed", {"subscription_id": "sub-001"})
        client.delete(f"/v2/tasks/{task}")
        assert socket.silent()


def test_v1_filters_agree_with_all_fields(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Tasks are filtered by their agent too; a field that tasks do not have agrees with none of them."""
    with opened(shared_server, V1, key) as socket:
        v1_subscribe(socket, "one", agent_id="agent-1")
        v1_subscribe(socket, "two", device_id="device-1")
        create(client)
        mine = create(client, assignee="agent-1")
        assert socket.hear()["payload"]["task_id"] == mine


def test_v1_answers_pings(shared_server: Running, key: str) -> None:
    """Under the identifier of the ping."""
    with opened(shared_server, V1, key) as socket:
        pong = socket.ask(type="ping", id="ping-001", timestamp="2025-11-03T01:53:54.590Z")
        assert (pong["type"], pong["id"]) == ("pong", "ping-001")


def test_v2_begins_with_a_welcome(shared_server: Running, key: str) -> None:
    """It tells how often to ping, and a place that can be gone on from."""
    with opened(shared_server, V2, key) as socket:
        welcome = socket.hear()
        assert welcome["type"] == "welcome"
        assert welcome["payload"]["heartbeat_interval_seconds"] == 30
        assert v2_subscribe(socket, cursor=welcome["payload"]["cursor"])["type"] == "subscribed"
        assert socket.ask(type="ping", id="ping_1")["type"] == "pong"


def test_v2_tells_topics(client: httpx.Client, shared_server: Running, key: str) -> None:
    """An event names its topic; filters that do not fit a topic are passed over; unsubscribed is silent."""
    with opened(shared_server, V2, key) as socket:
        answer = v2_subscribe(greeted(socket), filters={"device_id": "device-1"})
        assert answer["payload"]["topics"] == ["tasks.updates"]
        task = create(client)
        told = socket.hear()
        assert (told["type"], told["topic"], told["payload"]["type"]) == ("event", "tasks.updates", "task.created")
        assert told["payload"]["data"]["task_id"] == task
        answer = socket.ask(type="unsubscribe", id="msg_2", payload={"topics": ["tasks.updates"]})
        assert answer["payload"]["topics"] == []
        create(client)
        assert socket.silent()


def test_sockets_go_on_where_others_stopped(client: httpx.Client, shared_server: Running, key: str) -> None:
    """The name or the cursor of any message, from either socket, is a place for both."""
    with opened(shared_server, V1, key) as first, opened(shared_server, V2, key) as second:
        v1_subscribe(first)
        v2_subscribe(greeted(second))
        tasks = [create(client) for _ in range(3)]
        one, two = first.hear(), second.hear()
    with opened(shared_server, V1, key) as socket:
        v1_subscribe(socket)
        answer = socket.ask(type="resume", id="msg-9", payload={"last_event_id": two["id"]})
        assert (answer["type"], answer["payload"]["last_event_id"]) == ("resumed", two["id"])
        assert [socket.hear()["payload"]["task_id"] for _ in range(2)] == tasks[1:]
    for point in ({"last_event_id": one["id"]}, {"cursor": two["payload"]["cursor"]}):
        with opened(shared_server, V2, key) as socket:
            v2_subscribe(greeted(socket))
            assert socket.ask(type="resume", id="msg_9", payload=point)["type"] == "subscribed"
            assert [socket.hear()["payload"]["data"]["task_id"] for _ in range(2)] == tasks[1:]
    with opened(shared_server, V2, key) as socket:
        v2_subscribe(greeted(socket), cursor=two["payload"]["cursor"])
        assert [socket.hear()["payload"]["data"]["task_id"] for _ in range(2)] == tasks[1:]


@pytest.mark.parametrize("path", [V1, V2])
def test_a_place_in_another_log_is_a_gap(client: httpx.Client, shared_server: Running, key: str, path: str) -> None:
    """The gap comes first, then all that the log has."""
    create(client)
    with opened(shared_server, path, key) as socket:
        if path == V2:
            v2_subscribe(greeted(socket))
        else:
            v1_subscribe(socket)
        socket.ask(type="resume", id="m", payload={"last_event_id": "evt-1.0ther.7"})
        gap, event = socket.hear(), socket.hear()
        assert (gap["type"], gap["payload"]["missed"]) == ("gap", 0)
        assert event["type"] in ("task.created", "event")


_V1_REFUSED = [
    ({"type": "subscribe", "id": "m", "payload": {"channel": "workflows"}}, "m", "INVALID_REQUEST"),
    ({"type": "subscribe", "id": "m", "payload": {"channel": "weather"}}, "m", "INVALID_REQUEST"),
    ({"type": "subscribe", "id": "m", "payload": {"channel": "tasks", "filters": {"colour": "red"}}}, "m", None),
    ({"type": "subscribe", "id": "m"}, "m", "INVALID_REQUEST"),
    ({"type": "resume", "id": "m", "payload": {"last_event_id": "evt-12345"}}, "m", "INVALID_REQUEST"),
    ({"type": "shout", "id": "m"}, "m", "INVALID_REQUEST"),
    ({"type": ["ping"], "id": "m"}, "m", "INVALID_REQUEST"),
    ({"id": "m"}, "m", "INVALID_REQUEST"),
    ({"type": "ping", "id": 7}, None, "INVALID_REQUEST"),
    ([], None, "INVALID_REQUEST"),
    ("ping", None, "INVALID_REQUEST"),
]


@pytest.mark.parametrize(("message", "name", "code"), _V1_REFUSED)
def test_v1_refuses_in_its_own_words(
    shared_server: Running, key: str, message: Any, name: str | None, code: str | None
) -> None:
    """What cannot be carried out is answered with `error`, under its identifier if that can be read; nothing ends."""
    with opened(shared_server, V1, key) as socket:
        socket.connection.send(json.dumps(message))
        found, said = refused(socket.hear())
        assert said == (code or "INVALID_REQUEST")
        assert name in (None, found)
        assert socket.ask(type="ping", id="p")["type"] == "pong"


@pytest.mark.parametrize("text", ["", "{", '{"type": "ping", "id": "p"', "NaN", "[" * 500 + "]" * 500])
@pytest.mark.parametrize("path", [V1, V2])
def test_what_is_no_json_is_refused(shared_server: Running, key: str, path: str, text: str) -> None:
    """A text that is no message is answered, not dropped."""
    with opened(shared_server, path, key) as socket:
        if path == V2:
            greeted(socket)
        socket.connection.send(text)
        assert refused(socket.hear())[1] == "INVALID_REQUEST"


_TOPICS = [
    "workflows.updates", "ai.updates", "collaborations.updates", "webhooks.updates",
]  # fmt: skip


def test_v2_says_what_is_not_done_yet(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Each topic that nothing is told of yet is refused, alone or beside one that is."""
    with opened(shared_server, V2, key) as socket:
        greeted(socket)
        for topic in _TOPICS:
            answer = socket.ask(type="subscribe", id="msg_1", payload={"topics": ["tasks.updates", topic]})
            assert refused(answer) == ("msg_1", "NOT_IMPLEMENTED")
            assert answer["payload"]["details"]["operation"] == topic
            socket.ask(type="ping", id="p")
        create(client)
        assert socket.silent()


@pytest.mark.parametrize("payload", [{"cursor": "AAAA"}, {}, {"cursor": "MS4xMDQy", "last_event_id": "evt_1.a.1"}])
def test_v2_refuses_what_is_no_place(shared_server: Running, key: str, payload: dict[str, str]) -> None:
    """A cursor that the log has not given, none, or two of them."""
    with opened(shared_server, V2, key) as socket:
        name, code = refused(greeted(socket).ask(type="resume", id="msg_4", payload=payload))
        assert name == "msg_4"
        assert code == ("VALIDATION_ERROR" if payload == {"cursor": "AAAA"} else "INVALID_REQUEST")


def test_v2_closes_on_a_topic_that_is_not_allowed(shared_server: Running, tenant: str) -> None:
    """An observer, who may not read tasks, is told which scope is missing, then closed with 4002."""
    with opened(shared_server, V2, shared_server.key_for("observer", tenant)) as socket:
        answer = v2_subscribe(greeted(socket))
        assert refused(answer) == ("msg_1", "FORBIDDEN")
        assert answer["payload"]["details"]["required"] == "task:read"
        assert socket.closed()[0] == 4002


def test_a_message_needs_its_scope(shared_server: Running, tenant: str) -> None:
    """Whoever may not read events may be connected and ping, and is refused the rest."""
    with opened(shared_server, V1, shared_server.key_for("agent", tenant)) as socket:
        assert socket.ask(type="ping", id="p")["type"] == "pong"
        assert refused(v1_subscribe(socket)) == ("sub-001", "FORBIDDEN")


def test_wrong_subscriptions_again_and_again_close(shared_server: Running, key: str) -> None:
    """The tenth in a row closes with 4002, and other messages with 1008; one that is right begins the count anew."""
    with opened(shared_server, V1, key) as socket:
        for _ in range(9):
            refused(socket.ask(type="subscribe", id="m", payload={"channel": "weather"}))
        socket.ask(type="ping", id="p")
        for _ in range(9):
            refused(socket.ask(type="subscribe", id="m", payload={"channel": "weather"}))
        socket.say(type="subscribe", id="m", payload={"channel": "weather"})
        assert socket.closed()[0] == 4002
    with opened(shared_server, V2, key) as socket:
        greeted(socket)
        for _ in range(10):
            socket.say(type="shout", id="m")
        assert socket.closed() == (1008, "Too many messages were refused")


def test_a_connection_has_so_many_subscriptions(shared_server: Running, key: str) -> None:
    """The sixty-fifth is refused until another one ends; one of the same name takes the place of the first."""
    with opened(shared_server, V1, key) as socket:
        for number in range(64):
            assert v1_subscribe(socket, f"sub-{number}", task_id=f"task-{number}")["type"] == "subscribed"
        assert refused(v1_subscribe(socket, "one-more")) == ("one-more", "CONFLICT")
        assert v1_subscribe(socket, "sub-0")["type"] == "subscribed"
        socket.ask(type="unsubscribe", id="m", payload={"subscription_id": "sub-1"})
        assert v1_subscribe(socket, "one-more")["type"] == "subscribed"


def test_binary_and_large_messages_close(shared_server: Running, key: str) -> None:
    """1003 for what is not text, 1008 for what is too much of it."""
    with opened(shared_server, V1, key) as socket:
        socket.connection.send(b"\x00")
        assert socket.closed()[0] == 1003
    with opened(shared_server, V1, key) as socket:
        socket.connection.send(" " * 65_537)
        assert socket.closed() == (1008, "A message has at most 65536 bytes")


def test_messages_are_counted(serve: Any) -> None:
    """Each counts as one request of the dialect's category; one too many is told so, and closes with 4001."""
    server = serve(rate_limits="v1.websockets=3")
    with opened(server, V1, ADMIN_KEY) as socket:
        assert [socket.ask(type="ping", id="p")["type"] for _ in range(2)] == ["pong"] * 2
        assert refused(socket.ask(type="ping", id="p"))[1] == "RATE_LIMIT_EXCEEDED"
        assert socket.closed()[0] == 4001


def test_a_silent_client_is_closed(serve: Any) -> None:
    """One that says nothing for as long as the contract names is closed with 1001, and a speaking one is not."""

    def adapt(nexus: Nexus) -> None:
        channel = next(channel for channel in nexus.site.channels if channel.address == V1)
        channel.bounds = {**channel.bounds, "silence_seconds": 2.5}

    with opened(serve(adapt), V1, ADMIN_KEY) as socket:
        for _ in range(6):
            assert socket.silent(0.5)
            assert socket.ask(type="ping", id="p")["type"] == "pong"
        assert socket.closed() == (1001, "Nothing was said for 2.5 seconds")


@pytest.mark.parametrize("path", [V1, V2])
def test_a_withdrawn_scope_ends_what_needs_it(
    client: httpx.Client, shared_server: Running, tenant: str, path: str
) -> None:
    """Whoever may not read events any more is closed with 4000 if they have subscribed, and stays if they have not."""
    user = shared_server.user_of("family_member", tenant)
    token = shared_server.wait(shared_server.nexus.core.identity.log_in(user["username"], PASSWORD)).token
    with opened(shared_server, path, token) as socket, opened(shared_server, V1, token) as quiet:
        if path == V2:
            v2_subscribe(greeted(socket))
        else:
            v1_subscribe(socket)
        assert client.patch(f"/api/admin/users/{user['id']}", json={"role": "guest"}).status_code == 200
        assert socket.closed()[0] == 4000
        assert refused(v1_subscribe(quiet)) == ("sub-001", "FORBIDDEN")


def test_a_defect_is_told_as_ours(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message whose handler fails is answered without the cause, and the connection stays."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("swordfish")

    monkeypatch.setattr("handlers.core.feeds.Feed.unsubscribe", fail)
    with opened(serve(), V1, ADMIN_KEY) as socket:
        answer = socket.ask(type="unsubscribe", id="m", payload={"subscription_id": "s"})
        assert refused(answer) == ("m", "INTERNAL_ERROR")
        assert "swordfish" not in json.dumps(answer)
        assert socket.ask(type="ping", id="p")["type"] == "pong"


def test_lexos_tells_missed_changes_again(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Each message names its place; after `resume` what lies behind it is sent again; nonsense is refused."""
    task = create(client)
    path = f"/ws/tasks/{task}"
    with opened(shared_server, path, key) as socket:
        first = socket.hear()
        client.patch(f"/v2/tasks/{task}", json={"progress": 10})
        assert socket.hear()["data"]["progress"] == 0.1
    client.patch(f"/v2/tasks/{task}", json={"progress": 20})
    with opened(shared_server, path, key) as socket:
        assert socket.hear()["data"]["progress"] == 0.2
        socket.say(type="resume", data={"last_event_id": first["id"]})
        assert [socket.hear()["data"]["progress"] for _ in range(2)] == [0.1, 0.2]
        answer = socket.ask(type="shout")
        assert answer["type"] == "error"
        assert (answer["data"]["error"], answer["data"]["code"]) == (True, "INVALID_REQUEST")
        client.delete(f"/v2/tasks/{task}")
        assert socket.hear()["data"]["status"] == "cancelled"
        assert socket.closed()[0] == 1000


def test_a_client_that_leaves_is_forgotten(serve: Any, connect: Connect) -> None:
    """Nothing follows for those who have left."""
    server = serve()
    with opened(server, V1, ADMIN_KEY) as first, opened(server, V2, ADMIN_KEY) as second:
        v1_subscribe(first)
        v2_subscribe(greeted(second))
        assert len(server.nexus.core.log.tail) == 2
    assert eventually(lambda: len(server.nexus.core.log.tail) == 0)


def test_an_event_is_made_once_for_all(serve: Any, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many listen on a channel, one event is projected, judged and encoded once for it."""
    server, told = serve(), []
    speeches = server.nexus.site.speeches
    check = speeches.judge.check
    monkeypatch.setattr(speeches.judge, "check", lambda channel, *rest: (told.append(channel), check(channel, *rest)))
    client = connect(server, ADMIN_KEY)
    with (
        opened(server, V1, ADMIN_KEY) as one,
        opened(server, V1, ADMIN_KEY) as two,
        opened(server, V1, ADMIN_KEY) as three,
    ):
        sockets = (one, two, three)
        for socket in sockets:
            v1_subscribe(socket)
        told.clear()
        create(client)
        heard = [socket.hear() for socket in sockets]
    assert heard[0] == heard[1] == heard[2]
    assert told == ["v1Socket"]


@pytest.mark.parametrize("path", ["/coordination/collaborate"])
def test_what_is_not_done_at_all_is_refused_at_the_door(shared_server: Running, key: str, path: str) -> None:
    """A socket of which nothing is done answers its handshake with 501."""
    with pytest.raises(InvalidStatus) as answer, opened(shared_server, path, key):
        pass
    assert answer.value.response.status_code == 501


def test_a_client_that_takes_nothing_is_dropped(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told waits for nobody for long: the connection of one who does not read is dropped, others go on."""
    monkeypatch.setattr("adapters.http.conversations._PATIENCE_SECONDS", 0.3)
    server = serve()
    task = {
        "id": "task_1", "tenant": "t_default", "name": "n", "type": "t", "status": "pending", "state": "pending",
        "created_by": "usr_1", "created_at": 1, "updated_at": 1, "version": 1, "estimate_seconds": 1,
        "result": {"rows": "x" * 50_000},
    }  # fmt: skip
    with (
        hard_of_hearing(server) as small,
        opened(server, V1, ADMIN_KEY, sock=small) as idle,
        opened(server, V1, ADMIN_KEY) as reader,
    ):
        v1_subscribe(idle)
        v1_subscribe(reader, task_id="task_2")
        now = system_clock()
        events = [Event(f"evt_{n}", "task.updated", "t_default", "task_1", now, task) for n in range(300)]
        server.wait(server.nexus.core.log.append(events))
        assert eventually(lambda: len(server.nexus.core.log.tail) == 1)
        other = Event("evt_x", "task.updated", "t_default", "task_2", now, {**task, "id": "task_2"})
        server.wait(server.nexus.core.log.append([other]))
        assert reader.hear()["payload"]["task_id"] == "task_2"
