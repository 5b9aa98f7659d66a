"""A worker that takes frames in, sums them up when that is due, and is asked for series, over a store it may share."""

from typing import Any

from handlers.core.agenda import Agenda
from handlers.core.collections import FRAMES
from handlers.core.frames import NewFrame
from handlers.core.measurements import Measurements, Range
from handlers.core.ports import Delete, Documents
from handlers.core.principals import Principal
from handlers.core.redaction import Redaction
from handlers.core.rollups import HOUR
from handlers.core.series import Point, Series
from handlers.core.telemetry import Telemetry
from tests.fakes import NOON, Clock, MemoryDocuments

WHO = Principal("usr_ann", "t_one", frozenset({"admin"}))


class Worker:
    """One process."""

    def __init__(self, documents: Documents, clock: Clock, *, days: int = 30) -> None:
        self.documents, self.clock = documents, clock
        self.said: list[str] = []
        self.agenda = Agenda(documents, clock, self._say, is_shared=True)
        self.telemetry = Telemetry(documents, clock, self._say, Redaction(), days=days, ahead=300)
        self.agenda.take(self.telemetry.duty)
        self.measurements = Measurements(documents, clock)

    async def send(self, at: int, device: str = "d1", **metrics: Any) -> None:
        """A frame of some time behind or before noon."""
        await self.telemetry.submit(WHO, NewFrame(device, metrics, NOON + at))

    async def look(self) -> None:
        """Do what is due."""
        await self.agenda.look()
        await self.agenda.settle()

    async def roll(self, hours: int = 2) -> None:
        """Let so much time pass that all is due, and do it."""
        self.clock.advance(hours * HOUR)
        await self.look()

    async def points(
        self, aggregation: str, since: int, until: int, interval: int, names: tuple[str, ...] = (), **more: Any
    ) -> list[Point]:
        """A series of some time behind or before noon, as whoever asks gets it."""
        within = Range(NOON + since, NOON + until, more.pop("device", None))
        told = {"origin": within.since, **more, "interval": interval}
        return await self.measurements.points(WHO, within, names, aggregation, **told)

    async def raw(
        self, aggregation: str, since: int, until: int, interval: int, names: tuple[str, ...] = (), **more: Any
    ) -> list[Point]:
        """The same of the frames alone."""
        within = Range(NOON + since, NOON + until, more.pop("device", None))
        told = {"origin": within.since, **more, "interval": interval}
        return await self.documents.series(Series(within.query(WHO), names, aggregation, **told))

    async def close(self) -> None:
        """Write what was taken."""
        await self.telemetry.close()

    def _say(self, event: str, /, **facts: Any) -> None:
        self.said.append(event)


async def lose_frames(documents: MemoryDocuments) -> None:
    """Remove all frames, so that nothing can be made of them."""
    for frame in documents.all_of(FRAMES, WHO.tenant):
        await documents.write(Delete(FRAMES, WHO.tenant, frame["id"]))
