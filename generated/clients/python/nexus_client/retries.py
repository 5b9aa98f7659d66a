# Generated from specs/ by `make generate`. Do not edit.
"""Whether a request that went wrong is sent again, and when. What may have had an effect is not repeated."""

from __future__ import annotations

import random

import httpx

from .asking import Ask, retry_after
from .settings import Settings

LONGEST_SECONDS = 60.0
_REFUSED_UNDONE = (429, 503)  # the server says that it has done nothing
_UNCERTAIN = (408, 500, 502, 504)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def pause_after(
    settings: Settings, ask: Ask, attempt: int, what: httpx.Response | httpx.TransportError
) -> float | None:
    """Seconds until the next try; None if there is none. Who is asked to wait for longer than a minute is told so."""
    if attempt >= settings.retry_attempts or not _worth_it(ask, what):
        return None
    said = retry_after(what) if isinstance(what, httpx.Response) else None
    if said is not None:
        return said if said <= LONGEST_SECONDS else None
    return backoff(settings.retry_delay, attempt)


def backoff(first: float, attempt: int, longest: float = LONGEST_SECONDS) -> float:
    """A pause that doubles with each try; a part of it is chance, so that not all come back at once."""
    full = min(first * 2 ** min(attempt, 16), longest)
    return full * random.uniform(0.5, 1.0)  # noqa: S311 - nobody guards anything by it


def _worth_it(ask: Ask, what: httpx.Response | httpx.TransportError) -> bool:
    if isinstance(what, httpx.Response):
        return what.status_code in _REFUSED_UNDONE or (what.status_code in _UNCERTAIN and ask.is_repeatable)
    return isinstance(what, _NEVER_SENT) or ask.is_repeatable
