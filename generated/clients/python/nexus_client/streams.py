# Generated from specs/ by `make generate`. Do not edit.
"""Follows server-sent events. A stream that breaks or that the server ends goes on where it has stopped.

Only CR and LF end a line of it: JSON may hold other characters bare that end lines elsewhere, such as U+2028.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator

import httpx

from .asking import Ask, refusal
from .faults import ApiError
from .records import Record
from .retries import backoff
from .settings import LOGGER, Settings
from .transport import AsyncTransport, Transport, built

_LAST = "Last-Event-ID"
_SILENCE = 45.0  # the server shows every fifteen seconds that it is there
_LATER = (429, 500, 502, 503, 504)
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Reader:
    """Makes events of the lines of a stream, and keeps what is needed to go on behind them."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.retry = 1.0
        self.failures = 0
        self._last = ask.headers.get(_LAST)
        self._begin()

    def request(self, http: httpx.Client | httpx.AsyncClient, settings: Settings) -> httpx.Request:
        """The request for what is behind the last event. What had come of the next one is forgotten."""
        self._begin()
        ask = Ask(self.ask.method, self.ask.path, "text", self.ask.query, {_LAST: self._last})
        request = built(http, settings, ask)
        request.extensions["timeout"] = httpx.Timeout(settings.timeout, read=_SILENCE).as_dict()
        return request

    def read(self, piece: bytes) -> Iterator[Record]:
        """The events that a piece of the stream completes."""
        held = self._rest + piece
        end = len(held) - held.endswith(b"\r")  # its LF may be in the next piece
        *lines, rest = _LINE_END.split(held[:end])
        self._rest = rest + held[end:]
        for line in lines:
            event = self._take(line.decode("utf-8", "replace"))
            if event is not None:
                yield event

    def _take(self, line: str) -> Record | None:
        if not line:
            return self._finished()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id":
            self._last = value
        elif name == "retry" and value.isdigit():
            self.retry = int(value) / 1000
        return None

    def pause(self, error: Exception | None) -> float:
        """Seconds until the stream is opened again; a refusal that stays is raised."""
        if isinstance(error, ApiError) and error.status not in _LATER:
            raise error
        if error is None:
            return self.retry
        self.failures += 1
        LOGGER.info("the stream broke (%s) and will go on", error or type(error).__name__)
        said = error.retry_after if isinstance(error, ApiError) else None
        return said or backoff(self.retry, self.failures - 1, 30)

    def _begin(self) -> None:
        self._event, self._data, self._rest = "", [], b""

    def _finished(self) -> Record | None:
        event, data = self._event, "\n".join(self._data)
        self._event, self._data = "", []
        if not data:
            return None
        said = json.loads(data)
        return Record(said if "type" in said else {"type": event, **said})


def follow(transport: Transport, ask: Ask) -> Iterator[Record]:
    """The events of a stream, for as long as somebody asks. One of the type `gap` says that some are lost."""
    reader = Reader(ask)
    while True:
        error: Exception | None = None
        try:
            answer = transport.http.send(reader.request(transport.http, transport.settings), stream=True)
            try:
                yield from _events(reader, answer)
            finally:
                answer.close()
        except (httpx.TransportError, ApiError) as broken:
            error = broken
        time.sleep(reader.pause(error))


async def follow_async(transport: AsyncTransport, ask: Ask) -> AsyncIterator[Record]:
    """The events of a stream, for as long as somebody asks. One of the type `gap` says that some are lost."""
    reader = Reader(ask)
    while True:
        error: Exception | None = None
        try:
            answer = await transport.http.send(reader.request(transport.http, transport.settings), stream=True)
            try:
                if answer.status_code != 200:
                    await answer.aread()
                    raise refusal(answer)
                reader.failures = 0
                async for piece in answer.aiter_bytes():
                    for event in reader.read(piece):
                        yield event
            finally:
                await answer.aclose()
        except (httpx.TransportError, ApiError) as broken:
            error = broken
        await asyncio.sleep(reader.pause(error))


def _events(reader: Reader, answer: httpx.Response) -> Iterator[Record]:
    if answer.status_code != 200:
        answer.read()
        raise refusal(answer)
    reader.failures = 0
    for piece in answer.iter_bytes():
        yield from reader.read(piece)
