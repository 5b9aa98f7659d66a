"""What comes in over the broker, as the rules see it: one message, and why it cannot be taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message. `key` is the routing key, `name` tells its repetitions apart from other messages' first times.

    `fields` are its properties and headers; `is_answered` says whether its sender hears what becomes of it. `user` is
    who has sent it, where they have the broker vouch for that.
    """

    key: str
    name: str
    body: bytes
    fields: Mapping[str, Any]
    is_answered: bool = False
    user: str | None = None

    @property
    def source(self) -> str:
        """What the routing key names behind the tenant, as it stands there."""
        return self.key.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the function that has taken a message says to it, and why something of it was refused, if anything was."""

    payload: Any
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message, for its sender: what the operation that took it says to that."""

    operation: str
    type: str
    body: bytes


class Undeliverable(Exception):
    """A message that cannot be taken, now or later: it is put away, and this says why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Receive(Protocol):
    """Who takes messages."""

    async def __call__(self, message: Inbound) -> Answer:
        """Return when what the message says is on disk.

        Raises `Undeliverable` for what cannot be taken, `Unavailable` while there is no room: it is tried again then.
        """
