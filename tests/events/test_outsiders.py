"""API keys on a real broker that asks a real server: each tenant has its own events, and nothing else of anybody's."""

import asyncio
import hashlib
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aio_pika
import httpx
import orjson
import pytest
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError, ProbableAuthenticationError
from aiormq.exceptions import ChannelAccessRefused

from scripts.rabbitmq import Asked, RabbitNode, private_rabbitmq
from scripts.rabbitmq.asking import BOUNDS
from scripts.serving import API_KEY, free_port, served
from tests.conftest import NO_TLS
from tests.events.agents import speaking

EVENTS = "nexus.events"
README = Path(__file__).parents[2] / "README.md"
_SECONDS = 20


@dataclass(frozen=True)
class Shape:
    """A broker, and a client of the server that it asks."""

    node: RabbitNode
    client: httpx.Client

    def tenant(self) -> "Tenant":
        """A fresh tenant with an owner."""
        email, password = f"{uuid4().hex}@example.com", "correct horse battery staple"
        token = self._ask("/auth/register", "", email=email, password=password)["accessToken"]
        return Tenant(self, self._ask("/api/v1/tenants", token, displayName="A")["id"], token)

    def _ask(self, path: str, token: str, **body: object) -> dict:
        answer = self.client.post(path, json=body, headers={"Authorization": f"Bearer {token}"} if token else {})
        assert answer.status_code < 300, answer.text
        return answer.json()


@dataclass(frozen=True)
class Tenant:
    """A tenant, and the session of its owner."""

    shape: Shape
    id: str
    token: str

    def key(self, *scopes: str) -> str:
        """A key of the tenant with these scopes."""
        session = {"Authorization": f"Bearer {self.token}", "X-Tenant-ID": self.id}
        answer = self.shape.client.post("/v2/api-keys", json={"label": "k", "scopes": scopes}, headers=session)
        assert answer.status_code == 201, answer.text
        return answer.json()["key"]

    def colleague(self) -> "Tenant":
        """The same tenant, and the session of somebody else who may do all there."""
        email, password = f"{uuid4().hex}@example.com", "correct horse battery staple"
        token = self.shape._ask("/auth/register", "", email=email, password=password)["accessToken"]
        self.shape._ask(f"/api/v1/tenants/{self.id}/members", self.token, email=email, role="owner")
        return Tenant(self.shape, self.id, token)

    def revoke(self, key: str) -> None:
        """End a key."""
        session = {"Authorization": f"Bearer {self.token}", "X-Tenant-ID": self.id}
        assert self.shape.client.delete(f"/v2/api-keys/{name_of(key)}", headers=session).status_code == 200

    def register(self, agent: str) -> None:
        """An agent of the owner's."""
        session = {"Authorization": f"Bearer {self.token}", "X-Tenant-ID": self.id}
        body = {"agent_id": agent, "name": agent}
        assert self.shape.client.post("/v2/agents", json=body, headers=session).status_code == 201

    def create_task(self) -> str:
        """Something that happens in the tenant."""
        session = {"Authorization": f"Bearer {self.token}", "X-Tenant-ID": self.id}
        return self.shape.client.post("/v2/tasks", json={"title": "t"}, headers=session).json()["task_id"]

    def audited(self, event_type: str) -> list[dict]:
        """The tenant's audit log, as far as it has entries of a type."""
        session = {"Authorization": f"Bearer {self.token}", "X-Tenant-ID": self.id}
        query = {"event_type": event_type}
        return self.shape.client.get("/v2/audit", params=query, headers=session).json()["data"]


def name_of(key: str) -> str:
    """The identifier under which a key is listed."""
    return hashlib.sha256(key.encode()).hexdigest()


@pytest.fixture(scope="module")
def shape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shape]:
    """A broker that asks a server, which has its events on that broker."""
    port = free_port()
    asks = Asked(f"http://127.0.0.1:{port}")
    folder: Path = tmp_path_factory.mktemp("asking")
    with (
        private_rabbitmq(folder, asks=asks) as node,
        served(port, amqp_url=node.url, amqp_auth_secret=asks.secret) as server,
        httpx.Client(base_url=server.url, verify=NO_TLS, timeout=20) as client,
    ):
        yield Shape(node, client)


