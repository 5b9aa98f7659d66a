"""Agents that work together, in the dialect that we recommend."""

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.negotiations import Negotiation
from handlers.dialects.v2.mapping import NEGOTIATION, page_of, position_of


async def negotiate(call: Call, body: v2.NegotiationCreate, idempotency_key: str | None) -> v2.Negotiation:
    """Find agents that have, together, what is required."""
    given = body.model_dump(exclude_unset=True)
    return _shown(await call.core.negotiations.negotiate(call.principal, given, idempotency_key=idempotency_key))


async def list_negotiations(call: Call, limit: int, cursor: str | None) -> v2.NegotiationPage:
    """One page of the negotiations, and where the next one begins."""
    found = await call.core.negotiations.page(call.principal, limit + 1, position_of(cursor))
    return page_of(v2.NegotiationPage, found, limit, _shown)


async def get_negotiation(call: Call, negotiation_id: str) -> v2.Negotiation:
    """One negotiation."""
    return _shown(await call.core.negotiations.get(call.principal, negotiation_id))


def _shown(found: Negotiation) -> v2.Negotiation:
    return NEGOTIATION.show(v2.Negotiation, found)
