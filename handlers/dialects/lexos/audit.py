"""The audit log, as the LexOS documentation prints it."""

from generated.models import lexos
from handlers.core.audit import Sought
from handlers.core.audit_entries import Recorded
from handlers.core.calls import Call
from handlers.core.projection import EPOCH_SECONDS
from handlers.dialects.lexos.mapping import AUDIT


async def list_events(
    call: Call,
    event_type: str | None,
    user_id: str | None,
    since: int | None,
    until: int | None,
    limit: int,
    offset: int,
) -> lexos.AuditLog:
    """One page of what was done in the caller's tenant, and how much there is."""
    bounds = [None if moment is None else EPOCH_SECONDS.read(moment) for moment in (since, until)]
    sought = Sought(event_type, user_id, None, None, *bounds)
    events = await call.core.audit.page(call.principal, sought, limit, offset=offset)
    total = await call.core.audit.count(call.principal, sought)
    return lexos.AuditLog(events=[_shown(event) for event in events], total=total, limit=limit, offset=offset)


def _shown(event: Recorded) -> lexos.AuditEvent:
    told = {"operation": event.operation, "resource_id": event.resource, "outcome": event.outcome}
    details = {name: value for name, value in told.items() if value is not None} | event.details
    return AUDIT.show(lexos.AuditEvent, event, details=details)
