"""What the edges and the handlers say to each other: who is asking, and what is sent as it happens."""

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.core.audience import Audience, Undo
from handlers.core.audit_entries import is_name
from handlers.core.chance import bits

if TYPE_CHECKING:
    from handlers.core.core import Core
    from handlers.core.principals import Principal
    from handlers.core.sessions import Session

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


def request_id(given: bytes | None) -> str:
    """The identifier of a request: the caller's, if it has the form of one, else a new one."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    # A name, not a secret: nothing that must not be guessed comes from this generator.
    return "req_" + bits(128).to_bytes(16, "big").hex()


@dataclass(slots=True)
class Call:
    """One request on its way through a handler: the rules to call, and on whose behalf.

    `principal` is nobody (`ANONYMOUS`) where the contract asks for no credentials; `left` is set when the client has
    gone, where its transport can see that.
    """

    core: "Core"
    principal: "Principal"
    request_id: str
    noted: dict[str, Any] | None = None
    subject: "Principal | None" = None
    denied: int | None = None
    left: asyncio.Event | None = None
    undo: Undo | None = None

    @property
    def audience(self) -> Audience:
        """Whoever waits for the answer."""
        return Audience(self.core.stopping, self.left or asyncio.Event())

    def unless_heard(self, undo: Undo) -> None:
        """Have something undone if its client turns out to have left before it is answered."""
        self.undo = undo

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

    def acts_for(self, who: "Principal") -> None:
        """Note on whose behalf the caller asks."""
        self.subject = who

    def denies(self, status: int, **facts: Any) -> None:
        """Note that the answer, a success to whoever asks, says no to somebody else, as this status would."""
        self.denied = status
        self.note(**facts)

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
