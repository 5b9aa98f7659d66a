"""Estimates: the mean of what was completed lately, looked up once a minute."""

import pytest

from handlers.core.estimates import Estimates
from handlers.core.ports import Document, Query
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from tests.fakes import Clock, MemoryDocuments


class CountingDocuments(MemoryDocuments):
    """A store that counts the pages it has read."""

    pages = 0

    async def page(self, query: Query, limit: int, **window: object) -> list[Document]:
        """One more page."""
        self.pages += 1
        return await super().page(query, limit, **window)


@pytest.fixture
def documents(clock: Clock) -> CountingDocuments:
    """The store, counting."""
    return CountingDocuments(clock)


@pytest.fixture
def estimates(documents: CountingDocuments, clock: Clock) -> Estimates:
    """The estimates."""
    return Estimates(documents, clock)


async def test_without_experience_the_timeout_is_the_estimate(estimates: Estimates) -> None:
    """What was never completed is expected to take all the time that it has."""
    assert await estimates.of("t_one", "build", 90) == 90


@pytest.mark.parametrize(("seconds", "estimate"), [((10, 20), 15), ((0.2, 0.1), 1), ((500, 700), 300)])
async def test_the_mean_of_what_was_completed(
    tasks: Tasks, clock: Clock, ann: Principal, seconds: tuple[float, ...], estimate: int
) -> None:
    """The mean is at least a second, and never more than the task's timeout."""
    for duration in seconds:
        await done(tasks, clock, ann, "build", duration)
    clock.advance(60_001)
    assert (
        await tasks.create(ann, {"name": "n", "type": "build", "timeout_seconds": 300})
    ).estimate_seconds == estimate


async def test_other_types_tenants_and_failures_do_not_count(
    tasks: Tasks, estimates: Estimates, clock: Clock, ann: Principal
) -> None:
    """Only completed tasks of the type in the tenant are experience."""
    await done(tasks, clock, ann, "other", 10)
    await done(tasks, clock, Principal("usr_eve", "t_two", ann.scopes), "build", 10)
    await done(tasks, clock, ann, "build", 10, status="failed")
    assert await estimates.of("t_one", "build", 90) == 90


async def test_only_the_last_twenty_count(tasks: Tasks, estimates: Estimates, clock: Clock, ann: Principal) -> None:
    """What took long once, long ago, is forgotten."""
    await done(tasks, clock, ann, "build", 1000)
    for _ in range(20):
        await done(tasks, clock, ann, "build", 10)
    assert await estimates.of("t_one", "build", 3600) == 10


async def test_an_estimate_is_looked_up_once_a_minute(
    documents: CountingDocuments, estimates: Estimates, clock: Clock
) -> None:
    """The store is asked again after a minute, not before, and per type and tenant."""
    for _ in range(3):
        await estimates.of("t_one", "build", 90)
    assert documents.pages == 1
    await estimates.of("t_two", "build", 90)
    clock.advance(60_000)
    await estimates.of("t_one", "build", 90)
    assert documents.pages == 3


async def test_what_is_remembered_is_bounded(documents: CountingDocuments, estimates: Estimates) -> None:
    """However many types callers invent, memory does not grow with them."""
    for number in range(2500):
        await estimates.of("t_one", f"type {number}", 90)
    assert len(estimates._known) <= 1000


async def done(
    tasks: Tasks, clock: Clock, who: Principal, kind: str, seconds: float, status: str = "completed"
) -> None:
    """A task that took so long."""
    task = await tasks.create(who, {"name": "n", "type": kind})
    await tasks.update(who, task.id, {"status": "running"})
    clock.advance(round(seconds * 1000))
    await tasks.update(who, task.id, {"status": status})
