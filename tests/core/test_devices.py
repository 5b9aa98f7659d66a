"""What is known of devices: at once, truly, and for few writes."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.collections import DEVICES, FRAMES, LOG_LINES
from handlers.core.devices import SILENT, Devices
from handlers.core.errors import NotFound, Unavailable
from handlers.core.ports import Change, Document
from handlers.core.sightings import MOST_LATEST, Sighting, sighted
from tests.fakes import Clock, MemoryDocuments

LIFETIME = 1_000_000_000


class CountingDocuments(MemoryDocuments):
    """A store that counts what is written to it, and may be away."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.writes = 0
        self.is_away = False

    async def write(self, change: Change, events: Any = ()) -> Document:
        """Make a change."""
        self.writes += 1
        if self.is_away:
            raise Unavailable("away")
        return await super().write(change, events)


@pytest.fixture
def store(clock: Clock) -> CountingDocuments:
    """A store that counts."""
    return CountingDocuments(clock)


@pytest.fixture
def devices(store: CountingDocuments, clock: Clock) -> Devices:
    """The devices of that store."""
    return Devices(store, clock, lambda *said, **facts: None)


def frame(clock: Clock, at: int, device: str = "d", **numbers: float) -> Document:
    """A frame."""
    return {"id": f"{device}{at}", "device": device, "at": at, **arrived(clock()), "numbers": numbers}


def arrived(at: int) -> Document:
    """When something came, and when it is gone."""
    return {"received_at": at, "expires_at": at + LIFETIME}


async def test_a_new_device_is_written_down_at_once(devices: Devices, store: CountingDocuments, clock: Clock) -> None:
    """Before whoever has sent its first item is answered; what comes after costs no write of its own."""
    await devices.see(FRAMES, "t", [frame(clock, 1, a=1)])
    assert [device["id"] for device in store.all_of(DEVICES, "t")] == ["d"]
    written = store.writes
    for at in range(2, 50):
        await devices.see(FRAMES, "t", [frame(clock, at, a=at)])
    assert store.writes == written
    assert (await devices.get("t", "d")).latest["a"] == (49, 49)
    await devices.close()
    assert store.writes == written + 1
    (record,) = store.all_of(DEVICES, "t")
    assert record["latest"]["a"] == [49, 49]


