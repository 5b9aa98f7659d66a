"""Chance where nothing is secret: names that only have to differ, and pauses that only have to spread.

It has a generator of its own, so that whoever seeds the common one does not make names come twice.
"""

import asyncio
from random import Random

_FIRST_SECONDS, _MOST_DOUBLED = 0.002, 6

_chance = Random()  # noqa: S311 - nothing of it must not be guessed

bits = _chance.getrandbits
between = _chance.uniform
shuffle = _chance.shuffle


async def after_losing(times: int) -> None:
    """Pause, longer each time and never in step: who has lost a race shall not lose the next for the same reason."""
    await asyncio.sleep(between(0, _FIRST_SECONDS * 2 ** min(times, _MOST_DOUBLED)))
