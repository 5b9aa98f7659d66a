"""Work over a real RabbitMQ: offered in an agent's queue, taken under a token, done once whatever comes twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractIncomingMessage

from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import RabbitNode, private_rabbitmq
from scripts.serving import API_KEY, Served, served
from tests.events.agents import AmqpAgent, opened

_SECONDS = 40
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
async def client(servers: list[Served]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of one of them."""
    async with httpx.AsyncClient(base_url=servers[0].url, headers=HEADERS, timeout=20) as client:
        yield client


@pytest.fixture
async def connect(node: RabbitNode) -> AsyncIterator[Any]:
    """Connects processes that work for agents."""
    made: list[AmqpAgent] = []

    async def make(agent: str, *, reads: bool = True) -> AmqpAgent:
        made.append(await opened(node.url, agent))
        if reads:
            await made[-1].read()
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def register(client: httpx.AsyncClient, most: int = 1, **facts: Any) -> str:
    """A new agent."""
    name = f"agent.{uuid4().hex}:1"
    body = {"agent_id": name, "name": "n", "resources": {"max_concurrent_tasks": most}, **facts}
    (await client.post("/v2/agents", json=body)).raise_for_status()
    return name


async def issue(client: httpx.AsyncClient, target: str | None, **facts: Any) -> str:
    """A new command."""
    named = {} if target is None else {"target": target}
    answer = await client.post("/v2/commands", json={"command_type": "print.page", **named, **facts})
    return answer.raise_for_status().json()["command_id"]


async def command(client: httpx.AsyncClient, name: str, **wanted: Any) -> dict[str, Any]:
    """A command, as soon as it is as wanted."""
    async with asyncio.timeout(_SECONDS):
        while True:
            found = (await client.get(f"/v2/commands/{name}")).raise_for_status().json()
            if all(found.get(key) == value for key, value in wanted.items()):
                return found
            await asyncio.sleep(0.05)


async def dead(node: RabbitNode, name: str) -> AbstractIncomingMessage:
    """The message of a name that was put away."""
    async with await aio_pika.connect(node.url) as connection, asyncio.timeout(_SECONDS):
        queue = await (await connection.channel()).get_queue("nexus.dead")
        while True:
            message = await queue.get(fail=False, no_ack=True)
            if message is not None and message.message_id == name:
                return message
            await asyncio.sleep(0.05 if message is None else 0)


def mine(offer: dict[str, Any]) -> dict[str, Any]:
    """What an agent says of an offer to show which it means."""
    return {"lease_id": offer["lease_id"], "fencing_token": offer["fencing_token"]}


async def test_work_is_offered_taken_and_done(client: httpx.AsyncClient, connect: Any, servers: list[Served]) -> None:
    """From the offer to the result, which everybody sees; nothing that was sent is other than the contract says."""
    agent = await register(client)
    process = await connect(agent)
    name = await issue(client, agent, parameters={"page": 7}, priority="high")
    offer = await process.hear()
    assert (offer["status"], offer["fencing_token"], offer["work"]["input"]) == ("offered", 1, {"page": 7})
    answer = await process.say("work.accept", **mine(offer), lease_seconds=60)
    assert (answer["accepted"], answer["status"], answer["fencing_token"]) == (True, "held", 1) and answer["expires_at"]
    assert (await process.say("work.renew", **mine(offer), lease_seconds=120))["expires_at"] > answer["expires_at"]
    assert (await process.say("work.progress", **mine(offer), progress=50, message="Warm"))["accepted"]
    assert (await command(client, name))["progress"] == 50
    result = await process.say("work.result", **mine(offer), result={"pages": 1}, duration=5)
    assert (result["accepted"], result["status"], "expires_at" in result) == (True, "completed", False)
    assert (await command(client, name, status="completed"))["result"] == {"pages": 1}
    for server in servers:
        assert "nexus_event_violations_total{" not in httpx.get(f"{server.url}/metrics", headers=HEADERS).text


async def test_what_comes_twice_is_answered_as_the_first_time(client: httpx.AsyncClient, connect: Any) -> None:
    """An acceptance by its name, a result by what it says."""
    agent = await register(client)
    process = await connect(agent)
    await issue(client, agent)
    offer = await process.hear()
    first, again = [await process.say("work.accept", name="take-it", **mine(offer)) for _ in range(2)]
    assert first == again and first["accepted"]
    other = await process.say("work.accept", **mine(offer))
    assert (other["accepted"], other["error"]["code"]) == (False, "CONFLICT")
    done = [await process.say("work.result", **mine(offer), result={"n": 1}) for _ in range(2)]
    assert done[0] == done[1] and done[0]["accepted"]
    other = await process.say("work.result", **mine(offer), result={"n": 2})
    assert (other["accepted"], other["status"], other["error"]["code"]) == (False, "completed", "CONFLICT")


