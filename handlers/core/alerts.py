"""Alerts as people see them: listed, read, acknowledged and resolved. What has not fired is nobody's business yet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.core.alert_rules import rules_in
from handlers.core.alerting import RESOLVED, Alert, acknowledged, events_between, resolved
from handlers.core.clock import Clock, Moment
from handlers.core.collections import ALERTS
from handlers.core.errors import Conflict, NotFound
from handlers.core.open_alerts import OpenAlerts
from handlers.core.ports import Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Records, forget


@dataclass(frozen=True)
class AlertFilter:
    """Which alerts a list shows: those that agree with all that is given, by when they fired."""

    status: str | None = None
    severity: str | None = None
    rule: str | None = None
    device: str | None = None
    type: str | None = None
    since: Moment | None = None
    until: Moment | None = None

    def query(self, tenant: str) -> Query:
        """The alerts of a tenant, the newest first."""
        marks = {"severity": self.severity, "rule": self.rule, "device": self.device, "type": self.type}
        labels = tuple(f"{name}:{value}" for name, value in marks.items() if value is not None)
        where = {} if self.status is None else {"status": self.status}
        return Query(ALERTS, tenant, "fired_at", where, labels, since=self.since, until=self.until)


class Alerts:
    """The alerts of the caller's tenant."""

    def __init__(
        self, documents: Documents, opened: OpenAlerts, clock: Clock, expect: Callable[[Moment | None], None]
    ) -> None:
        self._documents = documents
        self._records = Records(documents, ALERTS, "alert")
        self._opened = opened
        self._clock = clock
        self._expect = expect

    async def get(self, who: Principal, identifier: str) -> Alert:
        """One alert."""
        record = await self._records.get(who.tenant, identifier)
        _check_fired(record)
        return Alert.of(record)

    async def page(self, who: Principal, wanted: AlertFilter, limit: int, after: Position | None) -> list[Alert]:
        """One page of the alerts, the newest first."""
        found = await self._documents.page(wanted.query(who.tenant), limit, after=after)
        return [Alert.of(record) for record in found]

    async def acknowledge(
        self, who: Principal, identifier: str, note: str | None, *, version: int | None = None
    ) -> Alert:
        """Say that somebody looks after an alert."""

        def step(present: Document) -> dict[str, Any]:
            return acknowledged(present, who.id, note, self._clock())

        return await self._change(who, identifier, version, step)

    async def resolve(self, who: Principal, identifier: str, note: str | None, *, version: int | None = None) -> Alert:
        """Close an alert by hand."""

        def step(present: Document) -> dict[str, Any]:
            return resolved(present, self._clock(), by=who.id, note=note)

        return await self._change(who, identifier, version, step)

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some rules and alerts of a tenant that is no more, without a word; return how many were found."""
        queries = [rules_in(tenant), Query(ALERTS, tenant, "fired_at"), Query(ALERTS, tenant, "kept_since")]
        return sum([await forget(self._documents, query, most) for query in queries])

    async def _change(
        self, who: Principal, identifier: str, version: int | None, step: Callable[[Document], dict[str, Any]]
    ) -> Alert:
        def decide(present: Document) -> dict[str, Any]:
            _check_fired(present)
            if present["status"] == RESOLVED:
                raise Conflict("This alert is resolved", id=identifier, status=RESOLVED)
            return step(present)

        _, after = await self._records.change(who.tenant, identifier, decide, version, events_between)
        self._opened.learn(after)
        self._expect(after.get("due_at"))
        return Alert.of(after)


def _check_fired(record: Document) -> None:
    if "fired_at" not in record:
        raise NotFound("alert", record["id"])
