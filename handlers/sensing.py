"""Telemetry, put together: what is sent and stored, what is asked of it, and the alerts that it raises."""

from collections.abc import Callable
from socket import gethostname
from typing import Any

from handlers.core.agenda import Agenda
from handlers.core.announcing import Announcing
from handlers.core.clock import Clock
from handlers.core.housekeeping import Forget
from handlers.core.measurements import Measurements
from handlers.core.redaction import Redaction
from handlers.core.telemetry import Telemetry
from handlers.core.vitals import Vitals
from handlers.core.watch import Watch
from handlers.sending import Say
from handlers.settings import Settings
from handlers.storage import Storage


class Sensing:
    """One of everything that telemetry takes. `totals` are what this process, of a release, has answered."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        agenda: Agenda,
        totals: Callable[[], Any],
        release: str,
        clock: Clock,
        say: Say,
    ) -> None:
        documents, log, days = storage.documents, storage.log, settings.telemetry_days
        redaction = Redaction(keeps_addresses=settings.log_addresses)
        self.telemetry = Telemetry(
            documents,
            clock,
            say,
            redaction,
            days=days,
            ahead=settings.telemetry_ahead_seconds,
            rollup_days=settings.telemetry_rollup_days,
            most_days=settings.telemetry_most_days,
        )
        self.telemetry.collector.listen(Announcing(log, storage.elsewhere).hear)
        agenda.take(self.telemetry.duty)
        self.measurements = Measurements(documents, clock)
        self.watch = Watch(documents, log, agenda, self.telemetry, clock, say, days=days)
        shared = bool(settings.database_url)
        self.vitals = Vitals(documents, clock, totals, is_shared=shared, host=gethostname(), release=release)
        self.forgetting: list[Forget] = [self.telemetry.forget, self.watch.alerts.forget]

    async def begin(self) -> None:
        """Watch what comes in."""
        self.watch.begin()
        await self.vitals.begin()

    async def close(self) -> None:
        """Write what was taken."""
        await self.telemetry.close()
        await self.watch.close()
        await self.vitals.close()
