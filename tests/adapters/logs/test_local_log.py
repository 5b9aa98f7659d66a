"""What a log in a file keeps besides: how far it reaches back, and that nobody asks it whether there is news."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.local.log import LocalEventLog
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.errors import Unavailable
from handlers.core.events import Gap, Logged
from handlers.core.relay import Relay
from tests.adapters.logs.conftest import MakeLog, event, events, nothing_more, take


async def test_a_full_log_lets_go_of_the_oldest(make_local_log: MakeLog, monkeypatch: pytest.MonkeyPatch):
    """It holds so many events and no more; a place before them is a gap, told once, and what is left follows."""
    monkeypatch.setattr("adapters.sqlite.journal.KEPT", 50)
    log = await make_local_log(most=10)
    start, slow = log.newest(), log.follow("acme")
    for first in range(0, 200, 5):
        await log.append(events(first, first + 4))
    for follower in (slow, log.follow("acme", after=start)):
        assert await take(follower, 51) == [Gap(0), *events(150, 199)]
    assert await take(log.follow("acme", after=await log.oldest()), 50) == events(150, 199)
    assert not (await log.read("acme", await log.oldest(), 1)).lost


async def test_a_log_that_was_allowed_more_gets_shorter(make_local_log: MakeLog, monkeypatch: pytest.MonkeyPatch):
    """With a smaller bound it shrinks while it is written, and no single write has to do it all."""
    log = await make_local_log()
    await log.append(events(1, 100))
    monkeypatch.setattr("adapters.sqlite.journal.KEPT", 20)
    await log.append(events(101, 110))
    assert len((await log.read("acme", None, 1_000)).entries) > 20
    for number in range(111, 200):
        await log.append([event(number)])
    assert [logged.event for logged in (await log.read("acme", None, 1_000)).entries] == events(180, 199)


async def test_old_events_go_and_the_newest_stays(make_local_log: MakeLog, monkeypatch: pytest.MonkeyPatch):
    """What is older than a week is swept away, a bite at a time; the last place is never given twice."""
    monkeypatch.setattr("adapters.sqlite.journal.AGED_BITE", 10)
    old = [event(number - 8 * 24 * 3600 * 1000) for number in range(45)]
    log = await make_local_log()
    await log.append(old)
    assert [await log._journal.sweep() for _ in range(6)] == [10, 10, 10, 10, 4, 0]
    again = await make_local_log()
    await again.append([event(1)])
    assert [logged.event for logged in (await again.read("acme", None, 9)).entries] == [old[-1], event(1)]
    assert again.newest() == f"{again.tail.epoch}.46"


async def test_a_young_event_keeps_no_old_one(make_local_log: MakeLog):
    """Of a mixed log what is old goes up to the first that is not, and no further."""
    week = 8 * 24 * 3600 * 1000
    log = await make_local_log()
    await log.append([event(1 - week), event(2 - week), event(3), event(4 - week), event(5)])
    assert await log._journal.sweep() == 2
    assert [logged.event for logged in (await log.read("acme", None, 9)).entries] == [
        event(3),
        event(4 - week),
        event(5),
    ]


async def test_nobody_asks_whether_there_is_news(tmp_path: Path):
    """Followers that wait read nothing; a commit wakes them."""
    file = SqliteDocuments(tmp_path / "events.db", ())
    log = LocalEventLog(file)
    await file.open()
    await log.open()
    waiting = [asyncio.create_task(take(log.follow("acme"), 1)) for _ in range(20)]
    await asyncio.sleep(0.05)
    read, file.read_log = file.read_log, None
    await log.append([event(1)])
    assert await asyncio.gather(*waiting) == [[event(1)]] * 20
    file.read_log = read
    await log.close()
    await file.close()


async def test_a_closed_log_says_so(make_local_log: MakeLog):
    """It takes nothing more."""
    log = await make_local_log()
    await log.close()
    with pytest.raises(Unavailable):
        await log.ping()


class Broker:
    """A log elsewhere, which is away so many times."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.told: list[str] = []

    async def append(self, told: list[Logged]) -> None:
        """Take events, or refuse."""
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise Unavailable("The broker is away")
        self.told += [one.id for one in told]


