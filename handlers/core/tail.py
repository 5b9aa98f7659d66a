"""The end of a log, as one process sees it: the recent entries, bounded, and whoever follows from there.

Followers hold places, not events. Whoever is behind what is kept here reads from the shelf until they are back, so
that nobody's slowness costs memory, and nobody loses anything that the log still has.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from itertools import islice, takewhile

from handlers.core.events import (
    EVERYTHING,
    ORIGIN,
    Event,
    Logged,
    Shelf,
    Stretch,
    Wanted,
    cursor_of,
    names_of,
    place_of,
)
from handlers.core.passing import Passing
from handlers.core.tail_followers import Interest, Interests, TailFollower

_MOST = 10_000
_MOST_BYTES = 32 * 1024 * 1024
_CHUNK = 64


class Tail:
    """The recent entries of one log. All that lies behind `floor` and up to `head` is here."""

    def __init__(self, shelf: Shelf, *, most: int = _MOST, most_bytes: int = _MOST_BYTES) -> None:
        self.epoch = ""
        self.head = 0
        self.floor = 0
        self._shelf = shelf
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._recent: deque[Logged] = deque()
        self._of_tenant: dict[str, deque[Logged]] = {}
        self._followers: dict[Interest, set[TailFollower]] = {}
        self.passing = Passing()

    def begin(self, epoch: str, head: int) -> None:
        """See the log from here on. Whoever has followed another one is told that events may be missing."""
        self.epoch, self.head, self.floor, self._bytes = epoch, head, head, 0
        self._recent.clear()
        self._of_tenant.clear()
        for follower in self._all():
            follower.interrupt(head)

    def add(self, entries: Sequence[Logged]) -> None:
        """Take new entries, and wake whoever wants one. Offsets that do not grow are those of another life."""
        for logged in entries:
            if logged.epoch != self.epoch or logged.offset <= self.head:
                self.begin(logged.epoch, logged.offset - 1)
            self._keep(logged)
            tenant = logged.event.tenant
            for interest in (*((tenant, name) for name in names_of(logged.event)), (tenant, None), (None, None)):
                for follower in tuple(self._followers.get(interest, ())):
                    follower.offer(logged)
        self._trim()

    def announce(self, tenant: str, events: Sequence[Event]) -> None:
        """Tell whoever is here of events of a tenant that are kept elsewhere."""
        if self.passing.has(tenant):
            self.passing.tell(
                tenant, [Logged(event, self.epoch, max(self.head, 0), 0, is_kept=False) for event in events]
            )

    def pass_over(self, offset: int) -> None:
        """Know that an offset holds nothing for anybody."""
        self.head = max(self.head, offset)

    def behind(self, tenant: str | None, offset: int, limit: int = _CHUNK) -> list[Logged]:
        """The next entries of a tenant, or of all, that are kept here."""
        kept = self._recent if tenant is None else self._of_tenant.get(tenant)
        if not kept or kept[-1].offset <= offset:
            return []
        newest = list(takewhile(lambda logged: logged.offset > offset, islice(reversed(kept), limit + 1)))
        if len(newest) <= limit:
            return newest[::-1]
        first = bisect_right(kept, offset, key=lambda logged: logged.offset)
        return [kept[place] for place in range(first, min(first + limit, len(kept)))]

    def follow(self, tenant: str | None, wanted: Wanted = EVERYTHING, after: str | None = None) -> TailFollower:
        """Follow from now on, or from behind a cursor."""
        follower = TailFollower(self, tenant, wanted)
        if after is not None:
            follower.move(after)
        return follower

    async def read(self, tenant: str, after: str | None, limit: int) -> Stretch:
        """At most `limit` of a tenant's entries behind a cursor, or from the oldest on."""
        epoch, place = (self.epoch, ORIGIN) if after is None else place_of(after)
        if epoch == self.epoch:
            return await self.from_shelf(tenant, place, limit)
        found = await self.from_shelf(tenant, ORIGIN, limit)
        return Stretch(found.entries, found.reached, lost=True)

    async def from_shelf(self, tenant: str | None, offset: int, limit: int = _CHUNK) -> Stretch:
        """Entries that may not be kept here."""
        return await self._shelf.read(tenant, offset, limit)

    def newest(self) -> str:
        """The cursor at the present end."""
        return cursor_of(self.epoch, self.head)

    def remember(self, follower: TailFollower, interests: Interests) -> None:
        """Offer a follower what it may want."""
        for interest in interests:
            self._followers.setdefault(interest, set()).add(follower)

    def forget(self, follower: TailFollower, interests: Interests) -> None:
        """Offer nothing more to a follower."""
        for interest in interests:
            followers = self._followers[interest]
            followers.discard(follower)
            if not followers:
                del self._followers[interest]

    def close(self) -> None:
        """End every follower."""
        for follower in self._all():
            follower.close()

    def __len__(self) -> int:
        """How many follow a tenant."""
        of_tenants = [found for (tenant, _), found in self._followers.items() if tenant is not None]
        return len(set().union(*of_tenants))

    def _all(self) -> set[TailFollower]:
        return {follower for followers in self._followers.values() for follower in followers}

    def _keep(self, logged: Logged) -> None:
        self._recent.append(logged)
        self._of_tenant.setdefault(logged.event.tenant, deque()).append(logged)
        self._bytes += logged.size
        self.head = logged.offset

    def _trim(self) -> None:
        while len(self._recent) > self._most or self._bytes > self._most_bytes:
            oldest = self._recent.popleft()
            self._bytes -= oldest.size
            self.floor = oldest.offset
            kept = self._of_tenant[oldest.event.tenant]
            kept.popleft()
            if not kept:
                del self._of_tenant[oldest.event.tenant]
