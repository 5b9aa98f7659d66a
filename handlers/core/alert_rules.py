"""The rules that raise alerts: made, listed, changed, deleted. What follows for their alerts is left to the agenda."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import ALERT_RULES
from handlers.core.conditions import ABSENT, Condition, condition_of
from handlers.core.errors import Conflict
from handlers.core.lifecycle import labels_of
from handlers.core.ports import Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Once, Records
from handlers.core.shapes import read_as
from handlers.core.turns import Turns

ON, OFF, DELETED = "on", "off", "deleted"
MOST_RULES = 1000
_NAMELESS = "silent"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. Without a `device` it is about each one by itself; `tags` are those that a frame must have."""

    id: str
    name: str
    condition: Mapping[str, Any]
    severity: str
    cooldown_seconds: int
    state: str
    created_by: str
    created_at: Moment
    updated_at: Moment
    version: int
    tags: dict[str, str] = field(default_factory=dict)
    metric: str | None = None
    type: str | None = None
    device: str | None = None
    description: str | None = None

    @property
    def alert_type(self) -> str:
        """The kind of its alerts."""
        return self.type or self.metric or _NAMELESS

    @property
    def enabled(self) -> bool:
        """Whether it is in force."""
        return self.state == ON

    @property
    def judge(self) -> Condition:
        """Its condition, ready to judge."""
        return condition_of(self.condition)

    @property
    def labels(self) -> frozenset[str]:
        """The tags that a frame must have, as frames keep them."""
        return frozenset(labels_of(self.tags))


class AlertRules:
    """The rules of all tenants. `changed` is told when one is made, changed or deleted here."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        expect: Callable[[Moment | None], None],
        changed: Callable[[str], None] = lambda tenant: None,
    ) -> None:
        self._documents = documents
        self._records = Records(documents, ALERT_RULES, "rule")
        self._clock = clock
        self._expect = expect
        self._changed = changed
        self._turns = Turns()

    async def create(self, who: Principal, given: Mapping[str, Any], *, idempotency_key: str | None = None) -> Rule:
        """A new rule, in force at once unless it is switched off."""
        once = None if idempotency_key is None else Once(who.id, idempotency_key, dict(given))
        async with self._turns.at(who.tenant):
            await self._check_room(who.tenant, once)
            record = self._record(who, given)
            if once is None:
                await self._records.insert(who.tenant, record)
            else:
                record, _ = await self._records.insert_once(who.tenant, record, once)
        self._settle_soon(who.tenant, record["due_at"])
        return read_as(Rule, record)

    async def get(self, who: Principal, identifier: str) -> Rule:
        """One rule."""
        return read_as(Rule, await self._records.get(who.tenant, identifier))

    async def page(
        self, who: Principal, limit: int, after: Position | None, *, metric: str | None, enabled: bool | None
    ) -> list[Rule]:
        """One page of the rules, the newest first."""
        states = (ON, OFF) if enabled is None else (ON if enabled else OFF,)
        found = await self._documents.page(_of(who.tenant, states, metric), limit, after=after)
        return [read_as(Rule, record) for record in found]

    async def change(
        self, who: Principal, identifier: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> Rule:
        """Change some fields; None takes one away."""
        changes = _stated(given)

        def decide(present: Document) -> dict[str, Any]:
            whole = {**present, **changes}
            if whole.get("metric") is None and whole["condition"]["operator"] != ABSENT:
                raise Conflict("This condition compares a metric, and the rule names none", id=identifier)
            return {**changes, **self._due()}

        _, changed = await self._records.change(who.tenant, identifier, decide, version)
        self._settle_soon(who.tenant, changed["due_at"])
        return read_as(Rule, changed)

    async def delete(self, who: Principal, identifier: str, *, version: int | None = None) -> Rule:
        """End a rule. Its record stays until its alerts are resolved."""
        gone = {"state": DELETED, "idempotency_key": None, "first_answer": None}

        def decide(present: Document) -> dict[str, Any]:
            return {**gone, **self._due(), "deleted_at": self._clock()}

        _, changed = await self._records.change(who.tenant, identifier, decide, version)
        self._settle_soon(who.tenant, changed["due_at"])
        return read_as(Rule, changed)

    async def _check_room(self, tenant: str, once: Once | None) -> None:
        """Refuse one rule more than a tenant may have; one that is there already is none more.

        Creations in several processes may pass together, so that there are a few more: all of them are in force.
        """
        if await self._documents.count(_of(tenant, (ON, OFF))) < MOST_RULES:
            return
        if once is None or not await self._is_remembered(tenant, once):
            raise Conflict(f"A tenant has {MOST_RULES} rules at most", limit=MOST_RULES)

    async def _is_remembered(self, tenant: str, once: Once) -> bool:
        known = await self._documents.find(ALERT_RULES, tenant, {"idempotency_key": once.owned_key})
        return known is not None and known["first_answer"]["until"] > self._clock()

    def _settle_soon(self, tenant: str, due_at: Moment) -> None:
        self._changed(tenant)
        self._expect(due_at)

    def _due(self) -> dict[str, Any]:
        """What it sets to have the alerts of a rule follow it, from the first on."""
        return {"updated_at": self._clock(), "due_at": self._clock(), "settled_to": None}

    def _record(self, who: Principal, given: Mapping[str, Any]) -> Document:
        now = self._clock()
        return {
            "id": new_id("rule", now),
            "created_by": who.id,
            "created_at": now,
            "updated_at": now,
            "due_at": now,
            "version": 1,
            **_stated({"enabled": True, **given}),
        }


def rules_in_force(tenant: str) -> Query:
    """All rules of a tenant that are in force."""
    return _of(tenant, (ON,))


def rules_in(tenant: str) -> Query:
    """All rules of a tenant, whatever has become of them."""
    return _of(tenant, (ON, OFF, DELETED))


def _of(tenant: str, states: tuple[str, ...], metric: str | None = None) -> Query:
    named = {} if metric is None else {"metric": metric}
    return Query(ALERT_RULES, tenant, "created_at", {"state": states, **named})


def _stated(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, as it is kept."""
    kept = {name: value for name, value in given.items() if name != "enabled"}
    return {**kept, "state": ON if given["enabled"] else OFF} if "enabled" in given else kept
