"""What all telemetry has in common when it comes in: a name, two times, an end, and whether it was sent before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collector import FINGERPRINT
from handlers.core.errors import Unprocessable
from handlers.core.ports import Document
from handlers.core.principals import Principal

DAY = 24 * 3600 * 1000
_SECOND = 1000
# Deeper than this no store has to keep what somebody has measured.
_DEEPEST = 32
_NESTING = (dict, list)


@dataclass(slots=True)
class Naming:
    """How an item gets a name that its sender has not given it: one that follows from their key, else a new one."""

    kind: str
    separator: str = "_"
    key: str | None = None


class Intake:
    """Makes documents of what is sent. Nothing may claim to be measured more than `ahead` seconds from now."""

    def __init__(self, clock: Clock, *, ahead: int) -> None:
        self._clock = clock
        self._ahead = ahead

    def document(
        self, who: Principal, name: str | None, naming: Naming, at: Moment | None, content: Document, *, days: int
    ) -> Document:
        """An item as it is kept, for so many days: its content, and what is the same for all items."""
        now = self._clock()
        if at is not None and at > now + self._ahead * _SECOND:
            message = f"This time lies more than {self._ahead} seconds ahead of the server's clock"
            raise Unprocessable(message, field="timestamp")
        if name is not None or naming.key is not None:
            content[FINGERPRINT] = fingerprint(at, content)
            name = name or keyed_id(who, naming)
        content["id"] = name or new_id(naming.kind, now, naming.separator)
        content["at"] = now if at is None else at
        content["received_at"] = now
        content["expires_at"] = now + days * DAY
        return content


def keyed_id(who: Principal, naming: Naming) -> str:
    """The name that follows from a caller's key: where the key comes again, the store finds the name taken."""
    digest = sha256(f"{who.id} {naming.key}".encode()).hexdigest()
    return f"{naming.kind}{naming.separator}{digest[:32]}"


def fingerprint(at: Moment | None, content: Mapping[str, Any]) -> str:
    """What tells one request from another."""
    return sha256(json.dumps([at, content], sort_keys=True).encode()).hexdigest()


def check_depth(name: str, value: Mapping[str, Any] | None) -> None:
    """Refuse an object with something in it that nests more deeply than a store has to keep."""
    for inner, one in (value or {}).items():
        if type(one) in _NESTING and _is_deeper(one, _DEEPEST):
            raise Unprocessable(f"{inner} nests more than {_DEEPEST} levels deep", field=f"{name}.{inner}")


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if type(value) is dict else value
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner if type(one) in _NESTING)
