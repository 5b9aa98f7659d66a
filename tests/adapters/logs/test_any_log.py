"""What every event log keeps, wherever it lies."""

import asyncio

import pytest

from handlers.core.events import EventFilter, Gap, Logged
from tests.adapters.logs.conftest import MakeLog, event, events, nothing_more, seen, take


async def test_a_follower_gets_what_is_appended_after_it(make_log: MakeLog):
    """An event arrives as it was appended, in its place; what was before is not told."""
    log = await make_log()
    await seen(log, [event(1)])
    follower = log.follow("acme")
    await log.append([event(2)])
    assert await take(follower, 1) == [event(2)]
    assert await nothing_more(follower)


async def test_a_value_of_any_kind_arrives_unchanged(make_log: MakeLog):
    """Whatever JSON can say is the same on the other side, live and read again."""
    data = {
        "text": "zażółć \u2028 \U0001f680",
        "none": None,
        "yes": True,
        "float": 0.1,
        "deep": [[{"": []}]],
        "": "\x00",
    }
    one = event(1, data=data, sequence=7)
    log = await make_log()
    start, follower = log.newest(), log.follow("acme")
    await log.append([one])
    assert await take(follower, 1) == await take(log.follow("acme", after=start), 1) == [one]


@pytest.mark.parametrize("other", ["globex", "acme.task", "acme.#", "*", "", "Acme", "акме", "a" * 200])
async def test_tenants_do_not_see_each_other(make_log: MakeLog, other: str):
    """A follower gets its tenant's events only, even if another tenant's name looks like a pattern."""
    log = await make_log()
    start = log.newest()
    mine, theirs = log.follow("acme"), log.follow(other)
    for number in range(3):
        await log.append([event(number), event(number, other)])
    assert await take(mine, 3) == await take(log.follow("acme", after=start), 3) == events(0, 2)
    assert await take(theirs, 3) == await take(log.follow(other, after=start), 3) == events(0, 2, other)


async def test_who_works_for_all_tenants_follows_all(make_log: MakeLog):
    """Without a tenant a follower gets the events of all in one order, live, from a cursor, and read again."""
    log = await make_log()
    start, follower = log.newest(), log.follow(None)
    wanted = [event(number, tenant) for number in range(20) for tenant in ("acme", "globex")]
    for one in wanted:
        await log.append([one])
    assert await take(follower, 40) == await take(log.follow(None, after=start), 40) == wanted
    assert [logged.event for logged in (await log.read(None, start, 7)).entries] == wanted[:7]


async def test_events_keep_their_order(make_log: MakeLog):
    """A thousand events arrive in the order in which they were appended, for each follower."""
    log = await make_log()
    followers = [log.follow("acme") for _ in range(3)]
    for start in range(0, 1000, 50):
        await log.append(events(start, start + 49))
    for follower in followers:
        assert await take(follower, 1000) == events(0, 999)


async def test_any_cursor_goes_on_behind_its_event(make_log: MakeLog):
    """Whoever stopped anywhere gets the rest, without a gap, and nothing twice."""
    log = await make_log()
    follower = log.follow("acme")
    await log.append([one for number in range(5) for one in (event(number), event(number, "globex"))])
    async with asyncio.timeout(10):
        cursors = [(await anext(follower)).cursor for _ in range(5)]
    for number, cursor in enumerate(cursors):
        resumed = log.follow("acme", after=cursor)
        assert await take(resumed, 4 - number) == events(number + 1, 4)
        assert await nothing_more(resumed, 0.05)


async def test_a_cursor_outlives_the_process(make_log: MakeLog):
    """After a restart a cursor still names its place, and events that were appended before are still there."""
    log = await make_log()
    start = log.newest()
    await log.append(events(1, 3))
    again = await make_log()
    assert await take(again.follow("acme", after=start), 3) == events(1, 3)
    await again.append([event(4)])
    assert await take(again.follow("acme", after=start), 4) == events(1, 4)


async def test_what_is_no_more_in_memory_is_read_from_the_log(make_log: MakeLog):
    """A follower that is slower than what a process keeps loses nothing and is told of no gap."""
    log = await make_log(most=10)
    slow, start = log.follow("acme"), log.newest()
    for first in range(0, 300, 20):
        await log.append([*events(first, first + 19), event(first, "globex")])
    assert len(log.tail._recent) == 10
    assert await take(slow, 300) == events(0, 299)
    assert await take(log.follow("acme", after=start), 300) == events(0, 299)
    await log.append([event(300)])
    assert await take(slow, 1) == [event(300)]


async def test_memory_is_bounded_in_bytes(make_log: MakeLog):
    """Large events leave memory sooner; they are read again where they are needed."""
    log = await make_log(most_bytes=50_000)
    slow = log.follow("acme")
    large = [event(number, data={"text": "x" * 20_000}) for number in range(8)]
    for one in large:
        await log.append([one])
    assert len(log.tail._recent) <= 2
    assert await take(slow, 8) == large


async def test_a_slow_follower_costs_others_nothing(make_log: MakeLog):
    """One that never reads does not keep another from reading all as it comes."""
    log = await make_log(most=5)
    log.follow("acme")
    attentive = log.follow("acme")
    for number in range(100):
        await log.append([event(number)])
        assert await take(attentive, 1) == [event(number)]


