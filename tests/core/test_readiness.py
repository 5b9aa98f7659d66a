"""Readiness: which parts answer, asked rarely."""

import asyncio

import pytest

from handlers.core.errors import Unavailable
from handlers.core.readiness import Readiness, health_of
from tests.fakes import Clock


class Part:
    """A part that can be away, and counts how often it was asked."""

    def __init__(self) -> None:
        self.is_there = True
        self.asked = 0

    async def ping(self) -> None:
        """Answer, if it is there."""
        self.asked += 1
        await asyncio.sleep(0)
        if not self.is_there:
            raise Unavailable("away")


async def test_parts_are_asked_once_a_second(clock: Clock) -> None:
    """However many want to know at once, a part is asked once, and again when the verdict is old."""
    part = Part()
    readiness = Readiness({"documents": part.ping}, {}, clock)
    await asyncio.gather(*(readiness.report() for _ in range(50)))
    assert part.asked == 1
    clock.advance(1000)
    assert await readiness.report() == {"documents": True}
    assert part.asked == 2


async def test_a_needed_part_that_is_away_refuses(clock: Clock) -> None:
    """Without what every request needs the server is not ready, and it is again a second after the part is back."""
    part = Part()
    part.is_there = False
    readiness = Readiness({"documents": part.ping}, {}, clock)
    with pytest.raises(Unavailable, match="documents"):
        await readiness.report()
    part.is_there = True
    clock.advance(1000)
    assert await readiness.report() == {"documents": True}


async def test_a_helpful_part_that_is_away_is_shown(clock: Clock) -> None:
    """What most requests can do without is told of, and stops nobody."""
    broker = Part()
    broker.is_there = False
    assert await Readiness({"documents": Part().ping}, {"broker": broker.ping}, clock).report() == {
        "documents": True,
        "broker": False,
    }


@pytest.mark.parametrize(
    ("away", "health"),
    [((), "operational"), (("broker",), "degraded"), (("documents",), "down"), (("documents", "broker"), "down")],
)
async def test_silent_parts_say_how_the_whole_is(clock: Clock, away: tuple[str, ...], health: str) -> None:
    """Without a needed part it is down, and without a helpful one it is not whole."""
    parts = {name: Part() for name in ("documents", "broker")}
    for name in away:
        parts[name].is_there = False
    readiness = Readiness({"documents": parts["documents"].ping}, {"broker": parts["broker"].ping}, clock)
    assert health_of(await readiness.parts()) == health
