"""One task: what it is, which status may follow which, and what a change makes of it. Pure rules over one record."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.core.clock import Moment
from handlers.core.errors import IllegalTransition, Unprocessable
from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS
from handlers.core.ports import Document
from handlers.core.schedules import next_due
from handlers.core.shapes import document_of, read_as

_UNFINISHED: Mapping[str, frozenset[str]] = {
    "scheduled": frozenset({"pending", "running", "blocked", "completed", "failed", "cancelled"}),
    "pending": frozenset({"scheduled", "running", "blocked", "completed", "failed", "cancelled", "timeout"}),
    "running": frozenset({"pending", "blocked", "completed", "failed", "cancelled", "timeout"}),
    "blocked": frozenset({"pending", "running", "completed", "failed", "cancelled", "timeout"}),
}
FINAL = ("completed", "failed", "cancelled", "timeout")
STATUSES = (*_UNFINISHED, *FINAL)
# Where a record stands in lists: under its status while it lives, then under one of these.
DELETED, CANCELLED_DELETED = "deleted", "cancelled_deleted"
_EVENTS = {
    "running": "started",
    "completed": "completed",
    "failed": "failed",
    "timeout": "failed",
    "cancelled": "cancelled",
}
EVENT_TYPES = frozenset(f"task.{word}" for word in ("created", "updated", "deleted", *_EVENTS.values()))
DEFAULT_PRIORITY = "normal"
DEFAULT_RETRY_POLICY = {"max_retries": 3, "backoff_multiplier": 2, "initial_delay_seconds": 60}
_FROZEN = ("status", "progress", "result", "error")


@dataclass(slots=True)
class Task:
    """A unit of work, as it is stored.

    `late_at` is the deadline if it can end the task: one that had passed when it was given cannot. `running_since` is
    when the task left its queue for the last time, and `due_at` when something of it is due next.
    """

    id: str
    tenant: str
    name: str
    type: str
    status: str
    state: str
    created_by: str
    created_at: Moment
    updated_at: Moment
    version: int
    estimate_seconds: int
    priority: str = DEFAULT_PRIORITY
    progress: float = 0
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    parameters: Document = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    description: str | None = None
    assigned_to: str | None = None
    deadline: Moment | None = None
    schedule: Document | None = None
    next_run: Moment | None = None
    retry_policy: Document | None = None
    notes: str | None = None
    result: Document | None = None
    error: str | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    late_at: Moment | None = None
    running_since: Moment | None = None
    due_at: Moment | None = None
    deleted_at: Moment | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Task":
        """The task in a document."""
        return read_as(cls, document)

    @property
    def execution_seconds(self) -> float | None:
        """How long it took; None of what has not begun or not ended."""
        if self.started_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.started_at) / 1000

    def document(self) -> Document:
        """The document of the task: what it has, and nothing else."""
        return document_of(self)


def changes_of(task: Task, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """What an update sets, or why it cannot be.

    A given status is one or several that a dialect has one word for; if the present one is among them, it stays.
    """
    changes = {name: value for name, value in completed(given).items() if value != getattr(task, name)}
    wanted = changes.pop("status", task.status)
    statuses = wanted if isinstance(wanted, tuple) else (wanted,)
    if task.status not in statuses:
        changes["status"] = statuses[0]
    changes["updated_at"] = now
    if task.status in FINAL and any(name in changes for name in _FROZEN):
        raise IllegalTransition(task.id, task.status, changes.get("status"))
    if "deadline" in changes:
        changes["late_at"] = late_at(changes["deadline"], now)
    if "tags" in changes:
        changes["labels"] = labels_of(changes["tags"])
    if "schedule" in changes:
        changes.update(_rescheduled(task, changes, now, keeps_status="status" in given))
    if "status" in changes:
        changes.update(_transition(task, changes, now))
    return changes


def deletion_of(task: Task, now: int) -> dict[str, Any]:
    """What a deletion sets: a task that is not finished is cancelled by it."""
    gone = {"deleted_at": now, "updated_at": now, "next_run": None}
    if task.status in FINAL:
        return {**gone, "state": CANCELLED_DELETED if task.status == "cancelled" else DELETED}
    return {**gone, "status": "cancelled", "state": CANCELLED_DELETED, "completed_at": now}


def overdue_of(task: Task, now: int) -> dict[str, Any]:
    """What time alone makes of a task: it runs out of it, or its schedule is due and moves on."""
    for limit, reason in _limits(task):
        if limit <= now:
            return changes_of(task, {"status": "timeout", "error": reason}, now)
    if task.schedule is not None and task.next_run is not None and task.next_run <= now:
        return {"next_run": _next_run(task.schedule, now), "updated_at": now}
    return {}


def timed(task: Task, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes of a task, together with when something of it is due after them."""
    return {**changes, "due_at": due_of(replace(task, **changes))} if changes else changes


