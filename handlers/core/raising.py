"""Alerts are raised and resolved here: what the store has and what the frames say decide, and one worker's write wins.

A step that depends on what was read is made under that version. Whoever is too late reads again.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from handlers.core.alerting import (
    EVENT_TYPES,
    FIRING,
    PENDING,
    RAISED,
    WATCHED,
    Reading,
    begun,
    closed,
    events_between,
    fired,
    key_of,
    resolved,
    told_of,
)
from handlers.core.clock import Clock, Moment
from handlers.core.collections import ALERTS
from handlers.core.errors import Duplicate, Stale, Unavailable
from handlers.core.evidence import Evidence
from handlers.core.open_alerts import OpenAlerts
from handlers.core.ports import Delete, Document, Documents, Insert, Update
from handlers.core.rulebook import Guard
from handlers.core.turns import Turns

# What was heard a moment ago is in the record of its device a little later.
NOTICED = 2_000
_TRIES = 16
_SECOND = 1000


class Raising:
    """The steps of alerts, each one write with what tells of it. Past alerts are kept for so many milliseconds."""

    def __init__(
        self,
        documents: Documents,
        evidence: Evidence,
        opened: OpenAlerts,
        clock: Clock,
        expect: Callable[[Moment | None], None],
        *,
        lifetime: int,
    ) -> None:
        self._documents = documents
        self._evidence = evidence
        self._opened = opened
        self._clock = clock
        self._expect = expect
        self._lifetime = lifetime
        self._turns = Turns()

    async def look(self, tenant: str, device: str, guard: Guard, brought: Sequence[Reading] = ()) -> None:
        """Raise or resolve what a device's newest values are reason for; `brought` are those that have just come."""
        async with self._turns.at((tenant, guard.rule.id, device)):
            for _ in range(_TRIES):
                try:
                    while brought := await self._step(tenant, device, guard, brought):
                        pass
                except (Duplicate, Stale):
                    continue
                return
        raise Unavailable(f"The alert of {guard.rule.id} on {device} is being changed by too many at once")

    async def listen(self, tenant: str, device: str, guard: Guard, heard_at: Moment) -> None:
        """Have an alert fire when a device falls silent; resolve it if it has fired, for the device was heard."""
        async with self._turns.at((tenant, guard.rule.id, device)):
            for _ in range(_TRIES):
                try:
                    await self._hear(tenant, device, guard, heard_at)
                except (Duplicate, Stale):
                    continue
                return
        raise Unavailable(f"The alert of {guard.rule.id} on {device} is being changed by too many at once")

    async def fire(self, present: Document, guard: Guard, reading: Reading) -> Document:
        """Raise an alert that was waited for."""
        step = fired(guard.rule, present["device"], reading, self._clock())
        return await self.change(present, {**step, "held": None})

    async def resolve(self, present: Document, **why: Any) -> Document:
        """End an alert; it stands in the way of others until it has cooled."""
        return await self.change(present, resolved(present, self._clock(), **why))

    async def close(self, present: Document) -> None:
        """Leave an alert to the past. It is due as long as what follows from this is not done."""
        given = {
            **closed(self._clock() + self._lifetime),
            "due_at": present["due_at"],
            "version": present["version"] + 1,
        }
        await self._write(Update(ALERTS, present["tenant"], present["id"], {"version": present["version"]}, given))
        self._opened.drop(present)

    async def give_up(self, present: Document) -> None:
        """Forget an alert that has not fired."""
        await self._write(Delete(ALERTS, present["tenant"], present["id"], {"version": present["version"]}))
        self._opened.drop(present)

    async def change(self, present: Document, given: dict[str, Any]) -> Document:
        """Make a step, if nobody else has made one, and tell of it."""
        update = Update(
            ALERTS,
            present["tenant"],
            present["id"],
            {"version": present["version"]},
            {**given, "version": present["version"] + 1},
        )
        after = await self._documents.write(update, events_between(present, update.applied_to(present)))
        self._opened.learn(after)
        self._expect(after.get("due_at"))
        return after

    async def _step(self, tenant: str, device: str, guard: Guard, brought: Sequence[Reading]) -> Sequence[Reading]:
        """Make one step, if there is one to make; the values that came after the one that was reason for it."""
        key = {"open_key": key_of(guard.rule.id, device)}
        present, newest = await asyncio.gather(
            self._documents.find(ALERTS, tenant, key), self._evidence.newest(tenant, device, guard)
        )
        if newest.reading is None and newest.is_known and present is not None and present["status"] in RAISED:
            await self.resolve(present)
        if newest.reading is None:
            return ()
        is_late = not brought or brought[-1].at < newest.reading.at
        readings = [newest.reading] if is_late else brought
        if present is None:
            return await self._raise(tenant, device, guard, readings)
        self._opened.learn(present)
        return await self._end(present, guard, readings) if present["status"] in RAISED else ()

    async def _raise(self, tenant: str, device: str, guard: Guard, readings: Sequence[Reading]) -> Sequence[Reading]:
        """Raise an alert, or begin to wait whether the condition holds for long enough."""
        condition, now = guard.condition, self._clock()
        holding = [reading for reading in readings if condition.holds(reading.value)]
        is_lasting = condition.for_seconds > 0
        if not holding or (is_lasting and holding[-1] is not readings[-1]):
            self._opened.settle(tenant, guard.rule.id, device, readings[-1].at)
            return ()
        first = holding[0]
        if is_lasting:
            first = _run(readings, holding)
            due_at = first.received_at + condition.lasting
            record = begun(guard.rule, device, PENDING, first.at, first.received_at, due_at, now)
            await self._insert(tenant, record, told=False)
            return ()
        record = begun(guard.rule, device, FIRING, first.at, first.received_at, now, now)
        await self._insert(tenant, {**record, **fired(guard.rule, device, first, now)}, told=True)
        return readings[readings.index(first) + 1 :]

    async def _end(self, present: Document, guard: Guard, readings: Sequence[Reading]) -> Sequence[Reading]:
        """Resolve an alert if a value is behind the threshold that came after the one that it was raised by."""
        for place, reading in enumerate(readings):
            if reading.at >= present["measured_at"] and guard.condition.is_over(reading.value):
                now = self._clock()
                given = resolved(present, now, value=reading.value, at=reading.at)
                past = {} if present["cooldown"] else closed(now + self._lifetime)
                await self.change(present, {**given, **past})
                return readings[place + 1 :]
        return ()

    async def _hear(self, tenant: str, device: str, guard: Guard, heard_at: Moment) -> None:
        rule = guard.rule
        present = await self._documents.find(ALERTS, tenant, {"open_key": key_of(rule.id, device)})
        if present is None:
            due_at = heard_at + guard.condition.lasting + NOTICED
            record = begun(rule, device, WATCHED, heard_at, heard_at, due_at, self._clock())
            await self._insert(tenant, record, told=False)
        elif present["status"] in RAISED and heard_at > present["measured_at"]:
            silent = (heard_at - present["measured_at"]) / _SECOND
            await self.resolve(present, value=silent, at=heard_at)
        self._opened.listen(tenant, rule.id, rule.version, device)

    async def _insert(self, tenant: str, record: Document, *, told: bool) -> None:
        stored = {**record, "tenant": tenant}
        events = [told_of(stored, EVENT_TYPES[FIRING])] if told else []
        await self._documents.write(Insert(ALERTS, tenant, record), events)
        self._opened.learn(stored)
        self._expect(record["due_at"])

    async def _write(self, change: Update | Delete) -> None:
        await self._documents.write(change)


def _run(readings: Sequence[Reading], holding: Sequence[Reading]) -> Reading:
    """The first of the values at the end for which a condition holds without a break."""
    count = 0
    for reading in reversed(readings):
        if count == len(holding) or reading is not holding[-1 - count]:
            break
        count += 1
    return holding[-count]
