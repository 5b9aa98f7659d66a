"""Requests are counted exactly in a process, and never beyond the limit in several; windows turn; memory is bounded."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core import patience
from handlers.core.collections import COUNTERS, PLATFORM
from handlers.core.errors import RateLimited, Unavailable
from handlers.core.limits import Limit
from handlers.core.metering import Meter, Meters
from tests.fakes import NOON, Clock, MemoryDocuments

MINUTE = 60_000
SMALL = Limit("v2", "authentication", 10, 60, is_strict=True)
LARGE = Limit("v2", "tasks", 500, 60)
FREE = Limit("v2", "ai", 500, 60)


class SilentDocuments(MemoryDocuments):
    """A store that stops answering: with a refusal, or with nothing at all."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.silence: Callable[[], Any] | None = None
        self.asked = 0

    async def get(self, *where: Any) -> Any:
        """What is there, if somebody answers."""
        self.asked += 1
        if self.silence is not None:
            await self.silence()
        return await super().get(*where)


class WaveringDocuments(MemoryDocuments):
    """A store whose answers take now longer, now shorter, so that others get between a question and what follows."""

    def __init__(self, clock: Clock, seed: int) -> None:
        super().__init__(clock)
        self._random = Random(seed)

    async def get(self, *where: Any) -> Any:
        """What is there, a while ago."""
        found = await super().get(*where)
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)
        return found


async def refuse() -> None:
    """An answer of no use."""
    raise Unavailable("The database cannot be reached")


async def never() -> None:
    """No answer at all."""
    await asyncio.Event().wait()


def meter(limit: Limit, clock: Clock, documents: MemoryDocuments | None = None, **options: Any) -> Meter:
    """The meter of one process."""
    meters = Meters({(limit.dialect, limit.category): limit}, clock, documents=documents, **options)
    return meters.of(limit.dialect, limit.category)


async def ask(counting: Meter, times: int = 1, caller: str = "ann", requests: int | None = None) -> list[int]:
    """What is said to be left after each of so many requests; -1 for one that is refused."""
    left = []
    for _ in range(times):
        wanted = counting.limit.requests if requests is None else requests
        try:
            window = counting.take(caller, wanted) or await counting.admit(caller, wanted)
            left.append(window.left)
        except RateLimited:
            left.append(-1)
    return left


def admitted(left: list[int]) -> int:
    """How many requests were not refused."""
    return sum(number >= 0 for number in left)


async def test_a_process_counts_exactly(clock: Clock) -> None:
    """So many requests are admitted, each one fewer left, and then none."""
    assert await ask(meter(SMALL, clock), 12) == [*range(9, -1, -1), -1, -1]


async def test_callers_do_not_use_up_each_others_requests(clock: Clock) -> None:
    """Each caller has a window of their own."""
    counting = meter(SMALL, clock)
    await ask(counting, 11)
    assert await ask(counting, 1, "bob") == [9]


async def test_a_window_begins_with_the_first_request_and_turns(clock: Clock) -> None:
    """It lasts as long as the limit says, to the millisecond, and then all begins anew."""
    counting = meter(SMALL, clock)
    await ask(counting, 11)
    clock.advance(MINUTE - 1)
    assert await ask(counting) == [-1]
    clock.advance(1)
    assert await ask(counting) == [9]


