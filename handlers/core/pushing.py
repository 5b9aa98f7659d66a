"""Work sent to the endpoints of agents: whatever falls to an agent that has one is posted there, and its answer counts.

Pushing is taking in the agent's name: a lease is granted first, so that nobody else has the work while the agent does
it. A delivery is named after one offer of one piece of work. It follows from the log of events, however often that is
read; when the offer is over, so is the delivery. Who does not answer gives the work back, which waits the longer for
its next offer the longer it has waited already. If this process dies between the two, the lease runs out.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment
from handlers.core.collections import DELIVERIES
from handlers.core.deliveries import new_delivery
from handlers.core.errors import Conflict, NotFound
from handlers.core.events import Logged
from handlers.core.leases import Leases
from handlers.core.outgoing import Answer, Parcel, TargetBusy, TargetGone
from handlers.core.ports import Document, Documents
from handlers.core.presence import Agent, owner_of
from handlers.core.principals import Principal
from handlers.core.relevance import agents_at, places_of
from handlers.core.signing import named, signed
from handlers.core.taking import Taking, Wish
from handlers.core.work import Claimed, Lease, Outcome, lease_id

KIND = "work"
# How long work is held for an answer: longer than anybody is waited for. Whoever takes it for later has an hour, and
# may renew the lease.
_SECONDS = 60
_LATER_SECONDS = 3600
_SHORTEST_PAUSE, _LONGEST_PAUSE = 5, 600
_OK, _ACCEPTED = 200, 202
Wake = Callable[[str, str, str], Awaitable[None]]


class Words(Protocol):
    """How work is told to an endpoint, and how its answer is read."""

    def tell(self, lease: Lease) -> bytes:
        """The work, as it is posted."""

    def read(self, body: bytes) -> Outcome | None:
        """What came of it; None for what is no such answer."""


class Pushing:
    """Consumes the log of events for agents that have an endpoint, and is the `Recipient` of their deliveries."""

    def __init__(
        self,
        documents: Documents,
        agents: Agents,
        leases: Leases,
        taking: Taking,
        words: Words,
        wake: Wake,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._agents = agents
        self._leases = leases
        self._taking = taking
        self._words = words
        self._wake = wake
        self._clock = clock

    async def consume(self, events: Sequence[Logged]) -> None:
        """Have work sent to whom it may have come by some events."""
        for tenant, name in dict.fromkeys(place for logged in events for place in places_of(logged.event)):
            for agent in await self._listening(tenant, name):
                await self._push(agent)

    async def pack(self, delivery: Document) -> Parcel:
        """The work, taken in the agent's name."""
        name, offer = delivery["target"], delivery["offer"]
        record = await self._record(delivery["tenant"], name)
        agent = self._agents.of(record)
        lease = await self._taken(agent, offer)
        token, body, seconds = self._agents.token_of(record), self._words.tell(lease), self._clock() // 1000
        headers = {"Content-Type": "application/json"}
        if token is None:
            headers |= named(delivery["event_id"], seconds)
        else:
            headers |= {"Authorization": f"Bearer {token}", **signed(body, delivery["event_id"], seconds, [token])}
        return Parcel(agent.endpoint or "", headers, body)

    async def hear(self, delivery: Document, answer: Answer, at: Moment) -> None:
        """Do with the work as the endpoint says."""
        offer = delivery["offer"]
        claimed = Claimed(delivery["target"], offer["lease"], offer["token"])
        with suppress(Conflict, NotFound):  # it is lost meanwhile, or the agent is no more
            agent = await self._agents.get(_anybody(delivery["tenant"]), delivery["target"])
            await self._settle(owner_of(agent), claimed, answer, at - delivery["at"])

    async def _settle(self, who: Principal, claimed: Claimed, answer: Answer, waited: int) -> None:
        outcome = self._words.read(answer.body) if answer.status == _OK else None
        if answer.status == _ACCEPTED:
            await self._leases.renew(who, claimed, _LATER_SECONDS)
        elif outcome is None:
            pause = min(max(waited // 2000, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            await self._leases.release(who, claimed, pause)
        elif outcome.error is None:
            await self._leases.complete(who, claimed, outcome.result, outcome.duration)
        else:
            await self._leases.fail(who, claimed, outcome.error, outcome.result, retryable=True)

    async def _record(self, tenant: str, name: str) -> Document:
        """The record of an agent that still has an endpoint."""
        try:
            record = await self._agents.record(tenant, name)
        except NotFound as exc:
            raise TargetGone from exc
        if record.get("endpoint") is None:
            raise TargetGone
        return record

    async def _taken(self, agent: Agent, offer: Document) -> Lease:
        """The lease of an offer, unless that is over, or the agent has no room for it now."""
        who, lease, token = owner_of(agent), offer["lease"], offer["token"]
        try:
            return await self._taking.accept(who, agent.id, lease, _SECONDS, token=token)
        except (Conflict, NotFound) as exc:
            raise TargetBusy if await self._stands(who, agent, offer) else TargetGone from exc

    async def _stands(self, who: Principal, agent: Agent, offer: Document) -> bool:
        """Whether work may be had as it was offered."""
        try:
            found = await self._taking.offered(who, agent.id, offer["lease"], _SECONDS)
        except (Conflict, NotFound):
            return False
        return found.token == offer["token"] and found.place is not None

    async def _listening(self, tenant: str, name: str) -> list[Agent]:
        """The agents with an endpoint for whom there may be something: one of that name, or those who can do it."""
        found = await agents_at(self._agents, tenant, name)
        return [agent for agent in found if agent.endpoint is not None]

    async def _push(self, agent: Agent) -> None:
        """Have as much sent to an agent as it has room for."""
        most = agent.max_concurrent_tasks
        offers = await self._taking.offers(owner_of(agent), agent, Wish(most=most))
        room = await self._leases.room(agent, most, wanted=len(offers))
        made = [_delivery(agent, record, self._clock()) for _, record in offers[: max(0, room)]]
        if made:
            await self._documents.insert_many(DELIVERIES, agent.tenant, made)
            await self._wake(agent.tenant, KIND, agent.id)


def _delivery(agent: Agent, record: Document, now: Moment) -> Document:
    """The delivery of work to an agent that may have it now."""
    offer = {"lease": lease_id(record), "token": record["token"] + 1}
    name = f"{offer['lease']}:{offer['token']}"
    return new_delivery(KIND, agent.id, name, f"{KIND}.offer", record["created_at"], now, offer=offer)


def _anybody(tenant: str) -> Principal:
    return Principal("", tenant, frozenset())
