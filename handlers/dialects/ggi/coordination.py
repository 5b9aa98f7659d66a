"""Who does the work together, as the GGI specification prints it."""

from generated.models import ggi
from handlers.core.calls import Call
from handlers.dialects.ggi.mapping import NEGOTIATION


async def negotiate(call: Call, body: ggi.NegotiationRequest, idempotency_key: str | None) -> ggi.Negotiation:
    """Find agents that have, together, what is required."""
    given = body.model_dump(exclude_unset=True)
    found = await call.core.negotiations.negotiate(call.principal, given, idempotency_key=idempotency_key)
    return NEGOTIATION.show(ggi.Negotiation, found)


async def get_negotiation(call: Call, negotiation_id: str) -> ggi.Negotiation:
    """One negotiation."""
    return NEGOTIATION.show(ggi.Negotiation, await call.core.negotiations.get(call.principal, negotiation_id))
