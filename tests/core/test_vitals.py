"""How the whole server fares, over fakes: the figures of all processes together, without those that are gone."""

from handlers.core.collections import PLATFORM, VITALS
from handlers.core.ports import Insert
from handlers.core.vitals import Vital, Vitals
from tests.fakes import NOON, Clock, MemoryDocuments


async def test_the_figures_of_all_processes_are_added_up(documents: MemoryDocuments, clock: Clock) -> None:
    """Requests are summed, the mean is that of all of them, and the oldest process says since when the server is up."""
    first = Vitals(documents, clock, lambda: (30, 0.3), is_shared=True)
    await first.begin()
    clock.advance(10_000)
    second = Vitals(documents, clock, lambda: (10, 0.5), is_shared=True)
    await second.begin()
    assert await second.read() == Vital(10, 40, 20.0)
    assert second.own() == Vital(0, 10, 50.0)
    await first.close()
    assert await second.read() == Vital(0, 10, 50.0)
    await second.close()


async def test_a_process_that_says_nothing_any_more_does_not_count(documents: MemoryDocuments, clock: Clock) -> None:
    """One that was killed cannot take its figures back: they end by themselves."""
    dead = Vitals(documents, clock, lambda: (30, 0.3), is_shared=True)
    await dead.begin()
    clock.advance(60_000)
    living = Vitals(documents, clock, lambda: (0, 0.0), is_shared=True)
    await living.begin()
    assert await living.read() == Vital(0, 0, 0.0)
    await living.close()
    await dead.close()


async def test_each_process_says_where_it_runs_and_what(documents: MemoryDocuments, clock: Clock) -> None:
    """The oldest first; of one of an older release, that says neither, the rest is told all the same."""
    first = Vitals(documents, clock, lambda: (0, 0.0), is_shared=True, host="api-1", release="1.2.3")
    await first.begin()
    clock.advance(1000)
    second = Vitals(documents, clock, lambda: (0, 0.0), is_shared=True, host="api-2", release="1.2.4")
    await second.begin()
    older = {"id": "old", "started_at": NOON - 5000, "requests": 1, "seconds": 0.1, "expires_at": clock() + 20_000}
    await documents.write(Insert(VITALS, PLATFORM, older))
    told = [(one.host, one.release, one.started_at, one.last_seen) for one in (await second.roll_call())[1]]
    assert told == [
        ("", "", NOON - 5000, clock()),
        ("api-1", "1.2.3", NOON, NOON),
        ("api-2", "1.2.4", clock(), clock()),
    ]
    alone = Vitals(documents, clock, lambda: (0, 0.0), host="here")
    assert [one.host for one in (await alone.roll_call())[1]] == ["here"]
    await first.close()
    await second.close()
