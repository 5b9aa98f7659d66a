"""Asking the nodes on which tenants run agents: briefly, few at a time, and none that has just not answered."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from handlers.core.clock import Clock, Moment
from handlers.core.errors import BadGateway, InvalidRequest, Unavailable
from handlers.core.outgoing import Answer, Parcel, Sender

SECONDS = 1.5
_PATIENCE_SECONDS = 1.8
_REST_MILLISECONDS = 1_000
_AT_ONCE = 8
_WAITING = 64
# What the body of an answer says, held to what can be said again; `InvalidRequest` if it cannot be read.
Read = Callable[[bytes], Any]
_NOBODY = "-"
_UNREACHABLE = "The node cannot be reached"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a node listens, and the token that is shown there; an attached one has a name in its tenant."""

    address: str
    token: str | None = None
    tenant: str = ""
    node: str | None = None


class Hear(Protocol):
    """Learns whether a node has answered."""

    async def __call__(self, target: Target, *, is_there: bool) -> None:
        """Know it."""


async def _forget(target: Target, *, is_there: bool) -> None:
    """Nobody wants to know."""


@dataclass
class _Line:
    """What goes on with one node."""

    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    asking: int = 0
    resting_until: Moment = 0


class Nodes:
    """Asks nodes over HTTP, at `<address>/v1/agents/<name>`. `sender` gives up within `SECONDS`.

    `hear` is told whether somebody was there.
    """

    def __init__(self, sender: Sender, read: Read, clock: Clock) -> None:
        self._sender = sender
        self._read = read
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self.hear: Hear = _forget

    async def put(self, target: Target, name: str, specification: Mapping[str, Any]) -> Answer:
        """Hand over a specification."""
        body = json.dumps(specification, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        return await self._ask(target, Parcel(_url(target.address, name), headers, body, "PUT"))

    async def remove(self, target: Target, name: str) -> Answer:
        """Have an agent forgotten."""
        return await self._ask(target, Parcel(_url(target.address, name), {}, b"", "DELETE"))

    async def get(self, target: Target, name: str, part: str, query: Mapping[str, str] | None = None) -> Any:
        """What a node says of an agent; None if it does not know it."""
        url = _url(target.address, name, part) + (f"?{urlencode(query)}" if query else "")
        answer = await self._ask(target, Parcel(url, {"Accept": "application/json"}, b"", "GET"))
        if answer.status == 404:
            return None
        if not answer.is_taken:
            raise BadGateway(f"The node has answered {answer.status}")
        try:
            return self._read(answer.body)
        except InvalidRequest as exc:
            raise BadGateway("The answer of the node cannot be read") from exc

    async def knock(self, target: Target) -> None:
        """Have heard whether somebody is there; what is asked after is no agent's name, and any answer will do."""
        with suppress(BadGateway):
            await self._ask(target, Parcel(_url(target.address, _NOBODY, "status"), {}, b"", "GET"))

    async def _ask(self, target: Target, parcel: Parcel) -> Answer:
        """Send, and tell whether somebody was there."""
        answer = await self._sent(target, parcel)
        with suppress(Unavailable):  # what came of it counts, whether that can be written down or not
            await self.hear(target, is_there=answer.status is not None)
        if answer.status is None:
            raise BadGateway(_UNREACHABLE)
        return answer

    async def _sent(self, target: Target, parcel: Parcel) -> Answer:
        """What came of sending, if there is room, and the node has not just failed others."""
        line = self._lines.setdefault(target.address, _Line())
        if line.asking >= _WAITING:
            raise BadGateway("The node is asked too much at once")
        line.asking += 1
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), line.room:
                return await self._send(line, _signed(parcel, target))
        except TimeoutError as exc:
            raise BadGateway(_UNREACHABLE) from exc
        finally:
            line.asking -= 1
            if not line.asking and line.resting_until <= self._clock():
                self._lines.pop(target.address, None)

    async def _send(self, line: _Line, parcel: Parcel) -> Answer:
        if line.resting_until > self._clock():
            raise BadGateway(_UNREACHABLE)
        answer = await self._sender.send(parcel)
        if answer.status is None:
            line.resting_until = self._clock() + _REST_MILLISECONDS
        return answer


def _signed(parcel: Parcel, target: Target) -> Parcel:
    """The request with what its node wants to be shown."""
    shown = {} if target.token is None else {"Authorization": f"Bearer {target.token}"}
    return replace(parcel, headers={**parcel.headers, **shown})


def _url(address: str, name: str, part: str | None = None) -> str:
    whole = f"{address.rstrip('/')}/v1/agents/{quote(name, safe='')}"
    return whole if part is None else f"{whole}/{part}"