async def connected(shape: Shape, name: str, key: str, vhost: str = "/") -> AbstractConnection:
    """A connection of somebody's."""
    return await aio_pika.connect(
        host="127.0.0.1", port=shape.node.port, login=name, password=key, virtualhost=vhost, timeout=_SECONDS
    )


@pytest.fixture
async def connect(shape: Shape) -> AsyncIterator:
    """Connects with a key."""
    opened = []

    async def make(key: str) -> AbstractConnection:
        opened.append(await connected(shape, name_of(key), key))
        return opened[-1]

    yield make
    for connection in opened:
        await connection.close()


async def refused(connection: AbstractConnection, name: str, *arguments: object, **options: object) -> bool:
    """Whether the broker refuses what a channel of its own is asked to do."""
    channel = await connection.channel()
    with pytest.raises(AMQPError) as failure:
        await getattr(channel, name)(*arguments, **options)
    return isinstance(failure.value, ChannelAccessRefused)


async def test_a_tenant_gets_its_events_and_nobody_elses(shape: Shape, connect) -> None:
    """A key declares its queue, binds it to its tenant's keys, and hears of its tasks and of no others."""
    ours, theirs = shape.tenant(), shape.tenant()
    key = ours.key("event:read")
    channel = await (await connect(key)).channel()
    queue = await channel.declare_queue(f"{ours.id}.mine", durable=True)
    await queue.bind(EVENTS, f"{ours.id}.#")
    theirs.create_task()
    created = [ours.create_task() for _ in range(2)]
    async with queue.iterator(timeout=_SECONDS) as messages:
        heard = [(await anext(messages)) for _ in created]
    assert [orjson.loads(message.body)["data"]["task_id"] for message in heard] == created
    assert {message.routing_key for message in heard} == {f"{ours.id}.task.created"}
    await asyncio.sleep(0.2)
    assert (await queue.declare()).message_count == 0
    (told,) = [entry for entry in ours.audited("login") if entry["operation"] == "v2.broker.check_vhost"]
    assert told["details"] == {"address": "127.0.0.1", "key": name_of(key), "method": "POST", "status": 200}


@pytest.mark.parametrize("key", ["{other}.#", "#", "*.task.created", "{own}x.#", "{own}", ""])
async def test_nobody_binds_what_is_anothers(shape: Shape, connect, key: str) -> None:
    """Patterns that reach beyond the tenant are refused, whatever their form, and the refusal is in its audit log."""
    ours, theirs = shape.tenant(), shape.tenant()
    connection = await connect(ours.key("event:read"))
    queue = await (await connection.channel()).declare_queue(f"{ours.id}.mine", exclusive=True)
    with pytest.raises(ChannelAccessRefused):
        await queue.bind(EVENTS, key.format(other=theirs.id, own=ours.id))
    (told,) = ours.audited("access_denied")
    assert (told["operation"], told["details"]["permission"]) == ("v2.broker.check_topic", "read")


async def test_nobody_publishes_elsewhere(shape: Shape, connect) -> None:
    """Not to the events, not by the default exchange, not even to their own routing keys there."""
    ours = shape.tenant()
    connection = await connect(ours.key("event:read", "work:take", "telemetry:write"))
    for exchange, key in ((EVENTS, f"{ours.id}.task.created"), ("", "nexus.events.log"), ("amq.topic", f"{ours.id}.x")):
        channel = await connection.channel()
        target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        with pytest.raises(ChannelAccessRefused):
            await target.publish(aio_pika.Message(b"{}"), key)


def test_what_others_keep_is_bounded(shape: Shape) -> None:
    """The broker limits the queues of tenants, whatever they were declared with, and none of the server's."""
    (policy,) = shape.node.ask("list_operator_policies")
    assert orjson.loads(policy["definition"]) == BOUNDS
    assert re.search(policy["pattern"], "t_default.mine")
    assert not re.search(policy["pattern"], "nexus.events.log")


