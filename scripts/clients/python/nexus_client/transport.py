"""Sends requests and reads answers, with retries, over connections that are kept open: in two colours, one rule."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from .asking import Ask, read
from .faults import ConnectionFailed
from .retries import pause_after
from .settings import LOGGER, Settings


class Transport:
    """Blocks until the answer is there."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.http = httpx.Client(base_url=settings.base_url, timeout=settings.timeout)

    def send(self, ask: Ask) -> Any:
        """What the server answers; a refusal is raised."""
        ask, attempt = ask.with_key(), 0
        request = built(self.http, self.settings, ask)
        while True:
            what = self._try(request, ask)
            pause = None if _is_good(what) else pause_after(self.settings, ask, attempt, what)
            if pause is None:
                return concluded(ask, what)
            _tell(ask, what, pause)
            time.sleep(pause)
            attempt += 1

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()

    def _try(self, request: httpx.Request, ask: Ask) -> httpx.Response | httpx.TransportError:
        try:
            return self.http.send(request, auth=ask.basic)
        except httpx.TransportError as error:
            return error


class AsyncTransport:
    """Lets others run until the answer is there."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.http = httpx.AsyncClient(base_url=settings.base_url, timeout=settings.timeout)

    async def send(self, ask: Ask) -> Any:
        """What the server answers; a refusal is raised."""
        ask, attempt = ask.with_key(), 0
        request = built(self.http, self.settings, ask)
        while True:
            what = await self._try(request, ask)
            pause = None if _is_good(what) else pause_after(self.settings, ask, attempt, what)
            if pause is None:
                return concluded(ask, what)
            _tell(ask, what, pause)
            await asyncio.sleep(pause)
            attempt += 1

    async def close(self) -> None:
        """Give the connections back."""
        await self.http.aclose()

    async def _try(self, request: httpx.Request, ask: Ask) -> httpx.Response | httpx.TransportError:
        try:
            return await self.http.send(request, auth=ask.basic)
        except httpx.TransportError as error:
            return error


def built(http: httpx.Client | httpx.AsyncClient, settings: Settings, ask: Ask) -> httpx.Request:
    """The request as it is sent; what waits at the server is given that much longer."""
    return http.build_request(
        ask.method,
        ask.path,
        params=ask.sent_query(),
        headers=ask.sent_headers(settings.api_key),
        content=ask.content(),
        timeout=settings.timeout + ask.patience,
    )


def concluded(ask: Ask, what: httpx.Response | httpx.TransportError) -> Any:
    """What comes of the last try."""
    if isinstance(what, httpx.Response):
        return read(ask, what)
    raise ConnectionFailed(f"{ask.method} {ask.path}: {what or type(what).__name__}") from what


def _is_good(what: httpx.Response | httpx.TransportError) -> bool:
    return isinstance(what, httpx.Response) and what.status_code < 300


def _tell(ask: Ask, what: httpx.Response | httpx.TransportError, pause: float) -> None:
    said = what.status_code if isinstance(what, httpx.Response) else what or type(what).__name__
    LOGGER.info("%s %s: %s; again in %.1f s", ask.method, ask.path, said, pause)