async def test_a_refusal_says_when_to_come_back(clock: Clock) -> None:
    """The wait is in whole seconds and never too short; the limit is told."""
    counting = meter(SMALL, clock)
    await ask(counting, 10)
    clock.advance(500)
    with pytest.raises(RateLimited) as refused:
        await counting.admit("ann", 10)
    assert (refused.value.retry_after, refused.value.reset) == (60, (NOON + MINUTE) // 1000)
    assert refused.value.details == {"limit": 10, "window_seconds": 60, "retry_after": 60}
    clock.advance(MINUTE - 600)
    with pytest.raises(RateLimited) as refused:
        await counting.admit("ann", 10)
    assert refused.value.retry_after == 1


async def test_a_limit_that_changes_counts_what_was_used(clock: Clock) -> None:
    """More is possible at once, less is refused at once, and going back and forth gives nothing away."""
    counting = meter(SMALL, clock)
    assert admitted(await ask(counting, 12)) == 10
    assert await ask(counting, 2, requests=15) == [4, 3]
    assert await ask(counting, 1, requests=5) == [-1]
    assert await ask(counting, 5, requests=15) == [2, 1, 0, -1, -1]


@pytest.mark.parametrize("shift", [-3_600_000, -86_400_000 * 365])
async def test_a_clock_that_is_set_back_locks_nobody_out(clock: Clock, shift: int) -> None:
    """A window that would end later than any can is over."""
    counting = meter(SMALL, clock)
    await ask(counting, 11)
    clock.advance(shift)
    assert await ask(counting) == [9]


async def test_memory_is_bounded(clock: Clock) -> None:
    """However many callers come, so many are remembered, and one more makes room by the oldest."""
    counting = meter(SMALL, clock, capacity=100)
    for number in range(1000):
        await ask(counting, caller=f"caller {number}")
    assert len(counting.windows) == 100
    assert await ask(counting, caller="caller 999") == [8]


async def test_windows_that_are_over_are_forgotten(clock: Clock) -> None:
    """Callers that come take the place of those who have gone."""
    counting = meter(SMALL, clock)
    for number in range(100):
        await ask(counting, caller=f"old {number}")
    clock.advance(MINUTE)
    for number in range(50):
        await ask(counting, caller=f"new {number}")
    assert len(counting.windows) == 50


async def test_the_fullest_category_makes_room(clock: Clock) -> None:
    """Who floods one category pushes nobody out of another."""
    meters = Meters({("v2", "tasks"): LARGE, ("v2", "ai"): FREE}, clock, capacity=10)
    tasks, ai = meters.of("v2", "tasks"), meters.of("v2", "ai")
    await ask(ai, 3)
    for number in range(100):
        await ask(tasks, caller=f"caller {number}")
    assert await ask(ai) == [496]


async def test_nothing_is_counted_when_limits_are_off(clock: Clock) -> None:
    """Every request is the first, and its answer says so."""
    counting = meter(SMALL, clock, is_counting=False)
    assert await ask(counting, 50) == [10] * 50
    assert counting.windows == {}


def test_a_category_without_a_limit_has_no_meter(clock: Clock) -> None:
    """What is not limited is not counted, and what nobody knows is a defect of the contract."""
    meters = Meters({("mesh", "probes"): None}, clock)
    assert meters.of("mesh", "probes") is None
    with pytest.raises(ValueError, match=r"no limit for mesh\.api"):
        meters.of("mesh", "api")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("limit", [SMALL, LARGE])
async def test_processes_share_a_limit(clock: Clock, limit: Limit, seed: int) -> None:
    """Two processes together admit exactly the limit, if both are asked until they refuse."""
    documents = WaveringDocuments(clock, seed)
    processes = [meter(limit, clock, documents) for _ in range(2)]
    callers = [ask(process, limit.requests // 16) for process in processes for _ in range(32)]
    asked = await asyncio.gather(*callers)
    rest = [await ask(process, limit.requests) for process in processes]
    assert sum(map(admitted, [*asked, *rest])) == limit.requests


@settings(max_examples=30, deadline=None)
@given(
    requests=st.integers(1, 300),
    plan=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60), st.integers(0, 20_000)), max_size=30),
)
def test_no_window_admits_more_than_its_limit(requests: int, plan: list[tuple[int, int, int]]) -> None:
    """Whichever process is asked, how often and when: never more in a window, and what is said to be left is there."""

    async def run() -> None:
        clock = Clock()
        documents, limit = MemoryDocuments(clock), Limit("v2", "tasks", requests, 60)
        processes = [meter(limit, clock, documents) for _ in range(3)]
        used: dict[int, int] = {}
        for process, times, pause in plan:
            for left in await ask(processes[process], times):
                if left >= 0:
                    until = processes[process].windows["ann"].until
                    used[until] = used.get(until, 0) + 1
                    assert used[until] + left <= requests
            clock.advance(pause)

    asyncio.run(run())


async def test_small_limits_are_counted_one_by_one(clock: Clock, documents: MemoryDocuments) -> None:
    """A small limit is used up whoever counts, for nobody holds back what they do not use."""
    processes = [meter(SMALL, clock, documents) for _ in range(4)]
    left = [await ask(processes[number % 4]) for number in range(12)]
    assert left == [[0]] * 10 + [[-1]] * 2


async def test_large_limits_ask_the_store_now_and_then(clock: Clock) -> None:
    """A request costs no write: most are counted from what was leased."""
    documents = SilentDocuments(clock)
    assert admitted(await ask(meter(LARGE, clock, documents), 600)) == 500
    assert documents.asked < 70


