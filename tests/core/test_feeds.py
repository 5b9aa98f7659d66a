"""Several subscriptions over one place in the log: each event once, in order, whoever asks for it and from where."""

import asyncio

import pytest

from handlers.core.events import Event, EventFilter, Gap, Logged
from handlers.core.feeds import Feed
from handlers.core.tail import Tail
from tests.fakes import MemoryDocuments

MADE, CHANGED = (EventFilter(types=frozenset({kind})) for kind in ("made", "changed"))


class World:
    """A log, a feed, and what happens."""

    def __init__(self, most: int = 100) -> None:
        self.documents = MemoryDocuments()
        self.tail = Tail(self.documents, most=most)
        self.tail.begin("fake", 0)
        self.documents.hear = self.tail.add
        self.feed = Feed(self.tail, "one")
        self._number = 0

    def happen(self, *kinds: str, subject: str = "s") -> None:
        """Events of these types, numbered."""
        for kind in kinds:
            self._number += 1
            self.documents.tell([Event(f"evt_{self._number}", kind, "one", subject, 1, {})])

    async def told(self) -> list[int]:
        """The numbers of the events that come now; 0 for a gap."""
        found = []
        while True:
            upcoming = asyncio.ensure_future(anext(self.feed))
            await asyncio.wait([upcoming], timeout=0.01)
            if not upcoming.done():
                upcoming.cancel()
                await asyncio.wait([upcoming])
                return found
            entry = upcoming.result()
            found.append(0 if isinstance(entry, Gap) else int(entry.event.id[4:]))


@pytest.fixture(params=[100, 1])
def world(request: pytest.FixtureRequest) -> World:
    """A log of which much or hardly anything is kept in memory."""
    return World(most=request.param)


async def test_nothing_is_told_before_anything_is_asked_for(world: World) -> None:
    """A feed begins silent, and a subscription begins where the log ends."""
    world.happen("made")
    assert await world.told() == []
    world.feed.subscribe("a", MADE)
    world.happen("made", "changed")
    assert await world.told() == [2]


async def test_an_event_that_several_ask_for_comes_once(world: World) -> None:
    """Subscriptions add up."""
    world.feed.subscribe("a", MADE)
    world.feed.subscribe("b", EventFilter())
    world.happen("made", "changed", "made")
    assert await world.told() == [1, 2, 3]
    assert world.feed.names == ["a", "b"]


async def test_what_is_unsubscribed_comes_no_more(world: World) -> None:
    """Not even what was ready to be told."""
    world.feed.subscribe("a", MADE)
    world.feed.subscribe("b", CHANGED)
    world.happen("made", "made", "changed")
    first = await anext(world.feed)
    world.feed.unsubscribe("a")
    assert not world.feed.admits(first)
    assert await world.told() == [3]
    world.feed.unsubscribe("never")


async def test_one_that_goes_back_takes_nobody_else_back(world: World) -> None:
    """What lies behind a cursor comes to the subscription that asks for it; the others are not told again."""
    world.feed.subscribe("a", MADE)
    world.happen("made", "changed", "made")
    assert await world.told() == [1, 3]
    world.feed.subscribe("b", CHANGED, after="fake.0")
    world.happen("made", "changed")
    assert await world.told() == [2, 4, 5]


async def test_one_that_begins_now_gets_nothing_old_from_one_that_is_behind(world: World) -> None:
    """A subscription from the present end is not told what another one catches up with."""
    world.happen("made", "changed", "made")
    world.feed.subscribe("a", MADE, after="fake.0")
    world.feed.subscribe("b", CHANGED)
    world.happen("changed")
    assert await world.told() == [1, 3, 4]


async def test_a_cursor_ahead_leaves_nothing_out(world: World) -> None:
    """Who is still behind is not moved on by another one's later cursor."""
    world.happen("made", "changed", "made", "changed")
    world.feed.subscribe("a", MADE, after="fake.0")
    world.feed.subscribe("b", CHANGED, after="fake.2")
    assert await world.told() == [1, 3, 4]


async def test_resume_goes_back_with_everything(world: World) -> None:
    """All subscriptions go on behind the cursor; what was about to be told comes in its place."""
    world.feed.subscribe("a", MADE)
    world.feed.subscribe("b", CHANGED)
    world.happen("made", "changed", "other", "made")
    taken = await anext(world.feed)
    world.feed.resume("fake.0")
    assert not world.feed.admits(taken)
    assert await world.told() == [1, 2, 4]
    assert world.feed.admits(Gap(0))


@pytest.mark.parametrize("after", ["other.1", "fake.99"])
async def test_a_place_that_the_log_does_not_know_is_a_gap(world: World, after: str) -> None:
    """Whether a subscription or a whole feed asks for it; then comes what there is, to whoever has not had it."""
    world.feed.subscribe("a", MADE)
    world.happen("made", "changed")
    assert await world.told() == [1]
    world.feed.subscribe("b", CHANGED, after)
    told = await world.told()
    assert told[0] == 0
    assert 1 not in told
    world.feed.resume(after)
    assert (await world.told())[0] == 0
    world.happen("made")
    assert 3 in await world.told()


async def test_only_what_is_followed_is_offered(world: World) -> None:
    """A feed that follows one thing is not woken by others, and forgets nothing when it changes its mind."""
    world.feed.subscribe("a", EventFilter(subject="x"))
    assert world.tail._followers.keys() == {("one", "x")}
    world.happen("made", "made")
    world.happen("made", subject="x")
    assert await world.told() == [3]
    world.feed.subscribe("b", EventFilter(subject="y"))
    assert world.tail._followers.keys() == {("one", "x"), ("one", "y")}
    world.feed.subscribe("c", MADE)
    assert world.tail._followers.keys() == {("one", None)}
    world.feed.close()
    assert len(world.tail) == 0


async def test_what_passes_a_waiting_feed_is_no_gap() -> None:
    """However much comes that is not wanted, and however little of it is kept, who waits has missed nothing."""
    world = World(most=1)
    world.feed.subscribe("a", EventFilter(subject="x"))
    for _ in range(3):
        waiting = asyncio.ensure_future(anext(world.feed))
        await asyncio.sleep(0)
        world.happen(*["made"] * 5)
        waiting.cancel()
        await asyncio.wait([waiting])
    assert world.feed._follower._place == world.tail.head
    world.happen("made", subject="x")
    assert await world.told() == [16]


def test_subscriptions_know_what_they_were_given() -> None:
    """Another life of the log owes everything to everybody."""
    documents = MemoryDocuments()
    tail = Tail(documents)
    tail.begin("fake", 5)
    feed = Feed(tail, "one")
    feed.subscribe("a", MADE)
    event = Event("evt_1", "made", "one", "s", 1, {})
    assert not feed._wishes.admits(Logged(event, "fake", 5, 1))
    assert feed._wishes.admits(Logged(event, "fake", 6, 1))
    assert feed._wishes.admits(Logged(event, "next", 1, 1))
    feed.close()
