"""The queues of agents on a real RabbitMQ: made as the contract says, and told by whom they are read."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from structlog.testing import capture_logs

from adapters.rabbit import work_queues
from adapters.rabbit.topology import Queue, work_of
from adapters.rabbit.work_queues import RabbitWorkQueues
from generated.channels import CHANNELS
from handlers.core.agent_queues import Depth, Withdrawal
from handlers.core.clock import system_clock
from handlers.core.errors import Unavailable
from handlers.core.work import Lease
from handlers.events import streams
from scripts.rabbitmq import RabbitNode
from scripts.serving import free_port
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]

_SECONDS = 20


def offered(name: str = "lease_1", priority: str = "normal", seconds: float = 30, agent: str = "agent.1") -> Lease:
    """An offer that lapses so soon."""
    now = system_clock()
    work = {"kind": "command", "name": "n", "input": {}, "priority": priority, "deadline": now, "created_at": now}
    return Lease(name, agent, "offered", 1, 60, now + round(seconds * 1000), 0, {**work, "attempt": 1})


@pytest.fixture
def template() -> Queue:
    """What an agent's queue is declared as, under names of this test's own."""
    return work_of(CHANNELS, f"test.{uuid4().hex}.")


@pytest.fixture
async def queues(rabbitmq: RabbitNode, template: Queue) -> AsyncIterator[RabbitWorkQueues]:
    """The queues."""
    made = RabbitWorkQueues(rabbitmq.url, template, streams, system_clock)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def channel(rabbitmq: RabbitNode) -> AsyncIterator[AbstractChannel]:
    """A channel of an agent's."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        yield await connection.channel()


def name_of(template: Queue, agent: str = "agent:2E1") -> str:
    """What the queue of an agent is called, whose tenant is `t a`, in characters that AMQP knows."""
    return template.name.format(tenant="t:20a", agent_id=agent)


