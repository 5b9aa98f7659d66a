"""So many connections of one user at once, in all processes together."""

import asyncio
from contextlib import AsyncExitStack
from itertools import islice
from typing import Any

import pytest

from handlers.core import seats as module
from handlers.core.collections import PLATFORM, SEATS
from handlers.core.errors import TooManyConnections, Unavailable
from handlers.core.patience import Patience
from handlers.core.seats import Seats
from tests.fakes import Clock, MemoryDocuments


class BrokenDocuments(MemoryDocuments):
    """A store that can be broken."""

    is_broken = False

    async def get(self, *where: Any) -> Any:
        """What is there, unless it is broken."""
        if self.is_broken:
            raise Unavailable("The database cannot be reached")
        return await super().get(*where)


@pytest.fixture
def store(clock: Clock) -> BrokenDocuments:
    """The store that the processes share."""
    return BrokenDocuments(clock)


def process(clock: Clock, store: MemoryDocuments | None) -> Seats:
    """One process's seats, five for each user."""
    return Seats("lexos.websockets", 5, clock, Patience(clock), store)


@pytest.mark.parametrize("is_shared", [False, True])
async def test_so_many_and_no_more(clock: Clock, store: BrokenDocuments, is_shared: bool) -> None:
    """One too many is refused, another user is not, and who leaves makes room."""
    seats = process(clock, store if is_shared else None)
    async with AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(seats.taken("ann"))
        async with seats.taken("ann"), seats.taken("bob"):
            with pytest.raises(TooManyConnections):
                await held.enter_async_context(seats.taken("ann"))
        await held.enter_async_context(seats.taken("ann"))
    async with seats.taken("ann"):
        pass


async def test_processes_share_the_seats(clock: Clock, store: BrokenDocuments) -> None:
    """Whichever process a connection is at, it takes a seat; all at once do not take more than there are."""
    processes = [process(clock, store) for _ in range(3)]
    leave = asyncio.Event()

    async def sit(seats: Seats) -> bool:
        try:
            async with seats.taken("ann"):
                await leave.wait()
        except TooManyConnections:
            return False
        return True

    sitting = [asyncio.ensure_future(sit(seats)) for seats in processes * 4]
    async with asyncio.timeout(20):
        assert [await sat for sat in islice(asyncio.as_completed(sitting), 7)] == [False] * 7
    leave.set()
    assert sorted(await asyncio.gather(*sitting)) == [False] * 7 + [True] * 5
    assert [record["taken"] for record in store.all_of(SEATS, PLATFORM)] == [{}]


async def test_the_seats_of_a_dead_process_are_free_after_a_while(clock: Clock, store: BrokenDocuments) -> None:
    """A seat that nobody renews does not stay taken."""
    async with AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(process(clock, store).taken("ann"))
        clock.advance(60_001)
        async with process(clock, store).taken("ann"):
            pass


async def test_a_seat_is_kept_as_long_as_its_connection(
    clock: Clock, store: BrokenDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seats are renewed, and after a silence of the store taken again."""
    monkeypatch.setattr(module, "_RENEWAL_SECONDS", 0.01)
    async with AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(process(clock, store).taken("ann"))
        store.is_broken = True
        await asyncio.sleep(0.05)
        store.is_broken = False
        clock.advance(50_000)
        async with asyncio.timeout(20):
            while not is_renewed(store, clock):
                await asyncio.sleep(0.005)
        clock.advance(50_000)
        with pytest.raises(TooManyConnections):
            await held.enter_async_context(process(clock, store).taken("ann"))


def is_renewed(store: BrokenDocuments, clock: Clock) -> bool:
    """Whether all five seats are taken from now on for a minute."""
    (record,) = store.all_of(SEATS, PLATFORM)
    return list(record["taken"].values()) == [clock() + 60_000] * 5


async def test_while_the_store_is_silent_each_process_counts_its_own(clock: Clock, store: BrokenDocuments) -> None:
    """A silent store refuses no connection, and leaves every process its limit."""
    store.is_broken = True
    seats = process(clock, store)
    async with AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(seats.taken("ann"))
        with pytest.raises(TooManyConnections):
            await held.enter_async_context(seats.taken("ann"))
        await held.enter_async_context(process(clock, store).taken("ann"))
