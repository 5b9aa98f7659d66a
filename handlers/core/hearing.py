"""Hearing what others do for as long as a process lives, by those who keep what they know in memory.

Trouble with the log, or with one event, costs what is known and nothing else: it is said, forgotten, and the log is
followed anew.
"""

import asyncio
from collections.abc import Callable

from handlers.core.ending import ended
from handlers.core.events import EventLog, Follower, Gap, Logged, Wanted

_PAUSE_SECONDS = 1.0


class Hearing:
    """Hands on to `take` what is wanted of the log; `forget` is called where something may have been missed."""

    def __init__(
        self,
        log: EventLog,
        wanted: Wanted,
        take: Callable[[Logged], None],
        forget: Callable[[], None],
        say: Callable[..., None],
    ) -> None:
        self._log = log
        self._wanted = wanted
        self._take = take
        self._forget = forget
        self._say = say
        self._follower: Follower | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Hear from now on."""
        self._follower = self._log.follow(None, self._wanted)
        self._task = asyncio.create_task(self._hear(self._follower))

    async def close(self) -> None:
        """Hear no more."""
        if self._task is not None and self._follower is not None:
            await ended(self._task)
            self._follower.close()

    async def _hear(self, follower: Follower) -> None:
        while True:
            try:
                async for entry in follower:
                    self._forget() if isinstance(entry, Gap) else self._take(entry)
                return
            except Exception as problem:  # noqa: BLE001 - told, and begun anew: whoever hears no more knows what is not so
                self._say("hearing_waits", problem=repr(problem))
            follower.close()
            self._follower = follower = self._log.follow(None, self._wanted)
            self._forget()
            await asyncio.sleep(_PAUSE_SECONDS)
