"""Agents: found, changed and removed, and what is told of it. How they come to be known stands in `registration`."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from handlers.core.agent_lists import AgentFilter, listed, on_node
from handlers.core.clock import Clock, Moment
from handlers.core.collections import AGENTS, PLATFORM, TENANTS
from handlers.core.errors import (
    NotFound,
    PreconditionFailed,
    Stale,
)
from handlers.core.events import Event
from handlers.core.pairs import Step
from handlers.core.ports import Delete, Document, Documents, Position, Query
from handlers.core.presence import (
    AVAILABLE,
    BUSY,
    DELETED,
    IDLE,
    KEPT_MILLISECONDS,
    STATUSES,
    Agent,
    capability_label,
    check_owner,
    completed,
    due_of,
    event_of,
    noted,
    overdue_of,
    settled,
    told_of,
)
from handlers.core.principals import ALL_SCOPES, Principal
from handlers.core.pulses import Pulses
from handlers.core.records import Records, forget
from handlers.core.sealing import Sealing
from handlers.core.targets import check_target

# The specification of an agent that runs on a node, as it was written.
SPEC = "specification"
TOKEN = "auth_token"  # noqa: S105 - the name of a field
_PAGE = 100
# People are told when one of these is another.
_SEEN = ("status", "edition", "node_message")
# Ends what an agent that is gone has held; returns the slots that are to be looked after once more.
Forfeit = Callable[[Agent], Awaitable[list[Document]]]
_UNKEYED = {"idempotency_key": None, "first_answer": None}


class Agents:
    """The rules of agents, over a store that takes each change together with the event that tells of it.

    `expect` is told when something of an agent is due.
    """

    def __init__(
        self,
        documents: Documents,
        sealing: Sealing,
        clock: Clock,
        expect: Callable[[Moment | None], None] = lambda due_at: None,
        *,
        pulses: Pulses | None = None,
        allows_private: bool = False,
    ) -> None:
        self._documents = documents
        self._records = Records(documents, AGENTS, "agent", guesses=True)
        self._sealing = sealing
        self._clock = clock
        self._expect = expect
        self._pulses = pulses or Pulses()
        self._allows_private = allows_private
        self._forfeit: Forfeit | None = None

    def bind(self, forfeit: Forfeit) -> None:
        """Know who ends what an agent that is gone has held."""
        self._forfeit = forfeit

    async def get(self, who: Principal, identifier: str) -> Agent:
        """The agent of that identifier."""
        return self.of(await self.record(who.tenant, identifier))

    def known(self, tenant: str, identifier: str) -> Agent | None:
        """What an agent was when this process changed it last, if that is not long ago; others may have changed it."""
        record = self._records.guess(tenant, identifier)
        return None if record is None else Agent.of(record)

    def of(self, record: Document) -> Agent:
        """The agent of a record, with what was heard of it here since that was written."""
        return self._pulses.onto(Agent.of(record))

    async def record(self, tenant: str, identifier: str) -> Document:
        """An agent's whole record, for those rules that keep more in it."""
        return await self._records.get(tenant, identifier)

    async def page(
        self, who: Principal, wanted: AgentFilter, limit: int, *, offset: int = 0, after: Position | None = None
    ) -> list[Agent]:
        """One page of a list, the newest first."""
        if not wanted.shown:
            return []
        found = await self._documents.page(listed(who.tenant, wanted), limit, offset=offset, after=after)
        return [self.of(document) for document in found]

    async def count(self, who: Principal, wanted: AgentFilter) -> int:
        """How many agents a list has in all."""
        return await self._documents.count(listed(who.tenant, wanted)) if wanted.shown else 0

    async def candidates(self, tenant: str, capabilities: tuple[str, ...], limit: int) -> list[Agent]:
        """Some agents that can do all of this and take work, those with the least load first."""
        labels = tuple(map(capability_label, capabilities))
        query = Query(AGENTS, tenant, "load_percent", {"status": AVAILABLE}, labels, descending=False)
        return [Agent.of(document) for document in await self._documents.page(query, limit)]

    async def least_busy(
        self, who: Principal, statuses: tuple[str, ...], capability: str, limit: int, offset: int
    ) -> list[Agent]:
        """One page of the agents in some statuses that can do something, those with the least load first."""
        labels = (capability_label(capability),)
        query = Query(AGENTS, who.tenant, "load_percent", {"status": statuses}, labels, descending=False)
        return [self.of(record) for record in await self._documents.page(query, limit, offset=offset)]

    async def page_on(self, tenant: str, node: str, limit: int, after: Position | None) -> list[Agent]:
        """One page of the agents that are on a node, the newest first."""
        return [Agent.of(record) for record in await self._documents.page(on_node(tenant, node), limit, after=after)]

    async def count_on(self, tenant: str, node: str) -> int:
        """How many agents are on a node, with those that are gone and still to be taken from it."""
        return await self._documents.count(on_node(tenant, node, (*STATUSES, DELETED)))

    async def count_living_on(self, tenant: str, node: str) -> int:
        """How many agents are on a node and not gone."""
        return await self._documents.count(on_node(tenant, node))

    async def update(
        self, who: Principal, identifier: str, given: Mapping[str, Any], *, edition: int | None = None
    ) -> Agent:
        """Change some of what was said of an agent; with an edition, only if that is the present one."""
        self._check(given)

        def decide(agent: Agent) -> dict[str, Any]:
            _check_mine(who, agent, edition)
            changes = {name: value for name, value in completed(given).items() if value != getattr(agent, name, None)}
            if not changes:
                return {}
            return {**changes, **self._resealed(agent, changes), "edition": agent.edition + 1}

        return await self.change(who.tenant, identifier, decide)

    async def delete(self, who: Principal, identifier: str, *, edition: int | None = None) -> Agent:
        """Take an agent away: it holds nothing any more. Its record stays for a while, for those who hold its work."""

        def decide(agent: Agent) -> dict[str, Any]:
            _check_mine(who, agent, edition)
            now = self._clock()
            gone = {"status": DELETED, "deleted_at": now, "up_since": None, TOKEN: None, SPEC: None, **_UNKEYED}
            gone |= {"leases": [], "lost": [*agent.lost, *({**slot, "at": now} for slot in agent.leases)]}
            return {**gone, "sync_at": now if agent.is_elsewhere else None}

        return await self.change(who.tenant, identifier, decide)

    async def attend(self, record: Document) -> Moment | None:
        """Do what is due with an agent, if it is not done already; return when something of it is due again."""
        tenant, identifier = record["tenant"], record["id"]
        record = await self._bereave(record) if record.get("lost") else record
        is_old = record.get("deleted_at", self._clock()) <= self._clock() - KEPT_MILLISECONDS
        if is_old and record.get("sync_at") is None:
            with suppress(Stale):  # it has registered again
                await self._documents.write(Delete(AGENTS, tenant, identifier, {"version": record["version"]}))
            return None
        try:
            return due_of(await self.change(tenant, identifier, lambda agent: overdue_of(agent, self._clock())))
        except NotFound:
            return due_of(Agent.of(record))

    async def _bereave(self, record: Document) -> Document:
        """Have ended what an agent held when it was removed; its record as it is then."""
        agent = Agent.of(record)
        left = await self._forfeit(agent) if self._forfeit is not None else []
        done = {slot["id"] for slot in agent.lost}

        def decide(present: Agent) -> dict[str, Any]:
            return {"lost": [*left, *(slot for slot in present.lost if slot["id"] not in done)]}

        await self.change(agent.tenant, agent.id, decide, with_deleted=True)
        return await self._records.get(agent.tenant, agent.id, with_deleted=True)

    async def change(
        self, tenant: str, identifier: str, decide: Callable[[Agent], dict[str, Any]], *, with_deleted: bool = False
    ) -> Agent:
        """Change an agent as `decide` says, with all that follows from it, and tell of it if that can be seen.

        Rules that keep more in the record, such as leases, change it through this too.
        """
        step = self.step(tenant, identifier, decide)
        before, after = await self._records.change(
            tenant, identifier, step.decide, None, step.tell, with_deleted=with_deleted
        )
        if after is not before:
            step.done(before, after)
        return self.of(after)

    def step(self, tenant: str, identifier: str, decide: Callable[[Agent], dict[str, Any]]) -> Step:
        """The same, to be made with the change of another record."""
        agents: list[Agent] = []

        def change(present: Document) -> dict[str, Any]:
            agents[:] = [Agent.of(present)]
            changes = decide(agents[0])
            return self._whole(agents[0], changes) if changes else {}

        def told(_: Document, after: Document) -> list[Event]:
            agents.append(Agent.of(after))
            kind = event_of(*agents)
            return [] if kind is None else [told_of(agents[1], kind)]

        def done(_: Document, __: Document) -> None:
            self._pulses.learn(agents[1])
            self._expect(agents[1].due_at)

        return Step(self._records, tenant, identifier, change, told, done)

    async def reseal(self) -> int:
        """Bring the tokens of all agents under the present key; how many records changed."""
        changed, after = 0, None
        while tenants := await self._documents.page(Query(TENANTS, PLATFORM, "created_at"), _PAGE, after=after):
            for tenant in tenants:
                changed += await self._sealing.reseal_all(listed(tenant["id"], AgentFilter()), (TOKEN,))
            after = Position(tenants[-1]["created_at"], tenants[-1]["id"])
        return changed

    def token_of(self, record: Document) -> str | None:
        """What is shown at the agent's endpoint."""
        return self._sealing.open(AGENTS, record, TOKEN) if record.get(TOKEN) else None

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some agents of a tenant that is no more, without a word; return how many were found."""
        return await forget(
            self._documents, Query(AGENTS, tenant, "created_at", {"status": (*STATUSES, DELETED)}), most
        )

    def _whole(self, agent: Agent, changes: dict[str, Any]) -> dict[str, Any]:
        """Changes with what follows from them, and a note where people can see something of it."""
        beside = {name: value for name, value in changes.items() if not hasattr(agent, name)}
        shown = settled(agent, {name: value for name, value in changes.items() if name not in beside})
        seen = {name: getattr(agent, name) for name in _SEEN}
        if all(shown.get(name, was) == was for name, was in seen.items()):
            return {**beside, **shown}
        after = replace(agent, **shown)
        now, line = self._clock(), _line_of(agent, after)
        noticed = {} if line is None else {"journal": noted(after, now, line)}
        return {**beside, **shown, "updated_at": now, **noticed}

    def _resealed(self, agent: Agent, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The token that a change leaves: it belongs to its endpoint, and is shown at no other."""
        if TOKEN in changes:
            return {TOKEN: self._sealing.seal(AGENTS, agent.tenant, agent.id, TOKEN, changes[TOKEN])}
        return {TOKEN: None} if "endpoint" in changes else {}

    def _check(self, given: Mapping[str, Any]) -> None:
        if given.get("endpoint") is not None:
            check_target(given["endpoint"], field="endpoint", allows_private=self._allows_private)


def _check_mine(who: Principal, agent: Agent, edition: int | None) -> None:
    """Refuse who may not change an agent: it is its owner's, and those may who may do everything."""
    if not who.may(ALL_SCOPES):
        check_owner(who, agent)
    if edition is not None and edition != agent.edition:
        raise PreconditionFailed(agent.id, agent.edition)


def _line_of(before: Agent, after: Agent) -> str | None:
    """What a change is called in the agent's journal; None for what nobody would look for there."""
    if after.node_message not in (None, before.node_message):
        return after.node_message
    if after.synced_at != before.synced_at:
        return "Its node has confirmed it"
    if after.status != before.status:
        return None if {after.status, before.status} == {IDLE, BUSY} else f"It is {after.status}"
    return None if after.edition == before.edition else "It was changed"
