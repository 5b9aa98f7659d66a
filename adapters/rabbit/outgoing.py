"""Events on their way to the broker: numbered once, and kept until they are confirmed, over any number of links."""

import asyncio
from collections import deque
from collections.abc import Sequence
from uuid import uuid4

from adapters.rabbit.messages import Numbered
from handlers.core.errors import Unavailable
from handlers.core.events import Event

_MOST = 20_000
_BATCH = 500
_FULL = "Too many events wait for RabbitMQ"


class Outgoing:
    """What waits, in order. Whoever brings events is answered when they are confirmed."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._publisher = uuid4().hex
        self._sequence = 0
        self._waiting: deque[tuple[list[Numbered], asyncio.Future[None]]] = deque()
        self._unconfirmed: list[tuple[list[Numbered], asyncio.Future[None]]] = []
        self._count = 0
        self._sent: dict[str, Event] = {}
        self.awake = asyncio.Event()

    async def confirmed(self, events: Sequence[Event]) -> None:
        """Return when the broker has confirmed these. Refused when too many wait already."""
        if self._count and self._count + len(events) > self._most:
            raise Unavailable(_FULL)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(([self._number(event) for event in events], answer))
        self._count += len(events)
        self.awake.set()
        await answer

    def next(self) -> list[Numbered]:
        """What is to be sent now: what was not confirmed, again and first, else what waits."""
        if not self._unconfirmed and self._waiting:
            self._unconfirmed.append(self._waiting.popleft())
            while self._waiting and sum(len(group) for group, _ in self._unconfirmed) < _BATCH:
                self._unconfirmed.append(self._waiting.popleft())
        return [numbered for group, _ in self._unconfirmed for numbered in group]

    def own(self, identifier: str, publisher: object) -> Event | None:
        """An event that comes back from where it was sent, if it was sent here: nobody needs to read it again."""
        return self._sent.pop(identifier, None) if publisher == self._publisher else None

    def settle(self) -> None:
        """Know that what was sent last is confirmed."""
        for group, answer in self._unconfirmed:
            self._count -= len(group)
            if not answer.done():
                answer.set_result(None)
        self._unconfirmed.clear()

    def refuse(self, reason: str) -> None:
        """Answer all who wait that nothing will come of it."""
        for _, answer in (*self._unconfirmed, *self._waiting):
            if not answer.done():
                answer.set_exception(Unavailable(reason))
        self._unconfirmed.clear()
        self._waiting.clear()
        self._count = 0

    def _number(self, event: Event) -> Numbered:
        self._sequence += 1
        self._sent[event.id] = event
        if len(self._sent) > self._most:
            del self._sent[next(iter(self._sent))]
        return Numbered(event, self._publisher, self._sequence)