async def test_results_and_telemetry_go_where_the_sender_belongs(shape: Shape, connect) -> None:
    """A key publishes under its own tenant's word to what agents and devices send to, and under no other."""
    ours, theirs = shape.tenant(), shape.tenant()
    for tenant in (ours, theirs):
        tenant.register("agent_1")
    connection = await connect(ours.key("work:take", "telemetry:write"))
    for exchange in ("nexus.results", "nexus.telemetry"):
        target = await (await connection.channel()).get_exchange(exchange, ensure=False)
        assert await target.publish(aio_pika.Message(b"{}"), f"{ours.id}.agent_1")
        with pytest.raises(ChannelAccessRefused):
            await target.publish(aio_pika.Message(b"{}"), f"{theirs.id}.agent_1")


async def read(connection: AbstractConnection, agent: str) -> bool:
    """Whether an agent's queue is read by this connection."""
    queue = await (await connection.channel()).get_queue(f"nexus.work.{agent}", ensure=False)
    try:
        await queue.get(no_ack=True, fail=False)
    except ChannelAccessRefused:
        return False
    return True


async def test_an_agents_work_is_its_owners(shape: Shape, connect) -> None:
    """Its queue is read, and results are sent for it, by whoever has registered it and holds `work:take`."""
    ours, theirs = shape.tenant(), shape.tenant()
    for tenant in (ours, theirs):
        tenant.register("agent_1")
    agent = f"{ours.id}.agent_1"
    async with asyncio.timeout(_SECONDS):
        while f"nexus.work.{agent}" not in [row["name"] for row in shape.node.ask("list_queues")]:
            await asyncio.sleep(0.1)
    for key in (theirs.key("work:take"), ours.key("event:read"), ours.colleague().key("work:take")):
        assert not await read(await connect(key), agent)
    assert await read(await connect(ours.key("work:take")), agent)
    results = await (await (await connect(ours.key("work:take"))).channel()).get_exchange("nexus.results", ensure=False)
    with pytest.raises(ChannelAccessRefused):
        await results.publish(aio_pika.Message(b"{}"), f"{ours.id}.agent_2")


async def test_an_agent_says_nothing_that_nobody_vouches_for(shape: Shape, connect) -> None:
    """RabbitMQ remembers whom it let speak for an agent, which may have another owner by now."""
    ours = shape.tenant()
    ours.register("agent_1")
    key = ours.key("work:take")
    agent = await speaking(await connect(key), "agent_1", ours.id)
    said = {"lease_id": "lease_1", "fencing_token": 1}
    refused, heard = [await agent.say("work.accept", user=user, **said) for user in (None, name_of(key))]
    assert refused["error"]["code"] == "FORBIDDEN" and "user_id" in refused["error"]["message"]
    assert heard["error"]["code"] == "NOT_FOUND"
    assert "lease_1" in [entry.get("resource_id") for entry in ours.audited("access_denied")]


async def test_nobody_touches_what_is_not_theirs(shape: Shape, connect) -> None:
    """Queues of the server and of other tenants are neither declared, read nor deleted; exchanges are not declared."""
    ours, theirs = shape.tenant(), shape.tenant()
    other = await connect(theirs.key("event:read"))
    await (await other.channel()).declare_queue(f"{theirs.id}.mine", durable=True)
    connection = await connect(ours.key("event:read", "work:take", "telemetry:write"))
    for name in (f"{theirs.id}.mine", "nexus.events.log", "nexus.own", "mine", ours.id, f"{ours.id}x.mine"):
        assert await refused(connection, "declare_queue", name, durable=True)
        assert await refused(connection, "queue_delete", name)
    for name in (f"{ours.id}.own", "nexus.events"):
        assert await refused(connection, "declare_exchange", name, "topic", durable=True)
    for name in (f"{theirs.id}.mine", "nexus.events.log"):
        channel = await connection.channel()
        queue = await channel.get_queue(name, ensure=False)
        with pytest.raises(ChannelAccessRefused):
            await queue.get()


async def test_the_scopes_of_a_key_count(shape: Shape, connect) -> None:
    """Without `event:read` nothing is bound; with no scope that the broker is for not even a queue is declared."""
    ours = shape.tenant()
    worker = await connect(ours.key("work:take"))
    queue = await (await worker.channel()).declare_queue(f"{ours.id}.mine", exclusive=True)
    with pytest.raises(ChannelAccessRefused):
        await queue.bind(EVENTS, f"{ours.id}.#")
    reader = await connect(ours.key("task:read"))
    assert await refused(reader, "declare_queue", f"{ours.id}.other", exclusive=True)


