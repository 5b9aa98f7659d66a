"""Alerts over fakes: when one fires and is over, once however many workers look, in time and after an outage."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.collections import ALERT_RULES, ALERTS, FRAMES
from handlers.core.conditions import Condition
from handlers.core.errors import Conflict, NotFound, PreconditionFailed
from handlers.core.frames import NewFrame
from handlers.core.log_lines import NewLine
from handlers.core.ports import Document, Insert, Query
from tests.core.watching import ANN, LASTING, SILENT, Worker, frame_of, workers
from tests.fakes import NOON, Clock, MemoryDocuments


@pytest.fixture
async def pair(documents: MemoryDocuments, clock: Clock) -> AsyncIterator[list[Worker]]:
    """Two workers."""
    async with workers(documents, clock, 2) as both:
        yield both


async def test_a_value_beyond_the_threshold_fires_once_and_one_behind_it_resolves(
    worker: Worker, documents: MemoryDocuments
) -> None:
    """However many frames follow, there is one alert, with two events."""
    await worker.rule()
    for value in (79, 95, 96, 97, 80, 70):
        await worker.send(value)
        worker.clock.advance(1000)
    (alert,) = await worker.alerts()
    assert (alert.status, alert.value, [step["value"] for step in alert.history]) == ("resolved", 80, [95, 80])
    assert documents.types == ["telemetry.alert", "telemetry.alert.resolved"]


async def test_a_spike_within_one_batch_is_not_missed(worker: Worker, documents: MemoryDocuments) -> None:
    """Frames that are stored together are looked at one by one."""
    await worker.rule()
    await worker.send(10, 95, 20)
    assert documents.types == ["telemetry.alert", "telemetry.alert.resolved"]


async def test_hysteresis_keeps_a_wavering_value_to_one_alert(worker: Worker) -> None:
    """It is over when the value is behind the threshold by so much, and not before."""
    await worker.rule(condition={"operator": "gt", "threshold": 80, "hysteresis": 5})
    for value in (81, 79, 81, 76):
        await worker.send(value)
        worker.clock.advance(1000)
    assert await worker.statuses() == ["firing"]
    await worker.send(75)
    assert await worker.statuses() == ["resolved"]


@pytest.mark.parametrize(
    ("device", "tags", "fires"), [("d1", {"env": "a"}, True), ("d2", {"env": "a"}, False), ("d1", {}, False)]
)
async def test_only_the_device_and_the_tags_of_a_rule_count(
    worker: Worker, device: str, tags: dict[str, str], fires: bool
) -> None:
    """A frame of another device, or without the tags, is none of its business."""
    await worker.rule(device="d1", tags={"env": "a"})
    await worker.send(95, device=device, tags=tags)
    assert bool(await worker.alerts()) is fires


async def test_each_device_has_its_own_alert(worker: Worker) -> None:
    """A rule about all devices raises one for each."""
    await worker.rule()
    await asyncio.gather(*(worker.send(95, device=f"d{number}") for number in range(5)))
    assert {alert.device for alert in await worker.alerts()} == {f"d{number}" for number in range(5)}


async def test_values_that_are_no_numbers_are_not_compared(worker: Worker) -> None:
    """A text, a truth or a list raises nothing."""
    await worker.rule(condition={"operator": "ne", "threshold": 0})
    for value in ("high", True, [1, 2]):
        await worker.telemetry.submit(ANN, NewFrame("d1", {"cpu": value}))
    assert await worker.alerts() == []


async def test_a_late_frame_changes_nothing(worker: Worker) -> None:
    """What counts is the newest value: an older one neither raises nor resolves."""
    await worker.rule()
    await worker.send(10)
    await worker.send(95, at=NOON - 60_000)
    assert await worker.statuses() == []
    await worker.send(95, at=NOON + 1000)
    await worker.send(10, at=NOON + 500)
    assert await worker.statuses() == ["firing"]


async def test_a_cooldown_keeps_the_next_alert_back_and_lets_it_come(worker: Worker) -> None:
    """While it lasts nothing is raised; when it is over, and the condition still holds, another alert is, by itself."""
    await worker.rule(cooldown_seconds=30)
    for value in (95, 10, 96):
        await worker.send(value)
        worker.clock.advance(1000)
    await worker.pass_time(25)
    assert await worker.statuses() == ["resolved"]
    await worker.pass_time(10)
    assert await worker.statuses() == ["firing", "resolved"]


async def test_an_alert_that_is_closed_by_hand_comes_back_while_its_condition_holds(worker: Worker) -> None:
    """Somebody's word does not change what is measured."""
    await worker.rule()
    await worker.send(95)
    (alert,) = await worker.alerts()
    closed = await worker.watch.alerts.resolve(ANN, alert.id, "Was replaced")
    assert (closed.status, closed.note, closed.history[-1]["by"]) == ("resolved", "Was replaced", ANN.id)
    worker.clock.advance(1)
    await worker.look()
    assert await worker.statuses() == ["firing", "resolved"]


