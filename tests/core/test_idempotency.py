"""Idempotency keys: a repeated request has the first answer and no second effect."""

import asyncio

import pytest

from handlers.core.collections import TASKS
from handlers.core.errors import Conflict, IdempotencyMismatch
from handlers.core.principals import Principal
from handlers.core.tasks import Filter, Tasks
from tests.fakes import Clock, MemoryDocuments

WORK = {"name": "n", "type": "t", "parameters": {"a": 1, "b": 2}}
SAME = {"type": "t", "parameters": {"b": 2, "a": 1}, "name": "n"}
OTHER = {"name": "n", "type": "t", "parameters": {"a": 1, "b": 3}}
DAY = 24 * 3600 * 1000


async def test_a_repeated_request_has_the_first_answer(
    tasks: Tasks, documents: MemoryDocuments, clock: Clock, ann: Principal
) -> None:
    """The same key with the same request is answered as at first, however far the task has come since."""
    first = await tasks.create(ann, dict(WORK), idempotency_key="k")
    await tasks.update(ann, first.id, {"status": "running"})
    clock.advance(DAY - 1)
    assert await tasks.create(ann, dict(SAME), idempotency_key="k") == first
    assert len(documents.all_of(TASKS, ann.tenant)) == 1
    assert documents.types == ["task.created", "task.started"]


async def test_a_deleted_task_is_not_promised_again(
    tasks: Tasks, documents: MemoryDocuments, clock: Clock, ann: Principal
) -> None:
    """A repeated request whose task was deleted is a conflict, not a second task; after a day the key is free."""
    first = await tasks.create(ann, dict(WORK), idempotency_key="k")
    await tasks.delete(ann, first.id)
    with pytest.raises(Conflict):
        await tasks.create(ann, dict(WORK), idempotency_key="k")
    assert len(documents.all_of(TASKS, ann.tenant)) == 1
    clock.advance(DAY)
    assert (await tasks.create(ann, dict(WORK), idempotency_key="k")).id != first.id


async def test_another_request_with_the_same_key_is_refused(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal
) -> None:
    """A key stands for one request."""
    await tasks.create(ann, dict(WORK), idempotency_key="k")
    with pytest.raises(IdempotencyMismatch):
        await tasks.create(ann, dict(OTHER), idempotency_key="k")
    assert len(documents.all_of(TASKS, ann.tenant)) == 1


async def test_a_key_is_forgotten_after_a_day(tasks: Tasks, clock: Clock, ann: Principal) -> None:
    """After a day the key is free, and the old task stays."""
    first = await tasks.create(ann, dict(WORK), idempotency_key="k")
    clock.advance(DAY)
    second = await tasks.create(ann, dict(OTHER), idempotency_key="k")
    assert second.id != first.id
    assert {task.id for task in await tasks.page(ann, Filter(), 10, 0)} == {first.id, second.id}
    assert await tasks.create(ann, dict(OTHER), idempotency_key="k") == second


async def test_a_key_belongs_to_its_caller(tasks: Tasks, ann: Principal, bob: Principal) -> None:
    """Two callers may choose the same key."""
    first = await tasks.create(ann, dict(WORK), idempotency_key="k")
    second = await tasks.create(bob, dict(OTHER), idempotency_key="k")
    assert first.id != second.id


async def test_requests_without_a_key_are_never_the_same(tasks: Tasks, ann: Principal) -> None:
    """Two equal requests are two tasks unless a key says otherwise."""
    assert (await tasks.create(ann, dict(WORK))).id != (await tasks.create(ann, dict(WORK))).id


@pytest.mark.parametrize("is_expired", [False, True])
async def test_concurrent_duplicates_are_one_task(
    tasks: Tasks, documents: MemoryDocuments, clock: Clock, ann: Principal, is_expired: bool
) -> None:
    """Of many equal requests at the same time one has an effect, and all have its answer; so too when a key expires."""
    older = 0
    if is_expired:
        await tasks.create(ann, dict(WORK), idempotency_key="k")
        clock.advance(DAY)
        older = 1
    answers = await asyncio.gather(*(tasks.create(ann, dict(WORK), idempotency_key="k") for _ in range(12)))
    assert len({answer.id for answer in answers}) == 1
    assert len(documents.all_of(TASKS, ann.tenant)) == older + 1
    assert documents.types == ["task.created"] * (older + 1)


async def test_of_concurrent_different_requests_one_is_done(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal
) -> None:
    """Different requests that bring one key at the same time: one is done, the others are told why not."""
    requests = [{**WORK, "name": f"n{number}"} for number in range(8)]
    attempts = (tasks.create(ann, request, idempotency_key="k") for request in requests)
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IdempotencyMismatch"] * 7 + ["Task"]
    assert len(documents.all_of(TASKS, ann.tenant)) == 1
