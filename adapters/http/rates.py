"""Requests counted before they are served, and what their answers say of it, whatever comes of them."""

from adapters.http.replies import rate_lines
from adapters.http.requests import Request
from handlers.core.addresses import neighbourhood
from handlers.core.errors import RateLimited
from handlers.core.metering import Meter
from handlers.core.principals import Principal


def count_known(meter: Meter | None, who: Principal, request: Request) -> bool:
    """Count a request of somebody we know; False if nobody can say at once whether it is one too many."""
    if meter is None:
        return True
    limit = meter.limit
    window = meter.take(limit.caller(who), limit.requests_of(who))
    if window is None:
        return False
    request.rate = rate_lines(window.requests, window.left, window.reset)
    return True


async def admit_known(meter: Meter | None, who: Principal, request: Request) -> None:
    """Count a request of somebody we know; refuses one too many."""
    if not count_known(meter, who, request):
        await _admit(meter, meter.limit.caller(who), meter.limit.requests_of(who), request)


async def admit_stranger(meter: Meter | None, request: Request) -> None:
    """Count a request of nobody we know, by where it comes from; refuses one too many."""
    if meter is not None:
        await _admit(meter, neighbourhood(request.peer), meter.limit.requests_of_strangers, request)


async def _admit(meter: Meter, caller: str, requests: int, request: Request) -> None:
    request.rate = rate_lines(*meter.ahead(requests))
    try:
        window = await meter.admit(caller, requests)
    except RateLimited as refusal:
        request.rate = rate_lines(refusal.requests, 0, refusal.reset)
        raise
    request.rate = rate_lines(window.requests, window.left, window.reset)
