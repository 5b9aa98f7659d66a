"""What is due with alerts and their rules: waits that are over, silence, second looks, what a changed rule leaves."""

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from handlers.core.alert_rules import DELETED, OFF, Rule
from handlers.core.alerting import LATER, PENDING, RAISED, WATCHED, Reading
from handlers.core.clock import Clock, Moment
from handlers.core.collections import ALERT_RULES, ALERTS, FRAMES
from handlers.core.conditions import ABSENT
from handlers.core.errors import Duplicate, Stale
from handlers.core.evidence import Evidence, Held
from handlers.core.frames import tags_of
from handlers.core.ports import Delete, Document, Documents, Position, Query, Update
from handlers.core.raising import NOTICED, Raising
from handlers.core.rulebook import Guard
from handlers.core.shapes import read_as

_PAGE = 200
_SECOND = 1000


class Reviewing:
    """Acts on what is due. The stored frames are asked each time, so that acting twice is acting once."""

    def __init__(self, documents: Documents, evidence: Evidence, raising: Raising, clock: Clock) -> None:
        self._documents = documents
        self._evidence = evidence
        self._raising = raising
        self._clock = clock

    async def attend(self, alert: Document) -> Moment | None:
        """Do what is due with an alert; return when it is due again."""
        try:
            return await self._attend(alert, await self._guard(alert["tenant"], alert["rule"]))
        except (Stale, Duplicate):
            return self._clock()  # somebody else has made a step: what is due after that is seen next time

    async def attend_rule(self, record: Document) -> Moment | None:
        """Have some of the alerts of a changed rule follow it; return when there are more of them."""
        tenant, guard = record["tenant"], _guard_of(record)
        if guard is not None and guard.condition.is_absence and guard.rule.device is not None:
            await self._listen(tenant, guard.rule.device, guard)
        after = Position(*record["settled_to"]) if record.get("settled_to") else None
        query = Query(ALERTS, tenant, "kept_since", {"rule": record["id"]}, descending=False)
        found = await self._documents.page(query, _PAGE, after=after)
        for alert in found:
            await self._follow(alert, guard)
        if len(found) == _PAGE:
            return await self._go_on(record, {"settled_to": [found[-1]["kept_since"], found[-1]["id"]]})
        if record["state"] == DELETED:
            await self._documents.write(Delete(ALERT_RULES, tenant, record["id"], {"version": record["version"]}))
        return None

    async def _go_on(self, record: Document, given: dict[str, Any]) -> Moment:
        now = self._clock()
        expected = {"version": record["version"], "due_at": record["due_at"]}
        update = Update(ALERT_RULES, record["tenant"], record["id"], expected, {**given, "due_at": now})
        with suppress(Stale):  # it has changed again, and all its alerts follow that
            await self._documents.write(update)
        return now

    async def _follow(self, alert: Document, guard: Guard | None) -> None:
        """Bring one alert in line with its rule, whenever it is due; one that cools goes on cooling."""
        if alert["status"] not in (WATCHED, PENDING, *RAISED):
            return
        try:
            again = await self._attend(alert, guard)
            if alert["status"] == WATCHED and again is not None and again != alert["due_at"]:
                await self._raising.change(alert, {"due_at": again})
        except (Stale, Duplicate):
            return  # whoever was faster has seen the rule as it is, or a second look will

    async def _attend(self, alert: Document, guard: Guard | None) -> Moment | None:
        if guard is not None and guard.rule.device not in (None, alert["device"]):
            guard = None
        if alert["status"] in RAISED:
            return await self._review(alert, guard)
        if alert["status"] not in (WATCHED, PENDING):
            return await self._cool(alert, guard)
        if guard is None or guard.condition.is_absence != (alert["status"] == WATCHED):
            await self._raising.give_up(alert)
            return None
        return await (self._miss(alert, guard) if alert["status"] == WATCHED else self._wait(alert, guard))

    async def _miss(self, alert: Document, guard: Guard) -> Moment:
        """Fire if nothing was heard for long enough."""
        tenant, device = alert["tenant"], alert["device"]
        heard_at = await self._evidence.heard_at(tenant, device, guard.rule.metric)
        last = max(alert["arrived_at"], heard_at or 0)
        limit = last + guard.condition.lasting + NOTICED
        if limit > self._clock():
            return limit
        newest = await self._documents.page(Query(FRAMES, tenant, "at", {"device": device}), 1)
        tags = tags_of(newest[0]) if newest else dict(guard.rule.tags)
        reading = Reading((self._clock() - last) // _SECOND, last, last, tags)
        return (await self._raising.fire(alert, guard, reading))["due_at"]

    async def _wait(self, alert: Document, guard: Guard) -> Moment | None:
        """Fire if the condition has held for long enough; wait longer if it was interrupted."""
        present = alert.get("held", {})
        known = Held.of(present["frames"]) if present.get("rule_version") == guard.rule.version else None
        held, is_all = await self._evidence.unbroken(alert["tenant"], alert["device"], guard, alert["since"], known)
        if not is_all:
            seen = {"rule_version": guard.rule.version, "frames": asdict(held)}
            return (await self._raising.change(alert, {"held": seen, "due_at": self._clock()}))["due_at"]
        if held.first is None:
            await self._raising.give_up(alert)
            return None
        due_at = held.first.received_at + guard.condition.lasting
        if due_at > self._clock():
            since = {"since": held.first.at, "arrived_at": held.first.received_at, "due_at": due_at, "held": None}
            return (await self._raising.change(alert, since))["due_at"]
        return (await self._raising.fire(alert, guard, held.last))["due_at"]

    async def _review(self, alert: Document, guard: Guard | None) -> Moment | None:
        """Look again at an alert that is raised."""
        is_other = guard is not None and (guard.rule.metric, guard.condition.is_absence) != _about(alert)
        if guard is None or is_other:
            return (await self._raising.resolve(alert))["due_at"]
        tenant, device = alert["tenant"], alert["device"]
        if not guard.condition.is_absence:
            await self._raising.look(tenant, device, guard)
        elif heard_at := await self._evidence.heard_at(tenant, device, guard.rule.metric):
            await self._raising.listen(tenant, device, guard, heard_at)
        return self._clock() + LATER

    async def _cool(self, alert: Document, guard: Guard | None) -> Moment | None:
        """Leave an alert to the past when another may be raised, and raise that if there is reason to."""
        if "open_key" in alert:
            if alert["cool_until"] > self._clock():
                return alert["cool_until"]
            await self._raising.close(alert)
        if guard is not None and guard.condition.is_absence:
            await self._listen(alert["tenant"], alert["device"], guard)
        elif guard is not None:
            await self._raising.look(alert["tenant"], alert["device"], guard)
        return None

    async def _listen(self, tenant: str, device: str, guard: Guard) -> None:
        """Begin to listen for a device; one that was never heard has from now on to speak."""
        heard_at = await self._evidence.heard_at(tenant, device, guard.rule.metric)
        await self._raising.listen(tenant, device, guard, self._clock() if heard_at is None else heard_at)

    async def _guard(self, tenant: str, identifier: str) -> Guard | None:
        record = await self._documents.get(ALERT_RULES, tenant, identifier)
        return None if record is None else _guard_of(record)


def _about(alert: Document) -> tuple[str | None, bool]:
    return alert.get("metric"), alert["operator"] == ABSENT


def _guard_of(record: Document) -> Guard | None:
    """A rule that is in force."""
    return None if record["state"] in (OFF, DELETED) else Guard(read_as(Rule, record))
