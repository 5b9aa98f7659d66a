"""What every store promises about series."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.core.errors import UndeclaredQuery
from handlers.core.ports import Document, Documents, Query
from handlers.core.series import Point, Series
from tests.adapters.documents.declarations import ITEMS, READINGS, SUMS
from tests.adapters.documents.stores import Clock

MINUTE = 60_000


def reading(number: int, at: int, device: str = "d1", **fields: Any) -> Document:
    """What a device has measured."""
    return {"id": f"r{number:04}", "at": at, "device": device, **fields}


def asked(tenant: str, aggregation: str = "avg", *names: str, until: int = 10 * MINUTE, **more: Any) -> Series:
    """Points of five minutes, from the epoch on."""
    where = {"device": more.pop("device")} if "device" in more else {}
    query = Query(READINGS, tenant, "at", where, since=more.pop("since", 0), until=until)
    return Series(query, names, aggregation, more.pop("origin", 0), more.pop("interval", 5 * MINUTE), **more)


@pytest.fixture
async def filled(store: Documents, tenant: str) -> Documents:
    """Two devices over ten minutes, one of them with words, truths and names with dots."""
    await store.insert_many(
        READINGS,
        tenant,
        [
            reading(1, 0, numbers={"cpu": 10, "a.b": 1.5}, labels=["r:eu", "s:x"]),
            reading(2, MINUTE, numbers={"cpu": 20.5}, others={"state": "up"}, labels=["r:eu"]),
            reading(3, 5 * MINUTE, numbers={"cpu": -3}, others={"a.b": [1]}, labels=["r:us"]),
            reading(4, 2 * MINUTE, "d2", numbers={"cpu": 100}),
            reading(5, 9 * MINUTE, "d2", others={"cpu": True, "state": {"x": 1}}),
            reading(6, 10 * MINUTE, numbers={"cpu": 7777}),
        ],
    )
    return store


@pytest.mark.parametrize(
    ("aggregation", "values"),
    [
        ("avg", (15.25, -3)),
        ("min", (10, -3)),
        ("max", (20.5, -3)),
        ("sum", (30.5, -3)),
        ("count", (2, 1)),
        ("numbers", (2, 1)),
    ],
)
async def test_values_of_an_interval_become_one(
    filled: Documents, tenant: str, aggregation: str, values: tuple[float, float]
) -> None:
    """Each aggregation of one device is right in each interval, and the end of the range is not in it."""
    found = await filled.series(asked(tenant, aggregation, "cpu", device="d1"))
    assert found == [Point(0, "cpu", values[0]), Point(5 * MINUTE, "cpu", values[1])]


async def test_only_numbers_have_a_value_and_everything_counts(filled: Documents, tenant: str) -> None:
    """A truth or a text is no number of an average or sum, and counts; names with dots are names."""
    assert await filled.series(asked(tenant, "avg", "state", "a.b")) == [Point(0, "a.b", 1.5)]
    assert await filled.series(asked(tenant, "sum", "state", "a.b")) == [Point(0, "a.b", 1.5)]
    counted = await filled.series(asked(tenant, "count", "state", "a.b", interval=10 * MINUTE))
    assert counted == [Point(0, "a.b", 2), Point(0, "state", 2)]
    numbers = await filled.series(asked(tenant, "numbers", "state", "a.b", "cpu", interval=10 * MINUTE))
    assert numbers == [Point(0, "a.b", 1), Point(0, "cpu", 4)]


async def test_names_may_be_left_out(filled: Documents, tenant: str) -> None:
    """Then every name that there is has points."""
    assert await filled.series(asked(tenant, "max", interval=10 * MINUTE)) == [
        Point(0, "a.b", 1.5),
        Point(0, "cpu", 100),
    ]
    counted = await filled.series(asked(tenant, "count", interval=10 * MINUTE))
    assert counted == [Point(0, "a.b", 2), Point(0, "cpu", 5), Point(0, "state", 2)]
    numbers = await filled.series(asked(tenant, "numbers", interval=10 * MINUTE))
    assert numbers == [Point(0, "a.b", 1), Point(0, "cpu", 4)]


@pytest.mark.parametrize(("aggregation", "expected"), [("p50", 50), ("p95", 95), ("p99", 99)])
async def test_percentiles_are_values_that_were_measured(
    store: Documents, tenant: str, aggregation: str, expected: int
) -> None:
    """Of the numbers from 1 to 100, in whatever order they came, each is its own percentile."""
    values = [(number * 37) % 100 + 1 for number in range(100)]
    readings = [reading(n, n, numbers={"ms": value, "one": 4}) for n, value in enumerate(values)]
    await store.insert_many(READINGS, tenant, [*readings, reading(100, 100, others={"ms": "slow"})])
    found = await store.series(asked(tenant, aggregation, "ms", "one"))
    assert found == [Point(0, "ms", expected), Point(0, "one", 4)]


async def test_each_device_has_points_of_its_own(filled: Documents, tenant: str) -> None:
    """Asked for each by itself, no value is mixed with another's."""
    for aggregation in ("max", "p99"):
        found = await filled.series(asked(tenant, aggregation, "cpu", by="device", interval=10 * MINUTE))
        assert found == [Point(0, "cpu", 20.5, "d1"), Point(0, "cpu", 100, "d2")]


