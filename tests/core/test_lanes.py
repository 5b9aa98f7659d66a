"""The engine of deliveries: what is sent, when it is tried again, who waits for whom, and what a crash leaves."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from handlers.core.agenda import Agenda
from handlers.core.collections import DELIVERIES, LANES
from handlers.core.deliveries import DELIVERED, FAILED, PAUSES, PENDING, TRY_MILLISECONDS, new_delivery
from handlers.core.lanes import TURN_SECONDS, Lanes
from handlers.core.outgoing import Answer, Parcel, TargetClosed, TargetGone
from handlers.core.ports import Document, Insert
from tests.core.sending import GONE, REFUSED, TAKEN, Callbacks, Wire
from tests.fakes import Clock, MemoryDocuments

HERE, THERE = "https://here.example", "https://there.example"
DAY = 24 * 3_600_000


class Engine:
    """One worker: an agenda, lanes, and a wire to nowhere."""

    def __init__(self, documents: MemoryDocuments, clock: Clock, **bounds: Any) -> None:
        self.documents = documents
        self.clock = clock
        self.said: list[str] = []
        self.wire = Wire()
        self.callbacks = Callbacks()
        self.agenda = Agenda(documents, clock, lambda event, **facts: self.said.append(event))
        self.lanes = Lanes(
            documents, self.agenda, self.wire, clock, lambda event, **facts: self.said.append(event), **bounds
        )
        self.lanes.take("callback", self.callbacks)

    async def post(self, target: str, *events: str) -> None:
        """Have events delivered to a target."""
        for event in events:
            record = new_delivery("callback", target, event, "task.created", self.clock(), self.clock())
            await self.documents.write(Insert(DELIVERIES, "t_one", record))
        await self.lanes.wake("t_one", "callback", target)

    async def look(self) -> None:
        """Do what is due now."""
        while await self.agenda.look() == 0:
            await self.agenda.settle()

    async def work(self) -> None:
        """Do what is due now, and all that follows from it at once."""
        for _ in range(4):
            await self.look()
            await self.lanes.settle()

    def held(self, event: str) -> Document:
        """The delivery of an event."""
        (found,) = [one for one in self.documents.all_of(DELIVERIES, "t_one") if one["event_id"] == event]
        return found


@pytest.fixture
def engine(documents: MemoryDocuments, clock: Clock) -> Engine:
    """A worker."""
    return Engine(documents, clock)


async def test_what_waits_is_sent(engine: Engine) -> None:
    """Each delivery goes out once, to its target; the lane of a target for which nothing waits is gone."""
    await engine.post(HERE, "evt_1", "evt_2")
    await engine.post(THERE, "evt_3")
    await engine.work()
    assert (engine.wire.to(HERE), engine.wire.to(THERE)) == ([b"evt_1", b"evt_2"], [b"evt_3"])
    assert {engine.held(f"evt_{number}")["status"] for number in (1, 2, 3)} == {DELIVERED}
    assert engine.documents.all_of(LANES, "t_one") == []
    assert engine.lanes.figures.results == {"delivered": 3}


async def test_a_backlog_goes_out_in_order_a_few_at_a_time(engine: Engine) -> None:
    """A target with much to hear hears it oldest first, and never more than four at once."""
    names = [f"evt_{number:03}" for number in range(100)]
    for name in names:
        engine.clock.advance(1)
        await engine.post(HERE, name)
    await engine.work()
    assert engine.wire.to(HERE) == [name.encode() for name in names]
    assert engine.wire.most[HERE] <= 4


async def test_a_failure_is_tried_again_for_a_day(engine: Engine) -> None:
    """The pauses grow, together they are a day, and then the delivery has failed; nothing is sent in between."""
    engine.wire.replies[HERE] = REFUSED
    await engine.post(HERE, "evt_1")
    await engine.work()
    began = engine.clock()
    for tries, pause in enumerate(PAUSES, 1):
        assert len(engine.wire.sent) == tries
        due = engine.held("evt_1")["next_attempt_at"]
        assert 0.9 * pause * 1000 <= due - engine.clock() <= pause * 1000
        engine.clock.now = due - 1
        await engine.work()
        assert len(engine.wire.sent) == tries
        engine.clock.advance(1)
        await engine.work()
    held = engine.held("evt_1")
    assert (held["status"], len(held["attempts"]), "next_attempt_at" in held) == (FAILED, len(PAUSES) + 1, False)
    assert 0.85 * DAY < engine.clock() - began <= DAY
    assert list(PAUSES) == sorted(PAUSES)
    assert engine.lanes.figures.results == {"retried": len(PAUSES), "failed": 1}


async def test_later_events_are_not_held_up_by_a_retry(engine: Engine) -> None:
    """While one delivery waits for its next try, those behind it are made."""
    engine.wire.replies[HERE] = REFUSED
    await engine.post(HERE, "evt_1")
    await engine.work()
    engine.wire.replies[HERE] = TAKEN
    await engine.post(HERE, "evt_2")
    await engine.work()
    assert (engine.held("evt_1")["status"], engine.held("evt_2")["status"]) == (PENDING, DELIVERED)


async def test_a_receiver_that_is_gone_is_asked_no_more(engine: Engine) -> None:
    """410 ends a delivery at once; what is heard of it is told to whoever knows the target."""
    engine.wire.replies[HERE] = GONE
    await engine.post(HERE, "evt_1")
    await engine.work()
    assert engine.held("evt_1")["status"] == FAILED
    assert engine.callbacks.heard == [("evt_1", "Answered 410")]


async def test_targets_that_are_no_more_or_closed(engine: Engine) -> None:
    """What is for nobody is removed, and what is for somebody who takes nothing has failed; neither is sent."""
    engine.callbacks.problems = {HERE: TargetGone(), THERE: TargetClosed("off")}
    await engine.post(HERE, "evt_1")
    await engine.post(THERE, "evt_2")
    await engine.work()
    assert [one["event_id"] for one in engine.documents.all_of(DELIVERIES, "t_one")] == ["evt_2"]
    assert engine.held("evt_2")["status"] == FAILED
    assert engine.wire.sent == []


async def test_what_cannot_be_said_is_not_tried_for_ever(engine: Engine) -> None:
    """A defect of ours is told, and counts as a try like any other; nothing else in the lane waits for it."""
    engine.callbacks.problems = {HERE: TypeError("no words")}
    await engine.post(HERE, "evt_1")
    await engine.work()
    held = engine.held("evt_1")
    assert (held["tries"], held["attempts"][0]["error"]) == (1, "The request could not be made")
    assert engine.said == ["delivery_failed"]


async def test_one_that_hangs_delays_nobody(engine: Engine) -> None:
    """While one target hangs with a long backlog, others are told at once, and it has four connections at most."""
    hangs = asyncio.Event()

    async def hang(parcel: Parcel) -> Answer:
        await hangs.wait()
        return REFUSED

    engine.wire.replies[HERE] = hang
    await engine.post(HERE, *(f"evt_{number}" for number in range(300)))
    await engine.look()
    for _ in range(50):
        await asyncio.sleep(0)
    for number in range(20):
        await engine.post(f"{THERE}/{number}", f"other_{number}")
    await engine.look()
    for _ in range(100):
        await asyncio.sleep(0)
    assert sum(len(engine.wire.to(f"{THERE}/{number}")) for number in range(20)) == 20
    assert engine.wire.most[HERE] == len(engine.wire.to(HERE)) == 4
    engine.clock.advance(round(TURN_SECONDS * 1000))
    hangs.set()
    await engine.lanes.settle()
    assert len(engine.wire.to(HERE)) == 4


async def test_targets_that_fail_have_half_of_all_turns(documents: MemoryDocuments, clock: Clock) -> None:
    """However many hang, one that does not finds room; whoever fails has one connection."""
    engine = Engine(documents, clock, most=4)
    hangs = asyncio.Event()

    async def hang(parcel: Parcel) -> Answer:
        await hangs.wait()
        return REFUSED

    broken = [f"https://broken.example/{number}" for number in range(10)]
    for target in broken:
        engine.wire.replies[target] = REFUSED
        await engine.post(target, f"first {target}", f"second {target}")
    for _ in range(20):
        await engine.work()
        clock.advance(500)
    assert {lane["failures"] > 0 for lane in documents.all_of(LANES, "t_one")} == {True}
    engine.wire.replies = dict.fromkeys(broken, hang)
    engine.wire.most.clear()
    clock.advance(31_000)
    await engine.look()
    for _ in range(50):
        await asyncio.sleep(0)
    assert list(engine.wire.most.values()) == [1, 1]
    await engine.post(HERE, "evt_1")
    await engine.look()
    for _ in range(50):
        await asyncio.sleep(0)
    assert engine.wire.to(HERE) == [b"evt_1"]
    hangs.set()
    await engine.lanes.settle()


async def test_several_workers_make_each_try_once(documents: MemoryDocuments, clock: Clock) -> None:
    """Workers that share a store share the work: no delivery goes out twice."""
    engines = [Engine(documents, clock) for _ in range(3)]
    for number in range(30):
        await engines[number % 3].post(f"{HERE}/{number % 5}", f"evt_{number}")
    await asyncio.gather(*(engine.work() for engine in engines))
    sent = Counter(parcel.body for engine in engines for parcel in engine.wire.sent)
    assert set(sent.values()) == {1} and len(sent) == 30


async def test_what_a_dead_worker_has_begun_is_done_by_another(documents: MemoryDocuments, clock: Clock) -> None:
    """A try that was claimed and never settled is made again when the claim is over, under the same name."""
    dying, heir = Engine(documents, clock), Engine(documents, clock)

    async def never(parcel: Parcel) -> Answer:
        await asyncio.Event().wait()
        return TAKEN

    dying.wire.replies[HERE] = never
    await dying.post(HERE, "evt_1")
    await dying.look()
    for _ in range(50):
        await asyncio.sleep(0)
    assert dying.wire.to(HERE) == [b"evt_1"]
    for task in dying.lanes._running:
        task.cancel()
    await heir.work()
    assert heir.wire.sent == []
    clock.advance(round(TURN_SECONDS * 1000) + TRY_MILLISECONDS)
    await heir.work()
    assert heir.wire.to(HERE) == [b"evt_1"] and heir.held("evt_1")["status"] == DELIVERED


async def test_a_stop_finishes_what_is_on_its_way(engine: Engine) -> None:
    """What was begun is settled, what was not is left to others at once."""
    answers = asyncio.Event()

    async def slowly(parcel: Parcel) -> Answer:
        await answers.wait()
        return TAKEN

    engine.wire.replies[HERE] = slowly
    await engine.post(HERE, *(f"evt_{number}" for number in range(9)))
    await engine.look()
    for _ in range(50):
        await asyncio.sleep(0)
    closing = asyncio.create_task(engine.lanes.close())
    await asyncio.sleep(0)
    answers.set()
    await closing
    assert Counter(one["status"] for one in engine.documents.all_of(DELIVERIES, "t_one")) == {DELIVERED: 4, PENDING: 5}
    (lane,) = engine.documents.all_of(LANES, "t_one")
    assert lane["due_at"] == engine.clock()


async def test_what_waits_is_counted(engine: Engine) -> None:
    """Deliveries that wait for another try are in the figures, and go from there when they are made."""
    engine.wire.replies[HERE] = REFUSED
    await engine.post(HERE, "evt_1", "evt_2")
    await engine.work()
    assert sum(engine.lanes.figures.waiting.values()) == 2
    engine.wire.replies.clear()
    engine.clock.advance(5_000)
    await engine.work()
    assert engine.lanes.figures.waiting == {}
