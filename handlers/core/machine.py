"""The machine on which a server runs, as far as it tells of itself."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Capacity:
    """Room of one kind, in bytes, and how much of it is taken, up to 100."""

    total: int
    used: int
    available: int
    percent: float


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: its memory in bytes, how busy it is, up to 100, and how hot, in degrees Celsius."""

    model: str
    memory_total: int
    memory_used: int
    percent: float
    temperature: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine at one moment: how busy it is now, and how much was to be done in the last 1, 5 and 15 minutes."""

    cores: int
    percent: float
    load_average: tuple[float, float, float]
    memory: Capacity
    disk: Capacity
    gpus: tuple[Gpu, ...] = ()


class Gauges(Protocol):
    """Reads the machine, however many ask, without keeping anybody else waiting."""

    async def read(self) -> Machine:
        """The machine now, or a second ago. Raises `Unavailable` when it does not tell in time."""
