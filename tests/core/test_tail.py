"""The end of a log: however slow anybody is, whatever is wanted, each follower gets its own, in order, once."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.events import Event, EventFilter, Gap, Logged, Stretch, is_cursor, place_of
from handlers.core.relevance import Relevant
from handlers.core.tail import Tail
from handlers.core.tail_followers import TailFollower
from tests.fakes import MemoryDocuments

TENANTS, KINDS = ("one", "two"), ("made", "changed")


def event(number: int, tenant: str, kind: str) -> Event:
    """The so-many-th event."""
    return Event(f"evt_{number}", kind, tenant, f"{number % 3}", number, {})


class Reader:
    """A follower that takes a few events now and then, and what it has got."""

    def __init__(self, tail: Tail, tenant: str, wanted: EventFilter, after: str | None) -> None:
        self.begin = tail.head if after is None else place_of(after)[1]
        self.tenant, self.wanted = tenant, wanted
        self.got: list[str] = []
        self._follower = tail.follow(tenant, wanted, after)
        self._next: asyncio.Future[Logged | Gap] | None = None

    async def take(self, count: int) -> None:
        """Take as many as there are, up to a number."""
        for _ in range(count):
            self._next = self._next or asyncio.ensure_future(anext(self._follower))
            done, _ = await asyncio.wait([self._next], timeout=0.005)
            if not done:
                return
            item, self._next = self._next.result(), None
            assert isinstance(item, Logged)
            self.got.append(item.event.id)

    def snatch(self, count: int) -> None:
        """Take what need not be waited for, up to a number, unless somebody waits for the next one."""
        if self._next is None:
            self.got += [item.event.id for item in self._follower.ready(count) if isinstance(item, Logged)]

    async def give_up(self) -> None:
        """Wait for the next one no longer; what came already is taken."""
        if self._next is not None and not self._next.done():
            self._next.cancel()
            await asyncio.wait([self._next])
            self._next = None

    def close(self) -> None:
        """Leave."""
        self._follower.close()
        if self._next is not None:
            self._next.cancel()


_STEPS = st.one_of(
    st.tuples(st.just("tell"), st.lists(st.tuples(st.sampled_from(TENANTS), st.sampled_from(KINDS)), max_size=5)),
    st.tuples(
        st.just("follow"),
        st.tuples(
            st.sampled_from(TENANTS),
            st.none() | st.sampled_from(KINDS),
            st.none() | st.sampled_from("012"),
            st.booleans(),
        ),
    ),
    st.tuples(st.just("give up"), st.integers(0, 9)),
    st.tuples(st.just("snatch"), st.tuples(st.integers(0, 9), st.integers(1, 4))),
    st.tuples(st.just("take"), st.tuples(st.integers(0, 9), st.integers(1, 4))),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_STEPS, max_size=25), st.integers(1, 4))
def test_everybody_gets_their_own(steps: list[tuple[str, object]], most: int) -> None:
    """Whatever is told, whoever comes, takes or waits, and however little is kept in memory."""
    asyncio.run(lived(steps, most))


async def lived(steps: list[tuple[str, object]], most: int) -> None:
    """Let it happen, and compare with the whole log at the end."""
    documents = MemoryDocuments()
    tail = Tail(documents, most=most)
    tail.begin("fake", 0)
    documents.hear = tail.add
    readers: list[Reader] = []
    for what, given_ in steps:
        if what == "tell":
            first = len(documents.told)
            documents.tell([event(first + place, *one) for place, one in enumerate(given_)])
        elif what == "follow":
            tenant, kind, subject, is_resumed = given_
            wanted = EventFilter(frozenset({kind}) if kind else None, subject)
            after = f"fake.{len(documents.told) // 2}" if is_resumed else None
            readers.append(Reader(tail, tenant, wanted, after))
        elif readers and what == "give up":
            await readers[given_ % len(readers)].give_up()
        elif readers and what == "snatch":
            readers[given_[0] % len(readers)].snatch(given_[1])
        elif readers:
            await readers[given_[0] % len(readers)].take(given_[1])
        assert len(tail._recent) <= most
    for reader in readers:
        await reader.take(1_000)
        expected = [
            one.id
            for one in documents.told[reader.begin :]
            if one.tenant == reader.tenant and reader.wanted.admits(Logged(one, "fake", 0, 1))
        ]
        assert reader.got == expected
        reader.close()
    assert len(tail) == 0


async def test_what_is_in_memory_need_not_be_waited_for() -> None:
    """It is given at once, as much as is wanted of it, and the rest afterwards; what is not wanted is passed over."""
    documents = MemoryDocuments()
    tail = Tail(documents, most=10)
    tail.begin("fake", 0)
    documents.hear = tail.add
    follower = tail.follow("one", EventFilter(frozenset({"made"})))
    reading = asyncio.ensure_future(anext(follower))
    await asyncio.sleep(0)
    documents.tell([event(number, "one", "made" if number % 2 else "changed") for number in range(8)])
    assert (await reading).event.id == "evt_1"
    assert [one.event.id for one in follower.ready(2)] == ["evt_3", "evt_5"]
    assert [one.event.id for one in follower.ready(9)] == ["evt_7"]
    assert follower.ready(9) == []
    follower.close()
    documents.tell([event(9, "one", "made")])
    assert follower.ready(9) == []


async def test_another_life_of_the_log_is_a_gap_for_everybody() -> None:
    """Whoever waits, and whoever is behind, is told once, and goes on in the new one."""
    documents = MemoryDocuments()
    tail = Tail(documents, most=1)
    tail.begin("fake", 0)
    documents.hear = tail.add
    waiting, behind = tail.follow("one"), tail.follow("one")
    reading = asyncio.ensure_future(anext(waiting))
    await asyncio.sleep(0)
    documents.tell([event(number, "one", "made") for number in range(3)])
    await reading
    tail.add([Logged(event(9, "one", "made"), "next", 1, 1)])
    for follower in (waiting, behind):
        seen = [await anext(follower)]
        while not isinstance(seen[-1], Gap):
            seen.append(await anext(follower))
        assert (await anext(follower)).event.id == "evt_9"


async def test_what_was_read_from_a_log_that_has_ended_is_not_told() -> None:
    """A reading that is under way when the log's life ends brings nothing into the next one."""
    gate = asyncio.Event()

    class Slow:
        async def read(self, tenant: str, after: int, limit: int) -> Stretch:
            await gate.wait()
            return Stretch([Logged(event(1, "one", "made"), "old", 1, 1)], 1)

    tail = Tail(Slow())
    tail.begin("old", 5)
    follower = tail.follow("one", after="old.0")
    reading = asyncio.ensure_future(anext(follower))
    await asyncio.sleep(0)
    tail.begin("new", 7)
    gate.set()
    assert await reading == Gap(0)
    tail.add([Logged(event(8, "one", "made"), "new", 8, 1)])
    assert (await anext(follower)).event.id == "evt_8"


