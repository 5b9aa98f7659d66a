"""Series from rollups say what the frames say, whatever happens to the servers that make them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.core.collections import FRAMES, PLATFORM, ROLLUPS, TENANTS, UNROLLED
from handlers.core.errors import Duplicate, Unavailable
from handlers.core.events import Event
from handlers.core.frames import NewFrame
from handlers.core.intake import DAY
from handlers.core.measurements import Measurements, Range
from handlers.core.ports import Change, Collection, Document, Insert
from handlers.core.retention import Kept, Retention
from handlers.core.rolling import Rolling
from handlers.core.rollups import FINE, HOUR, MINUTE, MOST_NAMES
from handlers.core.series import Point, Series
from handlers.core.unrolled import FENCE, Unrolled
from tests.core.rolling import WHO, Worker, lose_frames
from tests.fakes import NOON, Clock, MemoryDocuments

PLAIN = ("avg", "min", "max", "sum", "count")
AT = st.integers(-5 * HOUR, HOUR // 12)
VALUE = st.one_of(st.integers(-1000, 1000).map(lambda number: number / 8), st.just("word"), st.just(True))
SEND = st.tuples(st.just("send"), st.integers(0, 1), st.sampled_from(("d1", "d2")), AT, st.sampled_from("ab"), VALUE)
PASS = st.tuples(st.just("pass"), st.sampled_from((1, FENCE, 3 * MINUTE, 20 * MINUTE, HOUR)))
LOOK = st.tuples(st.just("look"), st.integers(0, 1))
DIE = st.tuples(st.just("die"), st.integers(1, 4))


class FailingDocuments(MemoryDocuments):
    """A store that goes away after so many writes, until it is there again, and counts what series are made of."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.writes_left: int | None = None
        self.asked: list[str] = []

    async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
        """Make a change, if there is something to make it."""
        if self.writes_left is not None:
            if not self.writes_left:
                raise Unavailable("away")
            self.writes_left -= 1
        return await super().write(change, events)

    async def series(self, asked: Series) -> list[Point]:
        """A series."""
        self.asked.append(asked.query.collection.name)
        return await super().series(asked)


@pytest.fixture
def store(clock: Clock) -> FailingDocuments:
    """A store."""
    return FailingDocuments(clock)


@given(
    st.lists(st.one_of(SEND, SEND, SEND, PASS, LOOK, DIE), max_size=20),
    st.tuples(AT, st.integers(1, 6 * HOUR)),
    st.sampled_from((FINE, 15 * MINUTE, HOUR, 7 * MINUTE, DAY)),
    st.sampled_from((1, FINE, HOUR)),
)
@settings(deadline=None, max_examples=60)
def test_rollups_say_what_frames_say(story: list[Any], span: tuple[int, int], interval: int, aligned: int) -> None:
    """Two servers take frames of any time, sum them up and die in the middle: each series is that of the frames."""
    asyncio.run(_live(story, span[0] - span[0] % aligned, span[0] + span[1], interval))


async def _live(story: list[Any], since: int, until: int, interval: int) -> None:
    clock = Clock()
    store = FailingDocuments(clock)
    workers = [Worker(store, clock) for _ in range(2)]
    for what, *how in story:
        await _happen(what, how, store, clock, workers)
        await _same(workers[0], since, until, interval)
    for _ in range(3):
        await workers[1].roll()
    await _same(workers[0], since, until, interval)
    assert not store.all_of(UNROLLED, WHO.tenant)
    whole = (-6 * HOUR, 2 * HOUR, HOUR)
    before = [await workers[0].raw(aggregation, *whole) for aggregation in PLAIN]
    await lose_frames(store)
    for aggregation, expected in zip(PLAIN, before, strict=True):
        _alike(await workers[0].points(aggregation, *whole), expected)
    for worker in workers:
        await worker.close()


async def _happen(what: str, how: list[Any], store: FailingDocuments, clock: Clock, workers: list[Worker]) -> None:
    if what == "send":
        await workers[how[0]].send(how[2], how[1], **{how[3]: how[4]})
    elif what == "pass":
        clock.advance(how[0])
    elif what == "look":
        await workers[how[0]].look()
    else:  # a server dies in the middle of its work, and another one takes its place
        store.writes_left = how[0]
        await workers[0].look()
        await asyncio.gather(workers[0].send(-1, "d1", a=1), return_exceptions=True)
        store.writes_left = None
        await workers[0].close()
        workers[0] = Worker(store, clock)


