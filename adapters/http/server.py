"""Serving: sockets, signals, and a stop that loses no accepted request."""

import asyncio
import gc
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from adapters.http.protocol import PatientSocketProtocol
from adapters.http.workers import GRACE_SECONDS

# Requests under way together hold some thousand objects, none of them garbage: looking for it at each 700 is in vain.
_GARBAGE_THRESHOLD = 20_000


class Server(uvicorn.Server):
    """uvicorn, which before it waits for open connections tells the streams among them to end."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._on_ready = on_ready
        self._thresholds = gc.get_threshold()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            gc.freeze()  # What start-up has built stays: later collections need not look at it.
            gc.set_threshold(_GARBAGE_THRESHOLD)
            gc.enable()
            self._on_ready()

    def stop(self) -> None:
        """Do what a signal would."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking connections, end the streams, finish what was accepted."""
        self._stopping.set()
        await super().shutdown(sockets)
        gc.unfreeze()  # Whoever goes on without this server need not keep what it was made of.
        gc.set_threshold(*self._thresholds)


def configuration(app: Any, *, host: str, port: int, protocol: Any, certificates: dict[str, str]) -> uvicorn.Config:
    """How uvicorn serves us: its loop and parsers in C, no header, log line or word of its own.

    WebSockets are not compressed: each would hold a window of some hundred kilobytes, and deflate for itself what all
    of them are told.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=protocol,
        ws=PatientSocketProtocol,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=1_048_576,
        ws_per_message_deflate=False,
        **certificates,
    )
