"""Somebody to send to: receivers that answer as they are told, and recipients that know them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from handlers.core.clock import Moment
from handlers.core.outgoing import Answer, Parcel
from handlers.core.ports import Document
from handlers.core.sealing import Place, SealBroken

TAKEN, REFUSED, GONE = Answer(200), Answer(500), Answer(410)
Reply = Callable[[Parcel], Awaitable[Answer]]


@dataclass
class Wire:
    """A `Sender` over nothing: each address answers with what is set for it, and takes it if nothing is."""

    replies: dict[str, Answer | Reply] = field(default_factory=dict)
    sent: list[Parcel] = field(default_factory=list)
    open: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    async def send(self, parcel: Parcel) -> Answer:
        """Answer."""
        self.sent.append(parcel)
        self.open[parcel.url] = self.open.get(parcel.url, 0) + 1
        self.most[parcel.url] = max(self.most.get(parcel.url, 0), self.open[parcel.url])
        await asyncio.sleep(0)
        try:
            reply = self.replies.get(parcel.url, TAKEN)
            return reply if isinstance(reply, Answer) else await reply(parcel)
        finally:
            self.open[parcel.url] -= 1

    def to(self, url: str) -> list[bytes]:
        """What was sent to an address."""
        return [parcel.body for parcel in self.sent if parcel.url == url]


@dataclass
class Callbacks:
    """A `Recipient` whose targets are addresses by themselves, as those of callbacks are."""

    problems: dict[str, Exception] = field(default_factory=dict)
    heard: list[tuple[str, str | None]] = field(default_factory=list)

    async def pack(self, delivery: Document) -> Parcel:
        """The event's name, for the target."""
        if delivery["target"] in self.problems:
            raise self.problems[delivery["target"]]
        return Parcel(delivery["target"], {}, delivery["event_id"].encode())

    async def hear(self, delivery: Document, answer: Answer, at: Moment) -> None:
        """Remember it."""
        self.heard.append((delivery["event_id"], answer.problem))


class OpenBox:
    """A box that hides nothing, and does not open what was sealed for another place."""

    def __init__(self, key: str = "key") -> None:
        self.key = key

    def seal(self, secret: str, place: Place) -> str:
        """The secret and its place."""
        return f"{self.key}|{place}|{secret}"

    def open(self, sealed: str, place: Place) -> str:
        """The secret."""
        _, found, secret = sealed.split("|", 2)
        if found != str(place):
            raise SealBroken
        return secret

    def is_current(self, sealed: str) -> bool:
        """Whether the present key has sealed it."""
        return sealed.startswith(f"{self.key}|")
