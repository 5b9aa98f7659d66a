"""Frames are the same however the bytes come, and bytes that are none end the connection."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError
from hypothesis import given
from hypothesis import strategies as st
from pamqp import base, commands, frame, heartbeat
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from adapters.rabbit import link  # noqa: F401 - has the driver read everything
from adapters.rabbit.frames import Frames

_WHOLE = commands.Basic.Properties(
    content_type="application/json",
    headers={"x": 1, "more": {"a": [True, None]}},
    delivery_mode=2,
    priority=3,
    correlation_id="c",
    expiration="5",
    message_id="m",
    timestamp=datetime(2026, 1, 2, tzinfo=UTC),
    message_type="a.kind",
    user_id="u",
)
_SENT: list[tuple[int, Any]] = [
    (1, commands.Basic.Deliver("consumer", 2**40, True, "an exchange", "a.key")),
    (1, ContentHeader(0, 3, _WHOLE)),
    (1, ContentBody(b"abc")),
    (0, heartbeat.Heartbeat()),
    (7, commands.Basic.Ack(12, True)),
    (7, commands.Basic.Ack(13, False)),
    (7, commands.Basic.Nack(14, True, True)),
    (65535, commands.Queue.DeclareOk("q", 1, 2)),
    (1, ContentHeader(0, 0, commands.Basic.Properties())),
]
_BYTES = [frame.marshal(said, channel) for channel, said in _SENT]


def reading(*pieces: bytes, is_over: bool = True) -> Frames:
    """What is read of such pieces; the greeting has been."""
    reader = asyncio.StreamReader()
    frames = Frames(reader)
    frames.started = True

    async def come() -> None:
        for piece in pieces:
            reader.feed_data(piece)
            await asyncio.sleep(0)
        if is_over:
            reader.feed_eof()

    frames.coming = asyncio.create_task(come())  # type: ignore[attr-defined]
    return frames


@given(st.lists(st.sampled_from(range(len(_SENT))), max_size=12), st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_frames_are_found_in_whatever_comes(wanted: list[int], sizes: list[int]) -> None:
    """In their order, each as the driver's own decoder would have it."""
    whole = b"".join(_BYTES[number] for number in wanted)
    pieces, place = [], 0
    while place < len(whole):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(whole[place : place + size])
        place += size

    async def read() -> list[tuple[int, int, Any]]:
        frames = reading(*pieces)
        return [await frames.get_frame() for _ in wanted]

    found = asyncio.run(read())
    assert [(channel, length) for length, channel, _ in found] == [
        (_SENT[number][0], len(_BYTES[number])) for number in wanted
    ]
    for (_, _, read_now), number in zip(found, wanted, strict=True):
        assert type(read_now) is type(_SENT[number][1])
        assert said(read_now) == said(frame.unmarshal(_BYTES[number])[2])


def said(read: Any) -> Any:
    """What a frame says."""
    if isinstance(read, ContentHeader):
        return read.weight, read.body_size, dict(read.properties)
    if isinstance(read, ContentBody):
        return read.value
    return dict(read) if isinstance(read, base.Frame) else None


async def test_the_end_of_a_connection_is_told() -> None:
    """Wherever it comes."""
    for come, into in ((b"", 0), (_BYTES[0][:-1], len(_BYTES[0]) - 1)):
        with pytest.raises(AMQPConnectionError, match=f" {into} bytes into a frame"):
            await reading(come).get_frame()


@pytest.mark.parametrize(
    "broken",
    [
        _BYTES[0][:-1] + b"\x00",
        _BYTES[2][:-1] + b"\x00",
        b"\x05" + _BYTES[2][1:],
        frame.marshal(commands.Basic.Ack(1), 1)[:7]
        + b"\x00\x3c\x00\xff"
        + frame.marshal(commands.Basic.Ack(1), 1)[11:],
        b"\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x50\xce",
        b"\x02\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x00\xce",
        b"\x02\x00\x01\x00\x00\x00\x0e\x00\x3c\x00\x00" + b"\x00" * 8 + b"\x80\x00\xce",
        b"\x02\x00\x01\x00\x00\x00\x0e\x00\x3c\x00\x00" + b"\x00" * 8 + b"\x00\x01\xce",
    ],
    ids=["end", "end of a body", "kind", "method", "short method", "short header", "short text", "unknown property"],
)
async def test_what_is_no_frame_is_told(broken: bytes) -> None:
    """As the driver tells it, which ends the connection."""
    with pytest.raises(InvalidFrameError):
        await reading(broken).get_frame()
