"""Commands: issued, listed, waited for, called off and reported on. How they reach an agent, leases.py says."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.audience import Audience
from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import COMMANDS
from handlers.core.command_lives import ENDS, KIND, STATUSES, Command, event_of
from handlers.core.command_types import DEFAULT_CATEGORY, DEFAULT_TIMEOUT_SECONDS, CommandType, CommandTypes
from handlers.core.errors import Unavailable, Unprocessable
from handlers.core.estimates import Estimates
from handlers.core.events import EventFilter, EventLog
from handlers.core.history import awaited
from handlers.core.leases import Leases
from handlers.core.lifecycle import completed, labels_of
from handlers.core.ports import Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Once, Records, forget
from handlers.core.targets import check_target
from handlers.core.work import Outcome, offered, queue_of

DEFAULT_PRIORITY = "normal"
_LATE_MILLISECONDS = 1_000
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class NewCommand:
    """What a new command is asked to be, in the core's words; `checked` are the parameters that its type judges."""

    dialect: str
    given: Mapping[str, Any]
    checked: Document
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    separator: str = "_"


@dataclass(frozen=True)
class Filter:
    """Which commands a list shows: those that agree with all that is given."""

    statuses: tuple[str, ...] | None = None
    target: str | None = None
    type: str | None = None
    category: str | None = None
    labels: tuple[str, ...] = ()
    since: Moment | None = None
    until: Moment | None = None


