"""Reading what others have written: every message that a broker passes on is one that can be decoded.

The driver's decoders raise for what AMQP allows and brokers do not look at: texts that are not UTF-8, moments beyond
the year 9999, tables in tables without end. That ends the connection with all that is unacknowledged on it, and again
when the same message comes again.
"""

import struct
from datetime import UTC, datetime
from typing import Any

from pamqp import commands, decode

# Stands in a table in place of all that cannot be read of it.
UNREADABLE = "x-unreadable"
_LONGEST = 255
_SIZED, _LONGEST_FIXED = b"SxAF", 9  # the kinds of fields that say how long they are, and how long others are at most
_DELIVERED = struct.Struct(">Q?")
_KINDS = {name: getattr(commands.Basic.Properties, f"_{name}") for name in commands.Basic.Properties.__slots__}
_TEXT, _INTEGER = ord("S"), ord("l")
_LAST_SHORT = 0xFFFFFFFF  # what is later is counted in milliseconds: no second of AMQP's own is meant so far ahead


def make_total() -> None:
    """Have the driver read everything."""
    decode.METHODS["shortstr"] = _short_text
    decode.METHODS["timestamp"] = decode.TABLE_MAPPING[b"T"] = _moment
    decode.METHODS["table"] = decode.TABLE_MAPPING[b"F"] = _table
    commands.Basic.Properties.unmarshal = _properties
    commands.Basic.Deliver.unmarshal = _delivery


def _properties(self: commands.Basic.Properties, flags: int, data: bytes) -> None:
    """Read the properties of a message."""
    place = 0
    for name in self.__slots__:
        if flags & self.flags[name]:
            taken, value = decode.METHODS[_KINDS[name]](data[place:])
            setattr(self, name, value)
            place += taken


def _delivery(self: commands.Basic.Deliver, data: bytes) -> None:
    """Read what is said of a message that is delivered."""
    place, self.consumer_tag = _short_text(data)
    self.delivery_tag, self.redelivered = _DELIVERED.unpack_from(data, place)
    place += _DELIVERED.size
    taken, self.exchange = _short_text(data[place:])
    _, self.routing_key = _short_text(data[place + taken :])


def _short_text(value: bytes) -> tuple[int, str]:
    end = value[0] + 1
    return end, _text(value[1:end])


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


def _table(value: bytes) -> tuple[int, dict[str, Any]]:
    (length,) = struct.unpack(">I", value[:4])
    end, place, read = length + 4, 4, {}
    try:
        while place < end:
            named, name = _short_text(value[place : place + _LONGEST + 1])
            place += named
            taken, read[name] = _usual(value, place) or decode.embedded_value(_field(value, place))
            place += taken
    except (ValueError, LookupError, TypeError, struct.error, RecursionError):
        read[UNREADABLE] = True
    return end, read


def _usual(value: bytes, place: int) -> tuple[int, Any] | None:
    """The field at a place and how long it is, if it is of a kind that most are of and can be read."""
    kind = value[place]
    if kind == _INTEGER and len(value) >= place + 9:
        return 9, int.from_bytes(value[place + 1 : place + 9], signed=True)
    if kind != _TEXT:
        return None
    begin = place + 5
    raw = value[begin : begin + int.from_bytes(value[place + 1 : begin])]
    try:
        return 5 + len(raw), raw.decode()
    except UnicodeDecodeError:
        return None


def _field(value: bytes, place: int) -> bytes:
    """The field at a place and little behind it, so that long tables are not copied once for each of their fields."""
    size = struct.unpack(">I", value[place + 1 : place + 5])[0] + 5 if value[place] in _SIZED else _LONGEST_FIXED
    return value[place : place + size]