async def test_labels_are_looked_for(filled: Documents, tenant: str) -> None:
    """Only documents with all labels count."""
    for labels, expected in (("r:eu",), 2), (("r:eu", "s:x"), 1), (("r:us",), 1), (("r:us", "s:x"), 0):
        found = await filled.series(asked(tenant, "count", "cpu", labels=labels, interval=10 * MINUTE))
        assert sum(point.value for point in found) == expected
        every = await filled.series(asked(tenant, "count", labels=labels, interval=10 * MINUTE))
        assert sum(point.value for point in every if point.name == "cpu") == expected


async def test_intervals_are_counted_from_an_origin(filled: Documents, tenant: str) -> None:
    """Also where that lies before the range, or both before the epoch."""
    found = await filled.series(asked(tenant, "sum", "cpu", device="d1", since=MINUTE, origin=-4 * MINUTE))
    assert found == [Point(MINUTE, "cpu", 17.5)]
    await filled.insert_many(READINGS, tenant, [reading(9, -7 * MINUTE, numbers={"cpu": 1})])
    early = await filled.series(
        asked(tenant, "sum", "cpu", since=-9 * MINUTE, until=-MINUTE, origin=-10 * MINUTE, interval=2 * MINUTE)
    )
    assert early == [Point(-8 * MINUTE, "cpu", 1)]


async def test_what_has_expired_and_what_is_anothers_is_in_no_point(
    store: Documents, tenant: str, clock: Clock
) -> None:
    """A series is of the living documents of one tenant."""
    await store.insert_many(READINGS, tenant, [reading(1, 1, numbers={"cpu": 5}, expires_at=clock() + 1000)])
    await store.insert_many(READINGS, f"{tenant}x", [reading(1, 1, numbers={"cpu": 50})])
    assert await store.series(asked(tenant, "sum", "cpu")) == [Point(0, "cpu", 5)]
    clock.advance(1001)
    assert await store.series(asked(tenant, "sum", "cpu")) == []
    assert await store.series(asked(tenant, "sum", "cpu", device=())) == []


async def test_more_points_than_asked_for_show_as_one_more(store: Documents, tenant: str) -> None:
    """So whoever asks sees that there were too many, whichever way the points are made."""
    readings = [reading(n, n * MINUTE, numbers={"cpu": n, "ms": n}) for n in range(10)]
    await store.insert_many(READINGS, tenant, readings)
    both = ("cpu", "ms")
    for aggregation, names in (
        ("avg", both),
        ("avg", both[:1]),
        ("sum", both),
        ("avg", ()),
        ("count", ()),
        ("p50", both),
    ):
        found = await store.series(asked(tenant, aggregation, *names, interval=MINUTE, most=4))
        assert len(found) == 5, aggregation


@pytest.mark.parametrize("aggregation", ["avg", "sum", "count", "p50"])
async def test_intervals_that_say_little_take_no_room(store: Documents, tenant: str, aggregation: str) -> None:
    """Values are counted: neither names nor whole intervals without one keep out what comes later."""
    names = ("a", "b", "c", "d")
    silent = [reading(n, n * MINUTE, f"d{n % 3}", numbers={"other": n}) for n in range(30)]
    spoken = [reading(n, n * MINUTE, numbers={names[n % 4]: n}, others={"other": "x"}) for n in range(30, 38)]
    await store.insert_many(READINGS, tenant, [*silent, *spoken])
    expected = [Point(n * MINUTE, names[n % 4], 1 if aggregation == "count" else n) for n in range(30, 38)]
    whole = asked(tenant, aggregation, *names, until=60 * MINUTE, interval=MINUTE, most=8)
    assert await store.series(whole) == expected
    assert len(await store.series(replace(whole, most=7))) == 8
    assert await store.series(replace(whole, by="device")) == [one._replace(by="d1") for one in expected]


