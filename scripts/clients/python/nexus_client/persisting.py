"""Keeps on asking while the server is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Callable

from .faults import ApiError, ConnectionFailed
from .retries import backoff

_PASSING = (408, 429, 500, 502, 503, 504)
_LONGEST_SECONDS = 30.0


def is_passing(error: Exception) -> bool:
    """Whether it may be better in a while."""
    return isinstance(error, ConnectionFailed) or (isinstance(error, ApiError) and error.status in _PASSING)


async def persist(
    ask: Callable[[], Awaitable[Any]], away: Callable[[Exception], None] = lambda error: None, first: float = 0.5
) -> Any:
    """What is answered, however long that takes; a refusal that stays is raised. `away` hears of the first failure."""
    attempt = 0
    while True:
        try:
            return await ask()
        except (ConnectionFailed, ApiError) as error:
            if not is_passing(error):
                raise
            if attempt == 0:
                away(error)
            said = getattr(error, "retry_after", None)
        await asyncio.sleep(said or backoff(first, attempt, _LONGEST_SECONDS))
        attempt += 1