async def test_an_acknowledged_alert_still_holds_and_ends_by_itself(worker: Worker, documents: MemoryDocuments) -> None:
    """A second acknowledgement changes the note only; what was read before somebody else's step is refused."""
    await worker.rule()
    await worker.send(95)
    (alert,) = await worker.alerts()
    await worker.watch.alerts.acknowledge(ANN, alert.id, "one", version=alert.version)
    with pytest.raises(PreconditionFailed):
        await worker.watch.alerts.acknowledge(ANN, alert.id, "two", version=alert.version)
    again = await worker.watch.alerts.acknowledge(ANN, alert.id, "two")
    assert (again.note, len(again.history)) == ("two", 2)
    worker.clock.advance(1000)
    await worker.send(10)
    assert documents.types == ["telemetry.alert", "telemetry.alert.acknowledged", "telemetry.alert.resolved"]
    with pytest.raises(Conflict):
        await worker.watch.alerts.acknowledge(ANN, alert.id, None)


async def test_what_has_to_last_fires_when_it_has(worker: Worker) -> None:
    """Not before the time is over, then by itself, and nobody sees it before."""
    rule = await worker.rule(condition=LASTING)
    await worker.send(95)
    (waiting,) = await worker.documents.page(Query(ALERTS, ANN.tenant, "kept_since", {"rule": rule}), 10)
    with pytest.raises(NotFound):
        await worker.watch.alerts.get(ANN, waiting["id"])
    await worker.pass_time(59)
    assert await worker.statuses() == []
    await worker.pass_time(2)
    assert await worker.statuses() == ["firing"]


async def test_what_did_not_last_does_not_fire_and_starts_again(worker: Worker) -> None:
    """A value in between for which the condition does not hold begins the time anew; the store knows of it."""
    await worker.rule(condition=LASTING)
    await worker.send(95)
    await worker.pass_time(30)
    await worker.send(10)
    await worker.pass_time(10)
    await worker.send(96)
    await worker.pass_time(55)
    assert await worker.statuses() == []
    await worker.pass_time(10)
    (alert,) = await worker.alerts()
    assert alert.value == 96


@pytest.mark.parametrize(
    ("early", "later", "statuses"),
    [({"cpu": 10}, {"cpu": 95}, []), ({"cpu": 95}, {"memory": 1}, ["firing"])],
    ids=["broken long before", "said much else"],
)
async def test_however_many_frames_come_while_it_waits_all_count(
    worker: Worker, early: dict[str, float], later: dict[str, float], statuses: list[str]
) -> None:
    """One value early among many thousands is a break as any other, and frames without the metric hide nothing."""
    await worker.rule(condition=LASTING)
    await worker.send(95)
    await worker.look()
    some = [early, *(later for _ in range(10_500))]
    more = [frame_of(f"f{place:05}", NOON + 5_000 + place, numbers) for place, numbers in enumerate(some)]
    await worker.documents.insert_many(FRAMES, ANN.tenant, more)
    worker.clock.advance(61_000)
    await worker.look()
    assert await worker.statuses() == statuses


