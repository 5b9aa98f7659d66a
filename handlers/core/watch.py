"""Alerts, put together: the rules, what frames are held against, what is due, and what people see of it."""

from handlers.core.agenda import Agenda
from handlers.core.alert_rules import AlertRules
from handlers.core.alerts import Alerts
from handlers.core.clock import Clock
from handlers.core.collections import ALERT_RULES, ALERTS
from handlers.core.collector import Say
from handlers.core.duties import Duty
from handlers.core.events import EventLog
from handlers.core.evidence import Evidence
from handlers.core.intake import DAY
from handlers.core.open_alerts import OpenAlerts
from handlers.core.ports import Documents
from handlers.core.raising import Raising
from handlers.core.reviewing import Reviewing
from handlers.core.rulebook import Rulebooks
from handlers.core.telemetry import Telemetry
from handlers.core.watching import Watching


class Watch:
    """One of everything that alerts take. Past alerts are kept for so many days, as telemetry is."""

    def __init__(
        self,
        documents: Documents,
        log: EventLog,
        agenda: Agenda,
        telemetry: Telemetry,
        clock: Clock,
        say: Say,
        *,
        days: int,
    ) -> None:
        books = Rulebooks(documents, clock)
        evidence = Evidence(documents, telemetry.devices)
        self._opened = OpenAlerts(documents, log, clock, say)
        raising = Raising(documents, evidence, self._opened, clock, agenda.expect, lifetime=days * DAY)
        self.watching = Watching(books, self._opened, raising, say)
        self.rules = AlertRules(documents, clock, agenda.expect, books.forget)
        self.alerts = Alerts(documents, self._opened, clock, agenda.expect)
        reviewing = Reviewing(documents, evidence, raising, clock)
        agenda.take(Duty(ALERTS, reviewing.attend))
        agenda.take(Duty(ALERT_RULES, reviewing.attend_rule))
        telemetry.collector.prepare(self.watching.see)

    def begin(self) -> None:
        """Hear what others do. Behind the log, and before the agenda."""
        self._opened.begin()

    async def close(self) -> None:
        """Hear no more."""
        await self._opened.close()