async def test_a_relay_tells_all_in_order_and_again_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What is written before, during and after its run arrives, over interruptions and restarts."""
    monkeypatch.setattr("handlers.core.relay._PAUSE_SECONDS", 0.01)
    broker, all_events = Broker(away=3), events(1, 1_200)
    for part in (all_events[:700], all_events[700:]):
        file = SqliteDocuments(tmp_path / "events.db", ())
        await file.open()
        await file.append(part[:600])
        relay = Relay(file, broker)
        relay.start()
        await file.append(part[600:])
        async with asyncio.timeout(10):
            while len(broker.told) < all_events.index(part[-1]) + 1:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        await relay.stop()
        await file.close()
    assert broker.told == [one.id for one in all_events]


async def test_a_relay_that_was_killed_begins_where_it_was_heard(tmp_path: Path):
    """What was told and not noted is told again, and nothing is left out."""
    file = SqliteDocuments(tmp_path / "events.db", ())
    await file.open()
    await file.append(events(1, 10))
    told = await file.unrelayed()
    assert [logged.event for logged in told] == events(1, 10)
    await file.relayed(told[3].offset)
    await file.close()
    again = SqliteDocuments(tmp_path / "events.db", ())
    await again.open()
    assert [logged.event for logged in await again.unrelayed()] == events(5, 10)
    await again.close()


async def test_a_relay_reads_nothing_of_what_it_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It notes how far it has come when there is time, and at its end; what is too much to keep is read."""
    monkeypatch.setattr("handlers.core.relay._NOTE_SECONDS", 0.05)
    broker, file = Broker(), SqliteDocuments(tmp_path / "events.db", ())
    await file.open()
    relay, reads, notes = Relay(file, broker), [], []
    unrelayed, relayed = file.unrelayed, file.relayed

    async def read() -> list[Logged]:
        reads.append(len(broker.told))
        return await unrelayed()

    async def note(place: int) -> None:
        notes.append(place)
        await relayed(place)

    file.unrelayed, file.relayed = read, note
    relay.start()
    for number in range(1, 6):
        await file.append([event(number)])
        await until_told(broker, number)
    assert len(reads) <= 3 and notes == []
    await asyncio.sleep(0.2)
    assert notes == [5]
    monkeypatch.setattr("handlers.core.relay._MOST", 3)
    await file.append(events(6, 12))
    await until_told(broker, 12)
    assert len(reads) >= 2
    monkeypatch.setattr("handlers.core.relay._NOTE_SECONDS", 20)
    await file.append([event(13)])
    await until_told(broker, 13)
    await relay.stop()
    assert notes[-1] == 13 and await unrelayed() == []
    assert broker.told == [one.id for one in events(1, 13)]
    await file.close()


async def test_a_relay_goes_on_with_a_file_that_was_put_back(tmp_path: Path):
    """Its places are those of before, and what is written at them now was never told."""
    broker, file = Broker(), SqliteDocuments(tmp_path / "events.db", ())
    await file.open()
    relay = Relay(file, broker)
    relay.start()
    await file.append(events(1, 3))
    await until_told(broker, 3)
    with (
        closing(sqlite3.connect(tmp_path / "events.db")) as source,
        closing(sqlite3.connect(tmp_path / "copy")) as copy,
    ):
        source.backup(copy)
    await file.append(events(4, 6))
    await until_told(broker, 6)
    for journal in ("-wal", "-shm"):
        (tmp_path / f"events.db{journal}").unlink(missing_ok=True)
    (tmp_path / "copy").rename(tmp_path / "events.db")
    for number in (7, 8):
        await file.append([event(number)])
        async with asyncio.timeout(10):
            while event(number).id not in broker.told:
                await asyncio.sleep(0.01)
    await relay.stop()
    await file.close()


async def until_told(broker: Broker, count: int) -> None:
    """Wait until a log elsewhere was told so many."""
    async with asyncio.timeout(10):
        while len(broker.told) < count:
            await asyncio.sleep(0.01)


async def test_a_file_that_was_put_back_is_another_life(make_local_log: MakeLog, tmp_path: Path):
    """When an older copy of the file takes its place, followers learn that the log is not what it was."""
    log = await make_local_log()
    await log.append(events(1, 3))
    await log._journal.ping()
    with (
        closing(sqlite3.connect(tmp_path / "events.db")) as source,
        closing(sqlite3.connect(tmp_path / "copy")) as copy,
    ):
        source.backup(copy)
    await log.append(events(4, 6))
    follower = log.follow("acme")
    for journal in ("-wal", "-shm"):
        (tmp_path / f"events.db{journal}").unlink(missing_ok=True)
    (tmp_path / "copy").rename(tmp_path / "events.db")
    await log.append([event(7)])
    assert await take(follower, 2) == [Gap(0), event(7)]
    assert await nothing_more(follower)


async def test_a_relay_that_was_interrupted_with_all_told_rests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It has heard of what the file says was told already, and neither tells it again nor asks again and again."""
    monkeypatch.setattr("handlers.core.relay._PAUSE_SECONDS", 0.01)
    file, broker = SqliteDocuments(tmp_path / "events.db", ()), Broker()
    await file.open()
    await file.append(events(1, 5))
    read, reads = file.unrelayed, 0

    async def unrelayed() -> list[Logged]:
        nonlocal reads
        reads += 1
        if reads == 2:
            await file.append(events(6, 10))
        if reads == 3:
            raise Unavailable("The file is away")
        return await read()

    file.unrelayed = unrelayed
    relay = Relay(file, broker)
    relay.start()
    await asyncio.sleep(0.2)
    await file.append([event(11)])
    await asyncio.sleep(0.1)
    await relay.stop()
    await file.close()
    assert broker.told == [one.id for one in events(1, 11)]
    assert reads == 4