class Commands:
    """The rules of commands, over a store that takes each change together with the event that tells of it."""

    def __init__(
        self,
        documents: Documents,
        types: CommandTypes,
        leases: Leases,
        log: EventLog,
        clock: Clock,
        *,
        allows_private: bool = False,
    ) -> None:
        self._documents = documents
        self._records = Records(documents, COMMANDS, "command")
        self._types = types
        self._leases = leases
        self._log = log
        self._clock = clock
        self._allows_private = allows_private
        self._estimates = Estimates(documents, clock, COMMANDS, "status")

    async def issue(self, who: Principal, wanted: NewCommand, *, idempotency_key: str | None = None) -> Command:
        """A new command. With an idempotency key, a repeated request is answered as the first one was."""
        request = {**wanted.given, "dialect": wanted.dialect}
        once = None if idempotency_key is None else Once(who.id, idempotency_key, request)
        known = None if once is None else await self._records.answered(who.tenant, once, self._clock())
        if known is not None:
            return Command.of(known)
        record = await self._new(who, wanted)
        told = [event_of("command.submitted", record)]
        if once is None:
            await self._records.insert(who.tenant, record, told)
            is_new = True
        else:
            record, is_new = await self._records.insert_once(who.tenant, record, once, told)
        if is_new:
            self._leases.changes.placed(self._leases.kinds[KIND], record)
        return Command.of(record)

    async def get(self, who: Principal, identifier: str) -> Command:
        """The command of that identifier."""
        return Command.of(await self._records.get(who.tenant, identifier))

    async def page(
        self, who: Principal, wanted: Filter, limit: int, *, offset: int = 0, after: Position | None = None
    ) -> list[Command]:
        """One page of a list, the newest first."""
        found = await self._documents.page(_query(who, wanted), limit, after=after, offset=offset)
        return [Command.of(record) for record in found]

    async def count(self, who: Principal, wanted: Filter) -> int:
        """How many commands a list has in all."""
        return await self._documents.count(_query(who, wanted))

    async def count_in(self, who: Principal, statuses: tuple[str, ...]) -> int:
        """How many commands are in one of some statuses, of which commands may not have each."""
        known = tuple(status for status in statuses if status in STATUSES)
        return await self.count(who, Filter(known)) if known else 0

    async def cancel(self, who: Principal, identifier: str, reason: str | None) -> Command:
        """Call a command off; its holder is told."""
        return Command.of(await self._leases.cancel(who.tenant, KIND, identifier, reason))

    async def report(self, who: Principal, identifier: str, outcome: Outcome | None) -> Command:
        """What whoever executes a command says of it without a lease."""
        return Command.of(await self._leases.report(who, KIND, identifier, outcome))

    async def submit(self, who: Principal, identifier: str, token: int, outcome: Outcome) -> Command:
        """How a command has ended, by the holder of its lease."""
        return Command.of(await self._leases.submit(who, KIND, identifier, token, outcome))

    async def awaited(self, who: Principal, identifier: str, seconds: float, audience: Audience) -> Command:
        """The command when it has ended, the time is up, or nobody waits. Its end at its deadline is ours, too."""
        until = self._clock() + round(seconds * 1000)
        while True:
            cursor = self._log.newest()
            command = await self.get(who, identifier)
            now = self._clock()
            if command.deadline <= now and not command.is_over:
                await self._leases.attend_to(KIND, who.tenant, identifier)
                command = await self.get(who, identifier)
            if command.is_over or now >= until or not audience.waits:
                return command
            pause = min(until, max(command.deadline, now + _LATE_MILLISECONDS)) - now
            await awaited(self._log, who.tenant, EventFilter(ENDS, identifier), cursor, pause / 1000, audience)

    async def followed(self, who: Principal, identifier: str, seconds: float, audience: Audience) -> Command:
        """The same for whoever has all that time: what cannot be read now is read a little later."""
        until = self._clock() + round(seconds * 1000)
        while True:
            try:
                return await self.awaited(who, identifier, max(0, until - self._clock()) / 1000, audience)
            except Unavailable:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some commands of a tenant that is no more; return how many were found."""
        return await forget(self._documents, Query(COMMANDS, tenant, "created_at", {"status": STATUSES}), most)

    async def _new(self, who: Principal, wanted: NewCommand) -> Document:
        given, now = completed(wanted.given), self._clock()
        known = await self._judged(who, wanted)
        timeout = given.pop("timeout_seconds", known.timeout_seconds if known else wanted.timeout_seconds)
        category = given.pop("category", known.category if known else DEFAULT_CATEGORY)
        record = {
            "id": new_id("cmd", now, wanted.separator),
            "tenant": who.tenant,
            "category": category,
            "queue": queue_of(given.get("target"), given.get("service")),
            "status": "pending",
            "priority": DEFAULT_PRIORITY,
            "timeout_seconds": timeout,
            "deadline": now + timeout * 1000,
            "estimate_seconds": await self._estimates.of(who.tenant, given["type"], timeout),
            "parameters": {},
            "tags": {},
            "labels": labels_of(given.get("tags", {})),
            "progress": 0,
            "created_by": who.id,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            **given,
        }
        if "callback_url" in given:
            record["callback_dialect"] = wanted.dialect
        return {**record, **offered(record)}

    async def _judged(self, who: Principal, wanted: NewCommand) -> CommandType | None:
        """The type of a command that may be issued, if it is one that is known."""
        if "callback_url" in wanted.given:
            check_target(wanted.given["callback_url"], field="callback_url", allows_private=self._allows_private)
        known = await self._types.find(who.tenant, wanted.given["type"])
        if known is not None:
            self._types.check(who.tenant, known, wanted.checked)
        if wanted.given.get("target") is None and wanted.given.get("service") is None:
            raise Unprocessable("A command is for a target, or for whoever offers a service", field="target")
        return known


def _query(who: Principal, wanted: Filter) -> Query:
    where: dict[str, str | tuple[str, ...]] = {"status": wanted.statuses or STATUSES}
    for name in ("target", "type", "category"):
        value = getattr(wanted, name)
        if value is not None:
            where[name] = value
    return Query(COMMANDS, who.tenant, "created_at", where, wanted.labels, since=wanted.since, until=wanted.until)


def outcome_of(done: bool, result: Mapping[str, Any] | None, error: str | None, took: float | None) -> Outcome:
    """How a command has ended, as somebody reports it; who says that it failed and not why, is quoted so."""
    if done:
        return Outcome("completed", None if result is None else dict(result), duration=took)
    why = error or "The command has failed"
    return Outcome("failed", None if result is None else dict(result), why, took)
