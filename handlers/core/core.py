"""The rules of Nexus, assembled: what a handler can call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.core.audit import Audit
from handlers.core.google import GoogleSignIn
from handlers.core.identity import Identity
from handlers.core.ports import EventFeed
from handlers.core.readiness import Readiness
from handlers.core.sealing import Sealing
from handlers.core.tasks import Tasks


@dataclass(frozen=True)
class Core:
    """One of everything."""

    identity: Identity
    google: GoogleSignIn
    audit: Audit
    tasks: Tasks
    feed: EventFeed
    readiness: Readiness
    sealing: Sealing
    files: Mapping[str, bytes]
    figures: Callable[[], bytes]
