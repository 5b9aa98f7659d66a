"""Callbacks: the end of a command, posted to the address that was given with it, in the words of its dialect.

They follow from the log of events, under a name that follows from the event: however often it is read, there is one.
Those to one address wait in one lane, so that whoever hangs delays nobody else.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256

from handlers.core.clock import Clock, Moment
from handlers.core.collections import DELIVERIES
from handlers.core.command_lives import ENDS, Command
from handlers.core.deliveries import new_delivery
from handlers.core.events import Event, Logged
from handlers.core.outgoing import Answer, Parcel
from handlers.core.ports import Document, Documents
from handlers.core.signing import named

KIND = "callback"
Wake = Callable[[str, str, str], Awaitable[None]]
Words = Mapping[str, Callable[[Command], bytes]]


class Callbacks:
    """Consumes the log of events for callbacks, and is the `Recipient` of their deliveries."""

    def __init__(self, documents: Documents, words: Words, wake: Wake, clock: Clock) -> None:
        self._documents = documents
        self._words = words
        self._wake = wake
        self._clock = clock

    async def consume(self, events: Sequence[Logged]) -> None:
        """Make the deliveries of some events. One that is there already stays as it is."""
        for logged in events:
            event = logged.event
            if event.type in ENDS and event.data.get("callback_url") is not None:
                await self._make(event)

    async def pack(self, delivery: Document) -> Parcel:
        """How the command has ended."""
        command = Command.of(delivery["command"])
        body = self._words[command.callback_dialect or "v2"](command)
        headers = {"Content-Type": "application/json", **named(delivery["event_id"], self._clock() // 1000)}
        return Parcel(command.callback_url or "", headers, body)

    async def hear(self, delivery: Document, answer: Answer, at: Moment) -> None:
        """Nobody keeps count of an address."""

    async def _make(self, event: Event) -> None:
        url = event.data["callback_url"]
        target = sha256(url.encode()).hexdigest()[:32]
        kept = {"command": event.data}
        delivery = new_delivery(KIND, target, event.id, event.type, event.at, self._clock(), **kept)
        await self._documents.insert_many(DELIVERIES, event.tenant, [delivery])
        await self._wake(event.tenant, KIND, target)
