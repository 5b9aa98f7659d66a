"""Negotiations: which agents have, together, all that a task needs, and why it is these; asked once, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import NEGOTIATIONS
from handlers.core.errors import Conflict, NotFound
from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS, Estimates
from handlers.core.ports import Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Once, Records, forget
from handlers.core.searching import MOST_LOOKED_AT, THERE, Search, constraints_of
from handlers.core.shapes import read_as
from handlers.core.track_records import TrackRecords

_PAGE = 20
_KEPT_MILLISECONDS = 30 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Negotiation:
    """A question and its answer. `estimated_completion` is told by how long such tasks have taken."""

    id: str
    tenant: str
    task_type: str
    required_capabilities: list[str]
    assigned_agents: list[Document]
    estimated_completion: Moment
    created_by: str
    created_at: Moment
    version: int
    preferred_agents: list[str] = field(default_factory=list)
    passed_over: list[Document] = field(default_factory=list)
    constraints: Document | None = None


class Negotiations:
    """Finds agents. A negotiation takes nothing from anybody: what it has found holds for the moment it was asked."""

    def __init__(self, documents: Documents, agents: Agents, track_records: TrackRecords, clock: Clock) -> None:
        self._documents = documents
        self._records = Records(documents, NEGOTIATIONS, "negotiation")
        self._agents = agents
        self._track_records = track_records
        self._clock = clock
        self._estimates = Estimates(documents, clock)

    async def negotiate(
        self, who: Principal, given: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Negotiation:
        """Find agents for all that is required. With a key, a repeated request is answered as the first one was."""
        if idempotency_key is None:
            record = await self._found(who, given)
            await self._records.insert(who.tenant, record)
            return read_as(Negotiation, record)
        once = Once(who.id, idempotency_key, given)
        known = await self._records.answered(who.tenant, once, self._clock())
        if known is None:
            known, _ = await self._records.insert_once(who.tenant, await self._found(who, given), once)
        return read_as(Negotiation, known)

    async def get(self, who: Principal, identifier: str) -> Negotiation:
        """One negotiation."""
        return read_as(Negotiation, await self._records.get(who.tenant, identifier))

    async def page(self, who: Principal, limit: int, after: Position | None = None) -> list[Negotiation]:
        """One page of the tenant's negotiations, the newest first."""
        found = await self._documents.page(Query(NEGOTIATIONS, who.tenant, "created_at"), limit, after=after)
        return [read_as(Negotiation, record) for record in found]

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some negotiations of a tenant that is no more; return how many were found."""
        return await forget(self._documents, Query(NEGOTIATIONS, tenant, "created_at"), most)

    async def _found(self, who: Principal, given: Mapping[str, Any]) -> Document:
        """The record of a negotiation; refused when something is left without an agent."""
        search = await self._search(who, given)
        if missing := search.missing:
            where = f" among the {MOST_LOOKED_AT} agents that were looked at" if search.is_spent else ""
            message = f"Nobody who is there can be found for {', '.join(missing)}{where}"
            raise Conflict(message, missing=missing, passed_over=search.passed_over)
        now = self._clock()
        seconds = await self._estimates.of(who.tenant, given["task_type"], DEFAULT_TIMEOUT_SECONDS)
        return {
            "id": new_id("neg", now),
            "tenant": who.tenant,
            **given,
            "assigned_agents": search.assigned,
            "passed_over": search.passed_over,
            "estimated_completion": now + seconds * 1000,
            "created_by": who.id,
            "created_at": now,
            "expires_at": now + _KEPT_MILLISECONDS,
            "version": 1,
        }

    async def _search(self, who: Principal, given: Mapping[str, Any]) -> Search:
        required, constraints = given["required_capabilities"], constraints_of(given.get("constraints"))
        wanted = {"accuracy": constraints.min_accuracy is not None, "time": constraints.max_latency_ms is not None}
        search = Search(required, constraints, partial(self._track_records.of, who, **wanted))
        for name in given.get("preferred_agents", ()):
            await self._prefer(who, search, name)
        for capability in required:
            await self._cover(who, search, capability)
        return search

    async def _prefer(self, who: Principal, search: Search, name: str) -> None:
        try:
            agent = await self._agents.get(who, name)
        except NotFound:
            search.pass_over(name, "There is no such agent")
            return
        if search.missing:
            await search.consider(agent, is_preferred=True)

    async def _cover(self, who: Principal, search: Search, capability: str) -> None:
        """Look at those who have a capability, the least busy first, until it has an agent or no other can be one."""
        offset = 0
        while search.wants(capability):
            agents = await self._agents.least_busy(who, THERE, capability, _PAGE, offset)
            for agent in agents:
                if search.wants(capability):
                    await search.consider(agent)
                if search.constraints.overload(agent):
                    return
            if len(agents) < _PAGE:
                return
            offset += _PAGE
