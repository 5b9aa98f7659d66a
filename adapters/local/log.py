"""The event log of a server that is alone: it lies in the embedded store's file, and is followed in memory.

Whoever follows is woken by the commit that an event was part of; nothing here asks whether there is something new.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from handlers.core.errors import Unavailable
from handlers.core.events import EVERYTHING, Event, Follower, Logged, Stretch, Wanted, cursor_of
from handlers.core.tail import Tail


class Bounds(Protocol):
    """How far a log reaches."""

    oldest: int
    newest: int
    epoch: str


class Journal(Protocol):
    """The file that the log lies in."""

    async def append(self, events: Sequence[Event]) -> None:
        """Add events, once each."""

    async def read_log(self, tenant: str | None, after: int, limit: int) -> Stretch:
        """At most `limit` events of a tenant, or of all, behind a place."""

    async def log_bounds(self) -> Bounds:
        """How far the log reaches."""

    def listen(self, hear: Callable[[Sequence[Logged]], None]) -> None:
        """Have the running event loop hear of all new events."""


class LocalEventLog:
    """`EventLog` over a journal that this process alone has open. Open the journal first."""

    def __init__(self, journal: Journal, **bounds: int) -> None:
        self._journal = journal
        self._is_open = False
        self.tail = Tail(_JournalShelf(journal), **bounds)

    async def open(self) -> None:
        """Begin to hear of what is new."""
        reach = await self._journal.log_bounds()
        self.tail.begin(reach.epoch, reach.newest)
        self._journal.listen(self.tail.add)
        self._is_open = True

    async def close(self) -> None:
        """End every follower."""
        self._is_open = False
        self.tail.close()

    async def ping(self) -> None:
        """Whoever can write to the journal reaches everybody."""
        if not self._is_open:
            raise Unavailable("The event log is not open")

    async def append(self, events: Sequence[Event]) -> None:
        """Return when all are safe, in this order."""
        await self._journal.append(events)

    def follow(self, tenant: str | None, wanted: Wanted = EVERYTHING, after: str | None = None) -> Follower:
        """Follow a tenant's events from now on, or from behind a cursor."""
        return self.tail.follow(tenant, wanted, after)

    async def read(self, tenant: str, after: str | None, limit: int) -> Stretch:
        """At most `limit` of a tenant's entries behind a cursor, or from the oldest on."""
        return await self.tail.read(tenant, after, limit)

    def announce(self, tenant: str, events: Sequence[Event]) -> None:
        """Tell whoever follows in this process of events that are kept elsewhere."""
        self.tail.announce(tenant, events)

    def is_heard(self, tenant: str) -> bool:
        """Whether anybody in this process would be told of such events."""
        return self.tail.passing.has(tenant)

    def miss(self) -> None:
        """Have them know that some did not get here."""
        self.tail.passing.missed()

    def newest(self) -> str:
        """The cursor at the present end."""
        return self.tail.newest()

    async def oldest(self) -> str:
        """The cursor before the oldest entry."""
        reach = await self._journal.log_bounds()
        return cursor_of(reach.epoch, reach.oldest - 1)


class _JournalShelf:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def read(self, tenant: str | None, after: int, limit: int) -> Stretch:
        return await self._journal.read_log(tenant, after, limit)
