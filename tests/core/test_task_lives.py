"""Whatever is done to a task, in whatever order, some things always hold."""

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from handlers.core.errors import NotFound, Refusal
from handlers.core.lifecycle import FINAL, STATUSES, Task, due_of
from handlers.core.principals import Principal
from handlers.core.tasks import Filter, Tasks
from tests.fakes import NOON, Clock, MemoryDocuments

ANN = Principal("usr_ann", "t_one", frozenset({"admin"}))
KINDS = {
    "running": "started",
    "completed": "completed",
    "failed": "failed",
    "timeout": "failed",
    "cancelled": "cancelled",
}
changes = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(STATUSES),
        "progress": st.integers(0, 100),
        "name": st.text(min_size=1, max_size=3),
        "tags": st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz")),
        "schedule": st.just({"cron": "0 2 * * *"}),
        "result": st.just({"a": 1}),
        "error": st.just("broken"),
        "notes": st.text(max_size=3),
        "deadline": st.integers(NOON - 100_000, NOON + 1_000_000),
        "timeout_seconds": st.integers(1, 300),
    },
)


class TaskLife(RuleBasedStateMachine):
    """One task, changed at random; what it was before is compared with what it is after."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._clock = Clock()
        self._documents = MemoryDocuments(self._clock)
        self._tasks = Tasks(self._documents, self._clock)
        self._task: Task

    def teardown(self) -> None:
        """Let the loop go."""
        self._loop.close()

    @initialize(schedule=st.none() | st.just({"cron": "*/5 * * * *"}))
    def create(self, schedule: dict[str, str] | None) -> None:
        """The task."""
        given: dict[str, Any] = {"name": "n", "type": "t"}
        self._task = self._wait(self._tasks.create(ANN, {**given, **({"schedule": schedule} if schedule else {})}))

    @rule(given=changes)
    def update(self, given: dict[str, Any]) -> None:
        """A change that may be refused."""
        self._attempt(self._tasks.update(ANN, self._task.id, given))

    @rule()
    def delete(self) -> None:
        """The end, once."""
        self._attempt(self._tasks.delete(ANN, self._task.id))

    @rule(milliseconds=st.integers(0, 100_000))
    def let_time_pass(self, milliseconds: int) -> None:
        """Some time."""
        self._clock.advance(milliseconds)

    @rule()
    def attend(self) -> None:
        """What time alone makes of it, whether something is due or not."""
        before = self._task
        again = self._wait(self._tasks.attend({"tenant": ANN.tenant, "id": before.id}))
        assert again is None or again > self._clock.now
        self._task = self._present()
        was_due = before.due_at is not None and before.due_at <= self._clock.now
        assert (self._task != before) == was_due
        if was_due:
            self._compare(before, self._task)

    @invariant()
    def the_record_says_when_it_is_due(self) -> None:
        """A task is due when its time is up or its schedule comes, and not at all when it is finished."""
        assert self._task.due_at == due_of(self._task)
        assert self._task.due_at is None or self._task.status not in FINAL

    @invariant()
    def the_record_makes_sense(self) -> None:
        """Times, progress and status agree with each other."""
        task = self._task
        assert (task.completed_at is not None) == (task.status in FINAL)
        assert task.status != "running" or task.started_at is not None
        assert task.status != "completed" or task.progress == 100
        assert task.status != "scheduled" or (task.schedule is not None and task.next_run is not None)
        assert task.created_at <= task.updated_at == max(task.updated_at, task.completed_at or 0, task.deleted_at or 0)
        assert sorted(task.labels) == sorted(f"{name}:{value}" for name, value in task.tags.items())
        assert task.deleted_at is None or task.status in FINAL

    @invariant()
    def lists_agree_with_the_record(self) -> None:
        """A living task is in the list of its status and in no other; a deleted one only among the cancelled."""
        for status in STATUSES:
            page = self._wait(self._tasks.page(ANN, Filter((status,)), 5, 0))
            shown = self._task.status == status and (self._task.deleted_at is None or status == "cancelled")
            assert [task.id for task in page] == ([self._task.id] if shown else [])

    @invariant()
    def every_version_was_told_once(self) -> None:
        """Events and versions are the same series."""
        versions = [event.data["version"] for event in self._documents.told]
        assert versions == list(range(1, self._task.version + 1))
        assert Task.of(self._documents.told[-1].data) == self._task

    def _attempt(self, work: Any) -> None:
        before, told = self._task, len(self._documents.told)
        try:
            self._task = self._wait(work)
        except Refusal as refusal:
            assert isinstance(refusal, NotFound) == (before.deleted_at is not None)
            assert self._present() == before
            assert len(self._documents.told) == told
            return
        self._compare(before, self._task)

    def _compare(self, before: Task, after: Task) -> None:
        assert after == self._present()
        assert after.version == before.version + 1
        assert before.started_at in (None, after.started_at)
        if before.status in FINAL:
            frozen = ("status", "progress", "result", "error", "started_at", "completed_at")
            assert all(getattr(after, name) == getattr(before, name) for name in frozen)
        if after.status != before.status:
            assert self._documents.told[-1].type == f"task.{KINDS.get(after.status, 'updated')}"

    def _present(self) -> Task:
        return self._wait(self._tasks.get(ANN, self._task.id, with_deleted=True))

    def _wait(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)


TaskLife.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestTaskLife = TaskLife.TestCase
