"""The exchanges and queues on the broker, declared as the bindings of the event contract say and not otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractQueue

from generated.channels import CHANNELS, OPERATIONS, Channel, ChannelOperation

_DEAD_LETTERS = "x-dead-letter-exchange"
_SERVER = "server"
_AGENT = "agent_id"


@dataclass(frozen=True)
class Exchange:
    """An exchange, as it is declared."""

    name: str
    type: str
    durable: bool
    auto_delete: bool
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Queue:
    """A queue, as it is declared, and what it is bound to: exchanges with routing keys."""

    name: str
    durable: bool
    exclusive: bool
    auto_delete: bool
    arguments: Mapping[str, Any]
    bindings: tuple[tuple[str, str], ...]

    @property
    def is_stream(self) -> bool:
        """Whether reading takes nothing away."""
        return self.arguments["x-queue-type"] == "stream"


@dataclass(frozen=True)
class Topology:
    """What the server declares: the exchanges of what it does, and the queues that are bound to those."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]

    @property
    def log(self) -> Queue:
        """The queue that keeps all events."""
        return next(queue for queue in self.queues if queue.is_stream)

    @property
    def events(self) -> str:
        """The exchange that events go to."""
        return self.log.bindings[0][0]

    async def declare(self, channel: AbstractChannel) -> None:
        """Bring everything about; what is there as declared stays as it is."""
        for exchange in self.exchanges:
            await channel.declare_exchange(
                exchange.name,
                exchange.type,
                durable=exchange.durable,
                auto_delete=exchange.auto_delete,
                arguments=dict(exchange.arguments),
            )
        for queue in self.queues:
            found = await declared(channel, queue, queue.name)
            for name, key in queue.bindings:
                await found.bind(name, key)


async def declared(channel: AbstractChannel, queue: Queue, name: str) -> AbstractQueue:
    """A queue of that name that is as described, which it is from now on."""
    return await channel.declare_queue(
        name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=queue.auto_delete,
        arguments=dict(queue.arguments),
    )


def topology_of(channels: Iterable[Channel], operations: Iterable[ChannelOperation], prefix: str = "") -> Topology:
    """What the finished operations need. A prefix keeps apart what else is on the same broker."""
    used = {operation.channel for operation in operations if not operation.unfinished}
    described = {channel.key: channel for channel in channels if "amqp" in channel.bindings}
    exchanges = [
        _exchange(channel.bindings["amqp"], prefix)
        for key, channel in described.items()
        if key in used and "exchange" in channel.bindings["amqp"]
    ]
    queues = [
        queue_of(channel.bindings["amqp"], prefix)
        for channel in described.values()
        if not channel.parameters and "queue" in channel.bindings["amqp"]
    ]
    names = {exchange.name for exchange in exchanges}
    bound = [queue for queue in queues if any(name in names for name, _ in queue.bindings)]
    return Topology(tuple(exchanges), tuple(bound))


def _exchange(binding: Mapping[str, Any], prefix: str) -> Exchange:
    said = binding["exchange"]
    arguments = binding.get("x-rabbitmq", {}).get("arguments", {})
    return Exchange(prefix + said["name"], said["type"], said["durable"], said["autoDelete"], arguments)


def queue_of(binding: Mapping[str, Any], prefix: str = "") -> Queue:
    """The queue of a channel; where its name has parameters, they still stand in it."""
    said, more = binding["queue"], binding["x-rabbitmq"]
    arguments = dict(more["arguments"])
    if "deadLetterExchange" in more:
        arguments[_DEAD_LETTERS] = prefix + more["deadLetterExchange"]
    bindings = tuple((prefix + bound["exchange"], bound["routingKey"]) for bound in more["bindings"])
    name, durable, exclusive, auto_delete = (said[key] for key in ("name", "durable", "exclusive", "autoDelete"))
    return Queue(prefix + name, durable, exclusive, auto_delete, arguments, bindings)


def live_of(channels: Iterable[Channel], prefix: str = "") -> tuple[Exchange, Queue]:
    """The exchange by which servers tell each other of telemetry, and the queue of each, which `{server}` names."""
    queue = _named_by(_SERVER, channels, prefix)
    exchanges = [
        _exchange(channel.bindings["amqp"], prefix)
        for channel in channels
        if "exchange" in channel.bindings.get("amqp", {})
    ]
    (told,) = [exchange for exchange in exchanges if exchange.name == queue.bindings[0][0]]
    return told, queue


def work_of(channels: Iterable[Channel], prefix: str = "") -> Queue:
    """The queue of an agent, which `{tenant}` and `{agent_id}` name."""
    return _named_by(_AGENT, channels, prefix)


def _named_by(parameter: str, channels: Iterable[Channel], prefix: str) -> Queue:
    """The one kind of queues that a parameter tells from each other."""
    (queue,) = [
        queue_of(channel.bindings["amqp"], prefix)
        for channel in channels
        if parameter in channel.parameters and "queue" in channel.bindings.get("amqp", {})
    ]
    return queue


TOPOLOGY = topology_of(CHANNELS, OPERATIONS)
LIVE = live_of(CHANNELS)
WORK = work_of(CHANNELS)
