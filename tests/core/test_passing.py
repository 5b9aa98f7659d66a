"""What takes no place in the log: told in its turn to whoever is there, and a gap to whoever does not keep up."""

import asyncio
from typing import Any

import pytest

from handlers.core.announcing import TYPES, Announcing, event_of
from handlers.core.collections import FRAMES, REPORTS, TASKS
from handlers.core.conversations import fitting, wanted
from handlers.core.events import EVERYTHING, AnyOf, Event, EventFilter, Gap, Logged, Stretch, Wanted
from handlers.core.feeds import Feed
from handlers.core.passing import Waiting
from handlers.core.tail import Tail
from handlers.core.tail_followers import TailFollower

ALL = EventFilter(passes=True)


class Empty:
    """A log without a past."""

    async def read(self, tenant: str | None, after: int, limit: int) -> Stretch:
        """Nothing."""
        return Stretch([], after)


def frame(number: int, device: str = "d", **more: Any) -> Event:
    """A frame as an event."""
    return event_of("t", "telemetry.frame", {"id": f"f{number}", "device": device, "received_at": number, **more})


def logged(offset: int) -> Logged:
    """An entry of the log."""
    return Logged(Event(f"evt_{offset}", "task.updated", "t", "task_1", offset, {}), "e", offset, 10)


@pytest.fixture
def tail() -> Tail:
    """The end of a log."""
    tail = Tail(Empty())
    tail.begin("e", 0)
    return tail


async def told(follower: TailFollower | Feed, count: int) -> list[Any]:
    """The next of what a follower is told: names of devices, offsets, gaps."""
    async with asyncio.timeout(20):
        found = [await anext(aiter(follower)) for _ in range(count)]
    return [one if isinstance(one, Gap) else one.offset if one.is_kept else one.event.data["id"] for one in found]


async def test_it_comes_behind_what_the_log_has_already(tail: Tail) -> None:
    """And before what the log has later; its place is the one behind which it was told."""
    follower = tail.follow("t", ALL)
    tail.add([logged(1)])
    tail.announce("t", [frame(1)])
    assert await told(follower, 2) == [1, "f1"]
    tail.announce("t", [frame(2)])
    tail.add([logged(2)])
    assert set(map(str, await told(follower, 2))) == {"f2", "2"}
    assert follower.cursor == "e.2"


async def test_only_those_who_ask_are_told(tail: Tail) -> None:
    """Not who wants everything of the log, nor who follows all tenants, nor another tenant."""
    others = [tail.follow("t", EVERYTHING), tail.follow(None, ALL), tail.follow("u", ALL)]
    follower = tail.follow("t", ALL)
    tail.announce("t", [frame(1)])
    assert await told(follower, 1) == ["f1"]
    tail.add([logged(1)])
    assert [await told(other, 1) for other in others[:2]] == [[1], [1]]


async def test_who_wants_one_device_is_offered_no_other(tail: Tail) -> None:
    """A sender is found in the index, a change of mind included; nobody is left when all have gone."""
    follower = tail.follow("t", EventFilter(TYPES, passes=True, sender="a"))
    tail.announce("t", [frame(1, "b"), frame(2, "a")])
    assert await told(follower, 1) == ["f2"]
    follower.change(EventFilter(TYPES, passes=True, sender="b"))
    tail.announce("t", [frame(3, "b"), frame(4, "a")])
    assert await told(follower, 1) == ["f3"]
    assert tail.passing.has("t")
    follower.close()
    assert not tail.passing.has("t")


async def test_a_slow_one_gets_the_latest_and_a_gap(tail: Tail) -> None:
    """Of more than there is room for the oldest go, and the gap before the rest counts them."""
    follower = tail.follow("t", ALL)
    tail.announce("t", [frame(number) for number in range(1000)])
    assert await told(follower, 2) == [Gap(744), "f744"]


