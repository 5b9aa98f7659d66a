"""What has happened, and the log that keeps it for a while: whoever follows can stop, and go on where they stopped.

A cursor is the place behind an event, `epoch.offset`. Only a log and its adapters know what is inside: an epoch is one
life of a log, and within it offsets grow, not always by one.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# The event in the name of a place that has none.
_NO_EVENT = "evt-0"
_CURSOR = re.compile(r"([0-9a-z]{1,32})\.([0-9]{1,18})")
# Before the first place of every log: whoever reads from here gets all that there is.
ORIGIN = -1
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Event:
    """Something that has happened to a record; `sequence` is the record's version after it, where it has versions."""

    id: str
    type: str
    tenant: str
    subject: str
    at: int
    data: dict[str, Any]
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Logged:
    """An event in its place in the log, and how many bytes it takes there.

    What is kept elsewhere has no place of its own: then it is the place behind which it was told.
    """

    event: Event
    epoch: str
    offset: int
    size: int
    is_kept: bool = True

    @property
    def cursor(self) -> str:
        """The place behind this event."""
        return cursor_of(self.epoch, self.offset)

    @property
    def name(self) -> str:
        """The event's identifier and its place: what a message is called in a stream."""
        return f"{self.event.id}.{self.cursor}"


@dataclass(frozen=True)
class Gap:
    """So many events were lost; 0 when nobody knows how many."""

    missed: int


class Wanted(Protocol):
    """Which events somebody wants. `subjects` are all names of which each has one; None when that says nothing.

    An event has the name of what it is about, and of work also those of its queue and its agent (`names_of`). `passing`
    says the same of those that take no place in the log: of none, unless somebody asks for them.
    """

    @property
    def subjects(self) -> frozenset[str] | None:
        """Names of which each event has one."""

    @property
    def passing(self) -> frozenset[str] | None:
        """What the events that take no place in the log are about."""

    def admits(self, logged: Logged) -> bool:
        """Whether the event is wanted."""


@dataclass(frozen=True)
class EventFilter:
    """Those events that agree with all that is given.

    `fields` are values that their data has, `among` values that one of some parts of it has; they happened at `since`
    or later, and before `until`. `passes` asks for those too that take no place in the log, about `sender` if given.
    """

    types: frozenset[str] | None = None
    subject: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    since: int | None = None
    until: int | None = None
    among: tuple[tuple[str, tuple[str, ...]], ...] = ()
    passes: bool = False
    sender: str | None = None

    @property
    def subjects(self) -> frozenset[str] | None:
        """The one subject, if it is given."""
        return None if self.subject is None else frozenset((self.subject,))

    @property
    def passing(self) -> frozenset[str] | None:
        """The one sender, if it is given, of what takes no place in the log, if that is asked for."""
        if not self.passes:
            return _NONE
        return None if self.sender is None else frozenset((self.sender,))

    def admits(self, logged: Logged) -> bool:
        """Whether the event is wanted."""
        event = logged.event
        if self.subject not in (None, event.subject) or (self.types is not None and event.type not in self.types):
            return False
        if (self.since is not None and event.at < self.since) or (self.until is not None and event.at >= self.until):
            return False
        data = event.data
        return all(data.get(name) == value for name, value in self.fields) and all(
            any(_has(data.get(part), value) for part in parts) for value, parts in self.among
        )


@dataclass(frozen=True)
class AnyOf:
    """Those events that one of several wants."""

    choices: tuple[Wanted, ...]

    @property
    def subjects(self) -> frozenset[str] | None:
        """What they are about, if all of the choices say so."""
        return all_of(choice.subjects for choice in self.choices)

    @property
    def passing(self) -> frozenset[str] | None:
        """What those are about that take no place in the log, if all of the choices say so."""
        return all_of(choice.passing for choice in self.choices)

    def admits(self, logged: Logged) -> bool:
        """Whether the event is wanted."""
        return any(choice.admits(logged) for choice in self.choices)