async def test_a_device_that_finds_no_room_is_known_all_the_same(
    devices: Devices, store: CountingDocuments, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that makes room for another of its own batch is written down, and what it says last can be read."""
    monkeypatch.setattr("handlers.core.devices._GATHERED", 1)
    await devices.see(FRAMES, "t", [frame(clock, 1, device, a=1) for device in ("d", "e", "f")])
    assert {device["id"] for device in store.all_of(DEVICES, "t")} == {"d", "e", "f"}
    clock.advance(60_000)
    now = clock()
    lines = [
        {"id": name, "device": name, "at": now, "received_at": now, "expires_at": now + SILENT, "level": "info"}
        for name in "de"
    ]
    await store.insert_many(LOG_LINES, "t", lines)
    await devices.see(LOG_LINES, "t", lines)
    assert [(await devices.get("t", device)).last_seen for device in "de"] == [clock()] * 2


async def test_frames_say_what_a_dead_process_has_not_written(
    devices: Devices, store: CountingDocuments, clock: Clock
) -> None:
    """Whoever reads a device that another process has gathered misses nothing of its newest frames."""
    await store.insert_many(FRAMES, "t", [frame(clock, 5, a=1, b=2), frame(clock, 6, a=3)])
    device = await devices.get("t", "d")
    assert device.latest == {"a": (6, 3), "b": (5, 2)}
    assert device.is_online
    with pytest.raises(NotFound):
        await devices.get("t", "other")


async def test_silence_is_offline_and_a_line_is_a_sign_of_life(
    devices: Devices, store: CountingDocuments, clock: Clock
) -> None:
    """Five minutes without anything; a line of a log counts, and changes neither tags nor values."""
    await devices.see(FRAMES, "t", [{**frame(clock, 1, a=1), "labels": ["r:eu"]}])
    clock.advance(SILENT)
    assert not (await devices.get("t", "d")).is_online
    await devices.see(LOG_LINES, "t", [{"id": "l", "device": "d", "level": "info", "at": 9, **arrived(clock())}])
    device = await devices.get("t", "d")
    assert (device.is_online, device.tags, device.latest) == (True, {"r": "eu"}, {"a": (1, 1)})
    shown, behind = await devices.page("t", 10, None, online=True, labels=("r:eu",))
    assert ([device.id for device in shown], behind) == (["d"], None)
    await devices.close()


async def test_what_cannot_be_written_now_is_written_later(
    devices: Devices, store: CountingDocuments, clock: Clock
) -> None:
    """Nothing that was gathered is lost while the store is away."""
    await devices.see(FRAMES, "t", [frame(clock, 1, a=1)])
    store.is_away = True
    await devices.see(FRAMES, "t", [frame(clock, 2, a=2)])
    await asyncio.sleep(1.1)
    await devices.see(FRAMES, "t", [frame(clock, 3, b=3)])
    store.is_away = False
    await devices.close()
    (record,) = store.all_of(DEVICES, "t")
    assert record["latest"] == {"a": [2, 2], "b": [3, 3]}


async def test_two_processes_lose_nothing_of_each_other(store: CountingDocuments, clock: Clock) -> None:
    """Both write the same device; its record has the values of both."""
    both = [Devices(store, clock, lambda *said, **facts: None) for _ in range(2)]
    for number, devices in enumerate(both):
        await devices.see(FRAMES, "t", [frame(clock, number, **{f"m{number}": number})])
    for devices in both:
        await devices.close()
    assert (await both[0].get("t", "d")).latest == {"m0": (0, 0), "m1": (1, 1)}


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.integers()), min_size=1), st.randoms())
def test_the_order_of_arrival_does_not_matter(told: list[tuple[int, str, int]], chance: Any) -> None:
    """In whatever order and groups sightings are put together, each value is one of the latest moment."""
    sightings = [
        sighted([{"at": at, **arrived(number), "numbers": {name: value}}])
        for number, (at, name, value) in enumerate(told)
    ]
    chance.shuffle(sightings)
    cut = chance.randint(0, len(sightings) - 1)
    parts = [Sighting.all_of(part) for part in (sightings[:cut], sightings[cut:]) if part]
    merged = Sighting.all_of(parts)
    assert (merged.first_seen, merged.last_seen) == (0, len(told) - 1)
    assert merged.expires_at == len(told) - 1 + LIFETIME
    for name, (at, value) in merged.latest.items():
        assert at == max(moment for moment, of, _ in told if of == name)
        assert (at, name, value) in told


@given(st.lists(st.tuples(st.integers(0, 4), st.sets(st.sampled_from("abc")), st.booleans()), min_size=1))
def test_many_items_say_what_they_say_one_by_one(told: list[tuple[int, set[str], bool]]) -> None:
    """Of those of one moment the later one holds, and a line of a log says only that the device was heard."""
    items: list[Any] = [
        {"at": at, **arrived(number), "level": "info"}
        if is_line
        else {"at": at, **arrived(number), "numbers": dict.fromkeys(names, number), "labels": [f"n:{number}"]}
        for number, (at, names, is_line) in enumerate(told)
    ]
    one_by_one = sighted(items[:1])
    for item in items[1:]:
        one_by_one.take([item])
    assert sighted(items) == one_by_one


def test_a_device_has_so_many_values_and_no_more() -> None:
    """Those that were measured longest ago go."""
    told = [sighted([{"at": at, **arrived(0), "numbers": {f"m{at}": at}}]) for at in range(MOST_LATEST + 5)]
    latest = Sighting.all_of(told).latest
    assert len(latest) == MOST_LATEST
    assert "m4" not in latest
    assert "m5" in latest
