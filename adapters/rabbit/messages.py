"""What stands in the stream of events as messages, and back: events, and the marks by which a server finds its place.

The routing key of an event is `<tenant>.<event type>`. A tenant is one word of it whatever its characters are, so that
nobody who binds one tenant's keys gets another's. Headers number what each process publishes, so that a loss can be
seen, and name the life of the stream, so that offsets of another one are not taken for its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time
from typing import Any, Protocol
from urllib.parse import unquote

import orjson

from adapters.rabbit.encoding import Message
from adapters.rabbit.reading import Received
from handlers.core.brokerage import word_of
from handlers.core.events import Event, Logged

_LONGEST_KEY = 255
_PUBLISHER, _SEQUENCE, _EPOCH = "nexus-publisher", "nexus-sequence", "nexus-epoch"
_TENANT, _SUBJECT, _RECORD = "nexus-tenant", "nexus-subject", "nexus-record"
_OFFER = "nexus-epoch-offer"
_OFFSET = "x-stream-offset"
_MARK = "log.mark"
_SAID = ("message_id", "correlation_id", "type", "timestamp", "priority")


# Holds a message to the event contract: the operation that sends it, its payload, its properties and headers.
Examine = Callable[[str, bytes, Mapping[str, Any]], None]


def unexamined(operation: str, payload: bytes, fields: Mapping[str, Any]) -> None:
    """Hold a message to nothing."""


class MalformedMessage(Exception):
    """A message that no server of ours has sent."""


class Wire(Protocol):
    """The form of what is in the stream: its functions are named as the contract's operations are."""

    def events(self, event: Event) -> tuple[bytes, dict[str, Any]]:
        """The payload of an event, and what goes beside it."""

    def log_marks(self) -> bytes:
        """The payload of a mark."""

    def read_event(self, payload: Mapping[str, Any], beside: Mapping[str, Any], tenant: str) -> Event:
        """The event that was told so. Raises `KeyError`, `TypeError` or `ValueError` for what was not."""


@dataclass(frozen=True)
class Numbered:
    """An event, who published it, and the how-many-th of that publisher it is."""

    event: Event
    publisher: str
    sequence: int


def message_of(numbered: Numbered, epoch: str, wire: Wire) -> Message:
    """The message that carries an event."""
    event = numbered.event
    payload, beside = wire.events(event)
    headers = {
        _TENANT: word_of(event.tenant),
        _SUBJECT: event.subject,
        _PUBLISHER: numbered.publisher,
        _SEQUENCE: numbered.sequence,
        _EPOCH: epoch,
        _RECORD: orjson.dumps(beside).decode(),
    }
    return Message(
        payload,
        message_id=event.id,
        type=event.type,
        timestamp=event.at // 1000,
        headers=headers,
    )


def mark(identifier: str, epoch: str, wire: Wire, *, is_offer: bool = False) -> Message:
    """A message that only says that a server has got as far, and what it takes, or offers, as the stream's epoch."""
    headers = {_OFFER if is_offer else _EPOCH: epoch}
    return Message(
        wire.log_marks(),
        message_id=identifier,
        type=_MARK,
        timestamp=int(time()),
        headers=headers,
    )


def fields_of(message: Message) -> dict[str, Any]:
    """The properties and headers of a message, as the contract names them."""
    said = {name: value for name in _SAID if (value := getattr(message, name)) is not None}
    if message.expiration is not None:
        said["expiration"] = str(message.expiration)
    return {**said, **message.headers}


def routing_key(event: Event) -> str:
    """Where an event goes; what AMQP has no room for is cut off."""
    return f"{word_of(event.tenant)}.{event.type}"[:_LONGEST_KEY]


def offset_of(message: Received) -> int:
    """Where a message stands in the stream."""
    return int(message.headers[_OFFSET])


def epoch_of(message: Received) -> str | None:
    """The life of the stream that a message says it belongs to."""
    return _text(message, _EPOCH)


def offered_epoch(message: Received) -> str | None:
    """The epoch that a message offers to a stream that has none."""
    return _text(message, _OFFER)


def publisher_of(message: Received) -> str | None:
    """The process that has published a message."""
    return _text(message, _PUBLISHER)


def is_mark(message: Received) -> bool:
    """Whether a message tells nothing to anybody but servers."""
    return message.type == _MARK


def logged_of(message: Received, epoch: str, wire: Wire) -> Logged:
    """The event that a message carries, in its place."""
    tenant, beside = _text(message, _TENANT), _text(message, _RECORD)
    if tenant is None or beside is None or publisher_of(message) is None:
        raise MalformedMessage("no tenant, record and publisher in the headers")
    try:
        event = wire.read_event(orjson.loads(message.body), orjson.loads(beside), unquote(tenant, errors="strict"))
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise MalformedMessage(f"not an event: {type(exc).__name__}") from exc
    return Logged(event, epoch, offset_of(message), len(message.body))


def _text(message: Received, name: str) -> str | None:
    value = message.headers.get(name)
    return value if isinstance(value, str) else None
