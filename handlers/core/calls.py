"""What the edges and the handlers say to each other: who is asking, and what is sent as it happens."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handlers.core.core import Core
    from handlers.core.principals import Principal


@dataclass(slots=True)
class Call:
    """One request on its way through a handler: the rules to call, and on whose behalf.

    `principal` is nobody (`ANONYMOUS`) where the contract asks for no credentials.
    """

    core: "Core"
    principal: "Principal"
    request_id: str


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One message of a stream that a handler sends: its type, its name in the stream, and a generated model."""

    type: str
    data: Any
    id: str | None = None
