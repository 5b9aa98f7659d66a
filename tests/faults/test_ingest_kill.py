"""A kill -9 of the server in mid-ingest: every acknowledged frame is there, and none twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest

from scripts.mongo_wire import private_mongo_wire
from scripts.serving import API_KEY, Served

CALLERS = 8
_SECONDS = 60


class Ingest:
    """Callers that send frames of their own names, one by one and in batches, and send again what was not answered."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._numbers = count()
        self._is_over = False
        self.acknowledged: set[str] = set()
        self.interrupted = 0

    def start(self) -> None:
        """Begin, and go on until it is over."""
        self._running = asyncio.gather(*(self._call(number) for number in range(CALLERS)))

    async def ended(self) -> None:
        """Begin nothing more, and return when all is over."""
        self._is_over = True
        await self._running

    async def until(self, more: int) -> None:
        """Return when so many more frames were acknowledged."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(_SECONDS):
            while len(self.acknowledged) < wanted:
                assert not self._running.done(), self._running.exception()
                await asyncio.sleep(0.01)

    async def _call(self, number: int) -> None:
        while not self._is_over:
            frames = [self._frame() for _ in range(1 if number % 2 else 20)]
            await self._send(frames)

    async def _send(self, frames: list[dict]) -> None:
        """Send frames until they are acknowledged, or until it is over."""
        while True:
            try:
                answer = await self._client.post("/v2/telemetry/batch", json=[{"frame": frame} for frame in frames])
            except httpx.HTTPError as error:
                self.interrupted += not isinstance(error, httpx.ConnectError)
                if self._is_over:
                    return
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == httpx.codes.OK:
                self._note(answer.json())
                return

    def _note(self, told: dict) -> None:
        assert told["rejected"] == 0, told
        self.acknowledged |= {result["id"] for result in told["results"]}

    def _frame(self) -> dict:
        number = next(self._numbers)
        return {"frame_id": f"sent-{number}", "device_id": f"device-{number % 7}", "metrics": {"n": number}}


@contextmanager
def serving(folder: Path, store: str) -> Iterator[Served]:
    """A server over a store, and its end."""
    if store == "embedded":
        server = Served(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
        return
    with private_mongo_wire(folder / "mongo") as mongo:
        server = Served(folder, database_url=mongo.url)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.mark.parametrize("store", ["embedded", "mongo"])
async def test_a_kill_costs_no_acknowledged_frame(tmp_path: Path, store: str) -> None:
    """After two kills each acknowledged frame is listed once, with its values, and the latest values are the last."""
    with serving(tmp_path, store) as server:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as client:
            ingest = Ingest(client)
            ingest.start()
            for _ in range(2):
                await ingest.until(400)
                before = ingest.interrupted
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
                await ingest.until(200)
                assert ingest.interrupted > before, "Nothing was under way at the kill"
            await ingest.ended()
            listed = Counter([(frame["frame_id"], frame["metrics"]["n"]) async for frame in frames(client)])
            newest = (await client.get("/v2/telemetry/frames", params={"device_id": "device-3", "limit": 1})).json()
            latest = (await client.get("/v2/devices/device-3/latest")).json()
    assert set(listed.values()) == {1}
    assert {f"sent-{number}" for _, number in listed} == {name for name, _ in listed}
    assert ingest.acknowledged <= {name for name, _ in listed}
    assert latest["metrics"]["n"]["timestamp"] == newest["data"][0]["timestamp"]


async def frames(client: httpx.AsyncClient) -> AsyncIterator[dict]:
    """All that are listed, page by page."""
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v2/telemetry/frames", params={"limit": "100", **cursor})).json()
        for frame in page["data"]:
            yield frame
        if not page["has_more"]:
            return
        cursor = {"cursor": page["next_cursor"]}
