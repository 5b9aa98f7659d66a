"""What strangers have put beside a message, in values that JSON has, too.

The contract can judge these, and whatever comes in can be sent on.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import orjson

# AMQP has room for headers in one frame only; above this, there may be none for what we add.
_MOST_BYTES = 4096
_DEEPEST = 8  # what lies deeper is left out; the broker's own headers have three levels


def plain(headers: Mapping[str, Any], deepest: int = _DEEPEST) -> dict[str, Any]:
    """A table of AMQP's: times in seconds since the epoch, bytes as text."""
    return {name: _plain(value, deepest - 1) for name, value in headers.items()}


def kept(headers: Mapping[str, Any]) -> dict[str, Any]:
    """What of a table goes on with its message: all of it, or nothing if it is large."""
    whole = plain(headers)
    return whole if len(orjson.dumps(whole)) <= _MOST_BYTES else {}


def _plain(value: Any, deepest: int) -> Any:
    if isinstance(value, Mapping):
        return plain(value, deepest) if deepest else None
    if isinstance(value, list):
        return [_plain(one, deepest - 1) for one in value] if deepest else None
    convert = _CONVERTERS.get(type(value))
    return value if convert is None else convert(value)


def _text(raw: bytes | bytearray) -> str:
    return raw.decode(errors="replace")


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    float: lambda number: number if isfinite(number) else None,
    Decimal: float,
    datetime: lambda moment: int(moment.timestamp()),
    bytes: _text,
    bytearray: _text,
}
