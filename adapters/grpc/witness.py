"""What is remembered of every batch: figures, a line for the log, and the audit log as over HTTP.

Telemetry is counted like a read; who is not let in is told of at once.
"""

from collections.abc import Callable, Mapping
from time import perf_counter

from adapters.grpc.statuses import STATUSES
from adapters.grpc.visits import Visit
from handlers.core.audit import Audit
from handlers.core.audit_entries import Entry
from handlers.core.errors import Refusal
from handlers.core.tallies import Read, Tallies

_DENIALS = ("unauthenticated", "forbidden")
# Operation, gRPC's status, HTTP's for the same, seconds, and of the call its identifier, user and address.
Observe = Callable[[str, str, int, float, str, str, str], None]


class Witness:
    """Tells of what was called. `statuses` are HTTP's, by the kind of a refusal: the audit log has one language."""

    def __init__(self, audit: Audit, tallies: Tallies, observe: Observe, statuses: Mapping[str, int]) -> None:
        self._audit = audit
        self._tallies = tallies
        self._observe = observe
        self._statuses = statuses

    def done(self, visit: Visit, read: Read, began: float) -> None:
        """Tell of a batch that is about to be answered."""
        self._count(visit, read, 200)
        self._seen(visit, read, "OK", 200, began)

    async def refused(self, visit: Visit, read: Read, refusal: Refusal, began: float) -> None:
        """Tell of a call that is about to end with a refusal."""
        await self._audit.attempt(self._refused(visit, read, refusal, began))

    async def _refused(self, visit: Visit, read: Read, refusal: Refusal, began: float) -> None:
        status = self._statuses[refusal.kind]
        if refusal.kind in _DENIALS:
            await self._audit.record(self._entry(visit, read, status))
        else:
            self._count(visit, read, status)
        self._seen(visit, read, STATUSES[refusal.kind].name, status, began)

    def _count(self, visit: Visit, read: Read, status: int) -> None:
        self._tallies.add(read, visit.principal, None, status, visit.peer, visit.user_agent, visit.id)

    def _seen(self, visit: Visit, read: Read, code: str, status: int, began: float) -> None:
        self._observe(read.operation, code, status, perf_counter() - began, visit.id, visit.principal.id, visit.peer)

    def _entry(self, visit: Visit, read: Read, status: int) -> Entry:
        return Entry(
            who=visit.principal,
            event_type=read.event_type,
            operation=read.operation,
            method=read.method,
            status=status,
            request_id=visit.id,
            peer=visit.peer,
            user_agent=visit.user_agent.decode(),
        )
