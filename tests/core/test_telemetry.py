"""The rules of telemetry over a store: what is kept, how it is found, and what is asked of it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.collections import DEVICES, FRAMES, LOG_LINES, REPORTS, ROLLUP_STARTS, ROLLUPS, UNROLLED
from handlers.core.errors import Conflict, NotFound, Unavailable, Unprocessable
from handlers.core.frames import Frame, NewFrame, measured, metrics_of
from handlers.core.intake import DAY, Naming
from handlers.core.log_lines import NewLine
from handlers.core.measurements import MOST_SIFTED, Measurements, Range, length_of
from handlers.core.ports import Document, Position, Query
from handlers.core.principals import Principal
from handlers.core.redaction import Redaction
from handlers.core.reports import NewReport
from handlers.core.rollups import beginning
from handlers.core.scanning import scan
from handlers.core.telemetry import Sought, Telemetry
from tests.fakes import Clock, MemoryDocuments

WHO = Principal("usr_1", "t", frozenset())
VALUES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.integers()))


@pytest.fixture
def telemetry(documents: MemoryDocuments, clock: Clock) -> Telemetry:
    """Telemetry that is kept for ten days."""
    return Telemetry(documents, clock, lambda *said, **facts: None, Redaction(), days=10, ahead=60)


@given(st.dictionaries(st.text(min_size=1), VALUES, min_size=1))
def test_metrics_come_back_as_they_were_sent(metrics: dict) -> None:
    """Whatever their kind, and however large a whole number is; each number can be aggregated."""
    kept = measured(metrics)
    assert metrics_of(kept) == metrics
    assert all(-(2**63) <= value < 2**63 for value in kept.get("numbers", {}).values() if type(value) is int)
    numbers = {name for name, value in metrics.items() if type(value) in (int, float)}
    assert set(kept.get("numbers", {})) == numbers


async def test_retention_counts_from_arrival(telemetry: Telemetry, documents: MemoryDocuments, clock: Clock) -> None:
    """A frame of long ago is kept as long as one of now, and then it is gone everywhere."""
    kept = await telemetry.submit(WHO, NewFrame("d", {"n": 1}, at=0, id="old"))
    assert (kept["at"], kept["received_at"]) == (0, clock())
    await telemetry.devices.close()
    clock.advance(10 * DAY - 1)
    assert (await telemetry.frame(WHO, "old")).metrics == {"n": 1}
    clock.advance(1)
    with pytest.raises(NotFound):
        await telemetry.frame(WHO, "old")
    with pytest.raises(NotFound):
        await telemetry.devices.get("t", "d")
    again = await telemetry.submit(WHO, NewFrame("d", {"n": 2}, id="old"))
    assert again["received_at"] == clock()
    await telemetry.close()


async def test_the_bound_on_times_ahead(telemetry: Telemetry, clock: Clock) -> None:
    """At the bound a time is taken, behind it refused."""
    await telemetry.submit(WHO, NewFrame("d", {"n": 1}, at=clock() + 60_000))
    with pytest.raises(Unprocessable):
        await telemetry.submit(WHO, NewFrame("d", {"n": 1}, at=clock() + 60_001))
    await telemetry.close()


async def test_concurrent_retries_are_one_item(telemetry: Telemetry, documents: MemoryDocuments) -> None:
    """Of many requests with one key one is stored, and all are answered with it; another caller's key is another."""
    puts = [telemetry.submit(WHO, NewFrame("d", {"n": 1}), Naming("frame", key="k")) for _ in range(20)]
    assert len({kept["id"] for kept in await asyncio.gather(*puts)}) == 1
    other = Principal("usr_2", "t", frozenset())
    await telemetry.submit(other, NewFrame("d", {"n": 1}), Naming("frame", key="k"))
    assert len(documents.all_of(FRAMES, "t")) == 2
    with pytest.raises(Conflict):
        await telemetry.submit(WHO, NewFrame("d", {"n": 1.5}), Naming("frame", key="k"))
    await telemetry.close()


async def test_many_items_have_each_their_own_outcome(telemetry: Telemetry, documents: MemoryDocuments) -> None:
    """In the order in which they came, whatever collections they go to."""
    refused = Unavailable("not read")
    items = [
        NewFrame("d", {"n": 1}, id="a"),
        refused,
        NewLine("d", "info", "m"),
        NewReport("e", {}),
        NewFrame("d", {}, 2**50),
    ]
    outcomes = await telemetry.submit_all(WHO, items)
    assert outcomes[0].document["id"] == "a"
    assert outcomes[1] is refused
    assert [len(documents.all_of(of, "t")) for of in (FRAMES, LOG_LINES, REPORTS)] == [1, 1, 1]
    assert isinstance(outcomes[4], Unprocessable)
    assert outcomes[3].document["source"] == WHO.id
    await telemetry.close()


