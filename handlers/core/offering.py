"""Offering work to an agent that is connected: as much as it wants, as soon as there is some, again until it is taken.

An offer is no lease. Nobody holds the work by it, and another agent may be faster; who accepts it learns that from the
rules by which all work is taken. So an offer that is lost on the way, or comes twice, does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers.core.clock import Clock, Moment
from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import Event, EventLog, Follower, Logged
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.relevance import Relevant
from handlers.core.taking import Taking, Wish
from handlers.core.work import EXPIRED, Lease, WorkKind, lease_id, offer_of

OFFER_MILLISECONDS = 30_000
_LOOK_SECONDS = 30.0
_PAUSE_SECONDS = 1.0
_DECLINED = 200  # each is read again at each look; of more the oldest is offered again
_LOST = ("expired", "cancelled")
Tell = Callable[[Lease], Awaitable[None]]
TellLost = Callable[[Lease, str], Awaitable[None]]


class Offering:
    """Offers work to one agent over one connection, and tells it which leases it has lost."""

    def __init__(self, taking: Taking, log: EventLog, who: Principal, agent: str, wish: Wish, clock: Clock) -> None:
        self._taking = taking
        self._log = log
        self._who = who
        self._agent = agent
        self._wish = wish
        self._clock = clock
        self._offered: dict[str, tuple[int, Moment]] = {}
        self._declined: dict[str, int] = {}
        self._awake = asyncio.Event()

    @property
    def seconds(self) -> int:
        """How long its leases last."""
        return self._wish.seconds

    def answered(self, lease: str, *, declined: bool = False) -> None:
        """Know that an offer was taken, or that it is not wanted here."""
        offered = self._offered.pop(lease, None)
        if declined and offered is not None:
            self._declined[lease] = offered[0]
            if len(self._declined) > _DECLINED:
                del self._declined[next(iter(self._declined))]
        self._awake.set()

    async def run(self, offer: Tell, lose: TellLost) -> None:
        """Offer until the connection ends, or the agent is no more. What cannot be read now is read a little later."""
        follower = None
        try:
            while True:
                try:
                    follower = follower or await self._follow()
                    await self._offer_some(offer)
                    await self._hear(follower, lose)
                except Unavailable:
                    await asyncio.sleep(_PAUSE_SECONDS)
        except StopAsyncIteration:
            return
        finally:
            if follower is not None:
                follower.close()

    async def _follow(self) -> Follower:
        agent = await self._taking.agent(self._who, self._agent)
        queues = frozenset(await self._taking.queues(self._who, agent, self._wish))
        return self._log.follow(self._who.tenant, Relevant(queues, self._agent))

    async def _offer_some(self, offer: Tell) -> None:
        """Offer as much as there is room for, and is not offered already."""
        self._awake.clear()
        now, agent = self._clock(), await self._taking.agent(self._who, self._agent)
        self._offered = {name: made for name, made in self._offered.items() if made[1] > now}
        held = await self._taking.held_by(agent)
        room = min(self._wish.most, agent.max_concurrent_tasks) - len(held) - len(self._offered)
        if room <= 0:
            return
        wish = replace(self._wish, most=room + len(self._offered) + len(self._declined))
        found = await self._taking.offers(self._who, agent, wish)
        self._forget({lease_id(record): record["token"] + 1 for _, record in found}, is_all=len(found) < wish.most)
        new = [(kind, record) for kind, record in found if self._is_new(record)]
        for kind, record in new[:room]:
            await self._make(offer, kind, record, now)

    def _forget(self, shown: Mapping[str, int], *, is_all: bool) -> None:
        """Know no more of what was declined here and does not wait any more as it did, as far as that can be seen."""
        for name, token in list(self._declined.items()):
            if shown.get(name, None if is_all else token) != token:
                del self._declined[name]

    async def _make(self, offer: Tell, kind: WorkKind, record: Document, now: Moment) -> None:
        until = min(now + OFFER_MILLISECONDS, record["deadline"])
        self._offered[lease_id(record)] = record["token"] + 1, until
        await offer(offer_of(kind, record, self._agent, self._wish.seconds, until))

    def _is_new(self, record: Document) -> bool:
        name, token = lease_id(record), record["token"] + 1
        return name not in self._offered and self._declined.get(name) != token

    async def _hear(self, follower: Follower, lose: TellLost) -> None:
        """Wait until there may be something to offer; tell of what is lost meanwhile."""
        ends = [asyncio.ensure_future(anext(aiter(follower))), asyncio.ensure_future(self._awake.wait())]
        try:
            await asyncio.wait(ends, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not ends[0].done():
                return
            entry = ends[0].result()
            lost = loss_of(entry.event) if isinstance(entry, Logged) else None
            if lost is not None and lost[0].agent == self._agent:
                await lose(*lost)
        finally:
            await ended(*ends)


def loss_of(event: Event) -> tuple[Lease, str] | None:
    """The lease that its holder has lost by what has happened, and why; None if nobody has."""
    if not event.type.startswith("lease.") or event.data["status"] not in _LOST:
        return None
    lease = Lease(**event.data)
    is_late = lease.status == EXPIRED and lease.work["deadline"] <= event.at
    return lease, "timeout" if is_late else lease.status
