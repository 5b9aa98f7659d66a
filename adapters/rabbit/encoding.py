"""Messages as they are written: the frames of each in one piece. The driver has several steps for every value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from struct import Struct
from typing import Any

from pamqp import encode

JSON = "application/json"
_METHOD, _HEADER, _BODY, _END = 1, 2, 3, b"\xce"
_PUBLISH = b"\x00\x3c\x00\x28\x00\x00"  # class and method, and what is left of an older version
_PERSISTENT, _TRANSIENT = b"\x02", b"\x01"
_LONGEST_SHORT = 255
_FRAME, _CONTENT = Struct(">BHI"), Struct(">HHQH")
_LONG, _INTEGER, _MOMENT = Struct(">cI"), Struct(">cq"), Struct(">Q")
_BASIC = 60
_INTEGERS = range(-(2**63), 2**63)


@dataclass(slots=True)
class Message:
    """What is published; `expiration` in milliseconds, `timestamp` in seconds."""

    body: bytes
    is_persistent: bool = True
    type: str | None = None
    message_id: str | None = None
    correlation_id: str | None = None
    content_type: str | None = JSON
    content_encoding: str | None = None
    timestamp: int | None = None
    priority: int | None = None
    expiration: int | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


def frames(channel: int, message: Message, exchange: str, key: str, most: int, *, mandatory: bool) -> bytes:
    """All frames of a message; one of its body has so many bytes at most."""
    method = _PUBLISH + _word(exchange) + short(key) + (b"\x01" if mandatory else b"\x00")
    body = message.body
    parts = [_frame(_METHOD, channel, method), _frame(_HEADER, channel, _properties(message))]
    parts += [_frame(_BODY, channel, body[start : start + most]) for start in range(0, len(body), most)]
    return b"".join(parts)


def short(text: str) -> bytes:
    """A text that AMQP has little room for. Raises `ValueError` for one that is too long."""
    raw = text.encode()
    if len(raw) > _LONGEST_SHORT:
        raise ValueError(f"AMQP has no room for {text[:40]!r}...")
    return bytes((len(raw),)) + raw


# What many messages say alike.
_word = lru_cache(maxsize=1024)(short)


def table(values: Mapping[str, Any]) -> bytes:
    """A table of headers."""
    fields = b"".join([_word(name) + _value(value) for name, value in values.items()])
    return len(fields).to_bytes(4) + fields


def _value(value: Any) -> bytes:
    """A value with its kind: whatever is none of the usual ones the driver knows."""
    if type(value) is str:
        raw = value.encode()
        return _LONG.pack(b"S", len(raw)) + raw
    if type(value) is int and value in _INTEGERS:
        return _INTEGER.pack(b"l", value)
    return encode.encode_table_value(value)


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return _FRAME.pack(kind, channel, len(payload)) + payload + _END


def _properties(message: Message) -> bytes:
    """What stands before the body: how long that is, which properties there are, and those, in AMQP's order."""
    flags, parts = 0, []
    for flag, written in (
        (0x8000, message.content_type and _word(message.content_type)),
        (0x4000, message.content_encoding and short(message.content_encoding)),
        (0x2000, message.headers and table(message.headers)),
        (0x1000, _PERSISTENT if message.is_persistent else _TRANSIENT),
        (0x0800, None if message.priority is None else bytes((message.priority,))),
        (0x0400, message.correlation_id and short(message.correlation_id)),
        (0x0100, None if message.expiration is None else short(str(message.expiration))),
        (0x0080, message.message_id and short(message.message_id)),
        (0x0040, None if message.timestamp is None else _MOMENT.pack(message.timestamp)),
        (0x0020, message.type and _word(message.type)),
    ):
        if written:
            flags |= flag
            parts.append(written)
    return _CONTENT.pack(_BASIC, 0, len(message.body), flags) + b"".join(parts)
