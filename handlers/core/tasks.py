"""Tasks: what they are, which status may follow which, and what happens to whom when they change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any

from handlers.core.clock import Clock, new_id
from handlers.core.collections import TASKS
from handlers.core.errors import (
    Conflict,
    Duplicate,
    IdempotencyMismatch,
    IllegalTransition,
    NotFound,
    PreconditionFailed,
    Stale,
)
from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS, Estimates
from handlers.core.identity import Principal
from handlers.core.ports import Document, Documents, Event, EventFeed, Insert, Position, Query, Update
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
_DELETED, _CANCELLED_DELETED = "deleted", "cancelled_deleted"
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
_IDEMPOTENCY_MILLISECONDS = 24 * 3600 * 1000
_TRIES = 16


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
    created_at: int
    updated_at: int
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
    deadline: int | None = None
    schedule: Document | None = None
    next_run: int | None = None
    retry_policy: Document | None = None
    notes: str | None = None
    result: Document | None = None
    error: str | None = None
    started_at: int | None = None
    completed_at: int | None = None
    deleted_at: int | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Task":
        """The task in a document."""
        return cls(**{name: value for name, value in document.items() if name in _NAMES})

    def document(self) -> Document:
        """The document of the task: what it has, and nothing else."""
        return {name: value for name in _NAMES if (value := getattr(self, name)) is not None}


_NAMES = tuple(item.name for item in fields(Task))


@dataclass(frozen=True)
class Filter:
    """Which tasks a list shows: those that agree with all that is given."""

    statuses: tuple[str, ...] | None = None
    assigned_to: str | None = None
    priority: str | None = None
    type: str | None = None
    labels: tuple[str, ...] = ()


class Tasks:
    """The rules of tasks, over a store and a feed of events."""

    def __init__(self, documents: Documents, feed: EventFeed, clock: Clock) -> None:
        self._documents = documents
        self._feed = feed
        self._clock = clock
        self._estimates = Estimates(documents, clock)

    async def create(
        self, who: Principal, given: Mapping[str, Any], *, separator: str = "_", idempotency_key: str | None = None
    ) -> Task:
        """A new task. With an idempotency key, a repeated request is answered as the first one was."""
        now = self._clock()
        given = _complete(given)
        timeout = given.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS)
        schedule = given.get("schedule")
        status = "pending" if schedule is None else "scheduled"
        task = Task(
            id=new_id("task", now, separator),
            tenant=who.tenant,
            status=status,
            state=status,
            created_by=who.id,
            created_at=now,
            updated_at=now,
            version=1,
            estimate_seconds=await self._estimates.of(who.tenant, given["type"], timeout),
            next_run=None if schedule is None else next_due(schedule, now),
            labels=_labels(given.get("tags", {})),
            **given,
        )
        if idempotency_key is not None:
            return await self._create_once(who, task, given, idempotency_key)
        return await self._insert(task, task.document())

    async def get(self, who: Principal, identifier: str, *, with_deleted: bool = False) -> Task:
        """The task of that identifier."""
        document = await self._documents.get(TASKS, who.tenant, identifier)
        if document is None or ("deleted_at" in document and not with_deleted):
            raise NotFound("task", identifier)
        return Task.of(document)

    async def page(self, who: Principal, wanted: Filter, limit: int, offset: int) -> list[Task]:
        """One page of a list, the newest first; deleted tasks show only among the cancelled."""
        query = _query(who, wanted, _states(wanted.statuses, shows_cancelled=True))
        return [Task.of(document) for document in await self._documents.page(query, limit, offset=offset)]

    async def follow(
        self, who: Principal, wanted: Filter, limit: int, after: Position | None, *, with_deleted: bool
    ) -> list[Task]:
        """One page of a list behind a position, the newest first."""
        states = _states(wanted.statuses, shows_cancelled=with_deleted)
        if with_deleted and wanted.statuses is None:
            states = (*states, _CANCELLED_DELETED, _DELETED)
        query = _query(who, wanted, states)
        return [Task.of(document) for document in await self._documents.page(query, limit, after=after)]

    async def count(self, who: Principal, wanted: Filter) -> int:
        """How many tasks a list has in all."""
        return await self._documents.count(_query(who, wanted, _states(wanted.statuses, shows_cancelled=True)))

    async def update(
        self, who: Principal, identifier: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> Task:
        """Change some fields of a task; with a version, only if that is the present one."""
        return await self._change(who, identifier, version, lambda task, now: _changes(task, given, now))

    async def delete(self, who: Principal, identifier: str, *, version: int | None = None) -> Task:
        """Cancel a task if it is not finished, and take it out of sight."""
        return await self._change(who, identifier, version, _deletion)

    async def _change(self, who: Principal, identifier: str, version: int | None, decide: Any) -> Task:
        """Decide on the present record and write if it is still the present one; else decide again."""
        for _ in range(_TRIES):
            task = await self.get(who, identifier)
            if version is not None and version != task.version:
                raise PreconditionFailed(identifier, f'"{task.version}"')
            changes = decide(task, self._clock())
            changes["version"] = task.version + 1
            try:
                document = await self._documents.write(
                    Update(TASKS, who.tenant, identifier, {"version": task.version}, changes)
                )
            except Stale:
                continue
            changed = Task.of(document)
            self._tell(_event_of(task, changed), changed)
            return changed
        raise Conflict(f"{identifier} is being changed by too many at once", id=identifier)

    async def _create_once(self, who: Principal, task: Task, given: Mapping[str, Any], key: str) -> Task:
        owned_key = f"{who.id} {key}"
        fingerprint = sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
        first = {
            "fingerprint": fingerprint,
            "until": task.created_at + _IDEMPOTENCY_MILLISECONDS,
            "task": task.document(),
        }
        document = {**task.document(), "idempotency_key": owned_key, "first_answer": first}
        for _ in range(_TRIES):
            try:
                return await self._insert(task, document)
            except Duplicate:
                known = await self._documents.find(TASKS, who.tenant, {"idempotency_key": owned_key})
                if known is None:
                    continue
                if known["first_answer"]["until"] > task.created_at:
                    return _first_answer(known, fingerprint, key)
                await self._forget_key(who, known, owned_key)
        raise Conflict("This idempotency key is in use", idempotency_key=key)

    async def _forget_key(self, who: Principal, known: Document, owned_key: str) -> None:
        change = Update(
            TASKS,
            who.tenant,
            known["id"],
            {"idempotency_key": owned_key},
            {"idempotency_key": None, "first_answer": None},
        )
        try:
            await self._documents.write(change)
        except Stale:
            return

    async def _insert(self, task: Task, document: Document) -> Task:
        await self._documents.write(Insert(TASKS, task.tenant, document))
        self._tell("task.created", task)
        return task

    def _tell(self, kind: str, task: Task) -> None:
        at = task.updated_at
        self._feed.publish(Event(new_id("evt", at), kind, task.tenant, task.id, at, task.document()))


def _first_answer(known: Mapping[str, Any], fingerprint: str, key: str) -> Task:
    """The answer again, unless it would promise a task that is no more."""
    if known["first_answer"]["fingerprint"] != fingerprint:
        raise IdempotencyMismatch(key)
    if "deleted_at" in known:
        raise Conflict("The task that this idempotency key created was deleted", id=known["id"], idempotency_key=key)
    return Task.of(known["first_answer"]["task"])


def _labels(tags: Mapping[str, str]) -> list[str]:
    return [f"{name}:{value}" for name, value in tags.items()]


def _complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, a retry policy with all its figures."""
    if given.get("retry_policy") is None:
        return dict(given)
    return {**given, "retry_policy": {**DEFAULT_RETRY_POLICY, **given["retry_policy"]}}