@pytest.mark.parametrize("text", ["", "1", "a.", ".1", "a.b", "a.-1", "A.1", "a.1.2", "a.1\n", "a." + "9" * 19])
def test_what_is_no_cursor(text: str) -> None:
    """A cursor is an epoch and an offset, and nothing else."""
    assert not is_cursor(text)
    with pytest.raises(ValueError, match="not a cursor"):
        place_of(text)


async def test_whoever_follows_names_hears_of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many follow others: an event is offered to those who asked for a name that it has."""
    offered: list[str] = []
    monkeypatch.setattr(TailFollower, "offer", lambda self, logged: offered.append(logged.event.id))
    tail = Tail(MemoryDocuments())
    tail.begin("life", 0)
    for number in range(50):
        tail.follow("one", Relevant(frozenset({f"queue_{number}"}), f"agent_{number}"))
    told = [
        Event("evt_1", "command.submitted", "one", "cmd_1", 0, {"queue": "queue_7", "place": 1}),
        Event("evt_2", "lease.expired", "one", "lease_1", 0, {"queue": "queue_8", "agent": "agent_9"}),
        Event("evt_3", "task.created", "one", "agent_3", 0, {"agent": {"no": "name"}}),
        Event("evt_4", "command.submitted", "two", "cmd_2", 0, {"queue": "queue_7"}),
    ]
    tail.add([Logged(one, "life", place, 1) for place, one in enumerate(told, 1)])
    assert sorted(offered) == ["evt_1", "evt_2", "evt_2", "evt_3"]
