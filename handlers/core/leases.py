"""How work reaches an agent, and how its result comes back: over whatever transport, by these rules.

The record in the store decides, and transports only carry. Taking work is a conditional change of its record, which
one taker wins; a lease lasts so long, renewals put off its end, and it is over at that moment whether anybody has
noticed or not. Then, within the retry policy, the work is offered again, or it ends as `timeout`. Whoever has lost it
is told so whatever they say. What is due of it the agenda does (`attend`), so that no process has to be there for it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment
from handlers.core.early import Early
from handlers.core.errors import Conflict, IllegalTransition, NotFound
from handlers.core.holdings import Holdings
from handlers.core.ports import Document, Documents
from handlers.core.presence import Agent, check_owner
from handlers.core.principals import Principal
from handlers.core.reoffering import closed, let_go, put_back
from handlers.core.slots import FILLED_MILLISECONDS, Slot, Slots
from handlers.core.work import (
    CANCELLED,
    COMPLETED,
    FAILED,
    RELEASED,
    Claimed,
    Holder,
    Lease,
    LeaseLost,
    Outcome,
    WorkKind,
    check_held,
    fingerprint,
    is_open,
    is_repeated,
    is_waiting,
    item_id,
    lease_id,
    lease_of,
    renewed,
)
from handlers.core.work_changes import WorkChanges
from handlers.core.work_steps import end, fail, forfeited, overdue, report, whole_seconds


class Leases:
    """The rules of leases of every kind of work. `expect` is told when something of one is due."""

    def __init__(
        self,
        documents: Documents,
        agents: Agents,
        kinds: Sequence[WorkKind],
        clock: Clock,
        expect: Callable[[Moment | None], None] = lambda due_at: None,
    ) -> None:
        self._documents = documents
        self.kinds: Mapping[str, WorkKind] = {kind.name: kind for kind in kinds}
        self._clock = clock
        self._agents = agents
        self._holdings = Holdings(documents, self.kinds, clock)
        self.slots = Slots(agents, clock, self._holdings.fills)
        self.early = Early()
        self.changes = WorkChanges(documents, kinds, clock, expect, self.slots, self.early)
        agents.bind(self.forfeit)

    async def agent(self, who: Principal, identifier: str) -> Agent:
        """The caller's own agent."""
        agent = await self._agents.get(who, identifier)
        check_owner(who, agent)
        return agent

    async def check_speaker(self, who: Principal, target: str | None) -> Agent | None:
        """Refuse whoever would take what is for somebody else's agent; the agent, if the target is a registered one."""
        if target is None:
            return None
        try:
            return await self.agent(who, target)
        except NotFound:
            return None

    async def held_by(self, agent: Agent, key: str | None = None) -> list[Lease]:
        """What an agent holds, the oldest first; with the key of a request, what that has taken."""
        return await self._holdings.of(agent, key)

    async def room(self, agent: Agent, most: int, promised: int = 0, *, wanted: int = 1) -> int:
        """For how much more an agent has room, of so much at most, beside what it was promised.

        Its slots say so. Only where they leave less room than is wanted is it asked which of them are filled: a slot is
        given back after its work has ended and that was told, and who takes work frees those that nobody gave back.
        """
        left = min(most, agent.max_concurrent_tasks) - promised
        by_slots = left - len(agent.leases)
        return by_slots if by_slots >= wanted or not agent.leases else left - len(await self.held_by(agent))

    def known_room(self, tenant: str, agent: str, most: int, promised: int = 0) -> int:
        """The same as far as it is known here without a look: none where it is not."""
        known = self._agents.known(tenant, agent)
        return 0 if known is None else min(most, known.max_concurrent_tasks) - promised - len(known.leases)

    async def get(self, who: Principal, agent: str, lease: str) -> Lease:
        """A lease as it is now, or as it ended."""
        await self.agent(who, agent)
        kind, record = await self._find(who.tenant, agent, lease)
        return lease_of(kind, record)

    async def renew(self, who: Principal, claimed: Claimed, seconds: int | None) -> Lease:
        """Put off the end of a lease."""
        return await self._as_holder(who, claimed, lambda _, record, now: renewed(record, seconds, now))

    async def progress(
        self, who: Principal, claimed: Claimed, percent: float, message: str | None, *, renew: bool
    ) -> Lease:
        """Say how far the work has come; that renews the lease, unless told otherwise."""

        def decide(kind: WorkKind, record: Document, now: Moment) -> dict[str, Any]:
            kept = renewed(record, None, now) if renew else {}
            return {**kept, **kind.moved(percent, message, now)}

        return await self._as_holder(who, claimed, decide)

    async def complete(self, who: Principal, claimed: Claimed, result: Document | None, took: float | None) -> Lease:
        """The work is done."""
        said = fingerprint(COMPLETED, result, took)
        outcome = Outcome("completed", result, duration=took)
        return await self._as_holder(who, claimed, partial(end, outcome, said), said)

    async def fail(
        self, who: Principal, claimed: Claimed, error: str, details: Document | None, *, retryable: bool
    ) -> Lease:
        """The work has failed; it is tried again if its retry policy and its deadline leave that."""
        said = fingerprint(FAILED, error, details, retryable)
        outcome = Outcome("failed", details, error)
        decide = partial(fail if retryable else end, outcome, said)
        return await self._as_holder(who, claimed, decide, said)

    async def release(self, who: Principal, claimed: Claimed, delay_seconds: int) -> Lease:
        """Give work back undone: it is offered again, and does not count as tried."""
        said = fingerprint(RELEASED, delay_seconds)

        def decide(kind: WorkKind, record: Document, now: Moment) -> dict[str, Any]:
            free = {**let_go(record, RELEASED, now, said), **put_back(record, now + delay_seconds * 1000, now)}
            return {**free, **kind.waits(record, now), "attempt": record["attempt"] - 1}

        return await self._as_holder(who, claimed, decide, said)

    async def cancel(self, tenant: str, kind: str, identifier: str, reason: str | None) -> Document:
        """End work that has not ended, whoever holds it. What is cancelled already stays as it is."""

        def decide(record: Document, now: Moment) -> dict[str, Any]:
            if not is_open(record):
                if record["status"] == CANCELLED:
                    return {}
                raise IllegalTransition(identifier, record["status"], CANCELLED)
            free = {**let_go(record, CANCELLED, now), **closed()}
            return {**free, **self.kinds[kind].ended(record, Outcome(CANCELLED, reason=reason), now)}

        _, after = await self.changes.make(self.kinds[kind], tenant, identifier, decide)
        return after

    async def report(self, who: Principal, kind: str, identifier: str, outcome: Outcome | None) -> Document:
        """What somebody says of work without a lease: that they have begun, if there is no outcome, or how it ended.

        Whoever says so first of work that nobody holds is its holder by that, until its deadline.
        """
        record = await self.changes.record(kind, who.tenant, identifier)
        agent = await self.check_speaker(who, record.get("target"))
        name = record.get("target") or who.id
        taken = Slot.new(kind, record, self._clock())
        needs_slot = outcome is None and is_waiting(record)
        if agent is not None and needs_slot and not await self.slots.reserve(agent, [taken]):
            raise Conflict(f"{name} holds as much as it may")
        decide = partial(
            report,
            self.kinds[kind],
            Holder(who.id, name, whole_seconds(record), taken.id if agent is not None and needs_slot else None),
            outcome,
        )
        try:
            _, after = await self.changes.make(self.kinds[kind], who.tenant, identifier, decide)
        except BaseException:
            await self.slots.free(who.tenant, name, {taken.id})
            raise
        return after

    async def submit(self, who: Principal, kind: str, identifier: str, token: int, outcome: Outcome) -> Document:
        """How work has ended, by its holder, who names it by itself."""
        record = await self.changes.record(kind, who.tenant, identifier)
        lease = record.get("lease")
        if lease is None or lease["holder"] != who.id:
            raise LeaseLost(lease_id(record), record)
        said = fingerprint("submitted", outcome.status, outcome.result, outcome.error, outcome.duration)
        step = end if outcome.status == COMPLETED else fail
        claimed = Claimed(lease["agent"], lease_id(record), token)
        return await self._spoken(who, self.kinds[kind], claimed, partial(step, outcome, said), said)

    async def forfeit(self, agent: Agent) -> list[Document]:
        """End what an agent held that is gone; return the slots for which work may still come, and until when."""
        left = []
        for kept in agent.lost:
            slot = Slot.of(kept)
            is_held, until = await self._holdings.fills(agent, slot), slot.since + FILLED_MILLISECONDS
            if is_held:
                kind = self.kinds[slot.kind]
                await self.changes.make(kind, agent.tenant, slot.work, partial(forfeited, kind, slot.id))
            elif is_held is None and until > self._clock():
                left.append({**kept, "at": until})
        return left

    async def attend_to(self, kind: str, tenant: str, identifier: str) -> None:
        """Do what is due of a piece of work now, whoever else is about to."""
        await self.attend(self.kinds[kind], {"tenant": tenant, "id": identifier})

    async def attend(self, kind: WorkKind, record: Document) -> Moment | None:
        """Do what is due of a piece of work, if it is not done already; return when something of it is due again."""
        try:
            _, after = await self.changes.make(kind, record["tenant"], record["id"], partial(overdue, kind))
        except NotFound:
            return None
        return after.get("due_at")

    async def _as_holder(
        self,
        who: Principal,
        claimed: Claimed,
        decide: Callable[[WorkKind, Document, Moment], dict[str, Any]],
        said: str | None = None,
    ) -> Lease:
        """Do what the holder of a lease says; what has ended it is answered again, if it is said again."""
        await self.agent(who, claimed.agent)
        known = self.known(who.tenant, claimed.lease, lambda record: _is_of(record, claimed.agent))
        kind, _ = known or await self._find(who.tenant, claimed.agent, claimed.lease)
        return lease_of(kind, await self._spoken(who, kind, claimed, decide, said))

    async def _spoken(
        self,
        who: Principal,
        kind: WorkKind,
        claimed: Claimed,
        decide: Callable[[WorkKind, Document, Moment], dict[str, Any]],
        said: str | None,
    ) -> Document:
        def spoken(record: Document, now: Moment) -> dict[str, Any]:
            if said is not None and is_repeated(claimed, record, who.id, said):
                return {}
            check_held(claimed, record, who.id, now)
            return decide(kind, record, now)

        _, after = await self.changes.make(kind, who.tenant, item_id(claimed.lease) or "", spoken)
        return after

    async def _find(self, tenant: str, agent: str, lease: str) -> tuple[WorkKind, Document]:
        """The work that an agent's lease is of."""
        item = item_id(lease)
        for kind in self.kinds.values():
            record = None if item is None else await self._documents.get(kind.collection, tenant, item)
            if record is not None and _is_of(record, agent):
                return kind, record
        raise NotFound("lease", lease)

    def known(self, tenant: str, lease: str, is_it: Callable[[Document], bool]) -> tuple[WorkKind, Document] | None:
        """The work that a lease is of, if this process has placed or changed it lately; others may have changed it."""
        for kind in self.kinds.values():
            record = self.changes.known(kind.name, tenant, item_id(lease) or "")
            if record is not None and is_it(record):
                return kind, record
        return None


def _is_of(record: Document, agent: str) -> bool:
    """Whether the last lease of a piece of work is an agent's."""
    return (record.get("lease") or {}).get("agent") == agent