async def test_a_revoked_key_is_refused_at_once(shape: Shape, connect) -> None:
    """Soon after its revocation a key logs in no more, and then an open connection may begin nothing new either."""
    ours = shape.tenant()
    key = ours.key("event:read")
    connection = await connect(key)
    ours.revoke(key)
    with pytest.raises(ProbableAuthenticationError):
        async with asyncio.timeout(_SECONDS):
            while True:
                await (await connect(key)).close()
                await asyncio.sleep(0.1)
    assert await refused(connection, "declare_queue", f"{ours.id}.late", exclusive=True)


@pytest.mark.parametrize("given", ["another's", "a wrong key", "a session", "nothing", "no identifier"])
async def test_who_is_not_who_they_say_is_refused(shape: Shape, given: str) -> None:
    """Name and key belong together, a session is no key, and a failed login is in the audit log."""
    ours = shape.tenant()
    key, other = ours.key("event:read"), ours.key("event:read")
    credentials = {
        "another's": (name_of(other), key),
        "a wrong key": (name_of(key), key + "x"),
        "a session": (name_of(ours.token), ours.token),
        "nothing": (name_of(key), ""),
        "no identifier": ("guest", "guest"),
    }
    name, secret = credentials[given]
    with pytest.raises(ProbableAuthenticationError):
        await connected(shape, name, secret)
    told = shape.client.get(
        "/v2/audit", params={"event_type": "login_failed"}, headers={"Authorization": f"Bearer {API_KEY}"}
    ).json()["data"]
    assert name in [entry["details"].get("tried") for entry in told if entry["operation"] == "v2.broker.check_user"]


async def test_there_is_one_virtual_host(shape: Shape) -> None:
    """A key enters no other, whether there is one or not."""
    key = shape.tenant().key("event:read")
    with pytest.raises(AMQPError):
        await connected(shape, name_of(key), key, "other")


async def test_the_readmes_example_works(shape: Shape) -> None:
    """It prints what happens in the tenant, as it stands there."""
    ours = shape.tenant()
    programs = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    (example,) = [program for program in programs if "my-events" in program]
    told = {"KEY": ours.key("event:read"), "TENANT": ours.id, "BROKER": f"127.0.0.1:{shape.node.port}"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", example, env={**os.environ, **told}, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(_SECONDS):
            while f"{ours.id}.task.#" not in [row["routing_key"] for row in shape.node.ask("list_bindings")]:
                await asyncio.sleep(0.1)
        task = ours.create_task()
        line = await asyncio.wait_for(process.stdout.readline(), _SECONDS)
        assert line.startswith(b"task.created ")
        assert task in line.decode()
    finally:
        process.kill()
        await process.wait()


async def test_the_readmes_agent_works(shape: Shape) -> None:
    """It takes what waits for it, whoever was there first, and says that it is done."""
    ours = shape.tenant()
    ours.register("printer-1")
    session = {"Authorization": f"Bearer {ours.token}", "X-Tenant-ID": ours.id}
    told = {"KEY": ours.key("work:take"), "TENANT": ours.id, "BROKER": f"127.0.0.1:{shape.node.port}"}
    programs = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    (example,) = [program for program in programs if "work.accept" in program]
    issued = {"command_type": "print.page", "target": "printer-1", "parameters": {"page": 7}}
    name = shape.client.post("/v2/commands", json=issued, headers=session).json()["command_id"]
    await asyncio.sleep(2)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", example, env={**os.environ, **told}, stdout=asyncio.subprocess.PIPE
    )
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _SECONDS)
        assert line == b"print.page {'page': 7}\n"
        asked = {"headers": session, "params": {"wait": 10}}
        found = await asyncio.to_thread(shape.client.get, f"/v2/commands/{name}", **asked)
        assert (found.json()["status"], found.json()["result"]) == ("completed", {"message": "Printed"})
    finally:
        process.kill()
        await process.wait()