def _states(statuses: tuple[str, ...] | None, *, shows_cancelled: bool) -> tuple[str, ...]:
    if statuses is None:
        return STATUSES
    return (*statuses, _CANCELLED_DELETED) if shows_cancelled and "cancelled" in statuses else statuses


def _query(who: Principal, wanted: Filter, states: tuple[str, ...]) -> Query:
    where: dict[str, str | tuple[str, ...]] = {"state": states}
    for name in ("assigned_to", "priority", "type"):
        value = getattr(wanted, name)
        if value is not None:
            where[name] = value
    return Query(TASKS, who.tenant, "created_at", where, wanted.labels)


def _changes(task: Task, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """What an update sets, or why it cannot be."""
    changes = {name: value for name, value in _complete(given).items() if value != getattr(task, name)}
    changes["updated_at"] = now
    if task.status in FINAL and any(name in changes for name in _FROZEN):
        raise IllegalTransition(task.id, task.status, changes.get("status", "changed"))
    if "tags" in changes:
        changes["labels"] = _labels(changes["tags"])
    if "schedule" in changes:
        changes["next_run"] = next_due(changes["schedule"], now)
        if task.status == "pending":
            changes.setdefault("status", "scheduled")
    if "status" in changes:
        changes.update(_transition(task, changes, now))
    return changes


def _transition(task: Task, changes: Mapping[str, Any], now: int) -> dict[str, Any]:
    status = changes["status"]
    is_scheduled = task.schedule is not None or "schedule" in changes
    if status not in _UNFINISHED[task.status] or (status == "scheduled" and not is_scheduled):
        raise IllegalTransition(task.id, task.status, status)
    moved: dict[str, Any] = {"state": status}
    if status == "running" and task.started_at is None:
        moved["started_at"] = now
    if status in FINAL:
        moved["completed_at"] = now
    if status == "completed":
        moved["progress"] = 100
    return moved


def _deletion(task: Task, now: int) -> dict[str, Any]:
    gone = {"deleted_at": now, "updated_at": now}
    if task.status in FINAL:
        return {**gone, "state": _CANCELLED_DELETED if task.status == "cancelled" else _DELETED}
    return {**gone, "status": "cancelled", "state": _CANCELLED_DELETED, "completed_at": now}


def _event_of(before: Task, after: Task) -> str:
    if after.status != before.status:
        return f"task.{_EVENTS.get(after.status, 'updated')}"
    return "task.deleted" if after.deleted_at is not None else "task.updated"