async def _same(worker: Worker, since: int, until: int, interval: int) -> None:
    for aggregation in (*PLAIN, "p50"):
        for more in ({"names": ("a", "b")}, {"names": ("a",), "device": "d1"}, {"names": ("b",), "by": "device"}):
            said = await worker.points(aggregation, since, until, interval, **more)
            _alike(said, await worker.raw(aggregation, since, until, interval, **more))
        if aggregation in PLAIN:
            said = await worker.points(aggregation, since, until, interval)
            _alike(said, await worker.raw(aggregation, since, until, interval))


def _alike(said: list[Point], expected: list[Point]) -> None:
    """The same points, and the same values but for the order in which they were added."""
    assert [point._replace(value=0) for point in said] == [point._replace(value=0) for point in expected]
    assert [point.value for point in said] == pytest.approx([point.value for point in expected])


async def test_a_long_series_reads_rollups(store: FailingDocuments, clock: Clock) -> None:
    """A day's hours are made of hours, its five minutes of five minutes, and percentiles and tags of frames."""
    worker = Worker(store, clock)
    for place in range(48):
        await worker.send(-DAY + place * HOUR // 2, a=place)
    await worker.roll()
    asked = (("sum", HOUR, {"rollups"}), ("avg", FINE, {"rollups"}), ("p95", HOUR, {"frames"}))
    for aggregation, interval, kinds in asked:
        store.asked.clear()
        await worker.points(aggregation, -DAY, 0, interval, ("a",))
        assert set(store.asked) == kinds
    assert {(one["span"], one["numbers"]["a"][0]) for one in store.all_of(ROLLUPS, "t_one")} == {("1h", 2), ("5m", 1)}
    await worker.close()


async def test_hours_outlive_their_frames(store: FailingDocuments, clock: Clock) -> None:
    """When frames have ended their hours are still told, for as long as rollups are kept; a late frame counts once."""
    worker = Worker(store, clock, days=2)
    for place in range(6):
        await worker.send(place * 10 * MINUTE - HOUR, a=place)
    await worker.roll()
    clock.advance(3 * DAY)
    await store.sweep()
    assert not store.all_of(FRAMES, "t_one")
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 15)]
    assert await worker.points("sum", -HOUR, 0, FINE) == []
    await worker.send(-HOUR, a=100)
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 15)]
    for _ in range(3):
        await worker.roll()
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 115)]
    assert await worker.points("count", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 7)]
    await worker.send(-HOUR + 1, a=1000)
    await worker.roll()
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 1115)]
    clock.advance(366 * DAY)
    assert await worker.points("sum", -HOUR, 0, HOUR) == []
    await worker.close()


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("send"), st.sampled_from(("d1", "d2")), st.sampled_from((0, 20, 40, 60))),
            st.tuples(st.just("pass"), st.sampled_from((2, 20, 40)), st.none()),
            st.tuples(st.just("keep"), st.sampled_from((2, 3, 5)), st.none()),
        ),
        max_size=15,
    )
)
@example([("send", "d1", 0), ("pass", 20, None), ("pass", 40, None), ("send", "d2", 60)])
@settings(deadline=None, max_examples=60)
def test_what_is_told_is_told_for_good(story: list[Any]) -> None:
    """Frames end, others come late, and a tenant keeps them for other times: no hour's sum ever loses what it had."""
    asyncio.run(_outlive(story))


async def _outlive(story: list[Any]) -> None:
    clock = Clock()
    worker = Worker(MemoryDocuments(clock), clock, days=2)
    await worker.documents.write(Insert(TENANTS, PLATFORM, {"id": WHO.tenant, "deleted_at": None}))
    sent: list[tuple[str, int]] = []
    summed: list[tuple[str, int]] = []
    for what, how, hours in story:
        if what == "send":
            sent.append((how, clock() - NOON - hours * HOUR))
            await worker.send(sent[-1][1], how, a=1)
        elif what == "keep":
            await worker.telemetry.retention.change(WHO, {"telemetry_days": how})
        else:
            await worker.roll(how)
            summed = [*sent]
            assert await _told(worker, None) == _by_hour(sent)
        for device in (None, "d1"):
            told = await _told(worker, device)
            least, most = (_by_hour(known, device) for known in (summed, sent))
            assert all(told.get(place, 0) >= number for place, number in least.items())
            assert all(number <= most[place] for place, number in told.items())
    await worker.close()