async def test_two_processes_of_one_agent_do_not_both_hold_its_work(client: httpx.AsyncClient, connect: Any) -> None:
    """Though both give their messages the same name; and neither is offered more than there is room for."""
    agent = await register(client)
    processes = [await connect(agent), await connect(agent, reads=False)]
    await issue(client, agent)
    await issue(client, agent)
    offer = await processes[0].hear()
    said = [one.say("work.accept", name="take-it", **mine(offer)) for one in processes]
    answers = await asyncio.gather(*said)
    assert sorted(answer["accepted"] for answer in answers) == [False, True]
    assert processes[0].heard.empty()
    holder = processes[[answer["accepted"] for answer in answers].index(True)]
    await holder.say("work.result", **mine(offer))
    assert (await processes[0].hear())["lease_id"] != offer["lease_id"]


async def test_what_waited_comes_in_order_when_somebody_reads(client: httpx.AsyncClient, connect: Any) -> None:
    """The most urgent first, then the oldest, and no more at once than there is room for."""
    agent = await register(client, most=2)
    names = [await issue(client, agent, priority=priority) for priority in ("low", "urgent", "normal", "normal")]
    await asyncio.sleep(1)
    process = await connect(agent)
    expected = [names[1], names[2], names[3], names[0]]
    held = [await process.hear() for _ in range(2)]
    await asyncio.sleep(0.3)
    assert process.heard.empty()
    for place in range(4):
        offer = held[place]
        assert (await process.say("work.accept", **mine(offer)))["accepted"]
        await process.say("work.result", **mine(offer))
        if len(held) < 4:
            held.append(await process.hear())
    assert [offer["work"]["command_id"] for offer in held] == expected


async def test_a_failure_is_tried_again_within_its_policy(client: httpx.AsyncClient, connect: Any) -> None:
    """Under the next token; the old one is good for nothing any more."""
    agent = await register(client)
    process = await connect(agent)
    policy = {"max_retries": 1, "initial_delay_seconds": 0, "backoff_multiplier": 1}
    name = await issue(client, agent, retry_policy=policy, timeout_seconds=600)
    first = await process.hear()
    await process.say("work.accept", **mine(first))
    failed = await process.say("work.failure", **mine(first), error="No paper", details={"tray": 2})
    assert (failed["accepted"], failed["status"]) == (True, "failed")
    second = await process.hear()
    assert (second["lease_id"], second["fencing_token"]) == (first["lease_id"], 2)
    await process.say("work.accept", **mine(second))
    late = await process.say("work.result", **mine(first))
    assert (late["accepted"], late["error"]["code"]) == (False, "CONFLICT") and "status" not in late
    await process.say("work.failure", **mine(second), error="Still none", retryable=False)
    assert (await command(client, name, status="failed"))["error"] == "Still none"


async def test_work_is_given_back(client: httpx.AsyncClient, connect: Any) -> None:
    """A lease is over by that, and the work is offered again; an offer is declined by it."""
    agent = await register(client)
    process = await connect(agent)
    await issue(client, agent, timeout_seconds=600)
    offer = await process.hear()
    declined = await process.say("work.release", **mine(offer))
    assert (declined["accepted"], declined["status"], declined["fencing_token"]) == (True, "released", 1)
    await process.say("work.accept", **mine(offer))
    assert (await process.say("work.release", **mine(offer), reason="Stopping"))["status"] == "released"
    assert (await process.hear())["fencing_token"] == 2


async def test_a_cancellation_is_told(client: httpx.AsyncClient, connect: Any) -> None:
    """To who holds the work, and to who was offered it; what they say of it then is refused."""
    agent = await register(client, most=2)
    process = await connect(agent)
    names = [await issue(client, agent), await issue(client, agent)]
    offers = [await process.hear(), await process.hear()]
    await process.say("work.accept", **mine(offers[0]))
    for name in names:
        (await client.post(f"/v2/commands/{name}/cancel", json={})).raise_for_status()
    told = [await process.hear("work.withdrawal") for _ in range(2)]
    assert {(one["lease_id"], one["fencing_token"], one["reason"]) for one in told} == {
        (offer["lease_id"], 1, "cancelled") for offer in offers
    }
    refused = await process.say("work.result", **mine(offers[0]))
    assert (refused["accepted"], refused["status"], refused["error"]["code"]) == (False, "cancelled", "CONFLICT")
    assert not (await process.say("work.accept", **mine(offers[1])))["accepted"]