async def test_many_who_are_behind_are_all_served(make_log: MakeLog):
    """However many resume at once, from wherever, each gets its own events and all of them."""
    log = await make_log(most=5)
    start = log.follow("acme")
    await log.append([one for number in range(200) for one in (event(number), event(number, "globex"))])
    async with asyncio.timeout(20):
        cursors = [(await anext(start)).cursor for _ in range(200)]
    places = [number for number in range(0, 190, 10) for _ in range(5)]
    followers = [log.follow("acme", after=cursors[number]) for number in places]
    found = await asyncio.gather(*(take(one, 199 - at) for one, at in zip(followers, places, strict=True)))
    assert found == [events(at + 1, 199) for at in places]


async def test_an_event_that_is_appended_again_shows_once(make_log: MakeLog):
    """Whoever did not hear that an event is safe appends it again; nobody sees that."""
    log = await make_log()
    start, follower = log.newest(), log.follow("acme")
    await log.append(events(1, 3))
    await log.append([event(2), event(4), event(4), event(1)])
    await log.append([event(5)])
    assert await take(follower, 5) == events(1, 5)
    assert await take(log.follow("acme", after=start), 5) == events(1, 5)


async def test_a_new_process_knows_what_is_a_repetition(make_log: MakeLog):
    """What was told just before a start is not told again by whoever cannot know that it was."""
    before = await make_log()
    await seen(before, events(1, 3))
    log = await make_log()
    follower = log.follow("acme")
    await log.append([event(2), event(3), event(4)])
    assert await take(follower, 1) == [event(4)]
    assert await nothing_more(follower)


async def test_another_epoch_is_a_gap(make_log: MakeLog):
    """A cursor of another log, or another life of it, is told as a gap; then comes what this one has."""
    log = await make_log()
    await seen(log, events(1, 2))
    follower = log.follow("acme", after="0ther.1")
    assert await take(follower, 3) == [Gap(0), *events(1, 2)]
    found = await log.read("acme", "0ther.1", 10)
    assert found.lost and [logged.event for logged in found.entries] == events(1, 2)


async def test_a_place_that_was_never_given_is_a_gap(make_log: MakeLog, monkeypatch: pytest.MonkeyPatch):
    """A cursor beyond the end is no promise of events to come: a gap, then what happens from now on."""
    monkeypatch.setattr("adapters.rabbit.shelf._AHEAD_SECONDS", 0.2)
    log = await make_log()
    await seen(log, [event(1)])
    follower = log.follow("acme", after=f"{log.tail.epoch}.999999999")
    assert await take(follower, 1) == [Gap(0)]
    await log.append([event(2)])
    assert await take(follower, 1) == [event(2)]


async def test_reading_goes_page_by_page_to_the_end(make_log: MakeLog):
    """Each page ends where the next one begins; the last one is short, and its end is the log's."""
    log = await make_log()
    await seen(log, [one for number in range(25) for one in (event(number), event(number, "globex"))])
    found, after = [], await log.oldest()
    while stretch := await log.read("acme", after, 10):
        assert not stretch.lost
        found += [logged.event for logged in stretch.entries]
        after = f"{log.tail.epoch}.{stretch.reached}"
        if len(stretch.entries) < 10:
            break
    assert found == events(0, 24)
    assert [logged.event for logged in (await log.read("acme", None, 3)).entries] == events(0, 2)


async def test_only_what_is_wanted_is_told(make_log: MakeLog):
    """Types and subjects choose, live and from the log."""
    log = await make_log(most=3)
    start = log.newest()
    wanted = EventFilter(frozenset({"task.created"}), "task_1")
    live = log.follow("acme", wanted)
    kinds = ("task.created", "task.updated")
    series = [
        event(number, type=kinds[number % 2], subject=f"task_{number % 3}", sequence=number) for number in range(30)
    ]
    await log.append(series)
    expected = [one for one in series if wanted.admits(Logged(one, "", 0, 1))]
    assert len(expected) == 5
    assert await take(live, 5) == await take(log.follow("acme", wanted, start), 5) == expected
    assert await nothing_more(live)


async def test_a_quiet_follower_stays_at_the_end(make_log: MakeLog):
    """One who waits while others' events fill the memory needs nothing read again when its own comes."""
    log = await make_log(most=5)
    quiet = log.follow("acme")
    waiting = asyncio.ensure_future(take(quiet, 1))
    await asyncio.sleep(0)
    read, log.tail.from_shelf = log.tail.from_shelf, None
    await log.append(events(0, 50, "globex"))
    await log.append([event(1)])
    assert await waiting == [event(1)]
    log.tail.from_shelf = read


async def test_closing_ends_the_iteration(make_log: MakeLog):
    """Who waits on a follower that is closed waits no longer; closing twice is closing once; nothing is kept."""
    log = await make_log()
    follower, other = log.follow("acme"), log.follow("acme")
    waiting = asyncio.ensure_future(take(follower, 1))
    await asyncio.sleep(0)
    follower.close()
    follower.close()
    with pytest.raises(StopAsyncIteration):
        await waiting
    assert len(log.tail) == 1
    await log.close()
    assert [item async for item in other] == []
    assert len(log.tail) == 0


async def test_ping_tells_whether_events_arrive(make_log: MakeLog):
    """An open log answers."""
    await (await make_log()).ping()
