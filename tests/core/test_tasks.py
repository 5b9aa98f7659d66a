"""Tasks: which status may follow which, what a change sets, what is told, and what becomes of deleted ones."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from handlers.core.collections import TASKS
from handlers.core.errors import (
    IllegalTransition,
    NotFound,
    PreconditionFailed,
    Unavailable,
    Unprocessable,
)
from handlers.core.events import Event
from handlers.core.lifecycle import FINAL, STATUSES, Task
from handlers.core.ports import Change, Document, Insert, Position, Update
from handlers.core.principals import Principal
from handlers.core.tasks import Filter, Tasks
from handlers.dialects.lexos.mapping import STATUS
from tests.fakes import NOON, Clock, MemoryDocuments

WORK = {"name": "Process dataset XYZ", "type": "data_processing"}
NIGHTLY = {"cron": "0 2 * * *"}
# Rows are what a task is, columns what it is asked to become: + may be, - may not, = stays as it is.
# `scheduled` is for tasks with a schedule; the tasks of this table have one.
MOVES = """
            scheduled pending running blocked completed failed cancelled timeout
scheduled           =       +       +       +         +      +         +       -
pending             +       =       +       +         +      +         +       +
running             -       +       =       +         +      +         +       +
blocked             -       +       +       =         +      +         +       +
completed           -       -       -       -         =      -         -       -
failed              -       -       -       -         -      =         -       -
cancelled           -       -       -       -         -      -         =       -
timeout             -       -       -       -         -      -         -       =
"""
_HEAD, *_ROWS = MOVES.strip().splitlines()
TABLE = [
    (row.split()[0], wanted, mark) for row in _ROWS for wanted, mark in zip(_HEAD.split(), row.split()[1:], strict=True)
]
EVENTS = {
    "scheduled": "task.updated",
    "pending": "task.updated",
    "blocked": "task.updated",
    "running": "task.started",
    "completed": "task.completed",
    "failed": "task.failed",
    "timeout": "task.failed",
    "cancelled": "task.cancelled",
}


class BusyDocuments(MemoryDocuments):
    """A store in which somebody else is faster, so many times."""

    def __init__(self, clock: Clock, times: int) -> None:
        super().__init__(clock)
        self._times = times

    async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
        """Let the other one write first."""
        if isinstance(change, Update) and self._times > 0:
            self._times -= 1
            held = await self.get(change.collection, change.tenant, change.id)
            newer = {"version": held["version"] + 1}
            await super().write(Update(change.collection, change.tenant, change.id, {}, newer))
        return await super().write(change, events)


async def test_the_table_names_every_status() -> None:
    """The table below covers every pair of statuses that there are."""
    assert {present for present, _, _ in TABLE} == {wanted for _, wanted, _ in TABLE} == set(STATUSES)
    assert len(TABLE) == len(STATUSES) ** 2


@pytest.mark.parametrize(("present", "wanted", "mark"), TABLE)
async def test_which_status_may_follow_which(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal, present: str, wanted: str, mark: str
) -> None:
    """A status follows another where the table says so; a refused move changes nothing and is not told."""
    await stored(documents, ann, present, schedule=NIGHTLY)
    before = documents.all_of(TASKS, ann.tenant)
    if mark == "-":
        with pytest.raises(IllegalTransition) as refusal:
            await tasks.update(ann, "task_1", {"status": wanted})
        assert refusal.value.details == {"id": "task_1", "status": present}
        assert documents.all_of(TASKS, ann.tenant) == before
        assert documents.types == []
        return
    changed = await tasks.update(ann, "task_1", {"status": wanted})
    assert (changed.status, changed.state, changed.version) == (wanted, wanted, 2)
    assert documents.types == [EVENTS[wanted] if mark == "+" else "task.updated"]


@pytest.mark.parametrize("present", ["pending", "running", "blocked"])
async def test_only_a_task_with_a_schedule_is_scheduled(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal, present: str
) -> None:
    """A task without a schedule cannot wait for one."""
    await stored(documents, ann, present)
    with pytest.raises(IllegalTransition):
        await tasks.update(ann, "task_1", {"status": "scheduled"})


@pytest.mark.parametrize("final", FINAL)
@pytest.mark.parametrize(
    "change", [{"progress": 5}, {"result": {"a": 1}}, {"error": "late"}, {"name": "x", "progress": 5}]
)
async def test_a_finished_task_keeps_its_outcome(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal, final: str, change: dict[str, Any]
) -> None:
    """What a finished task has come to cannot be rewritten, not even beside a change that could be made."""
    await stored(documents, ann, final, completed_at=5)
    before = documents.all_of(TASKS, ann.tenant)
    with pytest.raises(IllegalTransition):
        await tasks.update(ann, "task_1", change)
    assert documents.all_of(TASKS, ann.tenant) == before


async def test_a_finished_task_can_be_renamed(tasks: Tasks, documents: MemoryDocuments, ann: Principal) -> None:
    """What is only said about a finished task may be said better; saying its outcome again is no change."""
    await stored(documents, ann, "completed", progress=100)
    changed = await tasks.update(ann, "task_1", {"name": "Better", "status": "completed", "progress": 100})
    assert (changed.name, changed.status) == ("Better", "completed")


async def test_a_created_task_is_pending_and_told(
    tasks: Tasks, documents: MemoryDocuments, clock: Clock, ann: Principal
) -> None:
    """A new task has its defaults, its creator and its time, and is told once, with its record."""
    task = await tasks.create(ann, dict(WORK))
    assert (task.status, task.state, task.progress, task.priority, task.version) == (
        "pending",
        "pending",
        0,
        "normal",
        1,
    )
    assert (task.created_by, task.tenant, task.created_at, task.updated_at) == (
        ann.id,
        ann.tenant,
        clock.now,
        clock.now,
    )
    assert (task.started_at, task.completed_at, task.deleted_at, task.next_run) == (None, None, None, None)
    assert task == await tasks.get(ann, task.id)
    assert [(event.type, event.subject, event.tenant, event.at) for event in documents.told] == [
        ("task.created", task.id, ann.tenant, clock.now)
    ]
    assert Task.of(documents.told[0].data) == task


async def test_a_task_with_a_schedule_waits_for_it(tasks: Tasks, clock: Clock, ann: Principal) -> None:
    """A task with a schedule is scheduled, and knows when it is due."""
    task = await tasks.create(ann, {**WORK, "schedule": NIGHTLY})
    assert task.status == "scheduled"
    assert task.next_run == clock.now + 14 * 3_600_000


async def test_a_schedule_that_is_never_due_creates_nothing(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal
) -> None:
    """A refused task is not stored and not told."""
    with pytest.raises(Unprocessable):
        await tasks.create(ann, {**WORK, "schedule": {"cron": "0 0 30 2 *"}})
    assert documents.all_of(TASKS, ann.tenant) == []
    assert documents.told == []


async def test_a_task_without_its_schedule_waits_no_more(tasks: Tasks, ann: Principal) -> None:
    """A schedule that is taken away leaves a pending task, unless somebody wants it to wait all the same."""
    task = await tasks.create(ann, {**WORK, "schedule": NIGHTLY, "deadline": NOON + 1_000, "description": "d"})
    with pytest.raises(IllegalTransition):
        await tasks.update(ann, task.id, {"schedule": None, "status": "scheduled"})
    bare = await tasks.update(ann, task.id, {"schedule": None, "deadline": None, "description": None})
    assert (bare.status, bare.state, bare.next_run, bare.due_at) == ("pending", "pending", None, None)
    assert (bare.schedule, bare.deadline, bare.late_at, bare.description) == (None, None, None, None)
    running = await tasks.create(ann, {**WORK, "schedule": NIGHTLY})
    await tasks.update(ann, running.id, {"status": "running"})
    changed = await tasks.update(ann, running.id, {"schedule": None})
    assert (changed.status, changed.next_run) == ("running", None)


async def test_a_pending_task_that_is_given_a_schedule_waits_for_it(tasks: Tasks, ann: Principal) -> None:
    """A schedule makes a pending task a scheduled one; a running task stays running."""
    pending, running = await tasks.create(ann, dict(WORK)), await tasks.create(ann, dict(WORK))
    await tasks.update(ann, running.id, {"status": "running"})
    assert (await tasks.update(ann, pending.id, {"schedule": NIGHTLY})).status == "scheduled"
    changed = await tasks.update(ann, running.id, {"schedule": NIGHTLY})
    assert changed.status == "running"
    assert changed.next_run is not None


async def test_the_times_of_a_life(tasks: Tasks, clock: Clock, ann: Principal) -> None:
    """A task starts once, however often it runs, and completes with all its progress."""
    task = await tasks.create(ann, dict(WORK))
    begun = clock.now = clock.now + 1000
    await tasks.update(ann, task.id, {"status": "running", "progress": 40})
    clock.advance(1000)
    await tasks.update(ann, task.id, {"status": "blocked"})
    clock.advance(1000)
    await tasks.update(ann, task.id, {"status": "running"})
    clock.advance(1000)
    done = await tasks.update(ann, task.id, {"status": "completed", "result": {"rows": 3}})
    assert (done.started_at, done.completed_at, done.updated_at) == (begun, clock.now, clock.now)
    assert (done.progress, done.result, done.version) == (100, {"rows": 3}, 5)


async def test_tags_are_found_by_their_labels(tasks: Tasks, ann: Principal) -> None:
    """New tags replace the old ones, in lists too."""
    task = await tasks.create(ann, {**WORK, "tags": {"team": "a", "tier": "1"}})
    await tasks.update(ann, task.id, {"tags": {"team": "b"}})
    assert await listed(tasks, ann, Filter(labels=("team:a",))) == []
    assert await listed(tasks, ann, Filter(labels=("team:b",))) == [task.id]


async def test_a_stale_version_is_refused(tasks: Tasks, documents: MemoryDocuments, ann: Principal) -> None:
    """A change or deletion meant for another version does not happen, and says which version is there."""
    task = await tasks.create(ann, dict(WORK))
    await tasks.update(ann, task.id, {"progress": 10}, version=1)
    before = documents.all_of(TASKS, ann.tenant)
    for attempt in (tasks.update(ann, task.id, {"progress": 20}, version=1), tasks.delete(ann, task.id, version=1)):
        with pytest.raises(PreconditionFailed) as refusal:
            await attempt
        assert refusal.value.details["present"] == 2
    assert documents.all_of(TASKS, ann.tenant) == before


async def test_of_many_changes_to_one_version_one_is_made(tasks: Tasks, ann: Principal) -> None:
    """Whoever names the version that they have read never overwrites what they have not read."""
    task = await tasks.create(ann, dict(WORK))
    attempts = [tasks.update(ann, task.id, {"progress": number}, version=1) for number in range(1, 9)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["PreconditionFailed"] * 7 + ["Task"]


async def test_concurrent_changes_all_count(tasks: Tasks, documents: MemoryDocuments, ann: Principal) -> None:
    """Changes that meet are made one after the other; each is told with the version that it made."""
    task = await tasks.create(ann, dict(WORK))
    fields = ("notes", "description", "assigned_to", "priority", "error", "deadline")
    values = ("n", "d", "agent_1", "high", "e", 7)
    await asyncio.gather(*(tasks.update(ann, task.id, {n: v}) for n, v in zip(fields, values, strict=True)))
    changed = await tasks.get(ann, task.id)
    assert tuple(getattr(changed, name) for name in fields) == values
    assert sorted(event.data["version"] for event in documents.told) == list(range(1, 8))


async def test_a_change_is_decided_again_on_what_is_there(clock: Clock, ann: Principal) -> None:
    """A write that comes too late is decided again on the record as it is now, and made."""
    documents = BusyDocuments(clock, times=3)
    tasks = Tasks(documents, clock)
    task = await tasks.create(ann, dict(WORK))
    changed = await tasks.update(ann, task.id, {"status": "running"})
    assert (changed.status, changed.version) == ("running", 5)
    assert documents.types == ["task.created", "task.started"]


async def test_changes_in_one_process_never_get_in_each_others_way(tasks: Tasks, ann: Principal) -> None:
    """However many change one task at once, each change is made and none is refused."""
    task = await tasks.create(ann, dict(WORK))
    await asyncio.gather(*(tasks.update(ann, task.id, {"notes": f"{number}"}) for number in range(100)))
    assert (await tasks.get(ann, task.id)).version == 101


@pytest.mark.parametrize("status", ["scheduled", "blocked", "timeout"])
async def test_a_status_said_back_in_a_dialects_word_changes_nothing(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal, status: str
) -> None:
    """Where one word means several statuses, saying it back leaves the one that is."""
    await stored(documents, ann, status)
    read = STATUS.codec.read(STATUS.codec.show(status))
    assert (await tasks.update(ann, "task_1", {"status": read, "notes": "x"})).status == status


async def test_a_task_that_everybody_changes_is_unavailable(clock: Clock, ann: Principal) -> None:
    """A change that never finds its record at rest is given up, and not told."""
    documents = BusyDocuments(clock, times=1000)
    tasks = Tasks(documents, clock)
    task = await tasks.create(ann, dict(WORK))
    with pytest.raises(Unavailable):
        await tasks.update(ann, task.id, {"status": "running"})
    assert (await tasks.get(ann, task.id)).status == "pending"
    assert documents.types == ["task.created"]


@pytest.mark.parametrize("status", STATUSES)
async def test_a_deleted_task_is_out_of_sight(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal, status: str
) -> None:
    """Deletion cancels what is not finished, keeps the outcome of what is, and hides both."""
    await stored(documents, ann, status)
    gone = await tasks.delete(ann, "task_1")
    assert gone.status == (status if status in FINAL else "cancelled")
    assert gone.deleted_at is not None
    assert documents.types == ["task.deleted" if status in FINAL else "task.cancelled"]
    for attempt in (tasks.get(ann, "task_1"), tasks.update(ann, "task_1", {"name": "x"}), tasks.delete(ann, "task_1")):
        with pytest.raises(NotFound):
            await attempt
    assert (await tasks.get(ann, "task_1", with_deleted=True)).deleted_at is not None
    assert await listed(tasks, ann, Filter()) == []
    assert await tasks.count(ann, Filter()) == 0


async def test_deleted_tasks_show_among_the_cancelled(tasks: Tasks, documents: MemoryDocuments, ann: Principal) -> None:
    """A list of cancelled tasks holds those that deletion has cancelled, and no other deleted ones."""
    for number, status in enumerate(("pending", "cancelled", "completed"), 1):
        await stored(documents, ann, status, id=f"task_{number}", created_at=number)
        await tasks.delete(ann, f"task_{number}")
    assert await listed(tasks, ann, Filter(("cancelled",))) == ["task_2", "task_1"]
    assert await tasks.count(ann, Filter(("cancelled",))) == 2
    assert await listed(tasks, ann, Filter(("completed",))) == []


async def test_following_shows_deleted_tasks_to_those_who_ask(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal
) -> None:
    """With deleted ones, a list holds everything; without, nothing that is gone, whatever the filter."""
    for number, status in enumerate(("pending", "cancelled", "completed", "running"), 1):
        await stored(documents, ann, status, id=f"task_{number}", created_at=number)
    for number in (1, 2, 3):
        await tasks.delete(ann, f"task_{number}")
    everything = await tasks.follow(ann, Filter(), 10, None, with_deleted=True)
    assert [task.id for task in everything] == ["task_4", "task_3", "task_2", "task_1"]
    for wanted, alive in ((Filter(), ["task_4"]), (Filter(("cancelled",)), [])):
        assert [task.id for task in await tasks.follow(ann, wanted, 10, None, with_deleted=False)] == alive


async def test_pages_neither_repeat_nor_skip(tasks: Tasks, clock: Clock, ann: Principal) -> None:
    """Following a position reaches every task once, the newest first, though new ones come meanwhile."""
    created = []
    for number in range(7):
        clock.advance(number % 2)
        created.append((await tasks.create(ann, dict(WORK))).id)
    seen: list[str] = []
    after = None
    while page := await tasks.follow(ann, Filter(), 2, after, with_deleted=False):
        seen += [task.id for task in page]
        after = Position(page[-1].created_at, page[-1].id)
        clock.advance(1)
        await tasks.create(ann, dict(WORK))
    assert sorted(seen) == sorted(created)
    assert len(seen) == 7


async def test_filters_combine(tasks: Tasks, ann: Principal) -> None:
    """A list holds what agrees with every filter."""
    wanted = await tasks.create(ann, {**WORK, "assigned_to": "a", "priority": "high"})
    await tasks.create(ann, {**WORK, "assigned_to": "a", "priority": "low"})
    await tasks.create(ann, {**WORK, "assigned_to": "b", "priority": "high"})
    await tasks.create(ann, {**WORK, "type": "other", "assigned_to": "a", "priority": "high"})
    filters = Filter(("pending", "running"), "a", "high", "data_processing")
    assert await listed(tasks, ann, filters) == [wanted.id]
    assert await tasks.count(ann, filters) == 1


async def test_tenants_do_not_know_of_each_other(tasks: Tasks, ann: Principal) -> None:
    """A task is in its tenant for reading, listing, changing and deleting."""
    stranger = Principal("usr_eve", "t_two", frozenset({"admin"}))
    task = await tasks.create(ann, dict(WORK))
    for attempt in (tasks.get(stranger, task.id), tasks.update(stranger, task.id, {}), tasks.delete(stranger, task.id)):
        with pytest.raises(NotFound):
            await attempt
    assert await listed(tasks, stranger, Filter()) == []


async def test_a_change_and_its_event_are_one_write(clock: Clock, ann: Principal) -> None:
    """Nothing is told but as a part of the write of what it tells of."""
    writes = []

    class Recording(MemoryDocuments):
        async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
            document = await super().write(change, events)
            writes.extend((event.subject, event.sequence, document["version"]) for event in events)
            return document

    documents = Recording(clock)
    tasks = Tasks(documents, clock)
    task = await tasks.create(ann, dict(WORK))
    await tasks.update(ann, task.id, {"status": "running"})
    await tasks.delete(ann, task.id)
    assert writes == [(task.id, 1, 1), (task.id, 2, 2), (task.id, 3, 3)]
    assert documents.types == ["task.created", "task.started", "task.cancelled"]


async def stored(documents: MemoryDocuments, who: Principal, status: str, **fields: Any) -> None:
    """A task in a status, put there without the rules."""
    record = {
        "id": "task_1", "tenant": who.tenant, "name": "n", "type": "t", "status": status, "state": status,
        "created_by": who.id, "created_at": 1, "updated_at": 1, "version": 1, "estimate_seconds": 1, **fields,
    }  # fmt: skip
    await documents.write(Insert(TASKS, who.tenant, record))


async def listed(tasks: Tasks, who: Principal, wanted: Filter) -> list[str]:
    """The identifiers in a list."""
    return [task.id for task in await tasks.page(who, wanted, 100, 0)]
