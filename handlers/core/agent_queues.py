"""The queues of agents on a broker, and which of them are read, as far as that was asked lately.

A question costs the broker and us about a millisecond. So many are asked in a second and no more, however many agents
there are and however much work arrives for those who do not read their queues; of a queue that was read lately none
is asked. Events make us ask no more than half of them: what was to be looked at again is not kept waiting by them.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from handlers.core.agent_lists import AgentFilter
from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment
from handlers.core.collections import PLATFORM, TENANTS
from handlers.core.ports import Documents, Position, Query
from handlers.core.presence import OFFLINE, STATUSES, Agent
from handlers.core.principals import Principal
from handlers.core.work import Lease

A_SECOND = 50
_READ_MILLISECONDS = 300_000
_MOST = 100_000
_PAGE = 100
_THERE = AgentFilter(statuses=tuple(status for status in STATUSES if status != OFFLINE))
# A tenant and an agent of theirs.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages wait in a queue, and how many read it."""

    messages: int
    readers: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An offer or a lease of an agent's that holds no longer, and why."""

    lease: str
    agent: str
    token: int
    reason: str
    at: Moment


class WorkQueues(Protocol):
    """The queues. A broker that is away raises `Unavailable`."""

    async def look(self, tenant: str, agent: str) -> Depth:
        """How an agent's queue is; one that is not there is made."""

    async def remove(self, tenant: str, agent: str) -> None:
        """Have no queue for an agent, whether there was one or not."""

    async def offer(self, tenant: str, lease: Lease) -> bool:
        """Put an offer into the queue of its agent; whether there was room, and a queue."""

    async def withdraw(self, tenant: str, withdrawal: Withdrawal) -> bool:
        """Put a withdrawal there."""


class Readers:
    """What one process knows of who reads."""

    def __init__(self, queues: WorkQueues, clock: Clock, a_second: int = A_SECOND) -> None:
        self._queues = queues
        self._clock = clock
        self._most = a_second
        self._second = 0
        self._asked = 0
        self._asked_early = 0
        self._read_until: dict[Place, Moment] = {}

    def are_known(self, place: Place) -> bool:
        """Whether somebody has read an agent's queue lately."""
        return self._read_until.get(place, 0) > self._clock()

    async def are_there(self, place: Place, *, anew: bool = False) -> bool | None:
        """Whether somebody reads an agent's queue; None when it is not known, and too much was asked already.

        It is asked `anew` when it is time to; whoever cannot wait for that has half of the questions.
        """
        if not anew and self.are_known(place):
            return True
        depth = await self.ask(place, is_due=anew)
        return None if depth is None else depth.readers > 0

    async def ask(self, place: Place, *, is_due: bool = True) -> Depth | None:
        """How an agent's queue is now; None when too much was asked in this second."""
        if not self.may_ask(is_due=is_due):
            return None
        self._asked += 1
        self._asked_early += not is_due
        return await self.make(place)

    def may_ask(self, *, is_due: bool = True) -> bool:
        """Whether there may be one more question in this second."""
        second = self._clock() // 1000
        if second != self._second:
            self._second, self._asked, self._asked_early = second, 0, 0
        return self._asked < self._most and (is_due or self._asked_early < self._most // 2)

    async def make(self, place: Place) -> Depth:
        """How an agent's queue is now; there is one from now on."""
        depth = await self._queues.look(*place)
        if not depth.readers:
            self.forget(place)
        elif place in self._read_until or len(self._read_until) < _MOST:
            self._read_until[place] = self._clock() + _READ_MILLISECONDS
        return depth

    def forget(self, place: Place) -> None:
        """Know nothing of a queue any more."""
        self._read_until.pop(place, None)


async def those_there(documents: Documents, agents: Agents) -> AsyncGenerator[Agent, None]:
    """The agents of all tenants that are not offline, one after the other."""
    after = None
    while tenants := await documents.page(Query(TENANTS, PLATFORM, "created_at"), _PAGE, after=after):
        for tenant in tenants:
            async for agent in _of(agents, Principal("", tenant["id"], frozenset())):
                yield agent
        after = Position(tenants[-1]["created_at"], tenants[-1]["id"])


async def _of(agents: Agents, who: Principal) -> AsyncGenerator[Agent, None]:
    after = None
    while found := await agents.page(who, _THERE, _PAGE, after=after):
        for agent in found:
            yield agent
        after = Position(found[-1].created_at, found[-1].id)
