"""Frames over a real RabbitMQ: stored before they are acknowledged, put away with a reason, told at every server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from websockets.sync.client import connect as dial

from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import RabbitNode, private_rabbitmq
from scripts.serving import API_KEY, Served, served
from tests.serving import eventually
from tests.sockets import Socket

_SECONDS = 20
_MOMENT = datetime(2025, 11, 3, tzinfo=UTC)
HEADERS = {"Authorization": f"Bearer {API_KEY}"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """A broker for these tests alone: what is in its queues is theirs."""
    with private_rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as node:
        yield node


@pytest.fixture(scope="module")
def servers(node: RabbitNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    """Two servers over one store and one broker."""
    with ExitStack() as opened:
        store = opened.enter_context(private_mongo_wire(tmp_path_factory.mktemp("mongo")))
        yield [opened.enter_context(served(database_url=store.url, amqp_url=node.url)) for _ in range(2)]


@pytest.fixture
async def channel(node: RabbitNode, servers: list[Served]) -> AsyncIterator[AbstractChannel]:
    """A channel of a device's."""
    async with await aio_pika.connect(node.url) as connection:
        yield await connection.channel(on_return_raises=True)


@pytest.fixture
async def dead(channel: AbstractChannel) -> Any:
    """Tells the next message that was put away."""
    queue = await channel.get_queue("nexus.dead")
    await queue.purge()

    async def upcoming() -> AbstractIncomingMessage:
        async with asyncio.timeout(_SECONDS):
            while (message := await queue.get(fail=False)) is None:
                await asyncio.sleep(0.05)
        await message.ack()
        return message

    return upcoming


def batch(*frames: dict[str, Any], **more: Any) -> bytes:
    """The body of a message."""
    return json.dumps({"frames": list(frames), **more}).encode()


