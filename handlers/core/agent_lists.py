"""Which agents a list shows, and along which index they are found."""

from dataclasses import dataclass

from handlers.core.collections import AGENTS
from handlers.core.ports import Query
from handlers.core.presence import AVAILABLE, STATUSES, capability_label, tag_label


@dataclass(frozen=True)
class AgentFilter:
    """Which agents a list shows: those that agree with all that is given."""

    statuses: tuple[str, ...] | None = None
    type: str | None = None
    capabilities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    available: bool | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """The statuses that it leaves."""
        shown = STATUSES if self.statuses is None else self.statuses
        return tuple(one for one in shown if self.available is None or (one in AVAILABLE) == self.available)


def listed(tenant: str, wanted: AgentFilter) -> Query:
    """The agents of a list, the newest first."""
    where: dict[str, str | tuple[str, ...]] = {"status": wanted.shown}
    if wanted.type is not None:
        where["type"] = wanted.type
    labels = (*map(capability_label, wanted.capabilities), *map(tag_label, wanted.tags))
    return Query(AGENTS, tenant, "created_at", where, labels)


def on_node(tenant: str, node: str, statuses: tuple[str, ...] = STATUSES) -> Query:
    """The agents that are on a node, the newest first."""
    return Query(AGENTS, tenant, "created_at", {"node": node, "status": statuses})
