"""The frames of a connection, taken out of whatever has come of them: the driver waits three times for each.

What follows from a frame is often done at once. So whoever reads leaves the event loop after a while to others, even if
there is more to read.
"""

import asyncio
import struct
from struct import Struct
from time import perf_counter
from typing import Any

from aiormq import connection
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError
from pamqp import frame
from pamqp.body import ContentBody
from pamqp.exceptions import PAMQPException

from adapters.rabbit import decoding

_HEAD = Struct(">BHI")
_METHOD, _HEADER, _BODY, _END = 1, 2, 3, 0xCE
_AT_ONCE = 256 * 1024
_SLICE_SECONDS = 0.001

Found = tuple[int, int, Any]


class Frames(connection.FrameReceiver):
    """What the driver reads a connection by."""

    _until: float | None = None
    _come, _place = b"", 0

    async def get_frame(self) -> Found:
        """The next frame: how long it is, its channel, and what it says."""
        if not self.started:  # whoever is no broker shows with the first bytes
            return await super().get_frame()
        await self._give_way()
        while (found := self._next()) is None:
            await self._more()
        return found

    __anext__ = get_frame

    def _next(self) -> Found | None:
        """A frame that has come whole."""
        come, place = self._come, self._place
        begin = place + _HEAD.size
        if len(come) <= begin:
            return None
        kind, channel, size = _HEAD.unpack_from(come, place)
        end = begin + size
        if len(come) <= end:
            return None
        self._place = end + 1
        try:
            return end + 1 - place, channel, _read(kind, come, begin, end)
        except (PAMQPException, struct.error, ValueError, LookupError) as exc:
            raise InvalidFrameError(str(exc)) from exc

    async def _more(self) -> None:
        """Wait until more has come."""
        rest = self._come[self._place :]
        try:
            come = await self.reader.read(_AT_ONCE)
        except OSError as exc:
            raise AMQPConnectionError(f"The connection is lost: {exc!r}") from exc
        if not come:  # whoever takes leave says so before
            raise AMQPConnectionError(f"The connection ended, {len(rest)} bytes into a frame")
        self._come, self._place = rest + come, 0

    async def _give_way(self) -> None:
        """Let others have their turn, if much was read in this one."""
        if self._until is None:
            self._until = perf_counter() + _SLICE_SECONDS
            asyncio.get_running_loop().call_soon(self._begin)
        elif perf_counter() > self._until:
            await asyncio.sleep(0)

    def _begin(self) -> None:
        """Know that another turn has begun."""
        self._until = None


def _read(kind: int, come: bytes, begin: int, end: int) -> Any:
    """What a frame says: what there are many of is read here, all else by the driver."""
    if come[end] == _END:
        if kind == _BODY:
            return ContentBody(come[begin:end])
        payload = come[begin:end]
        if kind == _HEADER:
            return decoding.header(payload)
        if kind == _METHOD and (read := decoding.USUAL.get(payload[:4])) is not None:
            return read(payload)
    return frame.unmarshal(come[begin - _HEAD.size : end + 1])[2]


def make_quick() -> None:
    """Have the driver read by these."""
    connection.FrameReceiver = Frames
