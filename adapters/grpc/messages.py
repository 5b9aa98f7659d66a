"""Messages of `nexus.proto` as plain values, in the form in which HTTP brings them.

Only what protobuf can say and JSON cannot is refused here; the contract's schema judges the rest. A number is whole if
it has no fraction, as in protobuf's own JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from google.protobuf.message import DecodeError

from generated.grpc.nexus_pb2 import Frame, FrameBatch
from handlers.core.clock import Moment
from handlers.core.errors import InvalidRequest, Refusal

_EXACT = 2.0**53
_FIRST_SECOND, _LAST_SECOND, _NANOS = -62_135_596_800, 253_402_300_799, 1_000_000_000


@dataclass(slots=True)
class Sent:
    """A frame as it was sent: what the schema judges, when it was measured, and why it is none, if that is known."""

    value: dict[str, Any]
    at: Moment | None = None
    refusal: Refusal | None = None


def read_batch(raw: bytes) -> FrameBatch:
    """The batch in a message."""
    try:
        return FrameBatch.FromString(raw)
    except DecodeError as exc:
        raise InvalidRequest("The message is no FrameBatch", location="message") from exc


def read_frames(frames: Sequence[Frame]) -> list[Sent]:
    """The frames of a batch."""
    return [_read(frame) for frame in frames]


def _read(frame: Frame) -> Sent:
    try:
        return Sent(_value(frame), _moment(frame))
    except InvalidRequest as refusal:
        return Sent({"frame_id": frame.frame_id}, refusal=refusal)


def _value(frame: Frame) -> dict[str, Any]:
    """What of a frame the schema judges; an empty text is none, as the contract says."""
    value: dict[str, Any] = {}
    if name := frame.frame_id:
        value["frame_id"] = name
    if device := frame.device_id:
        value["device_id"] = device
    metrics = frame.metrics.fields
    if metrics or frame.HasField("metrics"):
        value["metrics"] = _object(metrics)
    if tags := frame.tags:
        value["tags"] = {name: tags[name] for name in tags}
    if frame.HasField("metadata"):
        value["metadata"] = _object(frame.metadata.fields)
    return value


def _moment(frame: Frame) -> Moment | None:
    if not frame.HasField("timestamp"):
        return None
    timestamp = frame.timestamp
    seconds, nanos = timestamp.seconds, timestamp.nanos
    if not (_FIRST_SECOND <= seconds <= _LAST_SECOND and 0 <= nanos < _NANOS):
        raise InvalidRequest("Invalid frame: its timestamp is no time", field="timestamp", location="frame")
    return seconds * 1000 + nanos // 1_000_000


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A struct; asked name by name, for the items of protobuf's maps are made in Python."""
    plain: dict[str, Any] = {}
    for name in fields:
        value = fields[name]
        number = value.number_value
        # What is no number has none here, and so most need not be asked what they are.
        plain[name] = number if -_EXACT < number < _EXACT and not number.is_integer() else _plain(name, value)
    return plain


def _plain(name: str, value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        return _number(name, value.number_value)
    if kind == "struct_value":
        return _object(value.struct_value.fields)
    if kind == "list_value":
        return [_plain(name, one) for one in value.list_value.values]
    if kind is None:
        raise InvalidRequest(f"Invalid frame: {name} has no value", field=name, location="frame")
    return None if kind == "null_value" else getattr(value, kind)


def _number(name: str, number: float) -> int | float:
    if not isfinite(number):
        raise InvalidRequest(f"Invalid frame: {name} is not a number in JSON", field=name, location="frame")
    return int(number) if -_EXACT < number < _EXACT and number.is_integer() else number
