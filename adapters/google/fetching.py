"""One small document over HTTP(S): in so much time, of so many bytes, without redirects, or not at all."""

import asyncio
import ssl
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from urllib.parse import urlsplit

SECONDS = 5.0
MAX_BYTES = 65_536
_CHUNK = 16_384
_HEAD_BYTES = 16_384


class FetchFailed(Exception):
    """What was asked for did not come, or not as it should; the message says how."""


@dataclass(frozen=True)
class Fetched:
    """A document, and what its server says of how long it holds."""

    body: bytes
    cache_control: str


class HttpDocument:
    """A document at a fixed address."""

    def __init__(self, url: str, *, seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is no address of HTTP")
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._request = (
            f"GET {parts.path or '/'}{'?' if parts.query else ''}{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Accept: application/json\r\nUser-Agent: nexus\r\nConnection: close\r\n\r\n"
        ).encode("ascii")
        self._seconds = seconds
        self._most = max_bytes + _HEAD_BYTES
        self._max_bytes = max_bytes

    async def fetch(self) -> Fetched:
        """The document as it is now. The time is for all of it: name, connection, handshake, every byte."""
        try:
            async with asyncio.timeout(self._seconds):
                return self._parsed(await self._exchange())
        except TimeoutError as exc:
            raise FetchFailed(f"{self._host} did not answer within {self._seconds:g} seconds") from exc
        except (OSError, HTTPException, UnicodeError) as exc:  # ssl's errors are among these
            raise FetchFailed(f"{self._host}: {exc}") from exc

    async def _exchange(self) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=_CHUNK)
        try:
            writer.write(self._request)
            return await self._received(reader)
        finally:
            writer.transport.abort()

    async def _received(self, reader: asyncio.StreamReader) -> bytes:
        received = bytearray()
        while chunk := await reader.read(_CHUNK):
            received += chunk
            if len(received) > self._most:
                raise FetchFailed(f"{self._host} sends more than {self._max_bytes} bytes")
        return bytes(received)

    def _parsed(self, received: bytes) -> Fetched:
        response = HTTPResponse(_Received(received))  # type: ignore[arg-type] # it only asks for a file to read
        response.begin()
        if response.status != 200:
            raise FetchFailed(f"{self._host} answered {response.status}")
        body = response.read()
        if len(body) > self._max_bytes:
            raise FetchFailed(f"{self._host} sends more than {self._max_bytes} bytes")
        return Fetched(body, response.getheader("Cache-Control", ""))


class _Received:
    """What came over a connection, in the place of the connection."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, _: str) -> BytesIO:
        """A file to read it from."""
        return BytesIO(self._received)