async def test_a_scan_goes_on_where_it_stopped(documents: MemoryDocuments) -> None:
    """Page by page everything wanted is found once, though each page looks through so many and no more."""
    stored = [{"id": f"f{n:03}", "at": n // 3, "device": "d"} for n in range(50)]
    await documents.insert_many(FRAMES, "t", stored)
    query = Query(FRAMES, "t", "at")

    def wanted(document: Document) -> bool:
        return int(document["id"][1:]) % 7 == 0

    found, after, pages = [], None, 0
    while True:
        scanned = await scan(documents, query, 2, after, wanted)
        found += [one["id"] for one in scanned.found]
        pages += 1
        if scanned.behind is None:
            break
        after = Position(scanned.behind["at"], scanned.behind["id"])
    assert found == sorted((one["id"] for one in stored if wanted(one)), reverse=True)
    assert pages > 2
    short = await scan(documents, query, 100, None, lambda document: False, most=1)
    assert (short.found, short.behind) == ([], None)


async def test_a_tenant_that_is_no_more_leaves_nothing(telemetry: Telemetry, documents: MemoryDocuments) -> None:
    """Frames, with what is known of their hours, lines, reports and devices go."""
    await telemetry.submit_all(WHO, [NewFrame("d", {"n": 1}), NewLine("d", "info", "m"), NewReport("e", {})])
    await telemetry.close()
    assert await telemetry.forget("t", 10) == 6
    sums = (ROLLUPS, UNROLLED, ROLLUP_STARTS)
    assert not any(documents.all_of(of, "t") for of in (FRAMES, LOG_LINES, REPORTS, DEVICES, *sums))


async def test_questions_are_bounded(telemetry: Telemetry, documents: MemoryDocuments) -> None:
    """Ten thousand intervals are answered and one more is not; so are tags over more frames than can be looked at."""
    measurements = Measurements(documents)
    minute = length_of("1m")
    for pieces in (10_000, 10_001):
        asked = measurements.points(WHO, Range(0, pieces * minute), ("n",), "avg", origin=0, interval=minute)
        if pieces == 10_000:
            assert await asked == []
        else:
            with pytest.raises(Unprocessable):
                await asked
    frames = [{"id": f"f{n}", "at": n, "device": "d"} for n in range(MOST_SIFTED + 1)]
    await documents.insert_many(FRAMES, "t", frames)
    with pytest.raises(Unprocessable):
        await measurements.frames(WHO, Range(0, 2**40, labels=("a:b",)), 1, 0)


@given(st.integers(-(2**45), 2**45), st.sampled_from(["1s", "5m", "7h", "99d"]))
def test_intervals_are_counted_from_the_epoch(moment: int, interval: str) -> None:
    """Also before it: an interval begins where a multiple of its length is, and holds its moments."""
    length = length_of(interval)
    assert beginning(moment, length) % length == 0
    assert 0 <= moment - beginning(moment, length) < length


async def test_lists_combine_filters(telemetry: Telemetry) -> None:
    """Device, time and tags; of frames only those with a wanted metric, and of their metrics only those."""
    for n in range(4):
        tags = {"r": "eu" if n % 2 else "us"}
        await telemetry.submit(WHO, NewFrame(f"d{n // 2}", {"a": n, f"m{n}": n}, at=n, tags=tags, id=f"f{n}"))

    async def names(sought: Sought, *metrics: str) -> list[str]:
        return [frame.id for frame in (await telemetry.frames(WHO, sought, 10, None, metrics)).items]

    assert await names(Sought({"device": "d1"})) == ["f3", "f2"]
    assert await names(Sought({}, since=1, until=3)) == ["f2", "f1"]
    assert await names(Sought({}, labels=("r:eu",))) == ["f3", "f1"]
    assert await names(Sought({"device": "d0"}, labels=("r:us",)), "m0", "m3") == ["f0"]
    (only,) = (await telemetry.frames(WHO, Sought({"device": "d1"}), 10, None, ["m2"])).items
    assert isinstance(only, Frame)
    assert only.metrics == {"m2": 2}
    await telemetry.close()
