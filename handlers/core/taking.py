"""Taking work: what waits for an agent, as much of it as it may hold, at once or as soon as there is some.

Whoever waits follows the log of events, and asks the store again when something may be for them: the log only says
when to look, and the work's record decides.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from handlers.core.audience import Audience
from handlers.core.clock import Clock, Moment
from handlers.core.errors import Conflict, NotFound, Refusal
from handlers.core.events import EventLog
from handlers.core.history import awaited
from handlers.core.leases import Leases
from handlers.core.ports import Document, Documents, Query
from handlers.core.presence import Agent
from handlers.core.principals import Principal
from handlers.core.relevance import Relevant
from handlers.core.slots import Slot
from handlers.core.takings import Takings
from handlers.core.work import (
    Claimed,
    Holder,
    Lease,
    WorkKind,
    fingerprint,
    granted,
    item_id,
    lease_of,
    offer_of,
    queue_of,
)
from handlers.core.work_changes import Decide

DEFAULT_SECONDS = 60
_TRIES = 4


@dataclass(frozen=True)
class Wish:
    """What work an agent asks for: so much at most, of these kinds and names only, its own and that of others."""

    most: int = 1
    seconds: int = DEFAULT_SECONDS
    kinds: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    targets: tuple[str, ...] = ()


class Taking:
    """What an agent gets when it asks for work, by the rules of `leases`."""

    def __init__(self, documents: Documents, leases: Leases, log: EventLog, clock: Clock) -> None:
        self._documents = documents
        self.leases = leases
        self._log = log
        self._clock = clock
        self._takings = Takings(documents, leases, clock)

    async def take(
        self,
        who: Principal,
        agent: str,
        wish: Wish,
        *,
        wait_seconds: float = 0,
        key: str | None = None,
        audience: Audience | None = None,
    ) -> list[Lease]:
        """Work for an agent of the caller's; with a key, a repeated request is answered as the first one was."""
        record, audience = await self.leases.agent(who, agent), audience or Audience()
        take = partial(self._awaited, who, record, wish, wait_seconds, audience)
        if key is None:
            return await take(None)
        return await self._takings.once(who, record, fingerprint(asdict(wish)), key, take, audience)

    async def take_now(self, who: Principal, agent: Agent, wish: Wish, key: str | None = None) -> list[Lease]:
        """Take what there is now for an agent of the caller's, as much as it may hold, the most urgent first."""
        for _ in range(_TRIES):
            found = await self._offers(who.tenant, await self.queues(who, agent, wish), wish)
            is_late = await self._end_late(found)
            taken = await self._take_all(who, agent, wish, found, key) if found and not is_late else []
            if taken is None:
                return []
            if taken or (not is_late and len(found) < wish.most):
                return taken
        return []

    async def agent(self, who: Principal, agent: str) -> Agent:
        """The caller's own agent."""
        return await self.leases.agent(who, agent)

    async def offers(self, who: Principal, agent: Agent, wish: Wish) -> list[tuple[WorkKind, Document]]:
        """What may be taken for an agent now, by whoever is first."""
        queues = await self.queues(who, agent, wish)
        for _ in range(_TRIES):
            found = await self._offers(who.tenant, queues, wish)
            if not await self._end_late(found):
                return found
        return []

    async def waits(self, tenant: str, queues: tuple[str, ...]) -> bool:
        """Whether there is something in these queues that somebody may take now, or so much to end first."""
        for _ in range(_TRIES):
            found = await self._offers(tenant, queues, Wish(most=_TRIES))
            if not await self._end_late(found):
                return bool(found)
        return True

    async def accept(
        self,
        who: Principal,
        agent: str,
        lease: str,
        seconds: int,
        *,
        token: int | None = None,
        key: str | None = None,
    ) -> Lease:
        """Take what was offered, if it is still to be had; with a token, only under that one."""
        mine, wish = await self.leases.agent(who, agent), Wish(seconds=seconds)
        queues = await self.queues(who, mine, wish)
        known = self.leases.known(who.tenant, lease, lambda record: record["queue"] in queues)
        taken = None if known is None else await self._take_under(who, mine, wish, known, token, key)
        if not taken:
            offer = await self._offer(who, lease, queues)
            taken = await self._take_under(who, mine, wish, offer, token, key)
        if not taken:
            raise Conflict("The offer has expired", lease_id=lease)
        return taken[0]

    async def _take_under(
        self,
        who: Principal,
        agent: Agent,
        wish: Wish,
        offer: tuple[WorkKind, Document],
        token: int | None,
        key: str | None,
    ) -> list[Lease] | None:
        """Take an offer under this token, if one is given."""
        is_this = token in (None, offer[1]["token"] + 1)
        return await self._take_all(who, agent, wish, [offer], key) if is_this else None

    async def offered(self, who: Principal, agent: str, lease: str, seconds: int) -> Lease:
        """What an agent is offered, as it would be taken."""
        mine, wish = await self.leases.agent(who, agent), Wish(seconds=seconds)
        kind, record = await self._offer(who, lease, await self.queues(who, mine, wish))
        return offer_of(kind, record, mine.id, seconds, record["deadline"])

    async def give_back(self, who: Principal, taken: Sequence[Lease]) -> None:
        """Give back at once what somebody took who was gone before they heard of it; else it would have to run out."""
        for lease in taken:
            with suppress(Refusal):
                await self.leases.release(who, Claimed(lease.agent, lease.id, lease.token), 0)

    async def _offer(self, who: Principal, lease: str, queues: tuple[str, ...]) -> tuple[WorkKind, Document]:
        """The work that an offer is of, if it waits in one of these queues."""
        for kind in self.leases.kinds.values():
            record = await self._documents.get(kind.collection, who.tenant, item_id(lease) or "")
            if record is not None and record["queue"] in queues:
                return kind, record
        raise NotFound("lease", lease)

    async def queues(self, who: Principal, agent: Agent, wish: Wish) -> tuple[str, ...]:
        """Where work for an agent waits: under its name, its capabilities, and the devices that it serves."""
        for target in wish.targets:
            await self.leases.check_speaker(who, target)
        return (agent.id, *wish.targets, *(queue_of(None, name) for name in agent.names))

    async def _awaited(
        self, who: Principal, agent: Agent, wish: Wish, seconds: float, audience: Audience, key: str | None
    ) -> list[Lease]:
        """What there is, as soon as there is something. When the time is up it is asked for once more.

        Nothing is taken for who has left.
        """
        until = self._clock() + round(seconds * 1000)
        while not audience.has_left:
            cursor, now = self._log.newest(), self._clock()
            taken = await self.take_now(who, agent, wish, key)
            if taken or now >= until or not audience.waits:
                return taken
            relevant = Relevant(frozenset(await self.queues(who, agent, wish)), agent.id)
            await awaited(self._log, who.tenant, relevant, cursor, (until - now) / 1000, audience)
        return []

    async def _offers(self, tenant: str, queues: tuple[str, ...], wish: Wish) -> list[tuple[WorkKind, Document]]:
        """What may be taken, of all kinds, the most urgent and then the oldest first."""
        found: list[tuple[WorkKind, Document]] = []
        where: dict[str, str | tuple[str, ...]] = {"queue": queues, **({"type": wish.names} if wish.names else {})}
        for name in wish.kinds or self.leases.kinds:
            kind = self.leases.kinds.get(name)
            if kind is not None:
                query = Query(kind.collection, tenant, "place", where, descending=False)
                found += [(kind, record) for record in await self._documents.page(query, wish.most)]
        found.sort(key=lambda offer: (offer[1]["place"], offer[1]["id"]))
        return found[: wish.most]

    async def _end_late(self, found: list[tuple[WorkKind, Document]]) -> bool:
        """End what is out of time and stands in the way; whether there was any."""
        late = [(kind, record) for kind, record in found if record["deadline"] <= self._clock()]
        for kind, record in late:
            await self.leases.attend(kind, record)
        return bool(late)

    async def _take_all(
        self, who: Principal, agent: Agent, wish: Wish, found: list[tuple[WorkKind, Document]], key: str | None
    ) -> list[Lease] | None:
        """Take what was found, as far as there is room and nobody was faster; None where there is no room at all."""
        now = self._clock()
        wanted = [Slot.new(kind.name, record, now, key) for kind, record in found]
        at_once = await self._take_at_once(who, agent, wish, found[0][1], wanted[0]) if len(found) == 1 else None
        if at_once is not None:
            return [at_once]
        slots = await self.leases.slots.reserve(agent, wanted)
        if not slots:
            return None
        taken: list[Lease] = []
        unused = list(slots)
        try:
            for slot in slots:
                lease = await self._grant(who, agent, wish, slot)
                if lease is not None:
                    taken.append(lease)
                    unused.remove(slot)
        except Refusal:
            if not taken:  # what was granted is held, and whoever has asked must know of it
                raise
        finally:
            with suppress(Refusal):  # slots that are left over are found when they are missed
                await self.leases.slots.free(agent.tenant, agent.id, {slot.id for slot in unused})
        return taken

    async def _take_at_once(
        self, who: Principal, agent: Agent, wish: Wish, record: Document, slot: Slot
    ) -> Lease | None:
        """Take one piece of work together with its slot; None where the one must be done after the other."""
        taking, kind = self.leases.slots.taking(agent, slot), self.leases.kinds[slot.kind]
        has_slot, pair = await self.leases.changes.grant(kind, taking, record, _granting(who, agent, wish, kind, slot))
        if pair is not None:
            return await self._confirmed(who, agent, slot, lease_of(kind, pair[1]))
        if has_slot:
            await self.leases.slots.free(agent.tenant, agent.id, {slot.id})
        return None

    async def _grant(self, who: Principal, agent: Agent, wish: Wish, slot: Slot) -> Lease | None:
        """The lease for which a slot was taken; none if somebody else has the work."""
        kind = self.leases.kinds[slot.kind]
        try:
            _, after = await self.leases.changes.make(
                kind, who.tenant, slot.work, _granting(who, agent, wish, kind, slot)
            )
        except (Conflict, NotFound):
            return None
        return await self._confirmed(who, agent, slot, lease_of(kind, after))

    async def _confirmed(self, who: Principal, agent: Agent, slot: Slot, lease: Lease) -> Lease | None:
        """A lease, if its slot is still its taker's; else it is given back."""
        if not await self.leases.slots.has(agent, slot):
            await self.leases.release(who, Claimed(agent.id, lease.id, lease.token), 0)
            return None
        return lease


def _granting(who: Principal, agent: Agent, wish: Wish, kind: WorkKind, slot: Slot) -> Decide:
    """What makes an agent the holder of the work for which a slot is, if nobody was faster."""
    holder = Holder(who.id, agent.id, wish.seconds, slot.id)

    def decide(record: Document, now: Moment) -> dict[str, Any]:
        if record["token"] + 1 != slot.token:
            raise Conflict("Somebody was faster", id=slot.work)
        return {**granted(record, holder, now), **kind.began(record, now)}

    return decide
