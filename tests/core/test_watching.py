"""Bulks of telemetry that are held against the rules: in time, bounded, and none at the cost of another."""

import asyncio

import pytest

from handlers.core.collections import ALERTS, FRAMES
from handlers.core.errors import Unavailable
from handlers.core.frames import NewFrame
from handlers.core.open_alerts import OpenAlerts
from handlers.core.ports import Collection, Document
from tests.core.test_consuming import Log
from tests.core.watching import ANN, SILENT, Worker, frame_of, workers
from tests.fakes import NOON, Clock, MemoryDocuments


class Dying(MemoryDocuments):
    """A store that takes frames, and nothing of alerts for a while."""

    is_away = False

    async def find(self, collection: Collection, tenant: str, unique: dict[str, str]) -> Document | None:
        """Look, unless it is away."""
        if self.is_away and collection is ALERTS:
            raise Unavailable("The store is away")
        return await super().find(collection, tenant, unique)


async def test_a_frame_is_answered_when_it_was_looked_at(clock: Clock) -> None:
    """Stored, but not looked at, it is refused; sent again it is stored once, and looked at."""
    documents = Dying(clock)
    async with workers(documents, clock) as (worker,):
        await worker.rule()
        frame = NewFrame("d1", {"cpu": 95}, id="frame_one")
        documents.is_away = True
        with pytest.raises(Unavailable):
            await worker.telemetry.submit(ANN, frame)
        assert await documents.get(FRAMES, ANN.tenant, "frame_one") is not None
        documents.is_away = False
        await worker.telemetry.submit(ANN, frame)
        assert await worker.statuses() == ["firing"]


async def test_a_device_that_cannot_be_looked_at_costs_the_others_nothing(clock: Clock) -> None:
    """Of one batch only those frames are refused that are reason for an alert, and all that are stored are told."""
    documents = Dying(clock)
    async with workers(documents, clock) as (worker,):
        await worker.rule()
        told: list[str] = []
        worker.telemetry.collector.listen(lambda kind, tenant, some: told.extend(one["device"] for one in some))
        documents.is_away = True
        frames = [NewFrame(device, {"cpu": value}) for device, value in (("d1", 10), ("d2", 95), ("d3", 10))]
        outcomes = await worker.telemetry.submit_all(ANN, frames)
        assert [isinstance(one, Unavailable) for one in outcomes] == [False, True, False]
        assert told == ["d1", "d2", "d3"]


async def test_what_others_have_ended_is_not_remembered_for_ever(documents: MemoryDocuments, clock: Clock) -> None:
    """Alerts that have cooled or were given up elsewhere make room for those that are heard of later."""
    opened = OpenAlerts(documents, Log(documents), clock, lambda event, **facts: None)
    await opened.load("t")

    def hear(number: int, status: str) -> None:
        until = clock() + 1000
        opened.learn(
            {
                "id": f"a{number}", "tenant": "t", "device": f"d{number}", "rule": "r", "status": status, "version": 1,
                "since": 1, "measured_at": 1, "due_at": until, "cool_until": until,
            }
        )  # fmt: skip

    for number in range(100):
        hear(number, ("resolved", "pending", "firing")[number % 3])
    assert all(opened.of("t", f"d{number}") for number in range(100))
    clock.advance(1000)
    for number in range(100, 200):
        hear(number, "firing")
    left = {number for number in range(200) if opened.of("t", f"d{number}")}
    assert left == {number for number in range(200) if number >= 100 or number % 3 == 2}


class Busy(MemoryDocuments):
    """A store that knows how many look for something at a time."""

    looking = most = 0

    async def find(self, collection: Collection, tenant: str, unique: dict[str, str]) -> Document | None:
        """Look, beside others."""
        self.looking += 1
        self.most = max(self.most, self.looking)
        try:
            await asyncio.sleep(0)
            return await super().find(collection, tenant, unique)
        finally:
            self.looking -= 1


async def test_a_bulk_in_which_all_is_reason_for_an_alert_does_not_flood_the_store(clock: Clock) -> None:
    """All are looked at, and a few at a time."""
    documents = Busy(clock)
    async with workers(documents, clock) as (worker,):
        await worker.rule()
        await worker.telemetry.submit_all(ANN, [NewFrame(f"d{number}", {"cpu": 95}) for number in range(200)])
        assert (len(documents.types), documents.most <= 32) == (200, True)


class Seen(dict):
    """A document that counts how often it is asked whose it is."""

    asked = 0

    def __getitem__(self, name: str) -> object:
        Seen.asked += name == "device"
        return super().__getitem__(name)


async def test_the_frames_of_a_bulk_are_not_gone_through_for_each_device_and_rule(worker: Worker) -> None:
    """A frame is asked so many times whose it is however many others came with it, and whomever rules listen for."""
    await worker.rule()
    await asyncio.gather(*(worker.rule(**{**SILENT, "device": f"other{number}"}) for number in range(50)))
    frames = [Seen(frame_of(f"f{number}", NOON, {"cpu": 95}), device=f"d{number}") for number in range(100)]
    Seen.asked = 0
    await worker.watch.watching.see(FRAMES, ANN.tenant, frames)
    assert Seen.asked <= 10 * len(frames)
