"""Whoever follows a log from its end as one process sees it: a place, what is ready behind it, and what passes it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

from handlers.core.events import ORIGIN, Gap, Logged, Wanted, cursor_of, place_of
from handlers.core.passing import Waiting, is_taken

if TYPE_CHECKING:
    from handlers.core.tail import Tail

_UNKNOWN = Gap(0)

# A tenant, or None for all, and the one name in it that somebody follows, if it is one.
Interest = tuple[str | None, str | None]
Interests = frozenset[Interest]


def _interests(tenant: str | None, wanted: Wanted) -> Interests:
    return frozenset((tenant, name) for name in (wanted.subjects if wanted.subjects is not None else (None,)))


class TailFollower:
    """A place in the log that moves on. While it waits at the end, what it does not want passes it without a sound."""

    def __init__(self, tail: "Tail", tenant: str | None, wanted: Wanted) -> None:
        self._tail = tail
        self._tenant = tenant
        self._wanted = wanted
        self._interests = _interests(tenant, wanted)
        self._place = self._given = tail.head
        self._passed = Waiting()
        self.push: Callable[[Sequence[Logged]], bool] | None = None
        self._ready: deque[Logged | Gap] = deque()
        self._is_new = True
        self._waits = False
        self._closed = False
        self._awake = asyncio.Event()
        self._passes: frozenset[tuple[str, str | None]] = frozenset()
        tail.remember(self, self._interests)
        self._listen(wanted)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Logged | Gap:
        while not self._ready:
            if self._closed:
                raise StopAsyncIteration
            await self._advance()
        return self._give()

    def ready(self, most: int) -> list[Logged | Gap]:
        """The next of what is in memory."""
        given: list[Logged | Gap] = []
        while len(given) < most and (self._ready or self._remembers()):
            if self._ready:
                given.append(self._give())
        return given

    @property
    def cursor(self) -> str:
        """The place behind all that was given, and all that was passed over with it."""
        if self._ready:
            return cursor_of(self._tail.epoch, self._given)
        return self._tail.newest() if self._waits else cursor_of(self._tail.epoch, self._place)

    def offer(self, logged: Logged) -> None:
        """Hear of a new entry that may be wanted."""
        if self._waits and logged.offset > self._place:
            wanted = self._wanted.admits(logged)
            self._place = logged.offset - 1 if wanted else logged.offset
            if wanted:
                self._wake()

    def change(self, wanted: Wanted) -> None:
        """Want something else from the place on where it is; what is ready is given if it is still wanted."""
        if self._waits:
            self._place = max(self._place, self._tail.head)
        self._tail.forget(self, self._interests)
        self._wanted, self._interests = wanted, _interests(self._tenant, wanted)
        self._tail.remember(self, self._interests)
        self._listen(wanted)
        kept = [entry for entry in self._ready if isinstance(entry, Gap) or wanted.admits(entry)]
        self._ready = deque(kept)

    def hand(self, entries: Sequence[Logged]) -> None:
        """Hear of what takes no place in the log. It comes behind all of the log that is there already."""
        admitted = [logged for logged in entries if self._wanted.admits(logged)]
        if not admitted or (self._waits and self.push is not None and is_taken(self.push, admitted)):
            return
        self._passed.add(admitted)
        if self._waits:
            self._wake()

    def miss(self) -> None:
        """Hear that something has passed that did not get here."""
        self._passed.miss()
        if self._waits:
            self._wake()

    def move(self, after: str) -> None:
        """Go on behind another place; a gap comes first if it is one of another log."""
        epoch, place = place_of(after)
        self._ready = deque(entry for entry in self._ready if isinstance(entry, Gap))
        if epoch != self._tail.epoch:
            self._ready.append(_UNKNOWN)
            place = ORIGIN
        self._place = self._given = place
        self._is_new = True
        self._wake()

    def interrupt(self, place: int) -> None:
        """Go on in another log, and say that events may be missing in between."""
        self._ready.append(_UNKNOWN)
        self._passed.clear()
        self._place = place
        self._wake()

    def close(self) -> None:
        """Stop following; what was fetched can still be read."""
        self._closed = True
        self._tail.forget(self, self._interests)
        self._interests = frozenset()
        self._tail.passing.forget(self, self._passes)
        self._passes = frozenset()
        self._wake()

    def _listen(self, wanted: Wanted) -> None:
        """Be told of what takes no place in the log, as far as it is wanted; no follower of all tenants is."""
        self._tail.passing.forget(self, self._passes)
        passing = frozenset() if self._tenant is None else wanted.passing
        subjects = (None,) if passing is None else passing
        self._passes = frozenset((self._tenant, subject) for subject in subjects)
        self._tail.passing.remember(self, self._passes)

    def _give(self) -> Logged | Gap:
        given = self._ready.popleft()
        if isinstance(given, Logged) and given.is_kept:
            self._given = given.offset
        return given

    def _remembers(self) -> bool:
        """Move on over what the tail has in memory, wanted or not; whether there was anything."""
        if self._closed or self._is_new or self._place < self._tail.floor:
            return False
        found = self._tail.behind(self._tenant, self._place)
        if found:
            self._take(found, found[-1].offset)
        return bool(found)

    async def _advance(self) -> None:
        tail = self._tail
        was_new, self._is_new = self._is_new, False
        if self._place < tail.floor or (was_new and self._place > tail.head):
            await self._fetch()
            return
        if self._remembers():
            return
        if self._passed:
            self._ready.extend(self._passed.take())
        else:
            await self._wait()

    async def _fetch(self) -> None:
        """Read from the shelf. What came from a log that has ended meanwhile is worth nothing."""
        epoch, place = self._tail.epoch, self._place
        found = await self._tail.from_shelf(self._tenant, place)
        if (epoch, place) != (self._tail.epoch, self._place):
            return
        if found.lost:
            self._ready.append(_UNKNOWN)
        self._take(found.entries, found.reached)

    def _take(self, entries: Sequence[Logged], reached: int) -> None:
        self._ready.extend(logged for logged in entries if self._wanted.admits(logged))
        self._place = reached

    async def _wait(self) -> None:
        self._awake.clear()
        self._waits = True
        try:
            await self._awake.wait()
        finally:
            if self._waits:  # given up: what has come meanwhile was not wanted
                self._place = max(self._place, self._tail.head)
            self._waits = False

    def _wake(self) -> None:
        self._waits = False
        self._awake.set()
