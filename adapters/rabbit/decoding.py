"""Reading what others have written: every message that a broker passes on is one that can be decoded.

The driver's decoders raise for what AMQP allows and brokers do not look at: texts that are not UTF-8, moments beyond
the year 9999, tables in tables without end. That ends the connection with all that is unacknowledged on it, and again
when the same message comes again.
"""

import struct
from datetime import UTC, datetime
from typing import Any

from pamqp import decode

# Stands in a table in place of all that cannot be read of it.
UNREADABLE = "x-unreadable"
_LONGEST = 255
_SIZED, _LONGEST_FIXED = b"SxAF", 9  # the kinds of fields that say how long they are, and how long others are at most
_LAST_SHORT = 0xFFFFFFFF  # what is later is counted in milliseconds: no second of AMQP's own is meant so far ahead


def make_total() -> None:
    """Have the driver read everything."""
    decode.METHODS["shortstr"] = _short_text
    decode.METHODS["timestamp"] = decode.TABLE_MAPPING[b"T"] = _moment
    decode.METHODS["table"] = decode.TABLE_MAPPING[b"F"] = _table


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
            taken, read[name] = decode.embedded_value(_field(value, place))
            place += taken
    except (ValueError, LookupError, TypeError, struct.error, RecursionError):
        read[UNREADABLE] = True
    return end, read


def _field(value: bytes, place: int) -> bytes:
    """The field at a place and little behind it, so that long tables are not copied once for each of their fields."""
    size = struct.unpack(">I", value[place + 1 : place + 5])[0] + 5 if value[place] in _SIZED else _LONGEST_FIXED
    return value[place : place + size]
