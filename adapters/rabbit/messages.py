"""An event as an AMQP message and back.

The routing key is `<tenant>.<event type>`. A tenant is one word of it whatever its characters are, so that nobody who
binds one tenant's keys gets another's. The headers number what each process publishes, so that a loss can be seen.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import orjson
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage

from handlers.core.ports import Event

_LONGEST_KEY = 255
_JSON = "application/json"
_PUBLISHER, _SEQUENCE = "nexus-publisher", "nexus-sequence"


class MalformedMessage(Exception):
    """A message that no server of ours has sent."""


@dataclass(frozen=True)
class Numbered:
    """An event, who published it, and the how-many-th of that publisher it is."""

    event: Event
    publisher: str
    sequence: int


def message_of(numbered: Numbered) -> Message:
    """The message that carries an event."""
    event = numbered.event
    return Message(
        orjson.dumps(event),
        content_type=_JSON,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=event.id,
        type=event.type,
        timestamp=datetime.fromtimestamp(event.at // 1000, UTC),
        headers={_PUBLISHER: numbered.publisher, _SEQUENCE: numbered.sequence},
    )


def routing_key(event: Event) -> str:
    """Where an event goes; what AMQP has no room for is cut off."""
    return f"{quote(event.tenant, safe='').replace('.', '%2E')}.{event.type}"[:_LONGEST_KEY]


def numbered_of(message: AbstractIncomingMessage) -> Numbered:
    """The event that a message carries."""
    publisher, sequence = message.headers.get(_PUBLISHER), message.headers.get(_SEQUENCE)
    if not isinstance(publisher, str) or not isinstance(sequence, int):
        raise MalformedMessage("no publisher and number in the headers")
    try:
        event = Event(**orjson.loads(message.body))
    except (ValueError, TypeError) as exc:
        raise MalformedMessage(str(exc)) from exc
    return Numbered(event, publisher, sequence)