def all_of(named: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Everything that is named, if all of them name something."""
    each = list(named)
    return None if None in each else frozenset().union(*each)


def names_of(event: Event) -> set[str]:
    """The names by which somebody may look for an event: its subject, and of work its queue and its agent."""
    data = event.data
    return {event.subject, *(name for name in (data.get("queue"), data.get("agent")) if isinstance(name, str))}


def _has(part: Any, value: str) -> bool:
    """Whether a part of an event's data is a value, or has it in it."""
    return part == value if isinstance(part, str) else part is not None and value in part


EVERYTHING = EventFilter()
NOTHING = EventFilter(types=frozenset())


@dataclass(frozen=True)
class Stretch:
    """A part of the log: a tenant's entries in order, and how far was looked.

    `lost` says that the log does not reach back to where the reading began, or has never come as far.
    """

    entries: Sequence[Logged]
    reached: int
    lost: bool = False


class Shelf(Protocol):
    """Where all entries of a log lie, those too that nobody has in memory any more."""

    async def read(self, tenant: str | None, after: int, limit: int) -> Stretch:
        """At most `limit` entries of a tenant, or of all, behind an offset; from the oldest on if that is gone."""


class Follower(Protocol):
    """One who follows a tenant's events. It holds a place and no events: a slow one is served from the log itself."""

    cursor: str
    # Takes at once what passes while the follower waits at the end of the log, or says that it cannot.
    push: Callable[[Sequence[Logged]], bool] | None

    def __aiter__(self) -> AsyncIterator["Logged | Gap"]:
        """Events in order, a gap where some are lost, until the follower or the log is closed.

        Whoever waits for the next one may give up waiting, and ask again.
        """

    def ready(self, most: int) -> "list[Logged | Gap]":
        """The next of what need not be waited for, at most so much; to be asked while nobody waits for the next one."""

    def change(self, wanted: "Wanted") -> None:
        """Want something else from the place on where it is."""

    def move(self, after: str) -> None:
        """Go on behind another place; a gap comes first if that is too old."""

    def close(self) -> None:
        """Stop following."""


class EventLog(Protocol):
    """The log of all events. What was appended once is there until it is old, and has one place."""

    async def open(self) -> None:
        """Connect, if that takes a connection, or refuse; later interruptions are waited out."""

    async def close(self) -> None:
        """End every follower, and let go."""

    async def ping(self) -> None:
        """Return if events reach the log, and from there everybody, now."""

    async def append(self, events: Sequence[Event]) -> None:
        """Return when all are safe, in this order. An event whose identifier is there already shows once."""

    def follow(self, tenant: str | None, wanted: Wanted = EVERYTHING, after: str | None = None) -> Follower:
        """Follow a tenant's events from now on, or from behind a cursor; a gap comes first if that is too old.

        Without a tenant, those of all: for what works for the installation, never for a caller.
        """

    async def read(self, tenant: str, after: str | None, limit: int) -> Stretch:
        """At most `limit` of a tenant's entries behind a cursor, or from the oldest on."""

    def announce(self, tenant: str, events: Sequence[Event]) -> None:
        """Tell whoever follows in this process of events that are kept elsewhere, and take no place in the log."""

    def is_heard(self, tenant: str) -> bool:
        """Whether anybody in this process would be told of such events."""

    def miss(self) -> None:
        """Have everybody who would be told of such events know that some did not get here."""

    def newest(self) -> str:
        """The cursor at the present end."""

    async def oldest(self) -> str:
        """The cursor before the oldest entry that is still there."""


def cursor_of(epoch: str, offset: int) -> str:
    """The cursor of a place."""
    return f"{epoch}.{max(offset, 0)}"


def is_cursor(text: str) -> bool:
    """Whether a text has the form of a cursor."""
    return _CURSOR.fullmatch(text) is not None


def place_name(cursor: str) -> str:
    """A place as it is called in a stream where no event of the client's stands."""
    return f"{_NO_EVENT}.{cursor}"


def cursor_in(last_event_id: str | None) -> str | None:
    """The cursor in the name that a message has in a stream, `<event>.<cursor>`."""
    return None if last_event_id is None else last_event_id.partition(".")[2]


def place_of(cursor: str) -> tuple[str, int]:
    """The epoch and the offset of a cursor."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise ValueError(f"{cursor!r} is not a cursor")
    return found[1], int(found[2])
