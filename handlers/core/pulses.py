"""What a process remembers of the agents that it hears: enough to take most heartbeats without a word to the store."""

from dataclasses import dataclass, replace
from typing import Any

from handlers.core.clock import Moment
from handlers.core.ports import Document
from handlers.core.presence import OFFLINE, REGISTERED, Agent, Beat

Key = tuple[str, str]
# The store is told of every second heartbeat that says nothing new: before anybody could miss the first.
_RESTING = 1.5
_PRESSING = 2.125
_SAYINGS = ("said", "reported_tasks", "reported_load", "lost_leases")


@dataclass(slots=True)
class Pulse:
    """One agent: what its record says, `written_at` when it was heard, and what was heard of it since.

    `is_doubted` is one whose record says something else now, and `lost` are the leases of which it is told this time.
    """

    owner: str
    status: str
    sayings: tuple[Any, ...]
    interval: Moment
    version: int
    written_at: Moment
    heard_at: Moment
    resource_usage: Document | None = None
    capabilities: tuple[str, ...] = ()
    is_doubted: bool = False
    lost: tuple[str, ...] = ()

    @property
    def is_ahead(self) -> bool:
        """Whether the store does not know yet when the agent was heard last."""
        return self.heard_at > self.written_at

    @property
    def pressing_at(self) -> Moment:
        """When the store must know, or the agent would count as late."""
        return self.written_at + round(_PRESSING * self.interval)

    def can_wait(self, beat: Beat, now: Moment) -> bool:
        """Whether a heartbeat says nothing that the store has to know now."""
        said = zip(_SAYINGS, self.sayings, strict=True)
        is_known = all(beat.given.get(name, value) == value for name, value in said)
        is_well = self.status != REGISTERED and (self.status == self.sayings[0] or self.sayings[0] is None)
        return is_known and is_well and not self.is_doubted and now - self.written_at < _RESTING * self.interval

    def take(self, beat: Beat, now: Moment) -> None:
        """Remember a heartbeat."""
        self.heard_at = now
        self.resource_usage = beat.given.get("resource_usage", self.resource_usage)

    @property
    def beat(self) -> Beat:
        """What was heard since the store was told."""
        return Beat({} if self.resource_usage is None else {"resource_usage": self.resource_usage})


class Pulses:
    """The pulses of one process. It forgets what others change as soon as it is told."""

    def __init__(self) -> None:
        self._held: dict[Key, Pulse] = {}

    def of(self, key: Key) -> Pulse | None:
        """The pulse of an agent."""
        return self._held.get(key)

    def hold(self, agent: Agent) -> Pulse:
        """Remember an agent that was heard, as its record is."""
        sayings = tuple(getattr(agent, name) for name in _SAYINGS)
        interval, heard_at = agent.heartbeat_interval_seconds * 1000, agent.heard_at or 0
        pulse = Pulse(
            agent.owner,
            agent.status,
            sayings,
            interval,
            agent.version,
            heard_at,
            heard_at,
            agent.resource_usage,
            tuple(agent.names),
        )
        self._held[agent.tenant, agent.id] = pulse
        return pulse

    def learn(self, agent: Agent) -> None:
        """Know how a record is now, if its agent is heard here and that is news.

        An event tells nothing of lost leases: what is known or suspected of them stays so until the agent is told.
        """
        known = self._held.get((agent.tenant, agent.id))
        if known is None or agent.version <= known.version:
            return
        if agent.deleted_at is not None or agent.status in (OFFLINE, REGISTERED):
            self.drop((agent.tenant, agent.id))
            return
        fresh = self.hold(replace(agent, lost_leases=agent.lost_leases or known.sayings[-1]))
        fresh.is_doubted = known.is_doubted
        if known.heard_at > fresh.heard_at and known.owner == fresh.owner:
            fresh.heard_at, fresh.resource_usage = known.heard_at, known.resource_usage

    def doubt(self, key: Key) -> None:
        """Know that the record of an agent says something new, but not what: its next heartbeat is to find out."""
        known = self._held.get(key)
        if known is not None:
            known.is_doubted = True

    def drop(self, key: Key) -> None:
        """Forget an agent."""
        self._held.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        self._held.clear()

    def ahead(self) -> list[Key]:
        """Those of whom the store does not know all."""
        return [key for key, pulse in self._held.items() if pulse.is_ahead]

    def onto(self, agent: Agent) -> Agent:
        """An agent as its record says, with what was heard of it here since then."""
        pulse = self._held.get((agent.tenant, agent.id))
        if pulse is None or pulse.heard_at <= agent.last_seen:
            return agent
        return replace(agent, heard_at=pulse.heard_at, resource_usage=pulse.resource_usage)
