"""What is told on a channel of the event contract: projected, judged and encoded once, whoever and how many listen.

A message that is not what the contract says is a defect of ours: it is counted, logged without its content, and sent
all the same, for whoever listens can make more of it than of nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
import structlog
from prometheus_client import Counter

from adapters.http.contract import Contract
from adapters.http.replies import encode
from handlers.core.calls import StreamItem
from handlers.core.events import Logged
from handlers.core.tongues import Tongue

Chunk = TypeVar("Chunk", bytes, str)
Frame = Callable[[StreamItem, bytes], Chunk]
_MOST = 512
_MOST_BYTES = 4 * 1024 * 1024
_UNKNOWN = "unknown"
_log = structlog.get_logger()


@dataclass(frozen=True)
class Form:
    """What the contract says of one message: its name, the schema of its payload, and of what stands beside it."""

    name: str
    schema: str
    fields: str | None


# The forms of each channel's messages, by the models that carry them; and those that are sent over the broker, by the
# operation that does so.
Forms = Mapping[str, Mapping[Any, Form]]
Sent = Mapping[str, Form]


class Judge:
    """Holds what is said to the event contract."""

    def __init__(self, contract: Contract, forms: Forms, sent: Sent, violations: Counter) -> None:
        self._contract = contract
        self._forms = forms
        self._sent = sent
        self._violations = violations
        self._validators: dict[str, Any] = {}

    def validator(self, schema: str) -> Any:
        """The validator of a schema of the contract, found by its name: every message asks for one or two."""
        if schema not in self._validators:
            self._validators[schema] = self._contract.validator({"$ref": f"#/components/schemas/{schema}"})
        return self._validators[schema]

    def check(self, channel: str, item: StreamItem, payload: bytes) -> None:
        """Count and log what is not as the contract says."""
        form = self._forms[channel].get(type(item.data))
        if form is None:
            self._violated(_UNKNOWN, channel, [type(item.data).__name__])
            return
        self._hold(form, channel, payload, None if form.fields is None else _beside(item))

    def examine(self, operation: str, payload: bytes, fields: Mapping[str, Any]) -> None:
        """Count and log what an operation sends over the broker that is not as the contract says."""
        self._hold(self._sent[operation], operation, payload, fields)

    def _hold(self, form: Form, place: str, payload: bytes, fields: Mapping[str, Any] | None) -> None:
        found = self._broken(form.schema, orjson.loads(payload))
        if form.fields is not None and fields is not None:
            found += self._broken(form.fields, fields)
        if found:
            self._violated(form.name, place, found)

    def _broken(self, schema: str, value: Any) -> list[str]:
        validator = self.validator(schema)
        if validator.is_valid(value):
            return []
        return ["/".join(map(str, error.schema_path)) for error in validator.iter_errors(value)]

    def _violated(self, message: str, channel: str, rules: list[str]) -> None:
        self._violations.labels(message).inc()
        _log.error("contract_violated", message=message, channel=channel, rules=rules[:5])


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a tongue tells it, and what that is in each of the frames that it was put into."""

    item: StreamItem
    payload: bytes
    framed: dict[Frame[Any], Any] = field(default_factory=dict)


class Telling:
    """One tongue. What it made of the last events is kept for whoever comes next, in whatever frames."""

    def __init__(self, tongue: Tongue, judge: Judge) -> None:
        self.tongue = tongue
        self._judge = judge
        self._told: dict[tuple[str, int, str], Told] = {}
        self._size = 0

    def said(self, item: StreamItem) -> bytes:
        """A message, encoded and judged."""
        payload = encode(item.data)
        self._judge.check(self.tongue.channel, item, payload)
        return payload

    def of(self, logged: Logged) -> Told:
        """An event, which is told once."""
        place = (logged.epoch, logged.offset, "" if logged.is_kept else logged.event.id)
        told = self._told.get(place)
        if told is None:
            item = self.tongue.tell(logged)
            told = Told(item, self.said(item))
            self._keep(place, told)
        return told

    def _keep(self, place: tuple[str, int, str], told: Told) -> None:
        self._told[place] = told
        self._size += len(told.payload)
        while len(self._told) > _MOST or self._size > _MOST_BYTES:
            self._size -= len(self._told.pop(next(iter(self._told))).payload)


class Speech(Generic[Chunk]):
    """One tongue, framed as its transport wants it."""

    def __init__(self, telling: Telling, frame: Frame[Chunk]) -> None:
        self.tongue = telling.tongue
        self._telling = telling
        self._frame = frame

    def of(self, entry: Any) -> Chunk:
        """What is sent for an event, for what stands where events are missing, or for a message."""
        if isinstance(entry, Logged):
            return self._shared(entry)
        return self.said(entry if isinstance(entry, StreamItem) else self.tongue.gap(entry))

    def said(self, item: StreamItem) -> Chunk:
        """One message for one listener."""
        return self._frame(item, self._telling.said(item))

    def _shared(self, logged: Logged) -> Chunk:
        told = self._telling.of(logged)
        chunk = told.framed.get(self._frame)
        if chunk is None:
            chunk = told.framed[self._frame] = self._frame(told.item, told.payload)
        return chunk


class Speeches:
    """A speech for every tongue that is spoken and every frame it is put into, made when it is first needed."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._tellings: dict[str, Telling] = {}
        self._known: dict[tuple[str, Frame[Any]], Speech[Any]] = {}

    def of(self, tongue: Tongue, frame: Frame[Any]) -> Speech[Any]:
        """The speech of a tongue in such frames."""
        name = (tongue.channel, frame)
        if name not in self._known:
            telling = self._tellings.setdefault(tongue.channel, Telling(tongue, self.judge))
            self._known[name] = Speech(telling, frame)
        return self._known[name]


def _beside(item: StreamItem) -> dict[str, str]:
    return {"event": item.type} if item.id is None else {"event": item.type, "id": item.id}
