"""Tasks: made, listed, changed and deleted, and what is told of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.clock import Clock, new_id
from handlers.core.collections import TASKS
from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS, Estimates
from handlers.core.lifecycle import (
    CANCELLED_DELETED,
    DELETED,
    STATUSES,
    Task,
    changes_of,
    completed,
    deletion_of,
    event_of,
    labels_of,
)
from handlers.core.ports import Document, Documents, Event, EventFeed, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Once, Records
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
    """The rules of tasks, over a store and a feed of events."""

    def __init__(self, documents: Documents, feed: EventFeed, clock: Clock) -> None:
        self._documents = documents
        self._records = Records(documents, TASKS, "task")
        self._feed = feed
        self._clock = clock
        self._estimates = Estimates(documents, clock)

    async def create(
        self, who: Principal, given: Mapping[str, Any], *, separator: str = "_", idempotency_key: str | None = None
    ) -> Task:
        """A new task. With an idempotency key, a repeated request is answered as the first one was."""
        task = await self._new(who, given, separator)
        if idempotency_key is None:
            await self._records.insert(who.tenant, task.document())
            self._tell("task.created", task)
            return task
        once = Once(who.id, idempotency_key, given)
        record, is_new = await self._records.insert_once(who.tenant, task.document(), once)
        if is_new:
            self._tell("task.created", task)
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
        return await self._change(who, identifier, version, lambda task, now: changes_of(task, given, now))

    async def delete(self, who: Principal, identifier: str, *, version: int | None = None) -> Task:
        """Cancel a task if it is not finished, and take it out of sight."""
        return await self._change(who, identifier, version, deletion_of)

    async def _new(self, who: Principal, given: Mapping[str, Any], separator: str) -> Task:
        now = self._clock()
        given = completed(given)
        timeout = given.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS)
        schedule = given.get("schedule")
        status = "pending" if schedule is None else "scheduled"
        return Task(
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
            **given,
        )

    async def _change(
        self,
        who: Principal,
        identifier: str,
        version: int | None,
        decide: Callable[[Task, int], dict[str, Any]],
    ) -> Task:
        before, after = await self._records.change(
            who.tenant, identifier, lambda present: decide(Task.of(present), self._clock()), version
        )
        changed = Task.of(after)
        self._tell(event_of(Task.of(before), changed), changed)
        return changed

    def _tell(self, kind: str, task: Task) -> None:
        at = task.updated_at
        self._feed.publish(Event(new_id("evt", at), kind, task.tenant, task.id, at, task.document()))


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