def test_what_waits_is_bounded_and_counted() -> None:
    """A loss of unknown size leaves nothing of what is older."""
    waiting = Waiting(most=2)
    assert not waiting
    waiting.add([logged(1), logged(2), logged(3)])
    assert waiting.take() == [Gap(1), logged(2), logged(3)]
    waiting.add([logged(4)])
    waiting.miss()
    waiting.add([logged(5)])
    assert waiting.take() == [Gap(0), logged(5)]
    assert not waiting


async def test_a_loss_elsewhere_is_a_gap_here(tail: Tail) -> None:
    """Only to those who would have been told."""
    follower, other = tail.follow("t", ALL), tail.follow("t", EVERYTHING)
    waits = asyncio.ensure_future(told(follower, 1))
    await asyncio.sleep(0)
    tail.passing.missed()
    assert await waits == [Gap(0)]
    tail.add([logged(1)])
    assert await told(other, 1) == [1]


async def test_it_is_pushed_to_whoever_waits(tail: Tail) -> None:
    """All at once, without waking them; what is not taken, or comes while they are busy, waits its turn."""
    follower = tail.follow("t", ALL)
    taken: list[list[str]] = []
    takes = True

    def push(entries: Any) -> bool:
        if takes:
            taken.append([one.event.data["id"] for one in entries])
        return takes

    follower.push = push
    tail.announce("t", [frame(0)])
    assert await told(follower, 1) == ["f0"] and taken == []
    waits = asyncio.ensure_future(told(follower, 1))
    await asyncio.sleep(0)
    tail.announce("t", [frame(1), frame(2)])
    assert taken == [["f1", "f2"]] and not waits.done()
    takes = False
    tail.announce("t", [frame(3)])
    assert await waits == ["f3"]


async def test_a_connection_is_told_each_once(tail: Tail) -> None:
    """However many subscriptions it fits, and though it has no place of its own."""

    class Log:
        follow, newest = tail.follow, tail.newest

    feed = Feed(Log(), "t")
    feed.subscribe("a", EventFilter(TYPES, passes=True, sender="a"))
    feed.subscribe("b", EventFilter(TYPES, passes=True))
    tail.announce("t", [frame(1, "a"), frame(2, "b")])
    assert await told(feed, 2) == ["f1", "f2"]
    feed.unsubscribe("b")
    tail.announce("t", [frame(3, "b"), frame(4, "a")])
    assert await told(feed, 1) == ["f4"]


@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        ({}, True),
        ({"device_id": "a"}, True),
        ({"agent_id": "b"}, False),
        ({"metric": "cpu"}, True),
        ({"metric": "up"}, True),
        ({"metric": "cp"}, False),
        ({"tag": "env:prod"}, True),
        ({"tag": "env:test"}, False),
        ({"tag": "env:prod", "metric": "none"}, False),
        ({"task_id": "t"}, False),
    ],
)
def test_filters_say_which_frames(filters: dict[str, str], admitted: bool) -> None:
    """Who has sent it, one of its metrics of whatever kind, a tag."""
    event = frame(1, "a", numbers={"cpu": 1}, others={"up": True}, labels=["env:prod", "x:y"])
    one = Logged(event, "e", 0, 0, is_kept=False)
    asked: list[Wanted] = [wanted(frozenset({"telemetry.frame"}), filters, strict=True)]
    asked.append(fitting(frozenset({"telemetry.frame", "task.created"}), filters))
    assert [each.admits(one) for each in asked] == [admitted, admitted]


def test_an_alert_is_of_its_metric_and_no_part_of_it() -> None:
    """A name is compared whole."""
    alert = Logged(Event("evt_1", "telemetry.alert", "t", "al_1", 1, {"device": "a", "metric": "cpu_usage"}), "e", 1, 1)
    types = frozenset({"telemetry.frame", "telemetry.alert"})
    assert wanted(types, {"metric": "cpu_usage", "device_id": "a"}, strict=True).admits(alert)
    assert not wanted(types, {"metric": "cpu"}, strict=True).admits(alert)


