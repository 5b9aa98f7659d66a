"""What the event contract lets others do on the broker, read from its bindings and the scopes of its operations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generated.channels import CHANNELS, OPERATIONS, Channel, ChannelOperation
from handlers.core.brokerage import EXCHANGE, QUEUE, READ, WRITE, Door, Grounds

# Names that begin so are RabbitMQ's own.
_RABBITMQS = "amq"


def grounds_of(channels: Iterable[Channel], operations: Iterable[ChannelOperation]) -> Grounds:
    """The server's part: whoever holds the scope of an operation reads what it sends, and writes what it takes."""
    described = {channel.key: channel.bindings["amqp"] for channel in channels if "amqp" in channel.bindings}
    declared = [binding["queue" if "queue" in binding else "exchange"] for binding in described.values()]
    (vhost,) = {one["vhost"] for one in declared}
    reserved = {one["name"].partition(".")[0] for one in declared} | {_RABBITMQS}
    doors = {
        door: None
        for operation in operations
        if operation.channel in described and operation.scope is not None
        for door in _doors(described[operation.channel], operation, operation.scope)
    }
    return Grounds(vhost, frozenset(reserved), tuple(doors))


def _doors(binding: Mapping[str, Any], operation: ChannelOperation, scope: str) -> Iterator[Door]:
    permission = READ if operation.action == "send" else WRITE
    if "exchange" in binding:
        yield Door(EXCHANGE, binding["exchange"]["name"], permission, scope, operation.address)
    elif permission == READ:
        yield Door(QUEUE, binding["queue"]["name"], permission, scope)


GROUNDS = grounds_of(CHANNELS, OPERATIONS)
