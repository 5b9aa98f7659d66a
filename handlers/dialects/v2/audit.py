"""The audit log: who did what, when and from where."""

from functools import partial

from generated.models import v2
from handlers.core.audit import Sought
from handlers.core.calls import Call
from handlers.core.projection import read_iso
from handlers.dialects.v2.mapping import AUDIT, page_of, position_of


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
    return page_of(v2.AuditPage, entries, limit, partial(AUDIT.show, v2.AuditEntry))
