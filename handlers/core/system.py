"""How the whole system is at this moment: its parts, its processes, the machine, and a tenant's agents and work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from handlers.core.agent_lists import AgentFilter
from handlers.core.agents import Agents
from handlers.core.audit import Audit, Sought
from handlers.core.audit_words import BLOCKED, DENIED, LOGIN_FAILED
from handlers.core.clock import Clock, Moment
from handlers.core.collections import PLATFORM, SESSIONS
from handlers.core.errors import Unavailable
from handlers.core.machine import Gauges, Machine
from handlers.core.ports import Documents, Query
from handlers.core.presence import BUSY, DEGRADED, ERROR, IDLE, OFFLINE, REGISTERED
from handlers.core.principals import Principal
from handlers.core.readiness import Part, Readiness, health_of
from handlers.core.tasks import Filter, Tasks
from handlers.core.track_records import ENDED_BADLY, ENDED_WELL
from handlers.core.vitals import Server, Vitals

_DAY = 24 * 3600 * 1000
_SHOWN = 200
_FRESH_MILLISECONDS = 1000
_WAITING = ("pending", "scheduled", "blocked")
# Counts a caller's items of one sort that are in one of some statuses.
Counting = Callable[[Principal, tuple[str, ...]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Condition:
    """How the server itself is, by its parts, and the processes that serve, the oldest first."""

    health: str
    uptime_seconds: int
    parts: Sequence[Part]
    servers: Sequence[Server]

    def has(self, name: str) -> bool:
        """Whether a part of that name is not silent."""
        return all(part.refusal is None for part in self.parts if part.name == name)


@dataclass(frozen=True, slots=True)
class Presences:
    """A tenant's agents by how they are; those that were never heard are not there, those in error not well."""

    idle: int
    busy: int
    degraded: int
    offline: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.idle + self.busy + self.degraded + self.offline

    @property
    def active(self) -> int:
        """Those that are there and well."""
        return self.idle + self.busy


@dataclass(frozen=True, slots=True)
class Amounts:
    """A tenant's items of some sorts by how far they are; those that were called off are in the total alone."""

    waiting: int
    running: int
    completed: int
    failed: int
    cancelled: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.waiting + self.running + self.completed + self.failed + self.cancelled


@dataclass(frozen=True, slots=True)
class Security:
    """Who is logged in, by whose home the tenant is; and what was kept out in the last day."""

    sessions: int
    failed_logins: int
    blocks: int
    denials: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The little that is told again and again: how many tasks run, how the newest agents are, the first GPU's share."""

    running: int
    agents: Mapping[str, str]
    gpu_percent: float | None


class System:
    """Asks the others. `sorts` count the work of each sort that there is, tasks aside."""

    def __init__(
        self,
        documents: Documents,
        readiness: Readiness,
        vitals: Vitals,
        agents: Agents,
        tasks: Tasks,
        sorts: Sequence[Counting],
        audit: Audit,
        gauges: Gauges,
        clock: Clock,
        *,
        release: str,
        environment: str,
    ) -> None:
        self.release = release
        self.environment = environment
        self._documents = documents
        self._readiness = readiness
        self._vitals = vitals
        self._agents = agents
        self._tasks = tasks
        self._sorts = sorts
        self._audit = audit
        self._gauges = gauges
        self._clock = clock
        self._machine: Machine | None = None
        self._overviews: dict[str, tuple[Moment, asyncio.Future[Overview]]] = {}

    async def condition(self) -> Condition:
        """How the server itself is."""
        parts, (vital, servers) = await asyncio.gather(self._readiness.parts(), self._vitals.roll_call())
        return Condition(health_of(parts), vital.uptime_seconds, parts, servers)

    async def machine(self) -> Machine:
        """The machine of this process."""
        self._machine = await self._gauges.read()
        return self._machine

    async def machine_as_known(self) -> Machine:
        """The machine now, or when it last told how it is; `Unavailable` if it never has."""
        try:
            return await self.machine()
        except Unavailable:
            if self._machine is None:
                raise
            return self._machine

    async def presences(self, who: Principal) -> Presences:
        """How the tenant's agents are."""
        groups = ((IDLE,), (BUSY,), (DEGRADED, ERROR), (OFFLINE, REGISTERED))
        return Presences(*await asyncio.gather(*(self._agents.count(who, AgentFilter(group)) for group in groups)))

    async def tasks(self, who: Principal) -> Amounts:
        """How far the tenant's tasks are."""
        return await _amounts(who, [self._count_tasks])

    async def work(self, who: Principal) -> Amounts:
        """How far all other work of the tenant is."""
        return await _amounts(who, self._sorts)

    async def security(self, who: Principal) -> Security:
        """Who is logged in, and what was kept out."""
        since = self._clock() - _DAY
        sessions = self._documents.count(Query(SESSIONS, PLATFORM, "created_at", {"home": who.tenant}))
        kept_out = [self._audit.count(who, Sought(word, since=since)) for word in (LOGIN_FAILED, BLOCKED, DENIED)]
        return Security(*await asyncio.gather(sessions, *kept_out))

    async def overview(self, who: Principal) -> Overview:
        """What is told again and again; however many listen, a tenant is looked at once a second."""
        now = self._clock()
        while self._overviews and next(iter(self._overviews.values()))[0] <= now:
            del self._overviews[next(iter(self._overviews))]  # they are in the order in which they were made
        if who.tenant not in self._overviews:
            self._overviews[who.tenant] = now + _FRESH_MILLISECONDS, asyncio.ensure_future(self._look(who))
        return await asyncio.shield(self._overviews[who.tenant][1])

    async def _look(self, who: Principal) -> Overview:
        return Overview(
            *await asyncio.gather(self._count_tasks(who, ("running",)), self._statuses(who), self._gpu_percent())
        )

    async def _statuses(self, who: Principal) -> dict[str, str]:
        return {agent.id: agent.status for agent in await self._agents.page(who, AgentFilter(), _SHOWN)}

    async def _gpu_percent(self) -> float | None:
        try:
            gpus = (await self.machine()).gpus
        except Unavailable:
            return None
        return gpus[0].percent if gpus else None

    async def _count_tasks(self, who: Principal, statuses: tuple[str, ...]) -> int:
        return await self._tasks.count(who, Filter(statuses))


async def _amounts(who: Principal, sorts: Sequence[Counting]) -> Amounts:
    groups: Mapping[str, tuple[str, ...]] = {
        "waiting": _WAITING,
        "running": ("running",),
        "completed": ENDED_WELL,
        "failed": ENDED_BADLY,
        "cancelled": ("cancelled",),
    }
    return Amounts(**{name: sum([await count(who, group) for count in sorts]) for name, group in groups.items()})