class Scanned(MemoryDocuments):
    """A store that knows how many frames were read of it."""

    frames = 0

    async def page(self, query: Query, limit: int, **where: Any) -> list[Document]:
        """One page."""
        found = await super().page(query, limit, **where)
        self.frames += len(found) if query.collection == FRAMES else 0
        return found


async def many(worker: Worker, first: int, count: int, cpu: float = 95) -> None:
    """Frames that are stored without being looked at, a millisecond apart."""
    frames = [frame_of(f"f{first + place:05}", NOON + 1000 + first + place, {"cpu": cpu}) for place in range(count)]
    await worker.documents.insert_many(FRAMES, ANN.tenant, frames)


async def step(worker: Worker) -> int:
    """Do once what is due; how many frames were read for it."""
    before = worker.documents.frames
    await worker.agenda.look()
    await worker.agenda.settle()
    return worker.documents.frames - before


@pytest.fixture
async def waiting(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Worker]:
    """A worker of which an alert waits, when the time is over and more frames have come than are read at a time."""
    monkeypatch.setattr("handlers.core.evidence._LOOKED_THROUGH", 1000)
    async with workers(Scanned(clock), clock) as (worker,):
        await worker.rule(condition=LASTING)
        await worker.send(95)
        await worker.look()
        await many(worker, 0, 2500)
        clock.advance(61_000)
        yield worker


async def test_each_try_reads_what_none_before_has_read(waiting: Worker) -> None:
    """However many frames there are, a try has an end, the next goes on there, and none is read a second time."""
    read = [await step(waiting) for _ in range(2)]
    await many(waiting, 2500, 10)
    assert await waiting.statuses() == []
    read += [await step(waiting) for _ in range(3)]
    assert await waiting.statuses() == ["firing"]
    assert max(read) <= 1000
    assert sum(read) <= 2511 + 5 * 500  # a page of each try may end in what is known
    (alert,) = await waiting.documents.page(Query(ALERTS, ANN.tenant, "kept_since"), 10)
    assert "held" not in alert


async def test_a_value_that_comes_between_two_tries_is_a_break(waiting: Worker) -> None:
    """What has come since is looked at first."""
    await step(waiting)
    await many(waiting, 2500, 5, cpu=10)
    for _ in range(3):
        await step(waiting)
    assert await waiting.statuses() == []
    assert waiting.documents.all_of(ALERTS, ANN.tenant) == []


async def test_an_old_break_is_found_by_a_later_try(waiting: Worker) -> None:
    """One among the first frames begins the time anew, and all after it are waited for."""
    await waiting.documents.write(Insert(FRAMES, ANN.tenant, frame_of("low", NOON + 1500, {"cpu": 10})))
    for _ in range(6):
        await step(waiting)
    (alert,) = waiting.documents.all_of(ALERTS, ANN.tenant)
    assert (alert["status"], alert["since"]) == ("pending", NOON + 1501)
    waiting.clock.advance(3_000)
    for _ in range(6):
        await step(waiting)
    assert await waiting.statuses() == ["firing"]


async def test_a_rule_that_changes_between_two_tries_is_held_against_all_frames(waiting: Worker) -> None:
    """What held for the old threshold says nothing of the new one."""
    await step(waiting)
    (rule,) = await waiting.watch.rules.page(ANN, 10, None, metric=None, enabled=None)
    await waiting.watch.rules.change(ANN, rule.id, {"condition": {**LASTING, "threshold": 99}})
    for _ in range(6):
        await step(waiting)
    assert waiting.documents.all_of(ALERTS, ANN.tenant) == []


async def test_after_an_outage_what_has_lasted_fires(documents: MemoryDocuments, clock: Clock) -> None:
    """A worker that begins when the time is long over fires what one that is gone has left."""
    async with workers(documents, clock) as (first,):
        await first.rule(condition=LASTING)
        await first.send(95)
    clock.advance(3_600_000)
    async with workers(documents, clock) as (second,):
        await second.look()
        assert await second.statuses() == ["firing"]


