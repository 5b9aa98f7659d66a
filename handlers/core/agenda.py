"""The one engine for everything that is due: leases, timeouts, schedules, presence, retries, clean-ups.

A record that somebody has to act on at a moment says so in its own field, and the store keeps an index of these over
all tenants. So a moment changes in the same write as the record that it follows from, no crash can part the two, and
nothing that is due is known to one process alone. Every worker looks at that index; whoever claims a document acts.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from handlers.core import chance
from handlers.core.claims import Claim, ending, releasing, retrying, taking
from handlers.core.clock import Clock, Moment
from handlers.core.duties import AgendaFigures, Duty, Errand
from handlers.core.ending import ended
from handlers.core.errors import Stale, Unavailable
from handlers.core.ports import Change, Document, Documents

CLAIM_SECONDS = 60.0
_MOST = 32
_BATCH = 128
_ALONE_SECONDS = 60.0  # the clock on the wall may be set, and then a moment comes sooner than it was slept for
_SHARED_SECONDS = 1.0
_JITTER_SECONDS = 0.05
_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 10.0
_NEVER = 2**63 - 1

Say = Callable[..., None]


class Agenda:
    """Looks what is due, and has it done: by one worker at a time, and no more than `most` things at once.

    What takes long has slots of its own besides (`Duty.most`). A store that others share is asked once a second, for
    they may have written what this process knows nothing of; of its own store it knows by `expect` when to look. The
    clocks of all workers agree to within a part of a claim.
    """

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        say: Say,
        *,
        is_shared: bool = False,
        most: int = _MOST,
        claim_seconds: float = CLAIM_SECONDS,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._say = say
        self._look_seconds = _SHARED_SECONDS if is_shared else _ALONE_SECONDS
        self._jitter_seconds = _JITTER_SECONDS if is_shared else 0.0
        self._claim_seconds = claim_seconds
        self._slots = asyncio.Semaphore(most)
        self._own_slots: dict[str, asyncio.Semaphore] = {}
        self._duties: list[Duty] = []
        self._acting: dict[tuple[str, str, str], asyncio.Task[Moment | None]] = {}
        self._passed_over: set[tuple[str, str, str]] = set()
        self._woken = asyncio.Event()
        self._next: Moment = _NEVER
        self._looking: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._trouble: Unavailable | None = None
        self.figures = AgendaFigures()

    def take(self, duty: Duty) -> None:
        """See to a duty from now on."""
        self._duties.append(duty)
        if duty.most is not None:
            self._own_slots[duty.collection.name] = asyncio.Semaphore(duty.most)

    def expect(self, moment: Moment | None) -> None:
        """Know that something was written that is due then. Who forgets to say so has it done at the next look."""
        if moment is not None and moment < self._next:
            self._next = moment
            self._woken.set()

    def start(self) -> None:
        """Begin to look."""
        self._is_stopping = False
        self._looking = asyncio.create_task(self._keep_looking())

    async def close(self) -> None:
        """Begin nothing more, and finish what was begun. What takes too long is left to whoever claims it next."""
        self._is_stopping = True
        self._woken.set()
        open_ends = [*self._acting.values(), *([self._looking] if self._looking else [])]
        if open_ends:
            _, unfinished = await asyncio.wait(open_ends, timeout=_PATIENCE_SECONDS)
            await ended(*unfinished)

    async def ping(self) -> None:
        """Return if what is due is being done."""
        if self._trouble is not None:
            raise Unavailable(self._trouble.message)

    async def look(self) -> float:
        """Begin all that is due now; return how many seconds there are until the next look."""
        self._next = _NEVER  # whatever is expected meanwhile may be what this look does not see
        now = self._clock()
        horizon = now + round(self._look_seconds * 1000)
        found = await self._upcoming(horizon)
        due = [errand for errand in found if errand.moment <= now]
        self._passed_over |= {errand.key for errand in due if errand.key in self._acting}
        due = [errand for errand in due if errand.key not in self._acting]
        self.figures.waiting = len(due)
        chance.shuffle(due)  # workers that look at the same time begin at different ends
        for errand in due:
            await self._begin(errand)
        if due:
            return self._jitter()  # there may be more of it
        self._recover()
        self._next = min((errand.moment for errand in found if errand.moment > now), default=horizon)
        return (self._next - now) / 1000 + self._jitter()

    async def settle(self) -> None:
        """Return when nothing is being acted on."""
        while self._acting:
            await asyncio.wait(list(self._acting.values()))

    async def _keep_looking(self) -> None:
        while not self._is_stopping:
            self._woken.clear()
            pause = await self._look_in_peace()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _look_in_peace(self) -> float:
        """Look, whatever happens: a store that is away is asked again, and no defect of ours ends the looking."""
        pause = 0.0
        try:
            pause = await self.look()
        except Exception as problem:  # noqa: BLE001 - told, and tried again
            self._suffer(problem)
        return pause if self._trouble is None else _PAUSE_SECONDS + self._jitter()

    async def _upcoming(self, horizon: Moment) -> list[Errand]:
        """What is due by then, of every duty."""
        return [
            Errand(duty, document)
            for duty in self._duties
            for document in await self._documents.due(duty.collection, horizon, _BATCH)
        ]

    async def _begin(self, errand: Errand) -> None:
        """Act in a task of its own, as soon as there is room for one more; what has its own slots waits there alone."""
        own_slots = self._own_slots.get(errand.duty.collection.name)
        if own_slots is not None:
            self._act_aside(errand, self._in_turn(own_slots, errand)).add_done_callback(lambda _: self._go_on(errand))
            return
        await self._slots.acquire()
        if self._is_stopping:
            self._slots.release()
            return
        self._act_aside(errand, self._claim_and_act(errand)).add_done_callback(lambda _: self._slots.release())

    def _act_aside(self, errand: Errand, acting: Coroutine[Any, Any, Moment | None]) -> "asyncio.Task[Moment | None]":
        self._acting[errand.key] = task = asyncio.create_task(acting)
        task.add_done_callback(lambda done: self._end(errand, done))
        return task

    def _end(self, errand: Errand, done: "asyncio.Task[Moment | None]") -> None:
        """Know when it is due again: now, if a look has found it due while it was being acted on."""
        del self._acting[errand.key]
        if errand.key in self._passed_over:
            self._passed_over.discard(errand.key)
            self.expect(self._clock())
        if not done.cancelled():
            self.expect(done.result())

    async def _in_turn(self, slots: asyncio.Semaphore, errand: Errand) -> Moment | None:
        async with slots:
            return None if self._is_stopping else await self._claim_and_act(errand)

    def _go_on(self, errand: Errand) -> None:
        """Look for more of what has its own slots, when all of it that was found is done."""
        if self._trouble is None and not any(name == errand.duty.collection.name for name, *_ in self._acting):
            self.expect(self._clock())

    async def _claim_and_act(self, errand: Errand) -> Moment | None:
        """Act on a document if it can be had; return when it is due again."""
        collection, document = errand.duty.collection, errand.document
        claim = Claim.after(document, collection.due_field(), self._clock() + round(self._claim_seconds * 1000))
        try:
            held = await self._documents.write(taking(collection, document, claim))
        except Stale:
            return None  # somebody else has it, or it is due at another moment now
        except Exception as problem:  # noqa: BLE001 - told; it is still due
            self._suffer(problem)
            return None
        self._recover()
        again, change = await self._act(errand.duty, held, claim)
        try:
            await self._documents.write(change)
        except Stale:
            return again  # the action has moved the moment itself, or was too slow and lost its claim
        except Exception as problem:  # noqa: BLE001 - told; when the claim is over it is due again
            self._suffer(problem)
        return again

    async def _act(self, duty: Duty, document: Document, claim: Claim) -> tuple[Moment | None, Change]:
        """Do what is due; return when it is again, and the change that says so."""
        name = duty.name(document)
        self.figures.late[name].add(max(0, self._clock() - claim.since) / 1000)
        try:
            async with asyncio.timeout(self._claim_seconds):
                again = await duty.act(document)
        except Exception as problem:  # noqa: BLE001 - counted, told, and tried again
            self.figures.failed[name] += 1
            self._say("due_failed", what=name, id=document["id"], tries=claim.tries + 1, problem=repr(problem))
            again = self._clock() + claim.pause()
            return again, retrying(duty.collection, document, claim, again)
        self.figures.acted[name] += 1
        if again is None and duty.ends:
            return None, ending(duty.collection, document, claim)
        return again, releasing(duty.collection, document, claim, again)

    def _suffer(self, problem: Exception) -> None:
        """Know that what is due is not being done, and say so once."""
        if self._trouble is None:
            self._say("agenda_waits", problem=repr(problem))
        self._trouble = problem if isinstance(problem, Unavailable) else Unavailable("What is due cannot be done")

    def _recover(self) -> None:
        if self._trouble is not None:
            self._trouble = None
            self._say("agenda_goes_on")

    def _jitter(self) -> float:
        """A moment's pause, another one for every worker, where several share a store."""
        return chance.between(0, self._jitter_seconds)
