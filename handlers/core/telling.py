"""How a dialect tells a webhook of an event: which events it has words for, and the bytes that it sends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.clock import Moment
from handlers.core.events import Logged


@dataclass(frozen=True)
class Telling:
    """The words of one dialect. `example` makes what the contract prints for a type of event, under another name."""

    types: frozenset[str]
    tell: Callable[[Logged], bytes]
    example: Callable[[str, str, Moment], bytes]


Tellings = Mapping[str, Telling]
# What a published channel shows as the payload of a message about an event type, if anything.
Examples = Callable[[str, str], Mapping[str, Any] | None]
EVERY_TYPE = "*"
