"""Reading what others have written: every message that a broker passes on is one that can be decoded.

The driver's decoders raise for what AMQP allows and brokers do not look at: texts that are not UTF-8, moments beyond
the year 9999, tables in tables without end. That ends the connection with all that is unacknowledged on it, and again
when the same message comes again.
"""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pamqp import commands, decode
from pamqp.header import ContentHeader

# Stands in a table in place of all that cannot be read of it.
UNREADABLE = "x-unreadable"
_LONGEST = 255
_SIZED, _LONGEST_FIXED = b"SxAF", 9  # the kinds of fields that say how long they are, and how long others are at most
_DELIVERED, _SETTLED, _CONTENT = struct.Struct(">Q?"), struct.Struct(">4xQB"), struct.Struct(">2xHQH")
_SIZE, _INTEGER = struct.Struct(">I"), struct.Struct(">q")
_KINDS = {name: getattr(commands.Basic.Properties, f"_{name}") for name in commands.Basic.Properties.__slots__}
_IS_TEXT, _IS_INTEGER = ord("S"), ord("l")
_LAST_SHORT = 0xFFFFFFFF  # what is later is counted in milliseconds: no second of AMQP's own is meant so far ahead


def make_total() -> None:
    """Have the driver read everything."""
    decode.METHODS["shortstr"] = lambda value: _short_text(value, 0)
    decode.METHODS["timestamp"] = decode.TABLE_MAPPING[b"T"] = _moment
    decode.METHODS["table"] = decode.TABLE_MAPPING[b"F"] = lambda value: _table(value, 0)
    commands.Basic.Properties.unmarshal = lambda self, flags, data: _properties(self, flags, data, 0)


def header(payload: bytes) -> ContentHeader:
    """What is said of a message before its body comes."""
    weight, size, flags = _CONTENT.unpack_from(payload)
    if flags & 1:  # there are more than AMQP has
        raise ValueError("The message has properties that are not known")
    properties = commands.Basic.Properties()
    _properties(properties, flags, payload, _CONTENT.size)
    return ContentHeader(weight, size, properties)


def _delivery(payload: bytes) -> commands.Basic.Deliver:
    """What is said of a message that is delivered."""
    taken, consumer = _short_text(payload, 4)
    place = 4 + taken
    number, is_again = _DELIVERED.unpack_from(payload, place)
    place += _DELIVERED.size
    taken, exchange = _short_text(payload, place)
    _, key = _short_text(payload, place + taken)
    return commands.Basic.Deliver(consumer, number, is_again, exchange, key)


def _acknowledgement(payload: bytes) -> commands.Basic.Ack:
    """What the broker says of messages that it has."""
    number, flags = _SETTLED.unpack_from(payload)
    return commands.Basic.Ack(number, bool(flags & 1))


# How the methods are read of which there are many, by their class and number.
USUAL: dict[bytes, Callable[[bytes], Any]] = {
    commands.Basic.Deliver.index.to_bytes(4): _delivery,
    commands.Basic.Ack.index.to_bytes(4): _acknowledgement,
}


def _properties(properties: commands.Basic.Properties, flags: int, data: bytes, place: int) -> None:
    """Read the properties of a message."""
    for name, kind in _present(flags):
        if kind == "shortstr":
            taken, value = _short_text(data, place)
        elif kind == "table":
            taken, value = _table(data, place)
        else:
            taken, value = decode.METHODS[kind](data[place : place + _LONGEST_FIXED])
        setattr(properties, name, value)
        place += taken


@lru_cache(maxsize=256)
def _present(flags: int) -> list[tuple[str, str]]:
    """Which properties there are, and of which kind."""
    return [(name, kind) for name, kind in _KINDS.items() if flags & commands.Basic.Properties.flags[name]]


def _short_text(value: bytes, place: int) -> tuple[int, str]:
    begin = place + 1
    size = value[place]
    return size + 1, _text(value[begin : begin + size])


def _text(raw: bytes) -> str:
    """A text that AMQP has room for, whatever the bytes are: others are told apart by others."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(errors="backslashreplace").encode()[:_LONGEST].decode(errors="ignore")


def _moment(value: bytes) -> tuple[int, datetime | None]:
    (seconds,) = struct.unpack(">Q", value[:8])
    try:
        return 8, datetime.fromtimestamp(seconds if seconds <= _LAST_SHORT else seconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return 8, None


def _table(value: bytes, place: int) -> tuple[int, dict[str, Any]]:
    begin, read = place, {}
    (length,) = _SIZE.unpack_from(value, place)
    place += _SIZE.size
    end = place + length
    try:
        while place < end:
            named, name = _short_text(value, place)
            place += named
            taken, read[name] = _usual(value, place) or decode.embedded_value(_field(value, place))
            place += taken
    except (ValueError, LookupError, TypeError, struct.error, RecursionError):
        read[UNREADABLE] = True
    return end - begin, read


def _usual(value: bytes, place: int) -> tuple[int, Any] | None:
    """The field at a place and how long it is, if it is of a kind that most are of and can be read."""
    kind = value[place]
    if kind == _IS_INTEGER:
        return 9, _INTEGER.unpack_from(value, place + 1)[0]
    if kind != _IS_TEXT:
        return None
    begin = place + 5
    (size,) = _SIZE.unpack_from(value, place + 1)
    try:
        return 5 + size, value[begin : begin + size].decode()
    except UnicodeDecodeError:
        return None


def _field(value: bytes, place: int) -> bytes:
    """The field at a place and little behind it, so that long tables are not copied once for each of their fields."""
    size = _SIZE.unpack_from(value, place + 1)[0] + 5 if value[place] in _SIZED else _LONGEST_FIXED
    return value[place : place + size]
