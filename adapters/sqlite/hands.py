"""A thread that does one thing after the other for an event loop, and costs less than an executor."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from handlers.core.answering import answered

_Task = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Hand:
    """Does what is handed to it, in order."""

    def __init__(self, name: str) -> None:
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Be there."""
        self._thread.start()

    def stop(self) -> None:
        """Do what was handed over, and return when it is done."""
        self._tasks.put(None)
        self._thread.join()

    def do(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        """What comes of some work."""
        answer = asyncio.get_running_loop().create_future()
        self._tasks.put((work, answer))
        return answer

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            work, answer = task
            try:
                result, problem = work(), None
            except Exception as exc:  # noqa: BLE001 - it is raised again where its result is waited for
                result, problem = None, exc
            loop = answer.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(answered, answer, result, problem)