async def until(condition: Callable[[], Any]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(_SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_a_queue_tells_what_waits_and_who_reads(
    queues: RabbitWorkQueues, template: Queue, channel: AbstractChannel
) -> None:
    """It is there from the first look on, under the agent's name as one word, until it is removed."""
    assert await queues.look("t a", "agent.1") == Depth(0, 0)
    assert await queues.offer("t a", offered())
    assert await queues.look("t a", "agent.1") == Depth(1, 0)
    queue = await channel.get_queue(name_of(template))
    await queue.consume(asyncio.Queue().put)
    assert await queues.look("t a", "agent.1") == Depth(0, 1)
    for _ in range(2):
        await queues.remove("t a", "agent.1")
    assert not await queues.offer("t a", offered())


async def test_offers_come_by_priority_and_lapse(
    queues: RabbitWorkQueues, template: Queue, channel: AbstractChannel
) -> None:
    """With what the contract says beside them; what holds no longer is told ahead of them."""
    await queues.look("t a", "agent.1")
    await queues.offer("t a", offered("lease_gone", "urgent", 0.05))
    for name, priority in (("lease_low", "low"), ("lease_1", "normal"), ("lease_urgent", "urgent")):
        assert await queues.offer("t a", offered(name, priority))
    at = system_clock()
    assert await queues.withdraw("t a", Withdrawal("lease_0", "agent.1", 3, "cancelled", at))
    await asyncio.sleep(0.1)
    queue = await channel.get_queue(name_of(template))
    heard = [await queue.get(no_ack=True) for _ in range(4)]
    said = [json.loads(message.body) for message in heard]
    assert sorted(said[number]["lease_id"] for number in (0, 1)) == ["lease_0", "lease_urgent"]
    assert [one["lease_id"] for one in said[2:]] == ["lease_1", "lease_low"]
    assert await queue.get(no_ack=True, fail=False) is None
    offer = heard[2]
    assert (offer.message_id, offer.type, offer.priority) == ("lease_1:1", "work.offer", 1)
    assert offer.headers == {"nexus-tenant": "t%20a"} and 0 < offer.expiration <= 30
    (told,) = [message for message in heard if message.type == "work.withdrawal"]
    assert 3590 < told.expiration <= 3600
    assert told.message_id == "lease_0:3:cancelled" and json.loads(told.body)["reason"] == "cancelled"


async def test_a_full_queue_takes_no_offer(rabbitmq: RabbitNode, template: Queue) -> None:
    """And says so, on a connection that stays."""
    small = replace(template, arguments={**template.arguments, "x-max-length": 1})
    queues = RabbitWorkQueues(rabbitmq.url, small, streams, system_clock)
    await queues.open()
    await queues.look("t", "agent.1")
    taken = [await queues.offer("t", offered(str(number))) for number in range(3)]
    assert taken[0] and not taken[-1]
    assert (await queues.look("t", "agent.1")).messages >= 1
    await queues.close()


async def test_what_somebody_has_declared_otherwise_is_nobodys(
    queues: RabbitWorkQueues, template: Queue, channel: AbstractChannel
) -> None:
    """It is left alone, and does not keep others from theirs; when it is gone, the agent has its queue."""
    await channel.declare_queue(name_of(template), durable=False)
    with capture_logs() as told:
        for _ in range(3):
            assert await queues.look("t a", "agent.1") == Depth(0, 0)
    assert [line["event"] for line in told] == ["queue_is_refused"]
    assert await queues.look("t a", "agent.2") == Depth(0, 0)
    assert await queues.offer("t a", offered(agent="agent.2"))
    assert not await queues.offer("t a", offered())
    await channel.queue_delete(name_of(template))
    assert await queues.look("t a", "agent.1") == Depth(0, 0)
    assert await queues.offer("t a", offered())


async def test_what_the_broker_refuses_is_nobody_elses_trouble(
    queues: RabbitWorkQueues, template: Queue, rabbitmq: RabbitNode
) -> None:
    """A queue that is somebody's alone (405) is not ours to look at or remove; the connection stays."""
    await queues.look("t a", "agent.2")
    line = queues._line
    async with await aio_pika.connect(rabbitmq.url) as connection:
        await (await connection.channel()).declare_queue(name_of(template), exclusive=True)
        await queues.remove("t a", "agent.1")
        looks = await asyncio.gather(*(queues.look("t a", name) for name in ("agent.1", "agent.2") * 3))
        assert set(looks) == {Depth(0, 0)}
        assert await queues.offer("t a", offered(agent="agent.2"))
    assert queues._line is line and not line.is_lost


async def test_what_amqp_has_no_room_for_has_no_queue(queues: RabbitWorkQueues) -> None:
    """An agent whose name is too long takes its work elsewhere."""
    assert await queues.look("t", ":" * 128) == Depth(0, 0)
    assert not await queues.offer("t", offered(agent=":" * 128))
    await queues.remove("t", ":" * 128)


async def test_a_broker_that_is_away_is_unavailable(template: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks may try again, and waits no longer than so."""
    monkeypatch.setattr(work_queues, "_SECONDS", 0.2)
    queues = RabbitWorkQueues(f"amqp://127.0.0.1:{free_port()}/", template, streams, system_clock)
    await queues.open()
    for ask in (queues.look("t", "a"), queues.remove("t", "a"), queues.offer("t", offered())):
        with pytest.raises(Unavailable):
            await ask
    await queues.close()


async def test_a_lost_connection_is_made_again(queues: RabbitWorkQueues, rabbitmq: RabbitNode, template: Queue) -> None:
    """What is asked meanwhile waits or is unavailable, and then goes on."""
    await queues.look("t", "agent.1")
    rabbitmq.kill()
    rabbitmq.start()

    async def looks() -> bool:
        try:
            return await queues.look("t", "agent.1") == Depth(0, 0)
        except Unavailable:
            return False

    await until(looks)
