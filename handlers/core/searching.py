"""One search for agents that have, together, all that is needed: who is taken, who is passed over, and why.

The preferred are looked at first, in their order; then, for each capability that is still without an agent, those who
have it, the least busy first. Nobody is looked at twice, and of all of them so many. What an agent has done is read
only of one whom nothing else speaks against.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.core.ports import Document
from handlers.core.presence import BUSY, IDLE, REGISTERED, Agent
from handlers.core.track_records import TrackRecord

# An agent in one of these is there, whether it has room at this moment or not.
THERE = (REGISTERED, IDLE, BUSY)
MOST_LOOKED_AT = 200
_TOLD = 50
Measure = Callable[[str], Awaitable[TrackRecord]]


@dataclass(frozen=True, slots=True)
class Constraints:
    """What every agent that is taken keeps. By what it has done: who has done nothing yet is not held to it."""

    max_latency_ms: float | None = None
    min_accuracy: float | None = None
    max_load_percent: float | None = None

    def overload(self, agent: Agent) -> str | None:
        """Why an agent is too busy."""
        if self.max_load_percent is None or agent.load_percent <= self.max_load_percent:
            return None
        return f"Its load is {agent.load_percent:g}%, above {self.max_load_percent:g}%"

    def failing(self, done: TrackRecord) -> str | None:
        """Why what an agent has done is not good enough."""
        if None not in (self.max_latency_ms, done.milliseconds) and done.milliseconds > self.max_latency_ms:
            return f"It answers in {done.milliseconds:.0f} ms on average, above {self.max_latency_ms:g} ms"
        if None not in (self.min_accuracy, done.accuracy) and done.accuracy < self.min_accuracy:
            return f"Of its work {done.accuracy:.4g} ended well, below {self.min_accuracy:g}"
        return None


@dataclass
class Search:
    """What is still missing, and what has been found. `measure` reads of an agent what the constraints are about."""

    required: Sequence[str]
    constraints: Constraints
    measure: Measure
    assigned: list[Document] = field(default_factory=list)
    _passed_over: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """The capabilities that are without an agent."""
        covered = {name for one in self.assigned for name in one["capabilities_matched"]}
        return [name for name in self.required if name not in covered]

    @property
    def is_spent(self) -> bool:
        """Whether nobody more is looked at."""
        return len(self._passed_over) + len(self.assigned) >= MOST_LOOKED_AT

    @property
    def passed_over(self) -> list[Document]:
        """Who was looked at and not taken, and why; of very many, the first."""
        return [{"agent_id": name, "reason": why} for name, why in list(self._passed_over.items())[:_TOLD]]

    def wants(self, capability: str) -> bool:
        """Whether somebody is still looked for who has a capability."""
        return capability in self.missing and not self.is_spent

    def pass_over(self, agent: str, why: str) -> None:
        """Do without an agent."""
        self._passed_over[agent] = why

    async def consider(self, agent: Agent, *, is_preferred: bool = False) -> None:
        """Take an agent for all that it can do of what is missing, unless something speaks against it."""
        if agent.id in self._passed_over or any(agent.id == one["agent_id"] for one in self.assigned):
            return
        matched = [name for name in self.missing if name in agent.names]
        objection = _absence(agent, matched) or self.constraints.overload(agent)
        done = TrackRecord() if objection else await self.measure(agent.id)
        objection = objection or self.constraints.failing(done)
        if objection is not None:
            self.pass_over(agent.id, objection)
            return
        role = "secondary" if self.assigned else "primary"
        reasons = self._reasons(agent, done, is_preferred=is_preferred)
        self.assigned.append({"agent_id": agent.id, "role": role, "capabilities_matched": matched, "reasons": reasons})

    def _reasons(self, agent: Agent, done: TrackRecord, *, is_preferred: bool) -> list[str]:
        """What speaks for an agent."""
        first = "It is preferred" if is_preferred else "It is the least busy that keeps to what is asked"
        return [first, f"Its load is {agent.load_percent:g}%", *self._proof(done)]

    def _proof(self, done: TrackRecord) -> list[str]:
        """What an agent has done, as far as it is asked for."""
        told = [] if done.accuracy is None else [f"Of its work {done.accuracy:.4g} ended well"]
        if done.milliseconds is not None:
            told.append(f"It answers in {done.milliseconds:.0f} ms on average")
        if told or (self.constraints.min_accuracy, self.constraints.max_latency_ms) == (None, None):
            return told
        return [
            "It has done nothing yet" if self.constraints.min_accuracy is not None else "It has no time to show yet"
        ]


def _absence(agent: Agent, matched: Sequence[str]) -> str | None:
    if agent.status not in THERE:
        return f"It is {agent.status}"
    return None if matched else "It can do nothing of what is left"


def constraints_of(given: Mapping[str, float] | None) -> Constraints:
    """The constraints that somebody has given."""
    return Constraints(**(given or {}))
