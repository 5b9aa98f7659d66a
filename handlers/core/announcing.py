"""Telling of telemetry as it is stored: to those who follow in this process, and to the processes beside it.

The stored item is the event: it lies where it is kept, and takes no place in the log. Its name follows from its own and
its tenant's, so that it is called the same in all processes and over all transports, and as no other tenant's.
"""

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol

from handlers.core.collections import FRAMES, LOG_LINES, REPORTS
from handlers.core.events import Event, EventLog
from handlers.core.ports import Collection, Document

_TYPE_OF = {FRAMES.name: "telemetry.frame", LOG_LINES.name: "telemetry.log", REPORTS.name: "telemetry.event"}
# What is told so.
TYPES = frozenset(_TYPE_OF.values())
_DIGEST = 12


class Elsewhere(Protocol):
    """The processes beside this one."""

    def publish(self, tenant: str, events: Sequence[Event]) -> None:
        """Tell them of events of one type, now or never."""


class Announcing:
    """Hears what the collector has stored, and tells of it when those are answered who have sent it."""

    def __init__(self, log: EventLog, elsewhere: Elsewhere | None = None) -> None:
        self._log = log
        self._elsewhere = elsewhere
        self._heard: dict[tuple[str, str], list[Document]] = {}

    def hear(self, collection: Collection, tenant: str, documents: Sequence[Document]) -> None:
        """Take what was stored."""
        type = _TYPE_OF.get(collection.name)
        if type is None or (self._elsewhere is None and not self._log.is_heard(tenant)):
            return
        if (tenant, type) not in self._heard:
            asyncio.get_running_loop().call_soon(self._tell, tenant, type)
        self._heard.setdefault((tenant, type), []).extend(documents)

    def _tell(self, tenant: str, type: str) -> None:
        """Tell of what came in together; a defect in the one telling is no reason to leave out the other."""
        events = [event_of(tenant, type, document) for document in self._heard.pop((tenant, type))]
        try:
            self._log.announce(tenant, events)
        finally:
            if self._elsewhere is not None:
                self._elsewhere.publish(tenant, events)


def event_of(tenant: str, type: str, document: Document) -> Event:
    """The event that a stored item is. Whoever reports counts as the device that has sent it."""
    name = blake2b(f"{tenant} {type} {document['id']}".encode(), digest_size=_DIGEST).hexdigest()
    data = document if "device" in document else {**document, "device": document["source"]}
    return Event(f"evt_{name}", type, tenant, data["device"], document["received_at"], data)
