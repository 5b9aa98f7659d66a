"""How well and how fast an agent has done what it was given, from its tasks and its commands."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.core.commands import Commands
from handlers.core.commands import Filter as CommandFilter
from handlers.core.principals import Principal
from handlers.core.tasks import Filter, Tasks

MEASURED = 20
ENDED_WELL, ENDED_BADLY = ("completed",), ("failed", "timeout")


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """The share of what has ended that ended well, and how long the latest of that took; None where there is none."""

    accuracy: float | None = None
    milliseconds: float | None = None


def share(well: int, badly: int) -> float | None:
    """The share of what has ended that ended well, if anything has."""
    return well / (well + badly) if well + badly else None


def mean(took: Sequence[float]) -> float | None:
    """How long one of several took, if there are any."""
    return sum(took) / len(took) if took else None


class TrackRecords:
    """Judges agents by numbers that the store keeps, and by a few of the latest items."""

    def __init__(self, tasks: Tasks, commands: Commands) -> None:
        self._tasks = tasks
        self._commands = commands

    async def of(self, who: Principal, agent: str, *, accuracy: bool = True, time: bool = True) -> TrackRecord:
        """What one agent has done of the tasks and commands that were for it, as far as it is asked for."""
        ended_well = await self._share(who, agent) if accuracy else None
        took = await self._took(who, agent) if time and (ended_well or not accuracy) else []
        return TrackRecord(ended_well, mean(took))

    async def _share(self, who: Principal, agent: str) -> float | None:
        return share(*[await self._count(who, agent, statuses) for statuses in (ENDED_WELL, ENDED_BADLY)])

    async def _count(self, who: Principal, agent: str, statuses: tuple[str, ...]) -> int:
        tasks = self._tasks.count(who, Filter(statuses, agent))
        commands = self._commands.count(who, CommandFilter(statuses, agent))
        return sum(await asyncio.gather(tasks, commands))

    async def _took(self, who: Principal, agent: str) -> Sequence[float]:
        """How many milliseconds each of the latest took."""
        tasks, commands = await asyncio.gather(
            self._tasks.page(who, Filter(ENDED_WELL, agent), MEASURED, 0),
            self._commands.page(who, CommandFilter(ENDED_WELL, agent), MEASURED),
        )
        of_tasks = [task.execution_seconds * 1000 for task in tasks if task.execution_seconds is not None]
        return [*of_tasks, *(command.duration for command in commands if command.duration is not None)]
