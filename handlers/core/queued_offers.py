"""Work offered in the queues that agents have on a broker: to those who read theirs, as much as each has room for.

One worker reads the log for it, and offers when it tells that work waits or an agent has room. An offer is no lease:
who accepts one learns from the rules by which all work is taken whether they have it. So one that is lost, lapses or
comes twice does no harm, and what is remembered of offers here may be lost with this process.

That somebody begins to read a queue no log tells. An agent whose work waits unread is looked at again soon, then less
and less often for half a minute; all agents that are not offline are looked at in rounds; and a broker that asks
whether somebody may read a queue says that they are about to. `Readers` bounds what all this may cost.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from handlers.core.agent_queues import A_SECOND, Place, Readers, Withdrawal, WorkQueues, those_there
from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment
from handlers.core.early import Placed
from handlers.core.ending import ended
from handlers.core.errors import Unavailable
from handlers.core.events import Event, Logged
from handlers.core.made_offers import MadeOffers
from handlers.core.offering import OFFER_MILLISECONDS, loss_of
from handlers.core.ports import Document, Documents
from handlers.core.presence import OFFLINE, TOLD_STATUS, Agent, owner_of
from handlers.core.registration import TOLD
from handlers.core.relevance import ROOM, agents_at, first_offer_of, is_placed, places_of
from handlers.core.taking import DEFAULT_SECONDS, Taking, Wish
from handlers.core.turns import Turns
from handlers.core.work import WorkKind, lease_id, offer_of

_TICK_SECONDS = 0.5
_A_TICK = A_SECOND // 2
_SOON, _NEXT, _LONGEST = 300, 1_000, 16_000
_ROUND_MILLISECONDS = 30_000
_MOST = 10_000
_BEHIND = 20  # so much is seen that stands behind offers which nobody takes
_GRANTED = "lease.granted"
# Work can also be reported as done by whoever never took it.
_ENDED = {"cancelled": "cancelled", "timeout": "timeout", "completed": "taken", "failed": "taken"}
_DELETED = "ai.agent.deleted"
_KNOWN = frozenset({TOLD, _DELETED})


class QueuedOffers:
    """Consumes the log of events for agents that read a queue. `is_mine` tells whether that is done in this process."""

    def __init__(
        self,
        documents: Documents,
        agents: Agents,
        taking: Taking,
        queues: WorkQueues,
        clock: Clock,
        say: Callable[..., None],
        is_mine: Callable[[], bool],
    ) -> None:
        self._documents = documents
        self._agents = agents
        self._taking = taking
        self._queues = queues
        self._readers = Readers(queues, clock)
        self._clock = clock
        self._say = say
        self._is_mine = is_mine
        self._made = MadeOffers()
        # Where all that waits was offered, and how much that was.
        self._content: dict[Place, int] = {}
        self._hastened: set[asyncio.Task[None]] = set()
        self._again: dict[Place, tuple[Moment, int]] = {}
        self._turns = Turns()
        self._round: AsyncGenerator[Agent, None] | None = None
        self._round_at: Moment = 0
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look again from now on."""
        self._taking.leases.early.listen(self._hear_early)
        self._task = asyncio.create_task(self._keep_looking())

    async def close(self) -> None:
        """Look no more."""
        self._taking.leases.early.ignore(self._hear_early)
        await ended(self._task, *self._hastened)

    async def consume(self, events: Sequence[Logged]) -> None:
        """Keep the queues, tell what holds no longer, and offer what may be taken, as events have it."""
        told = [logged.event for logged in events]
        gone = {(event.tenant, event.subject) for event in told if event.type == _DELETED}
        changed = dict.fromkeys((event.tenant, event.subject) for event in told if event.type in _KNOWN)
        await asyncio.gather(*(self._keep_queue(place, was_deleted=place in gone) for place in changed))
        places = dict.fromkeys(place for event in told for place in (*self._news_in(event), *_returned(event)))
        for event in told:
            await self._tell(event)
        await asyncio.gather(*(self._serve(place, _NEXT) for place in places))

    def _hear_early(self, tenant: str, name: str, work: Placed | None) -> None:
        """Serve at once who reads: all that this process places or ends itself, the log tells it much later."""
        place = (tenant, name)
        if self._is_mine() and self._readers.are_known(place) and (work is not None or place not in self._content):
            task = asyncio.create_task(self._serve(place, _NEXT, work=work))
            self._hastened.add(task)
            task.add_done_callback(self._hastened.discard)

    def _news_in(self, event: Event) -> list[Place]:
        """Where there may be something to offer after an event that was not there when it was looked for last."""
        lease, token = first_offer_of(event) or ("", 0)
        is_room = event.type in ROOM and not is_placed(event)
        places = [place for place in places_of(event) if not (is_room and place in self._content)]
        return [place for place in places if not self._made.until(place, lease, token)]

    def expect(self, tenant: str, agent: str) -> None:
        """Know that somebody is about to read an agent's queue."""
        self._look_at((tenant, agent), self._clock() + _SOON, _NEXT)

    async def _keep_queue(self, place: Place, *, was_deleted: bool) -> None:
        """Have a queue for an agent that there is, and none for one that is gone.

        Where another has the name of one that was deleted, nobody goes on reading who read for that one.
        """
        is_there = bool(await agents_at(self._agents, *place))
        if was_deleted or not is_there:
            self._readers.forget(place)
            await self._queues.remove(*place)
        if is_there:
            await self._readers.make(place)

    async def _serve(self, place: Place, pause: int, *, anew: bool = False, work: Placed | None = None) -> None:
        """Offer what there may be in a queue to those who may take it. What fails is tried again a little later."""
        if not anew and self._is_waited_for(place):
            return
        try:
            if work is not None and await self._offer_at_once(place, *work):
                return
            for agent in await agents_at(self._agents, *place):
                await self._reach(agent, pause, anew=anew)
        except Unavailable:
            self._look_at(place, self._clock() + _NEXT, pause)
        except Exception as problem:  # noqa: BLE001 - told, and tried again: no trouble with one agent is another's
            self._say("offers_wait", place=place, problem=repr(problem))
            self._look_at(place, self._clock() + _LONGEST, pause)

    async def _reach(self, agent: Agent, pause: int, *, anew: bool) -> None:
        """Offer work to an agent that reads its queue; look again at one that does not, if it may begin to."""
        place, now = (agent.tenant, agent.id), self._clock()
        if not anew and self._is_waited_for(place):
            return
        is_read = await self._readers.are_there(place, anew=anew)
        if is_read:
            await self._offer(agent)
        elif is_read is None:
            self._look_at(place, now + _NEXT, pause)
        elif 0 < pause <= _LONGEST:
            self._look_at(place, now + pause, pause * 2)

    def _is_waited_for(self, place: Place) -> bool:
        """Whether a queue that nobody is known to read is looked at again anyway."""
        _, pause = self._again.get(place, (0, 0))
        return pause > 0 and not self._readers.are_known(place)

    async def _offer(self, agent: Agent) -> None:
        """Offer an agent the first of what waits for it, as much as it has room for, unless that is offered already."""
        async with self._turns.at((agent.tenant, agent.id)):
            place = (agent.tenant, agent.id)
            self._content.pop(place, None)
            room = await self._taking.leases.room(agent, agent.max_concurrent_tasks)
            if room > 0:
                found = await self._taking.offers(owner_of(agent), agent, Wish(most=room + _BEHIND))
                if len(found) > room:
                    room = await self._taking.leases.room(agent, agent.max_concurrent_tasks, wanted=len(found))
                if len(found) <= room and not agent.capabilities:
                    self._content[place] = len(found)
                found.sort(key=lambda offer: self._lapsed(agent, offer[1]))
                for kind, record in found[:room]:
                    await self._make(place, kind, record)

    async def _offer_at_once(self, place: Place, kind: WorkKind, record: Document) -> bool:
        """Offer work that has come, where all else was offered and there is room for it, as far as that is known."""
        async with self._turns.at(place):
            before = self._content.get(place)
            if before is None or self._taking.leases.known_room(*place, _MOST, before) <= 0:
                return False
            self._content[place] = before + 1
            await self._make(place, kind, record)
            return True

    def _lapsed(self, agent: Agent, record: Document) -> Moment:
        """When an offer to an agent has lapsed; 0 if it holds, or was not made: what is left lying is offered last."""
        until = self._made.until((agent.tenant, agent.id), lease_id(record), record["token"] + 1)
        return until if until <= self._clock() else 0

    async def _make(self, place: Place, kind: WorkKind, record: Document) -> None:
        """Make one offer, and look again when it has lapsed, if it is for this process to offer on and on."""
        now, token, (tenant, agent) = self._clock(), record["token"] + 1, place
        if self._made.is_taken(tenant, lease_id(record), token):
            return
        until = self._made.until(place, lease_id(record), token)
        if until <= now:
            until = min(now + OFFER_MILLISECONDS, record["deadline"])
            lease = offer_of(kind, record, agent, DEFAULT_SECONDS, until)
            if not await self._queues.offer(tenant, lease):
                self._readers.forget(place)
                until = now + _NEXT
            self._made.keep(place, lease.id, token, until, now)
        if self._is_mine():
            self._look_at(place, until, 0)

    async def _tell(self, event: Event) -> None:
        """Tell of the lease, or the offers, that hold no longer; what fails comes again, so forget them only then."""
        lost, (name, reason) = loss_of(event), _spent(event)
        if lost is not None:
            lease, why = lost
            await self._withdraw(event.tenant, Withdrawal(lease.id, lease.agent, lease.token, why, event.at))
        for agent, token in self._made.of(event.tenant, name, event.at):
            if event.type != _GRANTED or agent != event.data["agent"]:
                await self._withdraw(event.tenant, Withdrawal(name, agent, token, reason, event.at))
        self._made.forget(event.tenant, name)
        if event.type == _GRANTED:
            self._made.take(event.tenant, name, event.data["token"])

    async def _withdraw(self, tenant: str, withdrawal: Withdrawal) -> None:
        """Tell an agent that there is, unless it is known not to read its queue."""
        place = (tenant, withdrawal.agent)
        if await agents_at(self._agents, *place) and await self._readers.are_there(place) is not False:
            await self._queues.withdraw(tenant, withdrawal)

    def _look_at(self, place: Place, at: Moment, pause: int) -> None:
        """Look at a place then, or sooner if that is wanted already."""
        known = self._again.get(place)
        if known is None and len(self._again) < _MOST:
            self._again[place] = at, pause
        elif known is not None and at < known[0]:
            self._again[place] = at, min(pause, known[1])

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            try:
                await self._look_again()
                await self._go_round()
            except Unavailable:
                self._round = None
            except Exception as problem:  # noqa: BLE001 - told: whoever looks no more leaves work unread
                self._round = None
                self._say("rounds_wait", problem=repr(problem))

    async def _look_again(self) -> None:
        """Look where it is time to, first where somebody reads, or is about to."""
        now = self._clock()
        due = sorted((pause, at, place) for place, (at, pause) in self._again.items() if at <= now)
        for pause, _, place in due[:_A_TICK]:
            del self._again[place]
            await self._serve(place, pause, anew=True)

    async def _go_round(self) -> None:
        """Look at the next few of all agents that are there."""
        if not self._is_mine():
            self._round = None
            self._content.clear()
            return
        if self._round is None and self._clock() >= self._round_at:
            self._round = those_there(self._documents, self._agents)
            self._round_at = self._clock() + _ROUND_MILLISECONDS
        for _ in range(_A_TICK):
            if self._round is not None and self._readers.may_ask():
                await self._take_step(self._round)

    async def _take_step(self, agents: AsyncGenerator[Agent, None]) -> None:
        """Look at the next agent; offers that wait in its queue are enough."""
        agent = await anext(agents, None)
        if agent is None:
            self._round = None
            return
        depth = await self._readers.ask((agent.tenant, agent.id))
        if depth is not None and depth.readers and not depth.messages:
            await self._offer(agent)


def _spent(event: Event) -> tuple[str, str]:
    """The lease that nobody else can have any more after an event, and why."""
    if event.type == _GRANTED:
        return event.subject, "taken"
    status = event.data.get("status")
    return (lease_id({"id": event.subject}), _ENDED[status]) if status in _ENDED else ("", "")


def _returned(event: Event) -> list[Place]:
    """The agent that is heard again after an event."""
    is_back = event.type in TOLD_STATUS and event.data.get("previous_status") == OFFLINE
    return [(event.tenant, event.subject)] if is_back and event.data.get("status") != OFFLINE else []
