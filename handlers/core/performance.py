"""What came of an agent's tasks, judged as `track_records` judges all of its work."""

import asyncio
from dataclasses import dataclass

from handlers.core.lifecycle import Task
from handlers.core.principals import Principal
from handlers.core.tasks import Filter, Tasks
from handlers.core.track_records import ENDED_BADLY, ENDED_WELL, MEASURED, mean, share


@dataclass(frozen=True, slots=True)
class Performance:
    """An agent's tasks by what became of them, and how long the last ones took, if any was completed."""

    completed: int
    failed: int
    waiting: int
    running: int
    average_seconds: float | None

    @property
    def success_rate(self) -> float | None:
        """The share of its finished tasks that were completed."""
        return share(self.completed, self.failed)


class Measuring:
    """Judges agents by their tasks: by numbers that the store keeps, and a few of the latest."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def of(self, who: Principal, agent: str) -> Performance:
        """How one agent has done."""
        counts = [self._count(who, agent, *statuses) for statuses in _COUNTED]
        completed, failed, waiting, running = await asyncio.gather(*counts)
        latest = await self._tasks.page(who, Filter(ENDED_WELL, agent), MEASURED, 0) if completed else []
        took = [task.execution_seconds for task in latest if task.execution_seconds is not None]
        return Performance(completed, failed, waiting, running, mean(took))

    async def latest(self, who: Principal, agent: str, limit: int) -> list[Task]:
        """The latest tasks of an agent."""
        return await self._tasks.page(who, Filter(assigned_to=agent), limit, 0)

    async def _count(self, who: Principal, agent: str, *statuses: str) -> int:
        return await self._tasks.count(who, Filter(statuses, agent))


_COUNTED = (ENDED_WELL, ENDED_BADLY, ("pending",), ("running",))
