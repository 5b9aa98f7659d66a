"""All of the contract's topology, declared on a real broker and read back from it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelPreconditionFailed

from adapters.rabbit.topology import Queue, Topology, queue_of, topology_of
from generated.channels import CHANNELS, OPERATIONS
from scripts.rabbitmq import RabbitNode
from tests.services.brokers import rabbitmq

__all__ = ["rabbitmq"]
BINDINGS = {channel.key: channel.bindings["amqp"] for channel in CHANNELS if "amqp" in channel.bindings}


@pytest.fixture
def prefix() -> str:
    """What keeps these apart on the broker that all tests share."""
    return f"{uuid4().hex}."


@pytest.fixture
def whole(prefix: str) -> Topology:
    """Everything that the contract describes, done or not, with the queue of one agent."""
    done = [replace(operation, unfinished=False) for operation in OPERATIONS]
    found = topology_of(CHANNELS, done, prefix)
    work = queue_of(BINDINGS["amqpWork"], prefix)
    return replace(found, queues=(*found.queues, replace(work, name=f"{prefix}nexus.work.t_a.agent_1")))


@pytest.fixture
async def channel(rabbitmq: RabbitNode) -> AsyncIterator[AbstractChannel]:
    """A channel of the server's."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        yield await connection.channel()


async def test_the_broker_has_what_the_contract_says(
    rabbitmq: RabbitNode, channel: AbstractChannel, whole: Topology, prefix: str
) -> None:
    """Every exchange, queue, argument and binding, and nothing besides."""
    await whole.declare(channel)
    exchanges = rabbitmq.ask("list_exchanges", "name", "type", "durable", "auto_delete", "arguments")
    assert {row["name"]: row for row in exchanges if row["name"].startswith(prefix)} == {
        exchange.name: {
            "name": exchange.name, "type": exchange.type, "durable": exchange.durable,
            "auto_delete": exchange.auto_delete, "arguments": dict(exchange.arguments) or [],
        } for exchange in whole.exchanges
    }  # fmt: skip
    queues = rabbitmq.ask("list_queues", "name", "durable", "exclusive", "auto_delete", "arguments")
    told = {row["name"]: said(row) for row in queues}
    assert {name: row for name, row in told.items() if name.startswith(prefix)} == {
        queue.name: {
            "name": queue.name, "durable": queue.durable, "exclusive": queue.exclusive,
            "auto_delete": queue.auto_delete, "arguments": dict(queue.arguments),
        } for queue in whole.queues
    }  # fmt: skip
    bound = rabbitmq.ask("list_bindings", "source_name", "destination_name", "routing_key", "arguments")
    assert {
        (row["source_name"], row["destination_name"], row["routing_key"])
        for row in bound if row["source_name"].startswith(prefix)
    } == {(exchange, queue.name, key) for queue in whole.queues for exchange, key in queue.bindings}  # fmt: skip
    for queue in whole.queues:
        await channel.queue_delete(queue.name)


def said(row: dict[str, Any]) -> dict[str, Any]:
    """A queue as it was declared: the broker names each argument with its type, and says nothing where it says no."""
    arguments = {name: value for name, _, value in row["arguments"]}
    return {**row, "exclusive": bool(row["exclusive"]), "arguments": arguments}


@pytest.mark.parametrize("key", [key for key, binding in BINDINGS.items() if "queue" in binding])
async def test_a_queue_is_what_its_bindings_say_and_nothing_else(
    channel: AbstractChannel, key: str, prefix: str
) -> None:
    """Declared again it stays; with another limit the broker sees another queue, and refuses it."""
    queue = replace(queue_of(BINDINGS[key], prefix), name=f"{prefix}{key}", bindings=())
    await declare(channel, queue)
    await declare(channel, queue)
    limits = {name: limit // 2 for name, limit in queue.arguments.items() if name.startswith("x-max-length")}
    with pytest.raises(ChannelPreconditionFailed):
        await declare(channel, replace(queue, arguments={**queue.arguments, **limits}))


async def declare(channel: AbstractChannel, queue: Queue) -> None:
    """Declare one queue."""
    await Topology((), (queue,)).declare(channel)


def test_everything_of_the_contract_is_declared_here(whole: Topology, prefix: str) -> None:
    """No channel with an exchange or a queue is left out; each server's own queue is declared by whoever reads it."""
    named = {binding["exchange"]["name"] for binding in BINDINGS.values() if "exchange" in binding}
    assert {exchange.name.removeprefix(prefix) for exchange in whole.exchanges} == named
    queues = [binding["queue"]["name"] for binding in BINDINGS.values() if "queue" in binding]
    assert len(whole.queues) == len([name for name in queues if "{server}" not in name])
