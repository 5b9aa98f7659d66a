"""A worker that holds frames against rules, over fakes, and what can be asked of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from handlers.core.agenda import Agenda
from handlers.core.alerting import Alert
from handlers.core.alerts import AlertFilter
from handlers.core.frames import NewFrame
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.redaction import Redaction
from handlers.core.telemetry import Telemetry
from handlers.core.watch import Watch
from tests.core.test_consuming import Log
from tests.fakes import Clock, MemoryDocuments

ANN = Principal("usr_ann", "t_one", frozenset({"admin"}))
HOT = {
    "name": "hot",
    "metric": "cpu",
    "condition": {"operator": "gt", "threshold": 80},
    "severity": "critical",
    "cooldown_seconds": 0,
}
SILENT = {"name": "silent", "condition": {"operator": "absent", "for_seconds": 60}, "severity": "warning"}
LASTING = {"operator": "gt", "threshold": 80, "for_seconds": 60}


class Worker:
    """One process over a store that it may share."""

    def __init__(self, documents: MemoryDocuments, clock: Clock, log: Log) -> None:
        self.documents, self.clock = documents, clock
        self.said: list[dict[str, Any]] = []
        self.agenda = Agenda(documents, clock, self._say, is_shared=True)
        self.telemetry = Telemetry(documents, clock, self._say, Redaction(keeps_addresses=True), days=30, ahead=300)
        self.watch = Watch(documents, log, self.agenda, self.telemetry, clock, self._say, days=30)

    async def send(self, *values: float, device: str = "d1", at: int | None = None, **more: Any) -> None:
        """Frames of one device in one batch, a second apart, the first of them measured at a moment."""
        first = self.clock() if at is None else at
        frames = [NewFrame(device, {"cpu": value}, first + place * 1000, **more) for place, value in enumerate(values)]
        await self.telemetry.submit_all(ANN, frames)

    async def rule(self, **changes: Any) -> str:
        """A rule in force."""
        return (await self.watch.rules.create(ANN, {**HOT, **changes})).id

    async def alerts(self, **wanted: Any) -> list[Alert]:
        """The alerts that a list shows, the newest first."""
        return await self.watch.alerts.page(ANN, AlertFilter(**wanted), 100, None)

    async def statuses(self) -> list[str]:
        """What has become of the alerts, the newest first."""
        return [alert.status for alert in await self.alerts()]

    async def look(self) -> None:
        """Do all that is due now, and what that makes due at once."""
        for _ in range(5):
            await self.agenda.look()
            await self.agenda.settle()

    async def pass_time(self, seconds: float, step: float = 1) -> None:
        """Let time pass, and do what is due in it."""
        for _ in range(int(seconds / step)):
            self.clock.advance(int(step * 1000))
            await self.look()

    async def hear(self) -> None:
        """Let what others told arrive."""
        for _ in range(20):
            await asyncio.sleep(0)

    def _say(self, event: str, **facts: Any) -> None:
        self.said.append({"event": event, **facts})


def frame_of(name: str, at: int, numbers: dict[str, float]) -> Document:
    """A frame as it is kept."""
    return {"id": name, "device": "d1", "at": at, "received_at": at, "numbers": numbers, "expires_at": at + 10**9}


@asynccontextmanager
async def workers(documents: MemoryDocuments, clock: Clock, many: int = 1) -> AsyncIterator[list[Worker]]:
    """Workers that share a store and hear of one another."""
    log = Log(documents)
    found = [Worker(documents, clock, log) for _ in range(many)]
    for worker in found:
        worker.watch.begin()
    try:
        yield found
    finally:
        for worker in found:
            await worker.watch.close()
            await worker.telemetry.close()
        assert not any(worker.said for worker in found), "A worker had something to complain about"