def test_several_wishes_pass_what_any_of_them_does() -> None:
    """And all senders, if one of them names none."""
    one, other = (EventFilter(TYPES, passes=True, sender=name) for name in "ab")
    assert AnyOf((one, other, EVERYTHING)).passing == {"a", "b"}
    assert AnyOf((one, ALL)).passing is None


class Heard:
    """A log, and processes beside this one, that note what they are told."""

    def __init__(self) -> None:
        self.here: list[tuple[str, list[Event]]] = []
        self.there: list[tuple[str, list[Event]]] = []
        self.heard = True
        self.broken = ""

    def announce(self, tenant: str, events: list[Event]) -> None:
        """Here."""
        if tenant == self.broken:
            raise ValueError("a defect")
        self.here.append((tenant, events))

    def is_heard(self, tenant: str) -> bool:
        """Whether anybody follows."""
        return self.heard

    def publish(self, tenant: str, events: list[Event]) -> None:
        """There."""
        self.there.append((tenant, events))


async def test_what_is_stored_is_told_together() -> None:
    """Here and elsewhere, by tenant and type; a reporter counts as a device; names follow from the items' own."""
    heard = Heard()
    announcing = Announcing(heard, heard)
    announcing.hear(FRAMES, "t", [{"id": "f1", "device": "a", "received_at": 1}])
    announcing.hear(FRAMES, "t", [{"id": "f2", "device": "a", "received_at": 2}])
    announcing.hear(REPORTS, "t", [{"id": "f1", "source": "s", "received_at": 3}])
    announcing.hear(TASKS, "t", [{"id": "x"}])
    await asyncio.sleep(0)
    assert heard.here == heard.there and [len(events) for _, events in heard.here] == [2, 1]
    frames, reports = (events for _, events in heard.here)
    assert [one.subject for one in (*frames, *reports)] == ["a", "a", "s"]
    assert len({one.id for one in (*frames, *reports)}) == 3
    assert frames[0].id == event_of("t", "telemetry.frame", frames[0].data).id


def test_an_event_is_named_by_its_tenant_too() -> None:
    """What was made of one tenant's event is never given to another, whatever names they choose."""
    document = {"id": "f1", "device": "a", "received_at": 1}
    names = {event_of(tenant, "telemetry.frame", document).id for tenant in ("t", "u")}
    assert len(names) == 2


async def test_a_defect_in_one_telling_silences_no_other() -> None:
    """Processes elsewhere are told all the same, and other tenants here."""
    heard = Heard()
    heard.broken = "t"
    announcing = Announcing(heard, heard)
    for tenant in ("t", "u"):
        announcing.hear(FRAMES, tenant, [{"id": "f1", "device": "a", "received_at": 1}])
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    await asyncio.sleep(0)
    assert [tenant for tenant, _ in heard.there] == ["t", "u"] and [tenant for tenant, _ in heard.here] == ["u"]


async def test_a_listener_that_cannot_be_told_at_once_meets_it_alone(tail: Tail) -> None:
    """Others are told; whoever waits gets what could not be handed over, as if nothing had been tried."""

    def broken(_: Any) -> bool:
        raise ValueError("a defect")

    followers = [tail.follow("t", ALL) for _ in range(3)]
    waiting = [asyncio.create_task(told(follower, 1)) for follower in followers]
    await asyncio.sleep(0)
    for follower in followers:
        follower.push = broken
    tail.announce("t", [frame(1)])
    assert await asyncio.gather(*waiting) == [["f1"]] * 3


async def test_what_nobody_hears_is_not_made() -> None:
    """A server that is alone, and whom nobody follows, tells nothing."""
    heard = Heard()
    heard.heard = False
    Announcing(heard).hear(FRAMES, "t", [{"id": "f1", "device": "a", "received_at": 1}])
    await asyncio.sleep(0)
    assert heard.here == []