def _by_hour(sent: list[tuple[str, int]], device: str | None = None) -> dict[tuple[str, int], int]:
    return dict(Counter((whose, at - at % HOUR) for whose, at in sent if device in (None, whose)))


async def _told(worker: Worker, device: str | None) -> dict[tuple[str, int], int]:
    since, until = -5 * DAY, worker.clock() - NOON + HOUR
    points = await worker.points("sum", since, until, HOUR, ("a",), device=device, by="device")
    return {(point.by or "", point.at - NOON): round(point.value) for point in points}


async def test_open_hours_everywhere_are_few_questions(store: FailingDocuments, clock: Clock) -> None:
    """A range in which every other hour is open is read in some dozens of parts, and says what the frames say."""
    worker = Worker(store, clock)
    for hour in range(200):
        await worker.send(-hour * HOUR - 1, a=hour)
    await worker.roll()
    for hour in range(0, 200, 2):
        await worker.send(-hour * HOUR - 1, a=1000)
    store.asked.clear()
    told = await worker.points("sum", -200 * HOUR, 0, HOUR)
    assert len(store.asked) < 60
    assert "rollups" in store.asked
    assert told == await worker.raw("sum", -200 * HOUR, 0, HOUR)
    await worker.close()


async def test_all_parts_of_a_series_have_one_deadline(clock: Clock) -> None:
    """A store that takes a moment for each of many parts is not waited for longer than for one."""
    store = DawdlingDocuments(clock)
    worker = Worker(store, clock)
    for place in range(60):
        await worker.send(-(place if place < 40 else 2 * (place - 40)) * HOUR - 1, a=1)
        if place == 39:
            await worker.roll()
    measurements = Measurements(store, clock, seconds=0.5)
    within = Range(NOON - 40 * HOUR, NOON)
    with pytest.raises(Unavailable):
        await measurements.points(WHO, within, ("a",), "avg", origin=within.since, interval=HOUR)
    assert await measurements.points(WHO, within, ("a",), "p50", origin=within.since, interval=HOUR)
    await worker.close()


class DawdlingDocuments(MemoryDocuments):
    """A store that takes its time for every series, and not much of it."""

    async def series(self, asked: Series) -> list[Point]:
        """A series, after a while."""
        await asyncio.sleep(0.05)
        return await super().series(asked)