async def test_a_refusal_that_nobody_hears_is_put_away(
    client: httpx.AsyncClient, connect: Any, node: RabbitNode
) -> None:
    """With why; so is what the contract does not describe, answered or not."""
    agent = await register(client)
    process = await connect(agent, reads=False)
    known = {"lease_id": "lease_none", "fencing_token": 1}
    for said, type, reason in (
        (known, "work.result", "refused"),
        ({"lease_id": "lease_none"}, "work.result", "invalid_message"),
        (b"{", "work.accept", "invalid_message"),
        (known, "work.song", "unknown_type"),
    ):
        name = uuid4().hex
        await process.tell(type, said, message_id=name)
        message = await dead(node, name)
        assert (message.headers["nexus-reason"], message.headers["nexus-queue"]) == (reason, "nexus.results")
    name = uuid4().hex
    await process.tell("work.result", known, key="nobodys.agent", message_id=name)
    assert (await dead(node, name)).headers["nexus-reason"] == "unknown_sender"


@pytest.mark.parametrize(
    ("key", "code"), [("t_default.none", "NOT_FOUND"), ("t_default.a.b", "NOT_FOUND"), (None, "NOT_FOUND")]
)
async def test_a_lease_of_nobodys_is_not_found(
    client: httpx.AsyncClient, connect: Any, key: str | None, code: str
) -> None:
    """Nor one of an agent that is not there, or is not named as one word."""
    process = await connect(await register(client), reads=False)
    process.key = key or process.key
    answer = await process.say("work.renew", lease_id="lease_none", fencing_token=1)
    assert (answer["accepted"], answer["error"]["code"]) == (False, code)


async def test_a_removed_agent_has_no_queue(client: httpx.AsyncClient, connect: Any) -> None:
    """Whoever reads it is told by the broker; registered again, the agent has one again."""
    agent = await register(client)
    process = await connect(agent)
    (await client.delete(f"/v2/agents/{agent}")).raise_for_status()
    async with asyncio.timeout(_SECONDS):
        while await process.is_there():
            await asyncio.sleep(0.05)


async def test_a_broker_that_restarts_costs_no_work(client: httpx.AsyncClient, connect: Any, node: RabbitNode) -> None:
    """What was offered and not taken is offered again, to who reads then."""
    agent = await register(client)
    await connect(agent)
    name = await issue(client, agent, timeout_seconds=600)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(node.kill)
    await asyncio.to_thread(node.start)
    process = await connect(agent)
    answer = {"accepted": False}
    while not answer["accepted"]:
        offer = await process.hear(seconds=_SECONDS)
        answer = await process.say("work.accept", **mine(offer))
    await process.say("work.result", **mine(offer))
    await command(client, name, status="completed")


async def test_what_an_agent_says_is_in_the_audit_log(client: httpx.AsyncClient, connect: Any) -> None:
    """What ends work before it is answered; what was refused too, and what is said often within a moment."""
    agent = await register(client)
    process = await connect(agent)
    await issue(client, agent)
    offer = await process.hear()
    await process.say("work.accept", **mine(offer))
    await process.say("work.result", **mine(offer), result={"n": 1})

    async def entries(event_type: str, resource: str) -> list[dict[str, Any]]:
        found = {"event_type": event_type, "resource_id": resource}
        return (await client.get("/v2/audit", params=found)).json()["data"]

    (ended,) = await entries("lease_completed", offer["lease_id"])
    assert (ended["agent_id"], ended["operation"]) == (agent, "events.work.submit_result")
    (registered,) = await entries("agent_registered", agent)
    assert (ended["actor"], ended["details"]["method"]) == (registered["actor"], "PUBLISH")
    await process.say("work.result", **mine(offer), result={"n": 2})
    async with asyncio.timeout(_SECONDS):
        while not await entries("lease_accepted", agent) or not await entries("lease_completed", agent):
            await asyncio.sleep(0.1)
