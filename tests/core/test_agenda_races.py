"""Whatever many workers do at once, however they fail and die: nothing that is due is lost, nothing is done by two."""

import asyncio
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.agenda import Agenda
from handlers.core.clock import Moment
from handlers.core.duties import Duty
from handlers.core.ports import Change, Collection, Document, Insert
from tests.fakes import NOON, Clock, MemoryDocuments

DUES = Collection("dues", due="due_at")
fates = st.sampled_from(["done", "done", "fails", "dies", "dies after it is done"])


class Dead(BaseException):
    """The end of a worker in the middle of an action, as by kill -9."""


class UnevenDocuments(MemoryDocuments):
    """A store that takes its time, now more, now less."""

    def __init__(self, clock: Clock, delays: list[int]) -> None:
        super().__init__(clock)
        self._delays = delays
        self._calls = 0

    async def write(self, change: Change) -> Document:
        """A change, after a while."""
        self._calls += 1
        for _ in range(self._delays[self._calls % len(self._delays)]):
            await asyncio.sleep(0)
        return await super().write(change)


class World:
    """Workers over one store, and what they do to each document: one fate after the other, and then it is done."""

    def __init__(self, fates: list[list[str]], delays: list[int]) -> None:
        self.clock = Clock()
        self.documents = UnevenDocuments(self.clock, delays)
        self.done: Counter[str] = Counter()
        self.holders: Counter[str] = Counter()
        self._fates = {f"due_{number}": iter(own) for number, own in enumerate(fates)}

    async def fill(self, moments: list[int]) -> None:
        """What is due, and when."""
        for name, moment in zip(self._fates, moments, strict=False):
            await self.documents.write(Insert(DUES, "t", {"id": name, "due_at": NOON + moment}))

    async def act(self, document: Document) -> Moment | None:
        """Do it, as is its fate; two holders at once would be a defect."""
        name = document["id"]
        self.holders[name] += 1
        assert self.holders[name] == 1
        await asyncio.sleep(0)
        self.holders[name] -= 1
        fate = next(self._fates[name], "done")
        if fate == "fails":
            raise ZeroDivisionError
        if fate == "dies":
            raise Dead
        self.done[name] += 1
        if fate == "dies after it is done":
            raise Dead
        return None

    def worker(self) -> Agenda:
        """One more process."""
        agenda = Agenda(self.documents, self.clock, _unheard, is_shared=True, most=4)
        agenda.take(Duty(DUES, self.act, ends=True))
        return agenda


def _unheard(event: str, **facts: Any) -> None:
    """Nobody listens."""


async def _turn(worker: Agenda) -> None:
    await worker.look()
    while worker._acting:
        outcomes = await asyncio.gather(*worker._acting.values(), return_exceptions=True)
        assert not [outcome for outcome in outcomes if isinstance(outcome, AssertionError)]
        await asyncio.sleep(0)


async def _live(fates: list[list[str]], moments: list[int], delays: list[int], workers: int) -> World:
    world = World(fates, delays)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)  # the dead are meant to be
    await world.fill(moments)
    agendas = [world.worker() for _ in range(workers)]
    for _ in range(200):
        await asyncio.gather(*(_turn(agenda) for agenda in agendas))
        if not world.documents.all_of(DUES, "t"):
            break
        world.clock.advance(60_000)
    return world


lives = st.lists(st.tuples(st.lists(fates, max_size=3), st.integers(0, 5_000)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(lives=lives, delays=st.lists(st.integers(0, 5), min_size=1, max_size=7), workers=st.integers(1, 5))
def test_nothing_is_lost_and_nothing_is_done_by_two(
    lives: list[tuple[list[str], int]], delays: list[int], workers: int
) -> None:
    """Each document is done, by one worker at a time; a second time only if the first died before it could say so."""
    fates, moments = [fate for fate, _ in lives], [moment for _, moment in lives]
    world = asyncio.run(_live(fates, moments, delays, workers))
    assert world.documents.all_of(DUES, "t") == []
    for number, own in enumerate(fates):
        told = own[: own.index("done")] if "done" in own else own
        assert world.done[f"due_{number}"] == told.count("dies after it is done") + 1
