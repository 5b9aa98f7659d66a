"""Several server processes behind one port: started, restarted when they die, stopped together.

All inherit the same listening socket, so that a connection which arrives while one worker dies or starts waits for
another instead of being refused. A worker and its supervisor hold the two ends of a socket pair: over it a worker says
that it is ready, and sees that its supervisor is no more.
"""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from asyncio import CancelledError, StreamReader
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

_BACKLOG = 2048
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STABLE_SECONDS = 30.0
GRACE_SECONDS = 20  # for a process to finish what it has accepted
_STOP_SECONDS = GRACE_SECONDS + 5
_READY = b"."

_log = structlog.get_logger()


def listening(host: str, port: int) -> socket.socket:
    """A socket for all workers."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=_BACKLOG)


class Post:
    """A worker's place: the socket it serves, and the line to its supervisor."""

    def __init__(self, listener: int, supervisor: int) -> None:
        self.listener = socket.socket(fileno=listener)
        self._supervisor = socket.socket(fileno=supervisor)

    def ready(self) -> None:
        """Say that connections are served."""
        self._supervisor.send(_READY)

    def on_abandonment(self, stop: Callable[[], None]) -> None:
        """Call this when there is no supervisor any more."""
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(self._supervisor)
            stop()

        loop.add_reader(self._supervisor, gone)


class Workers:
    """Keeps so many workers running. The command of one is followed by the numbers of its two file descriptors."""

    def __init__(
        self, command: Sequence[str], listener: socket.socket, count: int, on_ready: Callable[[], None]
    ) -> None:
        self._command = command
        self._listener = listener
        self._count = count
        self._on_ready = on_ready
        self._ready = 0
        self._stopping = asyncio.Event()
        self._failed = False

    async def run(self) -> int:
        """Supervise until a signal says stop, or until a worker ends before all were ready for the first time."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        await asyncio.gather(*(self._keep() for _ in range(self._count)))
        return 1 if self._failed else 0

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            status = await self._live()
            if self._stopping.is_set():
                return
            if self._ready < self._count:
                _log.error("worker_did_not_start", status=status)
                self._failed = True
                self._stopping.set()
                return
            pause = _FIRST_PAUSE if time.monotonic() - began > _STABLE_SECONDS else min(pause * 2, _LONGEST_PAUSE)
            _log.error("worker_died", status=status, restart_in=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _live(self) -> int:
        """Start one worker and be with it to its end."""
        ours, theirs = socket.socketpair()
        with theirs:
            descriptors = [self._listener.fileno(), theirs.fileno()]
            command = [*self._command, *map(str, descriptors)]
            process = await asyncio.create_subprocess_exec(*command, pass_fds=descriptors, stdin=subprocess.DEVNULL)
        reader, writer = await asyncio.open_connection(sock=ours)
        greeting = asyncio.create_task(self._greet(reader))
        stopping = asyncio.create_task(self._stopping.wait())
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait([stopping, ended], return_when=asyncio.FIRST_COMPLETED)
            return await _ended(process, ended)
        finally:
            writer.close()
            for task in (greeting, stopping):
                task.cancel()
                with suppress(CancelledError):
                    await task

    async def _greet(self, reader: StreamReader) -> None:
        if await reader.read(1) == _READY:
            self._ready += 1
            if self._ready == self._count:
                self._on_ready()


async def _ended(process: asyncio.subprocess.Process, ended: "asyncio.Task[int]") -> int:
    """The status of a worker that has ended, or that is asked to, and after its grace made to."""
    if not ended.done():
        process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(ended), _STOP_SECONDS)
        process.kill()
    return await ended


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module as this Python does."""
    return [sys.executable, "-m", module, *arguments]
