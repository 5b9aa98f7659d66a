"""The one engine of what is sent to others over HTTP: webhooks, callbacks, agents' endpoints, nodes.

Deliveries wait in the store, each target's in a lane of its own. What is due is a lane and not a delivery, so that a
target with a million deliveries is no more to look through than one with none. A lane has its turn, in which a few of
its deliveries are on their way at once; lanes that fail have one, and never more than half of all turns, so that
whoever hangs holds up nobody else. A try is claimed before it is made, and so is a turn: those of a worker that dies
are taken up by another when the claims are over, and a delivery may then arrive twice, with the same identifier.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from handlers.core.agenda import Agenda
from handlers.core.clock import Clock, Moment
from handlers.core.collections import DELIVERIES, LANES
from handlers.core.deliveries import PENDING, TRY_MILLISECONDS, after_try, closed, lane_id
from handlers.core.duties import Duty
from handlers.core.ending import ended
from handlers.core.errors import Duplicate, Refusal, Stale
from handlers.core.outgoing import Answer, DeliveryFigures, Recipient, Sender, TargetBusy, TargetClosed, TargetGone
from handlers.core.ports import Delete, Document, Documents, Insert, Query, Update

TURN_SECONDS = 5.0
_LANES = 64
_WIDTH = 4
_FAILING_WIDTH = 1
_SEEN = 8
_BUSY_MILLISECONDS = 500
_FAILING_BUSY_MILLISECONDS = 5_000
_PATIENCE_SECONDS = 5.0
_OCCUPIED_MILLISECONDS = 1_000

Say = Callable[..., None]
Begin = Callable[[], Awaitable[None]]


@dataclass
class Turn:
    """A lane whose turn it is in this process, until which moment the store knows that, and what is on its way."""

    lane: Document
    until: Moment
    ends_at: Moment
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    sending: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    failures: int = 0
    is_begun: bool = False
    is_counted: bool = False

    @property
    def width(self) -> int:
        """How many may be on their way at once."""
        return _FAILING_WIDTH if self.failures else _WIDTH


class Lanes:
    """Sends what waits, each target in its own lane. `kinds` says who the targets of a lane's kind are."""

    def __init__(
        self,
        documents: Documents,
        agenda: Agenda,
        sender: Sender,
        clock: Clock,
        say: Say,
        *,
        most: int = _LANES,
        turn_seconds: float = TURN_SECONDS,
        try_milliseconds: int = TRY_MILLISECONDS,
    ) -> None:
        self._documents = documents
        self._agenda = agenda
        self._sender = sender
        self._clock = clock
        self._say = say
        self._most = most
        self._turn_milliseconds = round(turn_seconds * 1000)
        self._try_milliseconds = try_milliseconds
        self._kinds: dict[str, Recipient] = {}
        self._turns: dict[tuple[str, str], Turn] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self.figures = DeliveryFigures()
        agenda.take(Duty(LANES, self._act))

    def take(self, kind: str, recipient: Recipient) -> None:
        """Send deliveries of a kind from now on."""
        self._kinds[kind] = recipient

    async def wake(self, tenant: str, kind: str, target: str) -> None:
        """See to a target soon: something waits for it. Call it when that is safe in the store."""
        turn = self._turns.get((tenant, lane_id(kind, target)))
        if turn is not None:
            turn.awake.set()
            return
        now = self._clock()
        lane = {"id": lane_id(kind, target), "kind": kind, "target": target, "due_at": now, "failures": 0}
        change = Update(LANES, tenant, lane["id"], {}, {"due_at": now})
        try:
            await self._documents.write(change)
        except Stale:
            with suppress(Duplicate):  # whoever was faster has made it due
                await self._documents.write(Insert(LANES, tenant, lane))
        self._agenda.expect(now)

    async def close(self) -> None:
        """Begin nothing more, and wait for what is on its way, but not long. Stop the agenda before."""
        self._is_stopping = True
        for turn in self._turns.values():
            turn.awake.set()
        if self._running:
            _, unfinished = await asyncio.wait(self._running, timeout=_PATIENCE_SECONDS)
            await ended(*unfinished)

    async def settle(self) -> None:
        """Return when it is no lane's turn in this process."""
        while self._running:
            await asyncio.wait(self._running)

    async def _act(self, lane: Document) -> Moment | None:
        """Give a lane its turn, or one more if it has it; return until when nobody else need look at it."""
        key, now = (lane["tenant"], lane["id"]), self._clock()
        until = now + self._turn_milliseconds + self._try_milliseconds
        turn = self._turns.get(key)
        if turn is None:
            if not self._has_room(lane):
                return now + (_FAILING_BUSY_MILLISECONDS if lane["failures"] else _BUSY_MILLISECONDS)
            turn = self._turns[key] = Turn(lane, until, now + self._turn_milliseconds, failures=lane["failures"])
        claimed = {"due_at": lane["due_at"]}
        try:
            await self._documents.write(Update(LANES, lane["tenant"], lane["id"], claimed, {"due_at": until}))
        except BaseException as problem:
            if not turn.is_begun:
                del self._turns[key]
            if isinstance(problem, Stale):  # somebody has woken it again, and it is due as that says
                return now
            raise
        if self._turns.get(key) is not turn:  # it was given back while this was written
            turn = self._turns[key] = Turn(lane, until, now + self._turn_milliseconds, failures=lane["failures"])
        turn.until = until
        turn.awake.set()
        self._run_once(key, turn)
        return until

    def _run_once(self, key: tuple[str, str], turn: Turn) -> None:
        """Have a turn that was taken used, if it is not yet."""
        if not turn.is_begun:
            turn.is_begun = True
            task = asyncio.create_task(self._run(key, turn))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _has_room(self, lane: Document) -> bool:
        """Whether there is a turn for a lane; for one that fails only as long as half of all turns are for others."""
        if self._is_stopping or len(self._turns) >= self._most:
            return False
        failing = sum(1 for turn in self._turns.values() if turn.failures)
        return not lane["failures"] or failing < self._most // 2

    async def _run(self, key: tuple[str, str], turn: Turn) -> None:
        try:
            await self._send_all(turn)
        except Exception as problem:  # noqa: BLE001 - told; when the claim is over the lane is due again
            self._say("lane_failed", lane=key[1], problem=repr(problem))
        finally:
            for task in turn.sending.values():
                task.cancel()
            del self._turns[key]
        if turn.awake.is_set() and not self._is_stopping:  # something came while the turn was given back
            with suppress(Refusal):
                await self.wake(key[0], turn.lane["kind"], turn.lane["target"])

    async def _send_all(self, turn: Turn) -> None:
        """Have as many on their way as may be, until none is due or the turn is over."""
        while True:
            turn.awake.clear()
            next_moment = await self._begin_some(turn)
            if turn.sending:
                await turn.awake.wait()
            elif await self._give_back(turn, next_moment):
                return

    async def _begin_some(self, turn: Turn) -> Moment | None:
        """Begin what is due, within the width; return when the lane is due next, None for never."""
        now = self._clock()
        waiting = await self._documents.page(_waiting(turn.lane), _SEEN)
        await self._count(turn, len(waiting))
        open_ones = [delivery for delivery in waiting if delivery["id"] not in turn.sending]
        if self._is_stopping or now >= turn.ends_at:
            return max(now, open_ones[0]["next_attempt_at"]) if open_ones else None  # behind those who wait already
        due = [delivery for delivery in open_ones if delivery["next_attempt_at"] <= now]
        for delivery in due[: max(0, turn.width - len(turn.sending))]:
            turn.sending[delivery["id"]] = sending = asyncio.create_task(self._try(turn, delivery))
            sending.add_done_callback(lambda _, name=delivery["id"]: self._ended(turn, name))
        return min((delivery["next_attempt_at"] for delivery in open_ones), default=None)

    def _ended(self, turn: Turn, name: str) -> None:
        turn.sending.pop(name, None)
        turn.awake.set()

    async def _give_back(self, turn: Turn, moment: Moment | None) -> bool:
        """Leave the lane to its next moment; whether the turn is over. Who has moved the moment meanwhile is right."""
        lane = turn.lane
        if turn.awake.is_set() and not self._is_stopping and self._clock() < turn.ends_at:
            return False
        expected = {"due_at": turn.until}
        try:
            if moment is None:
                await self._documents.write(Delete(LANES, lane["tenant"], lane["id"], expected))
            else:
                given = {"due_at": moment, "failures": turn.failures}
                await self._documents.write(Update(LANES, lane["tenant"], lane["id"], expected, given))
        except Stale:
            present = await self._documents.get(LANES, lane["tenant"], lane["id"])
            moment = None if present is None else present.get("due_at")
        self._agenda.expect(moment)
        return True

    async def _count(self, turn: Turn, seen: int) -> None:
        """Keep the number of those that wait; of many, on which a store may spend some time, once a turn."""
        lane, many = turn.lane, seen == _SEEN
        if many and not turn.is_counted:
            where = {"target": lane["target"], "status": PENDING}
            seen = await self._documents.count(Query(DELIVERIES, lane["tenant"], "created_at", where))
        if not many or not turn.is_counted:
            self.figures.waiting[lane["id"]] = seen
        turn.is_counted = many
        if not seen:
            del self.figures.waiting[lane["id"]]

    async def _try(self, turn: Turn, delivery: Document) -> None:
        """Make one try, if nobody else makes it."""
        try:
            await self._claim_and_send(turn, delivery)
        except Stale:
            return  # somebody else makes it, or it is no more
        except Exception as problem:  # noqa: BLE001 - told; when the claim is over it is tried again
            turn.failures += 1
            self._say("delivery_interrupted", id=delivery["id"], problem=repr(problem))

    async def _claim_and_send(self, turn: Turn, delivery: Document) -> None:
        began = self._clock()
        held = await self._change(delivery, {"next_attempt_at": began + self._try_milliseconds})
        recipient = self._kinds[held["kind"]]
        try:
            answer = await self._sent(recipient, held)
        except TargetGone:
            await self._documents.write(Delete(DELIVERIES, held["tenant"], held["id"]))
            return
        except TargetBusy:
            await self._change(held, {"next_attempt_at": self._clock() + _OCCUPIED_MILLISECONDS})
            return
        except TargetClosed:
            self.figures.results["refused"] += 1
            await self._change(held, closed(self._clock()))
            return
        now = self._clock()
        after = await self._change(held, after_try(held, answer, began, now))
        turn.failures = 0 if answer.is_taken else turn.failures + 1
        self.figures.results["retried" if after["status"] == PENDING else after["status"]] += 1
        await recipient.hear(after, answer, now)

    async def _sent(self, recipient: Recipient, held: Document) -> Answer:
        """What came of sending; a request that cannot be made, for a secret that does not open, is a failure too."""
        try:
            parcel = await recipient.pack(held)
        except (TargetGone, TargetClosed, TargetBusy):
            raise
        except Refusal as refusal:
            return Answer(error=refusal.message)
        except Exception as problem:  # noqa: BLE001 - a defect of ours, told; it may not be tried for ever
            self._say("delivery_failed", id=held["id"], problem=repr(problem))
            return Answer(error="The request could not be made")
        self.figures.sending += 1
        try:
            return await self._sender.send(parcel)
        finally:
            self.figures.sending -= 1

    async def _change(self, delivery: Document, given: Document) -> Document:
        """Change a delivery that nobody has changed since it was read."""
        expected = {name: delivery.get(name) for name in ("next_attempt_at", "status")}
        return await self._documents.write(Update(DELIVERIES, delivery["tenant"], delivery["id"], expected, given))


def _waiting(lane: Document) -> Query:
    return Query(DELIVERIES, lane["tenant"], "next_attempt_at", {"target": lane["target"]}, descending=False)