def frame(device: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """A frame of a device."""
    return {"device_id": device, "metrics": {"n": number}, **more}


async def send(channel: AbstractChannel, body: bytes, key: str = "t_default.gateway", **properties: Any) -> None:
    """Publish, and wait for the broker to confirm."""
    exchange = await channel.get_exchange("nexus.telemetry", ensure=False)
    given = {"type": "telemetry.frames", **properties}
    await exchange.publish(aio_pika.Message(body, delivery_mode=2, **given), key)


async def ask(channel: AbstractChannel, body: bytes, **properties: Any) -> tuple[dict[str, Any], str]:
    """Publish, and return the answer with its correlation."""
    replies = await channel.get_queue("amq.rabbitmq.reply-to", ensure=False)
    answer: asyncio.Future[AbstractIncomingMessage] = asyncio.get_running_loop().create_future()

    async def take(message: AbstractIncomingMessage) -> None:
        answer.set_result(message)

    tag = await replies.consume(take, no_ack=True)
    await send(channel, body, reply_to="amq.rabbitmq.reply-to", **properties)
    message = await asyncio.wait_for(answer, _SECONDS)
    await replies.cancel(tag)
    assert message.type == "telemetry.answer"
    return json.loads(message.body), message.correlation_id


def stored(server: Served, device: str) -> list[dict[str, Any]]:
    """The frames of a device, the newest first."""
    answer = httpx.get(f"{server.url}/v2/telemetry/frames", params={"device_id": device}, headers=HEADERS)
    return answer.json()["data"]


async def test_frames_are_stored(channel: AbstractChannel, servers: list[Served]) -> None:
    """Each with its own identifier or a new one, and the answer names them in order."""
    device = f"d-{uuid4().hex}"
    name = f"frame-{uuid4().hex}"
    body = batch(frame(device, 1, frame_id=name, tags={"a": "b"}), frame(device, 2), batch_id="b-1")
    told, correlation = await ask(channel, body, message_id=uuid4().hex, correlation_id="c-1")
    assert (told["batch_id"], told["accepted"], correlation) == ("b-1", 2, "c-1") and told["results"][0][
        "frame_id"
    ] == name
    kept = {one["frame_id"]: one["metrics"] for one in stored(servers[0], device)}
    assert kept == {name: {"n": 1}, told["results"][1]["frame_id"]: {"n": 2}}


async def test_a_message_that_comes_again_is_stored_once(channel: AbstractChannel, servers: list[Served]) -> None:
    """Known by the name of the message, though its frames have none; another sender's of that name is another one."""
    device, name = f"d-{uuid4().hex}", uuid4().hex
    for _ in range(2):
        await send(channel, batch(frame(device)), message_id=name)
    assert eventually(lambda: len(stored(servers[0], device)) == 1)
    told, _ = await ask(channel, batch(frame(device)), message_id=name)
    assert (told["accepted"], told["duplicates"]) == (0, 1)
    await send(channel, batch(frame(device)), key="t_default.other", message_id=name)
    assert eventually(lambda: len(stored(servers[0], device)) == 2)


async def test_one_bad_frame_costs_no_good_one(channel: AbstractChannel, servers: list[Served], dead: Any) -> None:
    """It is named in the answer; without somebody to answer the message is put away besides."""
    device = f"d-{uuid4().hex}"
    body = batch(frame(device, 1), frame(device, 2, timestamp="2999-01-01T00:00:00Z"))
    told, _ = await ask(channel, body, message_id=uuid4().hex)
    assert [one["status"] for one in told["results"]] == ["accepted", "rejected"]
    assert told["results"][1]["error"]["details"]["field"] == "timestamp"
    name = uuid4().hex
    await send(channel, body, message_id=name)
    message = await dead()
    assert (message.message_id, message.headers["nexus-reason"], message.body) == (name, "refused", body)
    assert len(stored(servers[0], device)) == 2


@pytest.mark.parametrize(
    ("body", "changes", "reason"),
    [
        (b"{", {}, "invalid_message"),
        (b'{"frames": []}', {}, "invalid_message"),
        (batch({"device_id": "d"}), {}, "invalid_message"),
        (batch(frame("d")), {"reply_to": "somebodys.queue"}, "invalid_message"),
        (batch(frame("d")), {"type": "telemetry.songs"}, "unknown_type"),
        (batch(frame("d")), {"type": None}, "unknown_type"),
        (batch(frame("d")), {"key": "t_default"}, "unknown_sender"),
        (batch(frame("d")), {"key": "nobodys.gateway"}, "unknown_sender"),
        (batch(frame("d")), {"headers": {"x-death": [{"queue": "q", "reason": "expired"}]}}, "refused"),
        (b" " * 1_100_000, {}, "invalid_message"),
        (batch(frame("d")), {"headers": {"traceparent": _MOMENT}}, "invalid_message"),
        (batch(frame("d")), {"headers": {"x-death": _MOMENT}}, "refused"),
        (batch(frame("d")), {"type": None, "headers": {"type": ["telemetry.frames"]}}, "unknown_type"),
        (batch(frame("d")), {"type": None, "headers": {"type": "telemetry.frames"}}, "unknown_type"),
        (batch(frame("d")), {"type": None, "headers": {"x-first-death-reason": _MOMENT}}, "unknown_type"),
        (batch(frame("d")), {"type": None, "headers": {"x-first-death-reason": bytearray(b"\xff")}}, "unknown_type"),
        (batch(frame("d")), {"type": None, "headers": {"nexus-died-at": "yesterday"}}, "unknown_type"),
    ],
)
async def test_what_cannot_be_taken_is_put_away(
    channel: AbstractChannel, dead: Any, body: bytes, changes: dict[str, Any], reason: str
) -> None:
    """With its routing key, its body and why it is there."""
    name = uuid4().hex
    await send(channel, body, **{"message_id": name, **changes})
    message = await dead()
    assert (message.message_id, message.headers["nexus-reason"]) == (name, reason)
    assert message.body == body and message.routing_key == changes.get("key", "t_default.gateway")
    assert message.headers["nexus-queue"] == "nexus.telemetry" and message.headers["nexus-detail"]
    assert not {"x-death", "x-first-death-reason"} & message.headers.keys()


async def test_headers_of_strangers_are_no_defect_of_ours(
    channel: AbstractChannel, servers: list[Served], dead: Any
) -> None:
    """Whatever they say under names that the contract gives to the broker and to us, what we send is as it says."""
    for headers in ({"x-death": 5}, {"x-death": [{"count": 0}]}, {"nexus-died-at": "then", "x-first-death-queue": 1}):
        await send(channel, batch(frame("d")), type="telemetry.songs", headers=headers)
        await dead()
    for server in servers:
        assert "nexus_event_violations_total{" not in httpx.get(f"{server.url}/metrics", headers=HEADERS).text


async def test_nobody_writes_for_another_by_a_queue_that_lets_go(channel: AbstractChannel, dead: Any) -> None:
    """The broker routes on what a queue gives up without asking who has sent it; so we ask."""
    arguments = {
        "x-dead-letter-exchange": "nexus.telemetry",
        "x-dead-letter-routing-key": "t_default.victim",
        "x-message-ttl": 1,
    }
    queue = await channel.declare_queue(f"acme.{uuid4().hex}", exclusive=True, arguments=arguments)
    message = aio_pika.Message(batch(frame("d")), type="telemetry.frames")
    await channel.default_exchange.publish(message, queue.name)
    assert (await dead()).headers["nexus-reason"] == "refused"


@contextmanager
def following(server: Served, **filters: str) -> Iterator[Socket]:
    """A socket of `/v1` that has subscribed to telemetry."""
    with dial(f"{server.url.replace('http', 'ws')}/v1?token={API_KEY}", close_timeout=1) as connection:
        socket = Socket(connection)
        asked = {"channel": "telemetry", "filters": filters}
        assert socket.ask(type="subscribe", id="s", payload=asked)["type"] == "subscribed"
        yield socket


def test_every_server_tells_what_any_has_stored(servers: list[Served]) -> None:
    """Under the same name, whichever of them it came to."""
    device = f"d-{uuid4().hex}"
    with following(servers[0], device_id=device) as one, following(servers[1], device_id=device) as other:
        sent = {"device_id": device, "metrics": {"n": 2**53, "s": "x"}, "tags": {"a": "b:c"}, "metadata": {"m": [1]}}
        for server in servers:
            httpx.post(f"{server.url}/v1/telemetry/frames", json=sent, headers=HEADERS).raise_for_status()
        heard = [[socket.hear() for _ in servers] for socket in (one, other)]
        assert one.silent() and other.silent()
    told = [{message["id"].split(".")[0]: message["payload"] for message in each} for each in heard]
    assert told[0] == told[1] and len(told[0]) == 2
    for payload in told[0].values():
        assert {name: payload[name] for name in sent} == sent


async def test_logs_and_events_reach_every_server_and_whoever_binds(
    servers: list[Served], channel: AbstractChannel
) -> None:
    """In the words of v2, one message for what came in together."""
    queue = await channel.declare_queue(f"t_default.{uuid4().hex}", exclusive=True)
    await queue.bind("nexus.live", "t_default.#")
    device = f"d-{uuid4().hex}"
    items = [
        {"log": {"device_id": device, "level": "error", "message": "m", "tags": {"a": "b"}}},
        {"event": {"event_type": "a.b", "source": device, "data": {"x": 1}}},
    ]
    with dial(f"{servers[1].url.replace('http', 'ws')}/stream?token={API_KEY}", close_timeout=1) as connection:
        socket = Socket(connection)
        socket.hear()
        asked = {"topics": ["telemetry.logs", "telemetry.events"], "filters": {"device_id": device}}
        socket.ask(type="subscribe", id="m", payload=asked)
        answer = await asyncio.to_thread(
            httpx.post, f"{servers[0].url}/v2/telemetry/batch", json=items, headers=HEADERS
        )
        assert answer.json()["accepted"] == 2
        heard = {said["payload"]["type"]: said["payload"] for said in [socket.hear(), socket.hear()]}
    assert heard["telemetry.log"]["data"]["tags"] == {"a": "b"}
    assert heard["telemetry.event"]["data"]["data"] == {"x": 1}
    async with asyncio.timeout(_SECONDS):
        bound = {}
        while len(bound) < 2:
            message = await queue.get(fail=False)
            if message is None:
                await asyncio.sleep(0.05)
                continue
            (event,) = json.loads(message.body)["events"]
            bound[message.type] = event
    for type, payload in heard.items():
        assert bound[type] == {name: value for name, value in payload.items() if name != "cursor"}
