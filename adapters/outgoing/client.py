"""`Sender` over HTTP/1.1: a connection for each request, to an address that was judged, in bounds of time and size.

The address that is called is the one that was judged, and the name is only said to it: no second look-up could come to
another. Redirects are answers like any other. What a receiver does wrong, it does to itself.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import h11

from adapters.outgoing.resolving import PrivateAddress, Resolver
from handlers.core.outgoing import Answer, Parcel

_AGENT = "Nexus"
_CHUNK = 16_384
_HEAD_BYTES = 16_384
_PORTS = {"https": 443, "http": 80}

Connect = Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass(frozen=True)
class Bounds:
    """How long it may take to connect, and all of it; and how much of an answer's body is read."""

    connect_seconds: float = 5.0
    seconds: float = 10.0
    body_bytes: int = 65_536


class HttpSender:
    """Sends requests."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        bounds: Bounds | None = None,
        certificates: ssl.SSLContext | None = None,
        connect: Connect = asyncio.open_connection,
    ) -> None:
        self._resolver = resolver
        self._bounds = bounds or Bounds()
        self._certificates = certificates
        self._open = connect

    async def send(self, parcel: Parcel) -> Answer:
        """Send once. What goes wrong on the way is an answer too."""
        began = time.perf_counter()
        status, body, error = None, b"", None
        try:
            status, body = await self._exchange(parcel, asyncio.get_running_loop().time() + self._bounds.seconds)
        except PrivateAddress:
            error = "The address may not be called"
        except TimeoutError:
            error = f"No answer within {self._bounds.seconds:g} seconds"
        except ssl.SSLError as exc:
            error = f"No secure connection: {exc.reason or 'refused'}"
        except h11.RemoteProtocolError:
            error = "The answer is not HTTP"
        except h11.LocalProtocolError:
            error = "This cannot be said in HTTP"
        except (OSError, UnicodeError, ValueError):
            error = "No connection"
        return Answer(status, error, body, round((time.perf_counter() - began) * 1000, 3))

    async def _exchange(self, parcel: Parcel, deadline: float) -> tuple[int, bytes]:
        """The status and the body, until a moment. Who has said the status by then has answered."""
        parts = urlsplit(parcel.url)
        async with asyncio.timeout_at(deadline):
            reader, writer = await self._connect(parts)
        try:
            conversation = _Conversation(reader, writer)
            async with asyncio.timeout_at(deadline):
                status = await conversation.ask(_request(parts, parcel), parcel.body)
            return status, await conversation.listen(self._bounds.body_bytes, deadline)
        finally:
            writer.transport.abort()

    async def _connect(self, parts: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the first address that takes one."""
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        tls = self._tls() if parts.scheme == "https" else None
        trouble: OSError = ConnectionError("no address")
        for address in await self._resolver.resolve(host):
            try:
                async with asyncio.timeout(self._bounds.connect_seconds):
                    return await self._open(address, port, ssl=tls, server_hostname=host if tls else None, limit=_CHUNK)
            except ssl.SSLError:
                raise
            except OSError as exc:  # a time-out is one too
                trouble = exc
        if isinstance(trouble, TimeoutError):
            raise ConnectionError("no address answers") from trouble
        raise trouble

    def _tls(self) -> ssl.SSLContext:
        """What certificates are judged by; it takes a while to load, and memory."""
        if self._certificates is None:
            self._certificates = ssl.create_default_context()
        return self._certificates


class _Conversation:
    """One request and its answer over a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)

    async def ask(self, request: h11.Request, body: bytes) -> int:
        """Say the request; the status of the answer."""
        said = [self._wire.send(event) for event in (request, h11.Data(data=body), h11.EndOfMessage())]
        self._writer.write(b"".join(part for part in said if part))
        with suppress(ConnectionError):  # who refuses before all was said may have answered
            await self._writer.drain()
        return (await self._next(h11.Response)).status_code

    async def listen(self, most: int, deadline: float) -> bytes:
        """As much of the body as is worth it, and comes in time."""
        received = bytearray()
        with suppress(TimeoutError, OSError, h11.RemoteProtocolError):
            async with asyncio.timeout_at(deadline):
                while len(received) < most:
                    event = await self._next(h11.Data, h11.EndOfMessage)
                    if isinstance(event, h11.EndOfMessage):
                        break
                    received += event.data
        return bytes(received[:most])

    async def _next(self, *kinds: type) -> h11.Event:
        """The next event of one of these kinds."""
        while True:
            event = self._wire.next_event()
            if event is h11.NEED_DATA:
                self._wire.receive_data(await self._reader.read(_CHUNK))
            elif isinstance(event, kinds):
                return event
            elif not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("another answer was expected")


def _request(parts: SplitResult, parcel: Parcel) -> h11.Request:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    said = {"Host": parts.netloc, "User-Agent": _AGENT, "Connection": "close", "Content-Length": str(len(parcel.body))}
    said.update(parcel.headers)
    return h11.Request(method=parcel.method, target=target, headers=list(said.items()))
