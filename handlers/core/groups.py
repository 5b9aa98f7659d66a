"""Many things at once, and never all of them: a group is begun when the one before it is done."""

import asyncio
from collections.abc import Awaitable, Iterable
from itertools import islice
from typing import TypeVar

Kind = TypeVar("Kind")


async def in_groups(works: Iterable[Awaitable[Kind]], size: int) -> list[Kind]:
    """What all works return, in order; each is taken from the iterable when its group's turn has come."""
    found: list[Kind] = []
    waiting = iter(works)
    while group := list(islice(waiting, size)):
        found += await asyncio.gather(*group)
    return found
