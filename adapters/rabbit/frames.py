"""The frames of a connection, as the broker sends them: each is read in two steps, where the driver takes many.

What follows from a frame is often done at once. So whoever reads leaves the event loop after a while to others, even if
there is more to read.
"""

import asyncio
from asyncio import IncompleteReadError
from struct import Struct
from time import perf_counter
from typing import Any

from aiormq import connection
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError
from pamqp import frame
from pamqp.body import ContentBody
from pamqp.exceptions import PAMQPException

_HEAD = Struct(">BHI")
_BODY, _END = 3, b"\xce"
_SLICE_SECONDS = 0.001


class Frames(connection.FrameReceiver):
    """What the driver reads a connection by."""

    _until: float | None = None

    async def get_frame(self) -> Any:
        """The next frame: how long it is, its channel, and what it says."""
        if not self.started:  # whoever is no broker shows with the first bytes
            return await super().get_frame()
        if self.reader.at_eof():
            raise StopAsyncIteration
        await self._give_way()
        try:
            head = await self.reader.readexactly(_HEAD.size)
            kind, channel, size = _HEAD.unpack(head)
            rest = await self.reader.readexactly(size + 1)
        except IncompleteReadError as exc:
            raise AMQPConnectionError(f"The connection ended within a frame, after {len(exc.partial)} bytes") from exc
        except OSError as exc:
            raise AMQPConnectionError(f"The connection is lost: {exc!r}") from exc
        if kind == _BODY and rest.endswith(_END):
            return len(head) + len(rest), channel, ContentBody(rest[:-1])
        try:
            return frame.unmarshal(head + rest)
        except PAMQPException as exc:
            raise InvalidFrameError(str(exc)) from exc

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


def make_quick() -> None:
    """Have the driver read by these."""
    connection.FrameReceiver = Frames