async def test_a_silent_device_raises_an_alert_and_its_voice_resolves_it(worker: Worker) -> None:
    """Of silence both figures are seconds; a frame of any kind ends it."""
    await worker.rule(**SILENT, metric=None)
    await worker.send(1)
    for _ in range(3):
        await worker.pass_time(40)
        await worker.send(1)
    await worker.pass_time(59)
    assert await worker.statuses() == []
    await worker.pass_time(6)
    (alert,) = await worker.alerts()
    assert (alert.status, alert.threshold, 60 <= alert.value <= 66) == ("firing", 60, True)
    await worker.send(1)
    assert await worker.statuses() == ["resolved"]


async def test_a_device_that_only_logs_is_not_silent(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines are heard, though so many devices speak that there is no room to remember each."""
    monkeypatch.setattr("handlers.core.devices._GATHERED", 1)
    await worker.rule(**SILENT, metric=None)
    for _ in range(4):
        await worker.telemetry.submit_all(ANN, [NewLine(device, "info", "here") for device in ("d1", "d2", "d3")])
        await worker.pass_time(40)
    assert await worker.statuses() == []


async def test_a_device_that_was_never_heard_is_silent_if_a_rule_names_it(worker: Worker) -> None:
    """It is listened for from the moment on that the rule is there, and again when its alert has cooled."""
    await worker.rule(**{**SILENT, "device": "d9", "cooldown_seconds": 5})
    await worker.look()
    await worker.pass_time(63)
    (alert,) = await worker.alerts()
    await worker.send(1, device="d9")
    await worker.pass_time(63 + 5)
    assert (alert.device, await worker.statuses()) == ("d9", ["firing", "resolved"])


async def test_a_rule_about_the_absence_of_a_metric_does_not_hear_others(worker: Worker) -> None:
    """Frames without the metric are no news of it."""
    await worker.rule(**{**SILENT, "metric": "cpu"})
    await worker.send(1)
    for _ in range(7):
        await worker.pass_time(10)
        await worker.telemetry.submit(ANN, NewFrame("d1", {"memory": 5}))
    assert await worker.statuses() == ["firing"]


async def test_two_workers_raise_one_alert(pair: list[Worker], documents: MemoryDocuments) -> None:
    """Frames of one device come to both at once: one write wins, and one event is told."""
    await pair[0].rule()
    await asyncio.gather(*(worker.send(95) for worker in pair * 3))
    assert documents.types == ["telemetry.alert"]


async def test_a_worker_resolves_what_another_has_raised(pair: list[Worker]) -> None:
    """It hears of the alert from the log."""
    first, second = pair
    await first.rule()
    await asyncio.gather(*(worker.send(1) for worker in pair))
    first.clock.advance(1000)
    await first.send(95)
    await second.hear()
    second.clock.advance(1000)
    await second.send(10)
    assert await second.statuses() == ["resolved"]


async def test_a_second_look_makes_up_for_what_a_worker_did_not_hear_of(pair: list[Worker]) -> None:
    """A frame that ends the alert came to a worker that had not heard of it yet, and no other frame came after."""
    first, second = pair
    await first.rule()
    await asyncio.gather(*(worker.send(1) for worker in pair))
    await second.watch.close()
    first.clock.advance(1000)
    await first.send(95)
    second.clock.advance(1000)
    await second.send(10)
    assert await first.statuses() == ["firing"]
    await first.pass_time(6)
    assert await first.statuses() == ["resolved"]


async def test_a_rule_of_another_worker_holds_within_a_second(pair: list[Worker]) -> None:
    """And so do its changes."""
    first, second = pair
    await second.send(95)
    rule = await first.rule()
    second.clock.advance(1000)
    await second.send(95)
    assert await second.statuses() == ["firing"]
    await first.watch.rules.change(ANN, rule, {"enabled": False})
    second.clock.advance(1000)
    await second.send(95, device="d2")
    assert len(await second.alerts()) == 1


async def test_alerts_follow_their_rule(worker: Worker) -> None:
    """A threshold that is not passed any more resolves them; so does a rule that is switched off, or gone."""
    for change in ({"condition": {"operator": "gt", "threshold": 99}}, {"enabled": False}, None):
        rule = await worker.rule()
        await worker.send(95)
        assert (await worker.statuses())[0] == "firing"
        if change is None:
            await worker.watch.rules.delete(ANN, rule)
        else:
            await worker.watch.rules.change(ANN, rule, change)
        await worker.look()
        assert (await worker.statuses())[0] == "resolved"
        worker.clock.advance(2000)
    assert await worker.documents.get(ALERT_RULES, ANN.tenant, rule) is None


_VALUES = st.floats(-100, 100)
_OPERATORS = st.sampled_from(["gt", "gte", "lt", "lte", "eq", "ne"])


@given(_OPERATORS, _VALUES, st.floats(0, 50), _VALUES)
def test_no_value_raises_and_resolves(operator: str, threshold: float, hysteresis: float, value: float) -> None:
    """A value for which the condition holds does not end it, and no calm value is reason for an alert."""
    back = 0 if operator in ("eq", "ne") else hysteresis
    condition = Condition(operator, threshold, back)
    assert not (condition.holds(value) and condition.is_over(value))
    low, high = condition.calm
    assert not (low < value < high and condition.holds(value))


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "late", "wait", "acknowledge", "resolve"]), st.integers(60, 100), st.integers(0, 1)
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(_STEPS, st.sampled_from([0, 3]), st.sampled_from([0, 4]), st.sampled_from([0, 5]))
def test_in_the_end_alerts_say_what_the_newest_frame_says(
    steps: list[tuple[str, int, int]], lasting: int, cooldown: int, hysteresis: int
) -> None:
    """Two workers, any frames in any order: one alert at most is open, and events tell a life that can be."""
    asyncio.run(_live(steps, lasting, cooldown, hysteresis))


async def _live(steps: list[tuple[str, int, int]], lasting: int, cooldown: int, hysteresis: int) -> None:
    clock = Clock()
    documents = MemoryDocuments(clock)
    async with workers(documents, clock, 2) as both:
        condition = {"operator": "gt", "threshold": 80, "hysteresis": hysteresis, "for_seconds": lasting}
        await both[0].rule(condition=condition, cooldown_seconds=cooldown)
        clock.advance(1000)
        newest = (0, 0)
        for step, value, whose in steps:
            worker = both[whose]
            at = clock() - (5500 if step == "late" else 0)
            if step in ("send", "late"):
                await worker.send(value, at=at)
                newest = max(newest, (at, value))
            elif step == "wait":
                await worker.pass_time(2)
            elif step in ("acknowledge", "resolve"):
                await _touch(worker, step)
            clock.advance(1000)
        await both[0].pass_time(20)
        _check_lives(documents)
        statuses = await both[0].statuses()
        assert sum(status != "resolved" for status in statuses) <= 1
        is_open = bool(statuses) and statuses[0] != "resolved"
        if newest[1] > 80:
            assert is_open
        if newest[1] <= 80 - hysteresis:
            assert not is_open


async def _touch(worker: Worker, step: str) -> None:
    for alert in await worker.alerts():
        if alert.status != "resolved":
            await getattr(worker.watch.alerts, step)(ANN, alert.id, None)


def _check_lives(documents: MemoryDocuments) -> None:
    """Each alert fires, may be acknowledged once, and is resolved once at most, in this order."""
    lives: dict[str, list[str]] = {}
    for event in documents.told:
        lives.setdefault(event.subject, []).append(event.type.removeprefix("telemetry.alert"))
    for life in lives.values():
        assert life in ([""], ["", ".acknowledged"], ["", ".resolved"], ["", ".acknowledged", ".resolved"])
