"""What the edges and the handlers say to each other: who is asking, and what is sent as it happens."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.core.audit_entries import is_name

if TYPE_CHECKING:
    from handlers.core.core import Core
    from handlers.core.principals import Principal
    from handlers.core.sessions import Session


@dataclass(slots=True)
class Call:
    """One request on its way through a handler: the rules to call, and on whose behalf.

    `principal` is nobody (`ANONYMOUS`) where the contract asks for no credentials.
    """

    core: "Core"
    principal: "Principal"
    request_id: str
    noted: dict[str, Any] | None = None

    def note(self, **facts: Any) -> None:
        """Have the audit log say more of this request than its edge can see.

        `user` and `tenant` where the caller becomes known only here, `event_type` where the operation's own word says
        too little, `agent`, `resource`, and `details` for the rest; never a secret.
        """
        self.noted = {**(self.noted or {}), **facts}

    def tries(self, name: str) -> None:
        """Note who somebody says they are, for the case that it turns out not to be so."""
        if is_name(name):
            self.note(details={"tried": name})

    def came_in(self, session: "Session") -> "Session":
        """The session that somebody has opened, noted: they are who made this request."""
        self.note(user=session.principal.id, tenant=session.principal.tenant, details=None)
        return session


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One message of a stream that a handler sends: its type, its name in the stream, and a generated model."""

    type: str
    data: Any
    id: str | None = None
