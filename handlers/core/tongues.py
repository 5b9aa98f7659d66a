"""How a dialect speaks on one channel of the event contract: what its streams and sockets need to know of it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from handlers.core.calls import StreamItem
from handlers.core.errors import Failure
from handlers.core.events import Logged

# Messages are named as everything is that the contract calls an identifier.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
Said = Mapping[str, Any]
Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Tongue:
    """`channel` is the key of the channel in the contract.

    What `tell` makes of an event is the same for everybody who hears it. `gap` speaks where events are missing: of the
    gap, or of what was read in their place. On a socket, `refuse` says no to a message,
    of which it is given as much as could be read, and `begin` is called when it is open, with what its address names:
    what it returns is sent.
    """

    channel: str
    tell: Callable[[Logged], StreamItem]
    gap: Callable[[Any], StreamItem]
    refuse: Callable[[Failure, Said], Any] | None = None
    begin: Callable[..., Awaitable[Any]] | None = None


def name_in(said: Said, field: str) -> str | None:
    """The name that a message gives itself, if it is one that can be said back to whoever has sent it."""
    given = said.get(field)
    return given if isinstance(given, str) and _NAME.fullmatch(given) else None


def by_kind(tellers: Mapping[str, Callable[[Logged], Shown]]) -> Callable[[Logged], Shown]:
    """One who tells each event as its type or its kind is told: an `ai.agent.offline` is of the kind `ai.agent`."""

    def tell(logged: Logged) -> Shown:
        type = logged.event.type
        return tellers[type if type in tellers else kind_of(type)](logged)

    return tell


def kind_of(type: str) -> str:
    """What sort of thing an event of a type is about; of telemetry the first two words say it."""
    if type.startswith("telemetry."):
        return ".".join(type.split(".", 2)[:2])
    return type.rpartition(".")[0]
