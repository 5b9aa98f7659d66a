"""Tasks: made, listed, changed and deleted, and what is told of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import TASKS
from handlers.core.errors import NotFound
from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS, Estimates
from handlers.core.events import Event
from handlers.core.lifecycle import (
    CANCELLED_DELETED,
    DELETED,
    STATUSES,
    Task,
    changes_of,
    completed,
    deletion_of,
    due_of,
    event_of,
    labels_of,
    late_at,
    overdue_of,
    timed,
)
from handlers.core.ports import Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Once, Records, forget
from handlers.core.schedules import next_due

_MEASURED = 50


@dataclass(frozen=True)
class Filter:
    """Which tasks a list shows: those that agree with all that is given."""

    statuses: tuple[str, ...] | None = None
    assigned_to: str | None = None
    priority: str | None = None
    type: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """How much somebody's tasks are."""

    tasks: int
    bytes: int


class Tasks:
    """The rules of tasks, over a store that takes each change together with the event that tells of it.

    `expect` is told when something of a task is due.
    """

    def __init__(
        self, documents: Documents, clock: Clock, expect: Callable[[Moment | None], None] = lambda due_at: None
    ) -> None:
        self._documents = documents
        self._records = Records(documents, TASKS, "task")
        self._clock = clock
        self._expect = expect
        self._estimates = Estimates(documents, clock)

    async def create(
        self, who: Principal, given: Mapping[str, Any], *, separator: str = "_", idempotency_key: str | None = None
    ) -> Task:
        """A new task. With an idempotency key, a repeated request is answered as the first one was."""
        task = await self._new(who, given, separator)
        record, told = task.document(), [_event("task.created", task)]
        if idempotency_key is None:
            await self._records.insert(who.tenant, record, told)
            self._expect(task.due_at)
            return task
        once = Once(who.id, idempotency_key, given)
        record, is_new = await self._records.insert_once(who.tenant, record, once, told)
        if is_new:
            self._expect(task.due_at)
        return Task.of(record)

    async def get(self, who: Principal, identifier: str, *, with_deleted: bool = False) -> Task:
        """The task of that identifier."""
        return Task.of(await self._records.get(who.tenant, identifier, with_deleted=with_deleted))

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
            states = (*states, CANCELLED_DELETED, DELETED)
        query = _query(who, wanted, states)
        return [Task.of(document) for document in await self._documents.page(query, limit, after=after)]

    async def count(self, who: Principal, wanted: Filter) -> int:
        """How many tasks a list has in all."""
        return await self._documents.count(_query(who, wanted, _states(wanted.statuses, shows_cancelled=True)))

    async def kept_of(self, who: Principal, creator: str) -> Kept:
        """What is kept of the tasks that somebody has created in the caller's tenant, the deleted ones among them.

        So many are measured and no more: the bytes of a few are exact, those of many are judged by the newest.
        """
        query = Query(TASKS, who.tenant, "created_at", {"created_by": creator})
        count, newest = await self._documents.count(query), await self._documents.page(query, _MEASURED)
        measured = sum(map(_size_of, newest))
        return Kept(count, measured if count <= len(newest) else measured * count // len(newest))

    async def update(
        self, who: Principal, identifier: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> Task:
        """Change some fields of a task; with a version, only if that is the present one."""
        return await self._change(who.tenant, identifier, version, lambda task, now: changes_of(task, given, now))

    async def delete(self, who: Principal, identifier: str, *, version: int | None = None) -> Task:
        """Cancel a task if it is not finished, and take it out of sight."""
        return await self._change(who.tenant, identifier, version, deletion_of)

    async def attend(self, record: Document) -> Moment | None:
        """Do what is due with a task, if it is not done already; return when something of it is due again."""
        try:
            return due_of(await self._change(record["tenant"], record["id"], None, overdue_of))
        except NotFound:
            return None

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some tasks of a tenant that is no more, without a word; return how many were found."""
        states = (*STATUSES, CANCELLED_DELETED, DELETED)
        return await forget(self._documents, Query(TASKS, tenant, "created_at", {"state": states}), most)

    async def _new(self, who: Principal, given: Mapping[str, Any], separator: str) -> Task:
        now = self._clock()
        given = completed(given)
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
            labels=labels_of(given.get("tags", {})),
            late_at=late_at(given.get("deadline"), now),
            **given,
        )
        task.due_at = due_of(task)
        return task

    async def _change(
        self,
        tenant: str,
        identifier: str,
        version: int | None,
        decide: Callable[[Task, int], dict[str, Any]],
    ) -> Task:
        def change(present: Document) -> dict[str, Any]:
            task = Task.of(present)
            return timed(task, decide(task, self._clock()))

        before, after = await self._records.change(tenant, identifier, change, version, _told)
        changed = Task.of(after)
        if after is not before:
            self._expect(changed.due_at)
        return changed


def _told(before: Document, after: Document) -> list[Event]:
    changed = Task.of(after)
    return [_event(event_of(Task.of(before), changed), changed)]


def _event(kind: str, task: Task) -> Event:
    at = task.updated_at
    return Event(new_id("evt", at), kind, task.tenant, task.id, at, task.document(), task.version)


def _size_of(document: Document) -> int:
    """The bytes of a record as JSON."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def _states(statuses: tuple[str, ...] | None, *, shows_cancelled: bool) -> tuple[str, ...]:
    if statuses is None:
        return STATUSES
    return (*statuses, CANCELLED_DELETED) if shows_cancelled and "cancelled" in statuses else statuses


def _query(who: Principal, wanted: Filter, states: tuple[str, ...]) -> Query:
    where: dict[str, str | tuple[str, ...]] = {"state": states}
    for name in ("assigned_to", "priority", "type"):
        value = getattr(wanted, name)
        if value is not None:
            where[name] = value
    return Query(TASKS, who.tenant, "created_at", where, wanted.labels)
