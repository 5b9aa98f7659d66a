"""A kill -9 of the server in mid-stream: every frame acknowledged over gRPC is there, and none twice."""

import asyncio
from collections import Counter
from itertools import count
from pathlib import Path

import grpc
import httpx
import pytest

from generated.grpc.nexus_pb2 import FrameBatch, FrameBatchResult
from generated.grpc.nexus_pb2_grpc import TelemetryStub
from scripts.serving import API_KEY, Served
from tests.faults.test_ingest_kill import frames, serving
from tests.frames import by, frame

SENDERS, SIZE = 4, 10
_SECONDS, _AHEAD = 60, 5


class Sender:
    """Streams batches of frames of its own names, some ahead of their answers, and again what was not answered."""

    def __init__(self, name: str, address: str) -> None:
        self._name = name
        self._address = address
        self._numbers = count()
        self._unanswered: dict[str, FrameBatch] = {}
        self.acknowledged: set[str] = set()
        self.resent = 0
        self.is_over = False

    async def run(self) -> None:
        """Go on, over broken connections, until it is over and nothing is unanswered."""
        while not self.is_over or self._unanswered:
            try:
                async with grpc.aio.insecure_channel(self._address) as channel:
                    await self._talk(TelemetryStub(channel).Stream(metadata=by(API_KEY)))
            except grpc.aio.AioRpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE, error
                await asyncio.sleep(0.1)

    async def _talk(self, call: grpc.aio.StreamStreamCall) -> None:
        self.resent += len(self._unanswered)
        for batch in list(self._unanswered.values()):
            await call.write(batch)
        while not self.is_over or self._unanswered:
            while len(self._unanswered) < _AHEAD and not self.is_over:
                await call.write(self._next())
            self._note(await call.read())
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF

    def _next(self) -> FrameBatch:
        number = next(self._numbers)
        made = [
            frame({"n": number}, frame_id=f"{self._name}-{number}-{place}", device_id=self._name)
            for place in range(SIZE)
        ]
        batch = self._unanswered[str(number)] = FrameBatch(batch_id=str(number), frames=made)
        return batch

    def _note(self, told: FrameBatchResult) -> None:
        if told is grpc.aio.EOF:
            raise grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, (), ())
        assert not any(result.error_code for result in told.results), told
        sent = self._unanswered.pop(told.batch_id)
        assert [one.frame_id for one in sent.frames] == [result.frame_id for result in told.results]
        self.acknowledged |= {result.frame_id for result in told.results}


@pytest.mark.parametrize("store", ["embedded", "mongo"])
async def test_a_kill_costs_no_streamed_frame(tmp_path: Path, store: str) -> None:
    """After two kills each acknowledged frame is listed once; what was sent again is not there twice."""
    with serving(tmp_path, store) as server:
        senders = [Sender(f"sender-{number}", server.procedures) for number in range(SENDERS)]
        running = asyncio.gather(*(sender.run() for sender in senders))
        for _ in range(2):
            await more(senders, 500, running)
            before = sum(sender.resent for sender in senders)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await more(senders, 200, running)
            assert sum(sender.resent for sender in senders) > before, "Nothing was unanswered at the kill"
        for sender in senders:
            sender.is_over = True
        await running
        listed = await names(server)
    assert set(listed.values()) == {1}
    assert set().union(*(sender.acknowledged for sender in senders)) == set(listed)


async def more(senders: list[Sender], frames_more: int, running: asyncio.Future) -> None:
    """Return when so many more frames were acknowledged to all of them."""
    wanted = sum(len(sender.acknowledged) for sender in senders) + frames_more
    async with asyncio.timeout(_SECONDS):
        while sum(len(sender.acknowledged) for sender in senders) < wanted:
            assert not running.done(), running.exception()
            await asyncio.sleep(0.01)


async def names(server: Served) -> Counter[str]:
    """How often each frame is listed."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as client:
        return Counter([found["frame_id"] async for found in frames(client)])
