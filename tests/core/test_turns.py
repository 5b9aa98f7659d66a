"""Taking turns."""

import asyncio

import pytest

from handlers.core.errors import Unavailable
from handlers.core.turns import Turns


async def test_one_after_the_other() -> None:
    """Nobody begins before the one in front has finished; those who want something else do not wait."""
    turns, seen = Turns(), []

    async def work(thing: str, name: int) -> None:
        async with turns.at(thing):
            seen.append((thing, name, "in"))
            await asyncio.sleep(0)
            seen.append((thing, name, "out"))

    await asyncio.gather(*(work(thing, name) for name in range(3) for thing in "ab"))
    for thing in "ab":
        own = [entry for entry in seen if entry[0] == thing]
        assert own == [(thing, name, step) for name in range(3) for step in ("in", "out")]
    assert seen[:2] == [("a", 0, "in"), ("b", 0, "in")]


async def test_nothing_is_kept_of_a_turn_that_is_over() -> None:
    """However a turn ends, nothing is left of it."""
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        async with turns.at("a"):
            _ = 1 / 0
    async with turns.at("a"):
        assert turns._queues
    assert turns._queues == {}


async def test_so_many_may_wait() -> None:
    """Who comes on top of them is refused at once."""
    turns, gate = Turns(most=2), asyncio.Event()

    async def wait() -> None:
        async with turns.at("a"):
            await gate.wait()

    waiting = [asyncio.ensure_future(wait()) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await wait()
    gate.set()
    await asyncio.gather(*waiting)
    await wait()
