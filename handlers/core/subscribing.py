"""A function of a plugin that hears of events: each at least once, in order, by one worker at a time.

What it fails to hear it is told again, after pauses, and nothing that came later before that; nobody else waits for it.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence

from handlers.core.announcing import TYPES as PASSING
from handlers.core.calling import Called
from handlers.core.doing import Say
from handlers.core.events import Logged
from handlers.core.plugins import Event, Failed, Subscription
from handlers.core.telling import Telling

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 10.0


class Subscriber:
    """Consumes the log of events for one function. `telling` are the words in which it hears of them."""

    def __init__(self, name: str, subscription: Subscription, telling: Telling, say: Say) -> None:
        self.name = name
        self._function = subscription.function
        self._seconds = subscription.seconds
        self._types = matching(subscription.patterns, telling.types)
        self._telling = telling
        self._say = say
        self._pause = 0.0
        self._call: Called | None = None

    async def consume(self, events: Sequence[Logged]) -> None:
        """Have the function hear of those that it wants; it is told again of all of them if it fails."""
        for logged in events:
            if logged.event.type in self._types:
                await self._hear(logged)

    async def _hear(self, logged: Logged) -> None:
        try:
            await self._told(self._event(logged))
        except Failed as failed:
            if failed.retryable:
                await self._suffer(logged, failed)
            self._say("plugin_skips", name=self.name, event_id=logged.event.id, problem=str(failed))
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is told, and tried again
            await self._suffer(logged, problem)
        self._pause = 0.0

    async def _told(self, event: Event) -> None:
        """Call the function, and wait for it as long as it may take; one that hangs is not called beside itself."""
        if self._call is not None and not self._call.ending.done():
            raise TimeoutError("The function has not ended yet")
        self._call = call = Called(self._function, event)
        try:
            await asyncio.wait({call.ending}, timeout=self._seconds)
        finally:
            call.stop()
        if not call.ending.done():
            raise TimeoutError(f"The function took more than {self._seconds:g} s")
        if isinstance(call.problem, Exception):
            raise call.problem
        if call.problem is not None:
            raise RuntimeError("The function was cancelled")

    async def _suffer(self, logged: Logged, problem: Exception) -> None:
        """Say what is wrong, and leave the function in peace for a while, the longer the more often it has failed."""
        self._say("plugin_failed", name=self.name, event_id=logged.event.id, exc_info=problem)
        self._pause = min(max(_FIRST_PAUSE, 2 * self._pause), _LONGEST_PAUSE)
        await asyncio.sleep(self._pause)
        raise problem

    def _event(self, logged: Logged) -> Event:
        event, told = logged.event, json.loads(self._telling.tell(logged))
        return Event(event.id, event.type, event.tenant, told["created_at"], told["data"])


def matching(patterns: Iterable[str], types: Iterable[str]) -> frozenset[str]:
    """The types of events that patterns mean, of those that have a place in the log; a pattern may end in `*`."""
    return frozenset(type for type in set(types) - PASSING for pattern in patterns if _matches(pattern, type))


def _matches(pattern: str, type: str) -> bool:
    return type.startswith(pattern[:-1]) if pattern.endswith("*") else type == pattern