async def test_what_exceeds_all_numbers_is_no_point(store: Documents, tenant: str) -> None:
    """A sum that no number can hold does not break the answer."""
    readings = [reading(n, n, numbers={"huge": 1.7e308, "fine": 2**62}) for n in range(4)]
    await store.insert_many(READINGS, tenant, readings)
    assert await store.series(asked(tenant, "sum", "huge", "fine")) == [Point(0, "fine", 2.0**64)]


async def test_a_series_that_nobody_declared_cannot_be_written(store: Documents, tenant: str) -> None:
    """What is not measured, not listed or not bounded is a defect of ours."""
    bounded = Query(ITEMS, tenant, "created_at", since=0, until=1)
    with pytest.raises(UndeclaredQuery):
        await store.series(Series(bounded, ("cpu",), "avg", 0, 1))
    with pytest.raises(UndeclaredQuery):
        await store.series(asked(tenant, "avg", "cpu", by="owner"))
    for wrong in (asked(tenant, "median", "cpu"), asked(tenant, "p50"), asked(tenant, "avg", "cpu", origin=1)):
        with pytest.raises(ValueError, match=r"cannot be told|bounds"):
            await store.series(wrong)
    with pytest.raises(ValueError, match="bounds"):
        await store.series(Series(Query(READINGS, tenant, "at", since=0), ("cpu",), "avg", 0, 1))


@pytest.fixture
async def summed(store: Documents, tenant: str) -> Documents:
    """What the values of two devices have become in five minutes each, and of one in an hour."""
    sums = [
        ("s1", 0, "d1", "5m", {"cpu": [3, 2, 30.5, 10, 20.5], "a.b": [1, 1, 1.5, 1.5, 1.5]}),
        ("s2", 5 * MINUTE, "d1", "5m", {"cpu": [1, 1, -3, -3, -3], "state": [4, 0, None, None, None]}),
        ("s3", 0, "d2", "5m", {"cpu": [2, 1, 100, 100, 100]}),
        ("s4", 0, "d1", "1h", {"cpu": [99, 99, 9999, -9999, 9999]}),
    ]
    names = ("id", "at", "device", "span", "numbers")
    await store.insert_many(SUMS, tenant, [dict(zip(names, one, strict=True)) for one in sums])
    return store


def of_sums(tenant: str, aggregation: str, *names: str, **more: Any) -> Series:
    """Points of ten minutes, from sums of five."""
    where = {"span": "5m", **({"device": more.pop("device")} if "device" in more else {})}
    query = Query(SUMS, tenant, "at", where, since=0, until=more.pop("until", 10 * MINUTE))
    return Series(query, names, aggregation, 0, more.pop("interval", 10 * MINUTE), **more)


@pytest.mark.parametrize(
    ("aggregation", "cpu", "dotted", "state"),
    [
        ("count", 6, 1, 4),
        ("numbers", 4, 1, None),
        ("sum", 127.5, 1.5, None),
        ("min", -3, 1.5, None),
        ("max", 100, 1.5, None),
    ],
)
async def test_sums_become_sums(
    summed: Documents, tenant: str, aggregation: str, cpu: float, dotted: float, state: float | None
) -> None:
    """Each part of sums is put together as it has to be, for given names and for all; of no numbers there is none."""
    expected = [Point(0, "a.b", dotted), Point(0, "cpu", cpu), *([] if state is None else [Point(0, "state", state)])]
    assert await summed.series(of_sums(tenant, aggregation, "cpu", "a.b", "state")) == expected
    assert await summed.series(of_sums(tenant, aggregation)) == expected


async def test_sums_are_each_devices_own(summed: Documents, tenant: str) -> None:
    """Asked for by device, of one device, or of a shorter time, sums are of that."""
    by_device = await summed.series(of_sums(tenant, "max", "cpu", by="device"))
    assert by_device == [Point(0, "cpu", 20.5, "d1"), Point(0, "cpu", 100, "d2")]
    assert await summed.series(of_sums(tenant, "count", "cpu", device="d2")) == [Point(0, "cpu", 2)]
    assert await summed.series(of_sums(tenant, "sum", "cpu", device="d1", until=5 * MINUTE)) == [Point(0, "cpu", 30.5)]
    pieces = await summed.series(of_sums(tenant, "sum", "cpu", device="d1", interval=5 * MINUTE))
    assert pieces == [Point(0, "cpu", 30.5), Point(5 * MINUTE, "cpu", -3)]


async def test_what_sums_do_not_say_cannot_be_asked_of_them(store: Documents, tenant: str) -> None:
    """No average and no percentile: the one is of two parts, the other of the values themselves."""
    for aggregation in ("avg", "p95"):
        with pytest.raises(ValueError, match="sums"):
            await store.series(of_sums(tenant, aggregation, "cpu"))
