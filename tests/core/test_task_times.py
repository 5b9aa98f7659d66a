"""Tasks and time: deadlines, how long a task may run, and schedules that move on."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.agenda import Agenda
from handlers.core.collections import TASKS
from handlers.core.duties import Duty
from handlers.core.lifecycle import FINAL, STATUSES, Task, due_of
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from tests.fakes import NOON, Clock, MemoryDocuments

WORK = {"name": "n", "type": "t"}
HOUR = 3_600_000
NIGHTLY = {"cron": "0 2 * * *"}  # at NOON it is due in fourteen hours


@pytest.fixture
def agenda(documents: MemoryDocuments, tasks: Tasks, clock: Clock) -> Agenda:
    """The engine, which sees to tasks."""
    agenda = Agenda(documents, clock, lambda event, **facts: pytest.fail(f"{event} {facts}"))
    agenda.take(Duty(TASKS, tasks.attend))
    return agenda


async def pass_time(agenda: Agenda, clock: Clock, milliseconds: int) -> None:
    """Let so much time pass, and all be done that is due then."""
    clock.advance(milliseconds)
    while await agenda.look() == 0:
        await agenda.settle()


@pytest.mark.parametrize("status", ["pending", "running", "blocked"])
async def test_a_deadline_ends_a_task(
    tasks: Tasks, documents: MemoryDocuments, agenda: Agenda, clock: Clock, ann: Principal, status: str
) -> None:
    """A task that is not finished by its deadline ends as `timeout`, once, and everybody is told as of a failure."""
    task = await tasks.create(ann, {**WORK, "deadline": NOON + HOUR - 1})
    if status != "pending":
        await tasks.update(ann, task.id, {"status": status})
    told = len(documents.told)
    await pass_time(agenda, clock, HOUR - 2)
    assert (await tasks.get(ann, task.id)).status == status
    await pass_time(agenda, clock, 1)
    ended = await tasks.get(ann, task.id)
    assert (ended.status, ended.state, ended.completed_at) == ("timeout", "timeout", clock.now)
    assert ended.error == "The task was not finished by its deadline"
    assert documents.types[told:] == ["task.failed"]
    await pass_time(agenda, clock, 100 * HOUR)
    assert await tasks.get(ann, task.id) == ended
    assert len(documents.told) == told + 1


async def test_a_task_may_run_only_so_long(tasks: Tasks, agenda: Agenda, clock: Clock, ann: Principal) -> None:
    """The time limit counts from when a task began to run; waiting counts for nothing, and being blocked counts."""
    task = await tasks.create(ann, {**WORK, "timeout_seconds": 60})
    await pass_time(agenda, clock, 24 * HOUR)
    await tasks.update(ann, task.id, {"status": "running"})
    await pass_time(agenda, clock, 30_000)
    await tasks.update(ann, task.id, {"status": "blocked"})
    await pass_time(agenda, clock, 29_999)
    assert (await tasks.get(ann, task.id)).status == "blocked"
    await pass_time(agenda, clock, 1)
    ended = await tasks.get(ann, task.id)
    assert (ended.status, ended.error) == ("timeout", "The task ran for longer than 60 seconds")


async def test_a_task_that_goes_back_to_its_queue_begins_anew(
    tasks: Tasks, agenda: Agenda, clock: Clock, ann: Principal
) -> None:
    """What ran before it was put back does not count against the next time; when it was first started stays known."""
    task = await tasks.create(ann, {**WORK, "timeout_seconds": 60})
    await tasks.update(ann, task.id, {"status": "running"})
    await pass_time(agenda, clock, 40_000)
    await tasks.update(ann, task.id, {"status": "pending"})
    await pass_time(agenda, clock, HOUR)
    await tasks.update(ann, task.id, {"status": "running"})
    await pass_time(agenda, clock, 59_999)
    running = await tasks.get(ann, task.id)
    assert (running.status, running.started_at) == ("running", NOON)
    await pass_time(agenda, clock, 1)
    assert (await tasks.get(ann, task.id)).status == "timeout"


async def test_a_longer_limit_is_given_in_time(tasks: Tasks, agenda: Agenda, clock: Clock, ann: Principal) -> None:
    """A limit or a deadline that is moved counts as it is now."""
    task = await tasks.create(ann, {**WORK, "timeout_seconds": 60, "deadline": NOON + HOUR})
    await tasks.update(ann, task.id, {"status": "running"})
    await tasks.update(ann, task.id, {"timeout_seconds": 7201, "deadline": NOON + 3 * HOUR})
    await pass_time(agenda, clock, 2 * HOUR - 1)
    assert (await tasks.get(ann, task.id)).status == "running"
    await tasks.update(ann, task.id, {"deadline": NOON + 2 * HOUR})
    await pass_time(agenda, clock, 1)
    assert (await tasks.get(ann, task.id)).error == "The task was not finished by its deadline"


async def test_a_deadline_that_had_passed_ends_nothing(
    tasks: Tasks, agenda: Agenda, clock: Clock, ann: Principal
) -> None:
    """A deadline that lies in the past when it is given is kept and shown, and nobody waits for it."""
    created = await tasks.create(ann, {**WORK, "deadline": NOON - 1})
    changed = await tasks.create(ann, {**WORK, "deadline": NOON + HOUR})
    await tasks.update(ann, changed.id, {"deadline": NOON})
    await pass_time(agenda, clock, 2 * HOUR)
    for task in (created, changed):
        found = await tasks.get(ann, task.id)
        assert (found.status, found.due_at) == ("pending", None)
        assert found.deadline is not None


async def test_what_is_finished_is_due_no_more(
    tasks: Tasks, documents: MemoryDocuments, agenda: Agenda, clock: Clock, ann: Principal
) -> None:
    """A finished or deleted task has no moment left, so nothing is looked at twice."""
    given = {**WORK, "deadline": NOON + HOUR, "schedule": NIGHTLY}
    for status in FINAL:
        task = await tasks.create(ann, dict(given))
        await tasks.update(ann, task.id, {"status": "pending"})
        await tasks.update(ann, task.id, {"status": status})
        await tasks.update(ann, task.id, {"schedule": {"cron": "0 3 * * *"}, "deadline": NOON + 2 * HOUR})
    gone = await tasks.create(ann, dict(given))
    await tasks.delete(ann, gone.id)
    assert [document.get("due_at") for document in documents.all_of(TASKS, ann.tenant)] == [None] * 5
    assert await agenda.look() == 60


async def test_a_schedule_moves_on(
    tasks: Tasks, documents: MemoryDocuments, agenda: Agenda, clock: Clock, ann: Principal
) -> None:
    """When a schedule is due its task says when it is due next, once; deadlines do not touch what waits for it."""
    task = await tasks.create(ann, {**WORK, "schedule": NIGHTLY, "deadline": NOON + HOUR})
    await pass_time(agenda, clock, 14 * HOUR)
    found = await tasks.get(ann, task.id)
    assert (found.status, found.next_run, found.version) == ("scheduled", clock.now + 24 * HOUR, 2)
    assert documents.types == ["task.created", "task.updated"]


async def test_a_schedule_catches_up_after_an_outage(
    tasks: Tasks, documents: MemoryDocuments, agenda: Agenda, clock: Clock, ann: Principal
) -> None:
    """After days without any process a schedule is due next in the future, and has moved there in one step."""
    task = await tasks.create(ann, {**WORK, "schedule": NIGHTLY})
    await pass_time(agenda, clock, 14 * HOUR + 9 * 24 * HOUR + 5)
    found = await tasks.get(ann, task.id)
    assert (found.next_run, found.version) == (clock.now - 5 + 24 * HOUR, 2)
    assert documents.types == ["task.created", "task.updated"]


async def test_a_task_that_moves_while_its_schedule_is_due_ends_at_its_limit(
    tasks: Tasks, agenda: Agenda, clock: Clock, ann: Principal
) -> None:
    """A running task with a schedule has both, and whichever comes first is seen to first."""
    task = await tasks.create(ann, {**WORK, "schedule": NIGHTLY, "timeout_seconds": 15 * 3600})
    await tasks.update(ann, task.id, {"status": "running"})
    await pass_time(agenda, clock, 14 * HOUR)
    found = await tasks.get(ann, task.id)
    assert (found.status, found.due_at) == ("running", NOON + 15 * HOUR)
    await pass_time(agenda, clock, HOUR)
    found = await tasks.get(ann, task.id)
    assert (found.status, found.next_run, found.due_at) == ("timeout", None, None)


async def test_many_workers_end_a_task_once(
    documents: MemoryDocuments, tasks: Tasks, clock: Clock, ann: Principal
) -> None:
    """However many workers look at once, each task is changed and told once."""
    made = [await tasks.create(ann, {**WORK, "deadline": NOON + 1}) for _ in range(30)]
    workers = [Agenda(documents, clock, lambda event, **facts: None, is_shared=True) for _ in range(4)]
    for worker in workers:
        worker.take(Duty(TASKS, Tasks(documents, clock).attend))
    clock.advance(1)
    for _ in range(3):
        await asyncio.gather(*(worker.look() for worker in workers))
        await asyncio.gather(*(worker.settle() for worker in workers))
    assert {(await tasks.get(ann, task.id)).version for task in made} == {2}
    assert sorted(event.subject for event in documents.told if event.type == "task.failed") == sorted(
        task.id for task in made
    )


async def test_a_change_that_comes_first_wins(
    tasks: Tasks, documents: MemoryDocuments, clock: Clock, ann: Principal
) -> None:
    """A task that was finished after it was claimed stays as it was finished."""
    task = await tasks.create(ann, {**WORK, "deadline": NOON + 1})
    clock.advance(1)
    [claimed] = await documents.due(TASKS, clock.now, 10)
    await tasks.update(ann, task.id, {"status": "completed"})
    assert await tasks.attend(claimed) is None
    assert (await tasks.get(ann, task.id)).status == "completed"
    await tasks.delete(ann, task.id)
    assert await tasks.attend(claimed) is None


async def test_the_engine_is_told_what_to_expect(documents: MemoryDocuments, clock: Clock, ann: Principal) -> None:
    """Every write of a task says when something of it is due, an idempotent one too."""
    expected: list[int | None] = []
    tasks = Tasks(documents, clock, expected.append)
    await tasks.create(ann, {**WORK, "deadline": NOON + 5})
    for _ in range(2):
        task = await tasks.create(ann, {**WORK, "deadline": NOON + 6}, idempotency_key="k")
    await tasks.update(ann, task.id, {"deadline": NOON + 7})
    await tasks.update(ann, task.id, {"status": "completed"})
    assert expected == [NOON + 5, NOON + 6, NOON + 7, None]


moments = st.none() | st.integers(0, 2 * NOON)
lives = st.builds(
    lambda status, late_at, running_since, timeout_seconds, next_run: Task(
        "task_1", "t", "n", "t", status, status, "usr_a", 0, 0, 1, 1, late_at=late_at, running_since=running_since,
        timeout_seconds=timeout_seconds, next_run=next_run, schedule=None if next_run is None else dict(NIGHTLY),
    ),
    st.sampled_from([status for status in STATUSES if status not in FINAL]), moments, moments,
    st.integers(1, 604_800), moments,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(task=lives, now=st.integers(0, 2 * NOON))
def test_what_was_attended_to_is_not_due_at_once(task: Task, now: int) -> None:
    """Attending to whatever task at whatever time leaves it due later or never, and a second time changes nothing."""

    async def attend_twice() -> tuple[Task, Task]:
        documents, clock = MemoryDocuments(), Clock(now)
        tasks = Tasks(documents, clock)
        task.due_at = due_of(task)
        await tasks._records.insert("t", task.document())
        found: list[Task] = []
        for _ in range(2):
            due_at = await tasks.attend({"tenant": "t", "id": "task_1"})
            assert due_at is None or due_at > now
            found.append(await tasks.get(Principal("usr_a", "t", frozenset()), "task_1"))
        return found[0], found[1]

    once, twice = asyncio.run(attend_twice())
    assert once == twice
    is_due = task.due_at is not None and task.due_at <= now
    assert once.version == (2 if is_due else 1)
