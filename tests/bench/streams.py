"""The load of gRPC: streams that each have so many batches ahead of their answers."""

import asyncio
from time import perf_counter

import grpc

from generated.grpc.nexus_pb2 import FrameBatchResult
from scripts.serving import API_KEY

STREAMS, AHEAD = 4, 6
_METADATA = (("authorization", f"Bearer {API_KEY}"),)


async def frames_per_second(address: str, message: bytes, seconds: float) -> float:
    """How many frames are acknowledged in a second; messages are sent and taken as bytes."""
    async with grpc.aio.insecure_channel(address) as channel:
        began = perf_counter()
        told = await asyncio.gather(*(_stream(channel, message, began + seconds) for _ in range(STREAMS)))
        return sum(told) / (perf_counter() - began)


async def _stream(channel: grpc.aio.Channel, message: bytes, until: float) -> int:
    """Send and hear until then; the number of frames that are on disk."""
    call = channel.stream_stream("/nexus.v2.Telemetry/Stream")(metadata=_METADATA)
    answers = 0
    for _ in range(AHEAD):
        await call.write(message)
    while perf_counter() < until:
        answer = await call.read()
        answers += 1
        await call.write(message)
    await call.done_writing()
    while (last := await call.read()) is not grpc.aio.EOF:
        answer = last
        answers += 1
    results = FrameBatchResult.FromString(answer).results
    if not results or any(result.error_code for result in results):
        raise RuntimeError(f"A batch was refused: {results[:1]}")
    return answers * len(results)
