"""Which events tell of work, and for whom: it was placed in a queue, an agent has room again, or has lost it."""

from dataclasses import dataclass

from handlers.core.agents import Agents
from handlers.core.errors import NotFound
from handlers.core.events import Event, EventFilter, Logged
from handlers.core.presence import IDLE, REGISTERED, Agent
from handlers.core.principals import Principal
from handlers.core.registration import TOLD
from handlers.core.work import ABLE, lease_id

ROOM = frozenset({"lease.expired", "lease.released"})
_NEW = ".submitted"
_LOOKED_AT = 20
# Whoever held the work of these has lost it.
LOSSES = (
    EventFilter(frozenset({"lease.expired"})),
    EventFilter(frozenset({"lease.released"}), fields=(("status", "cancelled"),)),
)


@dataclass(frozen=True)
class Relevant:
    """Events after which there may be something to take: in these queues, or because an agent has room again."""

    queues: frozenset[str]
    agent: str

    @property
    def subjects(self) -> frozenset[str] | None:
        """The queues' names, and the agent's."""
        return self.queues | {self.agent}

    @property
    def passing(self) -> frozenset[str] | None:
        """None of them: work has its place in the log."""
        return frozenset()

    def admits(self, logged: Logged) -> bool:
        """Whether it is worth to ask again."""
        data = logged.event.data
        is_free = is_placed(logged.event) and data.get("queue") in self.queues
        return is_free or (logged.event.type in ROOM and data.get("agent") == self.agent)


def places_of(event: Event) -> list[tuple[str, str]]:
    """Where there may be something to take after an event: in a queue, or for an agent that has come or has room."""
    data = event.data
    names = [data["queue"]] if is_placed(event) and data.get("queue") is not None else []
    if event.type in ROOM:
        names.append(data["agent"])
    if event.type == TOLD:
        names.append(event.subject)
    return [(event.tenant, name) for name in names]


def is_placed(event: Event) -> bool:
    """Whether somebody may take the work that an event tells of."""
    return event.data.get("place") is not None


def first_offer_of(event: Event) -> tuple[str, int] | None:
    """The lease, and its token, under which work may be taken of which an event tells first; None if it is not new."""
    return (lease_id({"id": event.subject}), 1) if is_placed(event) and event.type.endswith(_NEW) else None


async def agents_at(agents: Agents, tenant: str, name: str) -> list[Agent]:
    """The agents whose work is in a queue: the one of that name, or those who can do it, the least busy first."""
    who = Principal("", tenant, frozenset())
    if name.startswith(ABLE):
        return await agents.least_busy(who, (REGISTERED, IDLE), name.removeprefix(ABLE), _LOOKED_AT, 0)
    try:
        return [await agents.get(who, name)]
    except NotFound:
        return []
