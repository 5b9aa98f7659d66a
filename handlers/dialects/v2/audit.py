"""The audit log: who did what, when and from where."""

from generated.models import v2
from handlers.core.audit import Sought
from handlers.core.calls import Call
from handlers.core.projection import read_iso
from handlers.dialects.v2.mapping import AUDIT, cursor_behind, position_of


async def list_entries(
    call: Call,
    event_type: str | None,
    actor: str | None,
    outcome: str | None,
    resource_id: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> v2.AuditPage:
    """One page of the entries, and where the next one begins."""
    bounds = [None if moment is None else read_iso(moment) for moment in (since, until)]
    sought = Sought(event_type, actor, outcome, resource_id, *bounds)
    entries = await call.core.audit.page(call.principal, sought, limit + 1, after=position_of(cursor))
    data = [AUDIT.show(v2.AuditEntry, entry) for entry in entries[:limit]]
    if len(entries) <= limit:
        return v2.AuditPage(data=data, has_more=False)
    return v2.AuditPage(data=data, has_more=True, next_cursor=cursor_behind(entries[limit - 1]))