class SlowDocuments(MemoryDocuments):
    """A store in which time passes, and something happens, before what is inserted is there."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.meanwhile: dict[str, Any] = {}

    async def insert_many(
        self, collection: Collection, tenant: str, documents: Sequence[Document], events: Sequence[Event] = ()
    ) -> list[Duplicate | None]:
        """Insert, after a while."""
        meanwhile = self.meanwhile.pop(collection.name, None)
        if meanwhile is not None:
            await meanwhile()
        return await super().insert_many(collection, tenant, documents, events)


async def test_a_frame_that_takes_too_long_is_counted(clock: Clock) -> None:
    """Also when its hour was summed up before it was there."""
    store = SlowDocuments(clock)
    worker = Worker(store, clock)
    await worker.send(-1, a=1)
    store.meanwhile[FRAMES.name] = worker.roll
    await worker.send(-2, a=2)
    assert len(store.all_of(ROLLUPS, "t_one")) == 2
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 3)]
    await worker.roll()
    await lose_frames(store)
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 3)]
    await worker.close()


@pytest.mark.parametrize("rolled_before", [False, True])
async def test_who_was_slow_changes_nothing(clock: Clock, rolled_before: bool) -> None:
    """A worker whose claim is over, and who has read less, does not write over what another one has written."""
    store = SlowDocuments(clock)
    slow, fast = Worker(store, clock), Worker(store, clock)

    async def meanwhile() -> None:
        clock.advance(FENCE + 1)
        await fast.send(-2, a=2)
        for _ in range(2):
            await fast.roll()

    if rolled_before:
        await slow.send(-HOUR // 2, a=10)
        await slow.roll()
    await slow.send(-1, a=1)
    clock.advance(2 * HOUR)
    store.meanwhile[ROLLUPS.name] = meanwhile
    await slow.agenda.look()
    await slow.agenda.settle()
    told = [rollup["numbers"]["a"][2] for rollup in store.all_of(ROLLUPS, "t_one") if rollup["span"] == "1h"]
    assert told == [13 if rolled_before else 3]
    for worker in (slow, fast):
        await worker.close()


@pytest.mark.parametrize("late", [0, 1])
async def test_an_hour_that_is_about_to_be_summed_up_is_put_off(clock: Clock, late: int) -> None:
    """As long as there is time for a frame to be stored its hour stays due as it is; then it is due later."""
    store = MemoryDocuments(clock)
    frame = {"device": "d1", "at": NOON, "expires_at": NOON + DAY}
    await Unrolled(store, clock, days=1).note(FRAMES, "t_one", [frame])
    (before,) = store.all_of(UNROLLED, "t_one")
    clock.now = before["due_at"] - FENCE - 1 + late
    await Unrolled(store, clock, days=1).note(FRAMES, "t_one", [frame])
    (after,) = store.all_of(UNROLLED, "t_one")
    assert after["due_at"] >= clock() + 2 * FENCE if late else after["due_at"] == before["due_at"]


async def test_a_clock_that_goes_ahead_leaves_no_frame_out(clock: Clock) -> None:
    """A frame that is stored while a server whose clock is ahead sums its hour up is counted, by whoever comes next."""
    store, ahead = SlowDocuments(clock), Clock()
    fast, slow = Worker(store, ahead), Worker(store, clock)
    await slow.send(-1, a=1)
    clock.advance(2 * HOUR)
    ahead.now = clock() + 200
    store.meanwhile[ROLLUPS.name] = lambda: slow.send(-2, a=2)
    await fast.look()
    assert len(store.all_of(FRAMES, "t_one")) == 2
    assert await slow.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 3)]
    await slow.roll()
    await lose_frames(store)
    assert await slow.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 3)]
    for worker in (slow, fast):
        await worker.close()


async def test_a_late_frame_shortens_no_life(store: FailingDocuments, clock: Clock) -> None:
    """Sums that are there end no sooner than they were going to, when a tenant keeps what is new for less long."""
    await store.write(Insert(TENANTS, PLATFORM, {"id": WHO.tenant, "deleted_at": None}))
    worker = Worker(store, clock, days=2)
    await worker.send(-1, a=1)
    await worker.roll()
    await worker.telemetry.retention.change(WHO, {"rollup_days": 3})
    await worker.send(-2, a=2)
    await worker.roll()
    clock.advance(364 * DAY)
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 3)]
    await worker.close()


async def test_an_hour_of_too_many_names_is_read_from_its_frames(store: FailingDocuments, clock: Clock) -> None:
    """It has no sums, keeps nobody busy, is told all the same, and is done with when its frames have ended."""
    worker = Worker(store, clock, days=2)
    for place in range(MOST_NAMES + 1):
        await worker.send(-HOUR + place, **{f"req_{place}": 1})
    await worker.send(-HOUR, "d2", a=1)
    await worker.roll()
    assert {rollup["device"] for rollup in store.all_of(ROLLUPS, "t_one")} == {"d2"}
    assert worker.said == ["hour_not_summed"]
    await worker.look()
    assert len(worker.said) == 1
    assert await worker.points("count", -HOUR, 0, HOUR, ("req_7", "a")) == [
        Point(NOON - HOUR, "a", 1),
        Point(NOON - HOUR, "req_7", 1),
    ]
    for _ in range(3):
        await worker.roll(24)
    assert not store.all_of(UNROLLED, "t_one")
    assert len(worker.said) < 6
    await worker.close()


async def test_an_hour_that_takes_too_long_is_put_off(clock: Clock) -> None:
    """What cannot be read in time is tried again when it is twice as old, and after a day at the latest."""
    store = CrowdedDocuments(clock)
    retention = Retention(store, clock, Kept(30, 365), most=365)
    said: list[str] = []
    rolling = Rolling(store, retention, clock, lambda event, **_: said.append(event), seconds=0)
    record = {"tenant": "t_one", "device": "d1", "at": NOON - 2 * HOUR}
    assert await rolling.act(record) == NOON + 2 * HOUR
    assert await rolling.act({**record, "at": NOON - 9 * DAY}) == NOON + DAY
    assert said == ["hour_not_summed"] * 2


async def test_adding_gives_way_to_others(clock: Clock) -> None:
    """A page of frames is not added up in one go."""
    store = MemoryDocuments(clock)
    times = {"received_at": NOON, "expires_at": NOON + DAY}
    frames = [{"id": f"f{at}", "device": "d1", "at": NOON + at, **times, "numbers": {"a": 1}} for at in range(800)]
    await store.insert_many(FRAMES, "t_one", frames)
    rolling = Rolling(store, Retention(store, clock, Kept(30, 365), most=365), clock, print)
    acting, turns = asyncio.create_task(rolling.act({"tenant": "t_one", "device": "d1", "at": NOON})), 0
    while not acting.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 40


class CrowdedDocuments(MemoryDocuments):
    """A store that counts how many read from it at once."""

    at_once = most = 0

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """A document, after a while."""
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return await super().get(collection, tenant, identifier)


async def test_a_bulk_of_many_hours_reads_few_at_once(clock: Clock) -> None:
    """Hours that are open already are looked at in groups, however many devices one bulk has."""
    store = CrowdedDocuments(clock)
    frames = [{"device": f"d{place}", "at": NOON, "expires_at": NOON + DAY} for place in range(400)]
    for _ in range(2):
        await Unrolled(store, clock, days=1).note(FRAMES, "t_one", frames)
    assert 1 < store.most <= 50


async def test_frames_of_before_rollups_are_read(store: FailingDocuments, clock: Clock) -> None:
    """A store that has frames already is believed from the next hours on, and wholly when those frames have ended."""
    old = {"id": "old", "device": "d1", "at": NOON - 1, "received_at": NOON, "expires_at": NOON + 30 * DAY}
    await store.write(Insert(FRAMES, "t_one", {**old, "numbers": {"a": 7}}))
    worker = Worker(store, clock)
    assert await worker.points("sum", -HOUR, 0, HOUR) == [Point(NOON - HOUR, "a", 7)]
    await worker.send(5 * MINUTE, a=1)
    await worker.roll()
    assert await worker.points("sum", -HOUR, HOUR, HOUR) == [Point(NOON - HOUR, "a", 7), Point(NOON, "a", 1)]
    clock.advance(31 * DAY)
    assert await worker.points("sum", -HOUR, HOUR, HOUR) == [Point(NOON, "a", 1)]
    await worker.close()


async def test_frames_of_before_rollups_may_have_been_kept_longer(store: FailingDocuments, clock: Clock) -> None:
    """Rollups are not believed for a time of which frames are there that never became any, whatever is kept today."""
    old = {"id": "old", "device": "d1", "at": NOON - 1, "received_at": NOON, "expires_at": NOON + 90 * DAY}
    await store.write(Insert(FRAMES, "t_one", {**old, "numbers": {"a": 7}}))
    worker = Worker(store, clock, days=30)
    await worker.send(5 * MINUTE, a=1)
    await worker.roll()
    clock.advance(40 * DAY)
    assert await worker.points("sum", -HOUR, HOUR, HOUR) == [Point(NOON - HOUR, "a", 7)]
    clock.advance(60 * DAY)
    await worker.send(-HOUR, "d2", a=100)
    assert await worker.points("sum", -HOUR, HOUR, HOUR) == [Point(NOON, "a", 1)]
    await worker.close()


async def test_what_no_number_can_hold_does_not_stay_in_the_way(store: FailingDocuments, clock: Clock) -> None:
    """A sum beyond all numbers is none, and everything else of its hour is told."""
    worker = Worker(store, clock)
    for place in range(3):
        await worker.send(place * FINE - HOUR, a=1.7e308, b=1)
    await worker.roll()
    assert await worker.points("sum", -HOUR, HOUR, 2 * HOUR, ("b",)) == [Point(NOON - HOUR, "b", 3)]
    assert await worker.points("max", -HOUR, HOUR, 2 * HOUR, ("a",)) == [Point(NOON - HOUR, "a", 1.7e308)]
    await worker.close()


async def test_most_frames_cost_no_second_write(store: FailingDocuments, clock: Clock) -> None:
    """An hour of a device is written down once, whoever sends how many frames in it."""
    workers = [Worker(store, clock) for _ in range(2)]
    frames = [NewFrame("d1", {"a": 1}, NOON + place) for place in range(100)]
    for worker in workers:
        await worker.telemetry.submit_all(WHO, frames)
    store.writes_left = 1
    await workers[0].send(200, a=1)
    (hour,) = store.all_of(UNROLLED, "t_one")
    assert hour["due_at"] >= NOON + HOUR + 2 * FENCE
    for worker in workers:
        store.writes_left = None
        await worker.close()