async def test_a_caller_who_is_refused_costs_the_store_nothing(clock: Clock) -> None:
    """That nothing is left is remembered to the end of the window."""
    documents = SilentDocuments(clock)
    counting = meter(SMALL, clock, documents)
    await ask(counting, 11)
    asked = documents.asked
    assert admitted(await ask(counting, 100)) == 0
    assert documents.asked == asked


async def test_those_who_wait_share_a_lease(clock: Clock) -> None:
    """Many requests at once ask the store once."""
    documents = SilentDocuments(clock)
    counting = meter(SMALL, clock, documents)
    found = await asyncio.gather(*(ask(counting) for _ in range(64)))
    assert sum(map(admitted, found)) == 10
    assert documents.asked <= 3


async def test_a_shared_window_ends_at_one_time_and_turns(clock: Clock, documents: MemoryDocuments) -> None:
    """Who comes later to a window learns when it ends; then the counter begins anew."""
    first, second = (meter(SMALL, clock, documents) for _ in range(2))
    await ask(first)
    clock.advance(MINUTE // 2)
    await ask(second)
    assert second.windows["ann"].until == first.windows["ann"].until == NOON + MINUTE
    assert admitted(await ask(second, 20)) == 8
    clock.advance(MINUTE // 2)
    assert admitted(await ask(second, 20)) == 10
    (record,) = documents.all_of(COUNTERS, PLATFORM)
    assert (record["given"], record["until"]) == (10, NOON + 2 * MINUTE)


async def test_a_shared_limit_may_change_in_its_window(clock: Clock, documents: MemoryDocuments) -> None:
    """A key that is given more has it at once, less what it has used."""
    counting = meter(SMALL, clock, documents)
    assert admitted(await ask(counting, 12)) == 10
    assert admitted(await ask(counting, 12, requests=15)) == 5


@pytest.mark.parametrize("silence", [refuse, never])
async def test_while_the_store_is_silent_each_process_counts_by_itself(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, silence: Any
) -> None:
    """A silent store stops nobody, does not make them wait twice, and sets no limit aside."""
    monkeypatch.setattr(patience, "_SECONDS", 0.05)
    documents = SilentDocuments(clock)
    documents.silence = silence
    counting = meter(LARGE, clock, documents)
    async with asyncio.timeout(20):
        assert admitted(await ask(counting, 600)) == 500
        assert admitted(await ask(counting, 600, "bob")) == 500
    assert documents.asked == 1


async def test_what_was_admitted_in_a_silence_is_counted_after_it(clock: Clock) -> None:
    """When the store answers again, it learns of what was given on credit: together there is no more than the limit."""
    documents = SilentDocuments(clock)
    first, second = (meter(LARGE, clock, documents) for _ in range(2))
    documents.silence = refuse
    assert admitted(await ask(first, 100)) == 100
    documents.silence = None
    clock.advance(5001)
    assert admitted(await ask(first)) == 1
    assert admitted(await ask(second, 500)) + admitted(await ask(first, 500)) == 399


@pytest.mark.parametrize("silence", [refuse, never])
async def test_what_guards_secrets_is_refused_while_nobody_can_count(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, silence: Any
) -> None:
    """Guessing a password gets no second chance from a second process; it works again when the store does."""
    monkeypatch.setattr(patience, "_SECONDS", 0.05)
    documents = SilentDocuments(clock)
    counting = meter(SMALL, clock, documents)
    documents.silence = silence
    for _ in range(3):
        with pytest.raises(Unavailable):
            await ask(counting)
    documents.silence = None
    clock.advance(5001)
    assert admitted(await ask(counting, 20)) == 10


async def test_an_answer_that_comes_too_late_gives_nothing_away(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is leased when nobody waits any more is lost, and not counted twice."""
    monkeypatch.setattr(patience, "_SECONDS", 0.01)
    documents, late = SilentDocuments(clock), asyncio.Event()
    documents.silence = late.wait
    counting = meter(LARGE, clock, documents)
    await ask(counting)
    late.set()
    await asyncio.sleep(0.05)
    assert admitted(await ask(counting, 600)) == 499
    (record,) = documents.all_of(COUNTERS, PLATFORM)
    assert record["given"] <= 500


async def test_what_is_said_of_a_request_that_is_not_counted(clock: Clock) -> None:
    """Nothing is surely left, and a whole window may have to pass."""
    assert meter(SMALL, clock).ahead(10) == (10, 0, NOON // 1000 + 60)