def due_of(task: Task) -> Moment | None:
    """When something of a task is due next."""
    moments = [limit for limit, _ in _limits(task)]
    if task.next_run is not None:
        moments.append(task.next_run)
    return min(moments, default=None)


def late_at(deadline: Moment | None, now: int) -> Moment | None:
    """When a deadline that is given now ends its task."""
    return deadline if deadline is not None and deadline > now else None


def event_of(before: Task, after: Task) -> str:
    """What a change is called when it is told."""
    if after.status != before.status:
        return f"task.{_EVENTS.get(after.status, 'updated')}"
    return "task.deleted" if after.deleted_at is not None else "task.updated"


def completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, a retry policy with all its figures."""
    if given.get("retry_policy") is None:
        return dict(given)
    return {**given, "retry_policy": {**DEFAULT_RETRY_POLICY, **given["retry_policy"]}}


def labels_of(tags: Mapping[str, str]) -> list[str]:
    """Tags as lists are filtered by them."""
    return [f"{name}:{value}" for name, value in tags.items()]


def _limits(task: Task) -> list[tuple[Moment, str]]:
    """The moments at which a task runs out of time, with what is said then; none while it waits for its schedule."""
    limits: list[tuple[Moment, str]] = []
    if task.status in FINAL or task.status == "scheduled":
        return limits
    if task.late_at is not None:
        limits.append((task.late_at, "The task was not finished by its deadline"))
    if task.running_since is not None:
        until = task.running_since + task.timeout_seconds * 1000
        limits.append((until, f"The task ran for longer than {task.timeout_seconds} seconds"))
    return sorted(limits)


def _rescheduled(task: Task, changes: Mapping[str, Any], now: int, *, keeps_status: bool) -> dict[str, Any]:
    """What another schedule sets, or none. A task that waits for its schedule cannot wait without one."""
    schedule, waits_for = changes["schedule"], "pending" if changes["schedule"] is None else "scheduled"
    moved: dict[str, Any] = {"next_run": None}
    if schedule is not None and task.status not in FINAL:
        moved["next_run"] = next_due(schedule, now)
    if "status" not in changes and task.status in {"pending", "scheduled"} - {waits_for}:
        if keeps_status and schedule is None:
            raise IllegalTransition(task.id, task.status, task.status)
        moved["status"] = waits_for
    return moved


def _next_run(schedule: Mapping[str, Any], now: int) -> Moment | None:
    with suppress(Unprocessable):
        return next_due(schedule, now)
    return None


def _transition(task: Task, changes: Mapping[str, Any], now: int) -> dict[str, Any]:
    status = changes["status"]
    is_scheduled = changes.get("schedule", task.schedule) is not None
    if status not in _UNFINISHED[task.status] or (status == "scheduled" and not is_scheduled):
        raise IllegalTransition(task.id, task.status, status)
    moved: dict[str, Any] = {"state": status}
    if status == "running":
        moved["started_at"] = task.started_at or now
        moved["running_since"] = task.running_since or now
    if status in ("pending", "scheduled"):
        moved["running_since"] = None
    if status in FINAL:
        moved.update(completed_at=now, next_run=None)
    if status == "completed":
        moved["progress"] = 100
    return moved
