"""One task: what it is, which status may follow which, and what a change makes of it. Pure rules over one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from handlers.core.clock import Moment
from handlers.core.errors import IllegalTransition
from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS
from handlers.core.ports import Document
from handlers.core.schedules import next_due

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
DEFAULT_PRIORITY = "normal"
DEFAULT_RETRY_POLICY = {"max_retries": 3, "backoff_multiplier": 2, "initial_delay_seconds": 60}
_FROZEN = ("status", "progress", "result", "error")


@dataclass(slots=True)
class Task:
    """A unit of work, as it is stored."""

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
    deleted_at: Moment | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Task":
        """The task in a document."""
        return cls(**{name: value for name, value in document.items() if name in _NAMES})

    @property
    def execution_seconds(self) -> float | None:
        """How long it took; None of what has not begun or not ended."""
        if self.started_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.started_at) / 1000

    def document(self) -> Document:
        """The document of the task: what it has, and nothing else."""
        return {name: value for name in _NAMES if (value := getattr(self, name)) is not None}


_NAMES = tuple(item.name for item in fields(Task))


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
    if "tags" in changes:
        changes["labels"] = labels_of(changes["tags"])
    if "schedule" in changes:
        changes["next_run"] = next_due(changes["schedule"], now)
        if task.status == "pending":
            changes.setdefault("status", "scheduled")
    if "status" in changes:
        changes.update(_transition(task, changes, now))
    return changes


def deletion_of(task: Task, now: int) -> dict[str, Any]:
    """What a deletion sets: a task that is not finished is cancelled by it."""
    gone = {"deleted_at": now, "updated_at": now, "next_run": None}
    if task.status in FINAL:
        return {**gone, "state": CANCELLED_DELETED if task.status == "cancelled" else DELETED}
    return {**gone, "status": "cancelled", "state": CANCELLED_DELETED, "completed_at": now}


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


def _transition(task: Task, changes: Mapping[str, Any], now: int) -> dict[str, Any]:
    status = changes["status"]
    is_scheduled = task.schedule is not None or "schedule" in changes
    if status not in _UNFINISHED[task.status] or (status == "scheduled" and not is_scheduled):
        raise IllegalTransition(task.id, task.status, status)
    moved: dict[str, Any] = {"state": status}
    if status == "running" and task.started_at is None:
        moved["started_at"] = now
    if status in FINAL:
        moved.update(completed_at=now, next_run=None)
    if status == "completed":
        moved["progress"] = 100
    return moved
