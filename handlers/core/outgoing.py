"""What is sent to others over HTTP, and what comes back: the words of the engine of deliveries and of its adapter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from handlers.core.clock import Moment
from handlers.core.ports import Document


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request as it goes out: these bytes, in a POST unless it says otherwise."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of sending: a status, or why there was none. The body is only as much as was worth reading."""

    status: int | None = None
    error: str | None = None
    body: bytes = b""
    duration: float = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether it has arrived."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def problem(self) -> str | None:
        """Why it was not taken, in words that tell nothing of the network in between."""
        return self.error if self.status is None else None if self.is_taken else f"Answered {self.status}"


class Sender(Protocol):
    """Sends to the outside. It never waits long, never follows a redirect, and calls nobody whom it may not call."""

    async def send(self, parcel: Parcel) -> Answer:
        """Send once. What goes wrong on the way is an answer too."""


class TargetGone(Exception):
    """Whom something was for is no more: it is not to be kept."""


class TargetClosed(Exception):
    """Whom something is for takes nothing at present; the message says why."""


class TargetBusy(Exception):
    """Whom something is for cannot take it now: it is tried again in a moment, and nothing has failed."""


class Recipient(Protocol):
    """Those that deliveries of one kind are for, such as webhooks: who knows their addresses and secrets."""

    async def pack(self, delivery: Document) -> Parcel:
        """The request for a delivery, made anew for each try. Raises `TargetGone`, `TargetClosed` or `TargetBusy`."""

    async def hear(self, delivery: Document, answer: Answer, at: Moment) -> None:
        """Learn what came of a try."""


@dataclass
class DeliveryFigures:
    """Numbers for the metrics, of this process: tries by what came of them, those on their way, and those that wait."""

    results: Counter[str] = field(default_factory=Counter)
    sending: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    gaps: int = 0
