"""Offering work to an agent that is connected: as much as it wants, as soon as there is some, again until it is taken.

An offer is no lease. Nobody holds the work by it, and another agent may be faster; who accepts it learns that from the
rules by which all work is taken. So an offer that is lost on the way, or comes twice, does no harm.

A look at the store costs as much as taking what it finds. So there is none for what has been offered already, of which
the log may tell after it was heard early, and none because there is room again, where all that waits was offered. Nor
is there any for work that is heard of early where all else was offered and there is room, as far as that is known here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

from handlers.core.clock import Clock, Moment
from handlers.core.early import Placed
from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import Event, EventLog, Follower, Gap, Logged
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.relevance import Relevant, first_offer_of, is_placed
from handlers.core.taking import Taking, Wish
from handlers.core.work import EXPIRED, Lease, WorkKind, lease_id, offer_of

OFFER_MILLISECONDS = 30_000
_LOOK_SECONDS = 30.0
_PAUSE_SECONDS = 1.0
_REMEMBERED = 200  # what is declined is read again at each look; of more the oldest is offered again
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
        self._taken: dict[str, int] = {}
        self._knows_all = False
        self._is_due = False
        self._arrived: list[Placed] = []
        self._awake = asyncio.Event()
        self._coming: asyncio.Future[Logged | Gap] | None = None

    @property
    def seconds(self) -> int:
        """How long its leases last."""
        return self._wish.seconds

    def taken(self, lease: str, token: int) -> None:
        """Know that an offer was accepted, and the work is held. A look that has begun before shows it still."""
        self._offered.pop(lease, None)
        self._taken[lease] = token
        _shorten(self._taken)
        if not self._knows_all:  # room may have been counted while its slot was taken and it was offered still
            self._look()

    def answered(self, lease: str, *, declined: bool = False) -> None:
        """Know that an offer is not wanted here, or that somebody else was faster."""
        offered = self._offered.pop(lease, None)
        if declined and offered is not None:
            self._declined[lease] = offered[0]
            _shorten(self._declined)
        self._look()

    async def run(self, offer: Tell, lose: TellLost) -> None:
        """Offer until the connection ends, or the agent is no more. What cannot be read now is read a little later."""
        follower = None
        with ExitStack() as listening:
            try:
                while True:
                    try:
                        follower = follower or await self._follow(listening)
                        await self._offer_some(offer)
                        await self._hear(follower, lose)
                    except Unavailable:
                        await asyncio.sleep(_PAUSE_SECONDS)
            except StopAsyncIteration:
                return
            finally:
                await ended(self._coming)

    async def _follow(self, listening: ExitStack) -> Follower:
        agent = await self._taking.agent(self._who, self._agent)
        queues = await self._taking.queues(self._who, agent, self._wish)
        names = (*dict.fromkeys((*queues, self._agent)),)
        listening.enter_context(self._taking.leases.early.listening(self._who.tenant, names, self._wake))
        follower = self._log.follow(self._who.tenant, Relevant(frozenset(queues), self._agent))
        listening.callback(follower.close)
        return follower

    def _wake(self, work: Placed | None) -> None:
        if work is not None and self._knows_all and len(self._arrived) < _REMEMBERED:
            self._arrived.append(work)
            self._awake.set()
        elif work is not None or not self._knows_all:
            self._look()

    def _look(self) -> None:
        self._is_due = True
        self._awake.set()

    async def _offer_some(self, offer: Tell) -> None:
        """Offer as much as there is room for, and is not offered already."""
        now = self._clock()
        self._offered = {name: made for name, made in self._offered.items() if made[1] > now}
        arrived, self._arrived = self._arrived, []
        if arrived and not self._is_due and await self._offer_arrived(offer, arrived, now):
            return
        self._is_due = self._knows_all = False
        agent = await self._taking.agent(self._who, self._agent)
        room = await self._taking.leases.room(agent, self._wish.most, len(self._offered))
        if room <= 0:
            return
        wish = replace(self._wish, most=room + len(self._offered) + len(self._declined))
        found = await self._taking.offers(self._who, agent, wish)
        is_all = len(found) < wish.most
        self._forget({lease_id(record): record["token"] + 1 for _, record in found}, is_all=is_all)
        new = [(kind, record) for kind, record in found if self._is_new(record)]
        if len(new) > room:
            room = await self._taking.leases.room(agent, self._wish.most, len(self._offered), wanted=len(new))
        self._knows_all = is_all and len(new) <= room
        for kind, record in new[:room]:
            await self._make(offer, kind, record, now)

    async def _offer_arrived(self, offer: Tell, arrived: Sequence[Placed], now: Moment) -> bool:
        """Offer what was heard of, if there is room for all of it; whether that was so."""
        wish = self._wish
        new = [
            (kind, record)
            for kind, record in arrived
            if kind.name in (wish.kinds or (kind.name,)) and record["type"] in (wish.names or (record["type"],))
            if self._is_new(record)
        ]
        if len(new) > self._taking.leases.known_room(self._who.tenant, self._agent, wish.most, len(self._offered)):
            return False
        for kind, record in new:
            await self._make(offer, kind, record, now)
        return True

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
        return name not in self._offered and token not in (self._declined.get(name), self._taken.get(name))

    async def _hear(self, follower: Follower, lose: TellLost) -> None:
        """Wait until there may be something new to offer, but not too long; tell of what is lost meanwhile."""
        until = asyncio.get_running_loop().time() + _LOOK_SECONDS
        while not (self._is_due or self._arrived):
            entry = await self._next(follower, until)
            lost = loss_of(entry.event) if isinstance(entry, Logged) else None
            if lost is not None and lost[0].agent == self._agent:
                await lose(*lost)
                return  # the agent may be gone
            if not isinstance(entry, Logged) or self._is_news(entry.event):
                return

    async def _next(self, follower: Follower, until: float) -> Logged | Gap | None:
        """What comes next in the log; None where something else is a reason to look, or the time is up."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(aiter(follower)))
            self._coming.add_done_callback(lambda _: self._awake.set())
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while not (self._is_due or self._arrived or self._coming.done()):
                    self._awake.clear()
                    await self._awake.wait()
        if not self._coming.done():
            return None
        coming, self._coming = self._coming, None
        return coming.result()

    def _is_news(self, event: Event) -> bool:
        """Whether there may be something to offer that was not there at the last look."""
        if not is_placed(event):
            return not self._knows_all
        lease, _ = first_offer_of(event) or ("", 0)
        return lease not in self._offered and lease not in self._taken


def _shorten(remembered: dict[str, Any]) -> None:
    if len(remembered) > _REMEMBERED:
        del remembered[next(iter(remembered))]


def loss_of(event: Event) -> tuple[Lease, str] | None:
    """The lease that its holder has lost by what has happened, and why; None if nobody has."""
    if not event.type.startswith("lease.") or event.data["status"] not in _LOST:
        return None
    lease = Lease(**event.data)
    is_late = lease.status == EXPIRED and lease.work["deadline"] <= event.at
    return lease, "timeout" if is_late else lease.status
