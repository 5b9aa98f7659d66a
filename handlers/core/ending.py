"""How what runs beside is brought to its end."""

import asyncio
from typing import Any

_AGAIN_SECONDS = 5.0


async def ended(*running: asyncio.Future[Any] | None) -> None:
    """Have all of these end, and return when they have; what they end with is nobody's any more.

    They are told again after a while: a driver that waits by `asyncio.wait_for` overhears, before Python 3.12, being
    cancelled in the turn of the loop in which it gets what it waits for.
    """
    left = {one for one in running if one is not None}
    while left:
        for one in left:
            one.cancel()
        over, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
        for one in over:
            if not one.cancelled():
                one.exception()
