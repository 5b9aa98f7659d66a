"""Counting requests: a window of time for each caller, which begins with their first request in it.

Exact within a process. Where several share a store, each counts down what it has leased from the counter there, so that
all together admit no more than the limit, and what one of them says is left is the least that there is.
"""

import asyncio
from collections.abc import Callable, Mapping

from handlers.core.clock import Clock
from handlers.core.counters import Counters
from handlers.core.errors import RateLimited, Unavailable
from handlers.core.limits import Limit
from handlers.core.patience import Patience
from handlers.core.ports import Documents
from handlers.core.seats import Seats

# Callers remembered at once, all categories together; beyond it the oldest of the largest category begins anew.
_CAPACITY = 200_000
_SWEEP = 2
# While the store is silent, this part of a limit is given at a time, each process by itself.
_CREDIT = 10


class Window:
    """What a caller may still do until a moment; `is_final` when there is no more to be had in it.

    `given` is all that this process had to give, and `debt` the part of it of which the shared counter does not know.
    """

    __slots__ = ("debt", "given", "is_final", "lease", "left", "requests", "reset", "until", "waiting")

    def __init__(self, requests: int, until: int) -> None:
        self.requests = requests
        self.left = 0
        self.given = 0
        self.debt = 0
        self.is_final = False
        self.lease: asyncio.Task[bool] | None = None
        self.waiting = 0
        self.end_at(until)

    def end_at(self, until: int) -> None:
        """Let it end then, in milliseconds; `reset` is the same in whole seconds, not too early."""
        self.until = until
        self.reset = -(-until // 1000)

    def give(self, requests: int) -> None:
        """So many requests more."""
        self.left += requests
        self.given += requests

    def give_rest(self) -> None:
        """All that is not given yet, and no more after that."""
        self.give(self.requests - self.given)
        self.is_final = True

    def lend(self, requests: int) -> None:
        """So many requests on credit, if this process alone has not given all that there are."""
        possible = min(requests, self.requests - self.given)
        self.is_final = possible <= 0
        if not self.is_final:
            self.give(possible)
            self.debt += possible

    def receive(self, requests: int) -> None:
        """So many from the shared counter, for what was given on credit first; none when it has no more."""
        paid = min(self.debt, requests)
        self.debt -= paid
        self.give(requests - paid)
        self.is_final = not requests


class Meter:
    """Counts the requests of one category."""

    def __init__(self, limit: Limit, clock: Clock, make_room: Callable[[], None], counters: Counters | None) -> None:
        self.limit = limit
        self.windows: dict[str, Window] = {}
        self._clock = clock
        self._make_room = make_room
        self._counters = counters
        self._milliseconds = limit.seconds * 1000

    def take(self, caller: str, requests: int) -> Window | None:
        """Count a request, if nothing has to be found out for it: the window, or None when `admit` must be asked."""
        window = self.windows.get(caller)
        if window is None or window.left <= 0 or window.requests != requests or window.until <= self._clock():
            return None
        window.left -= 1
        return window

    async def admit(self, caller: str, requests: int) -> Window:
        """Count a request; refuses one too many, and of a strict limit one that cannot be counted."""
        while True:
            window = self._present(caller, requests)
            if window.left > 0:
                window.left -= 1
                return window
            if window.is_final:
                raise self._refusal(window)
            await self._ask(window, caller)

    def is_spent(self, caller: str) -> bool:
        """Whether a caller is known here to have nothing left."""
        window = self.windows.get(caller)
        return window is not None and window.is_final and window.left <= 0 and window.until > self._clock()

    def ahead(self, requests: int) -> tuple[int, int, int]:
        """Limit, remaining and reset as they are said of a request that could not be counted."""
        return requests, 0, -(-(self._clock() + self._milliseconds) // 1000)

    def _present(self, caller: str, requests: int) -> Window:
        now = self._clock()
        window = self.windows.get(caller)
        # A window that would end later than any can is from before the clock was set back.
        if window is None or not 0 < window.until - now <= 2 * self._milliseconds:
            window = self._begin(caller, requests, now)
        elif window.requests != requests:
            self._change(window, requests)
        return window

    def _begin(self, caller: str, requests: int, now: int) -> Window:
        self.windows.pop(caller, None)
        self._sweep(now)
        self._make_room()
        window = self.windows[caller] = Window(requests, now + self._milliseconds)
        if self._counters is None:
            window.give_rest()
        return window

    def _change(self, window: Window, requests: int) -> None:
        """Go on with another limit: what was used under the one before is used."""
        window.requests = requests
        if self._counters is None:
            window.give_rest()
        else:
            window.is_final = False

    def _sweep(self, now: int) -> None:
        """Forget some windows that are over, the oldest first: more than begin."""
        for caller in [caller for caller, _ in zip(self.windows, range(_SWEEP), strict=False)]:
            if self.windows[caller].until <= now:
                del self.windows[caller]

    async def _ask(self, window: Window, caller: str) -> None:
        """Lease more, once for all who wait for it; while the store is silent, give some on credit."""
        if window.lease is None:
            window.lease = asyncio.ensure_future(self._lease(self._counters, window, caller))
        window.waiting += 1
        try:
            is_known = await asyncio.shield(window.lease)
        finally:
            window.waiting -= 1
        if not is_known:
            if self.limit.is_strict:
                raise Unavailable("Nobody can be counted now")
            if window.left <= 0:
                window.lend(max(window.requests // _CREDIT, 1))

    async def _lease(self, counters: Counters, window: Window, caller: str) -> bool:
        """Whether somebody could tell how much is left."""
        name = f"{self.limit.name}:{caller}"
        wanted = max(1, window.waiting) + window.debt
        try:
            lease = await counters.lease(name, window.requests, self._milliseconds, wanted)
        except Unavailable:
            return False
        finally:
            window.lease = None
        window.receive(lease.requests)
        window.end_at(lease.until)
        return True

    def _refusal(self, window: Window) -> RateLimited:
        wait = max(1, -(-(window.until - self._clock()) // 1000))
        return RateLimited(window.requests, self.limit.seconds, retry_after=wait, reset=window.reset)


class IdleMeter(Meter):
    """Counts nothing: every request is the first in its window."""

    def take(self, caller: str, requests: int) -> Window:
        """A window of which nothing is used."""
        window = Window(requests, self._clock() + self._milliseconds)
        window.give_rest()
        return window


class Meters:
    """The meters of all categories, in one process or, where they share a store, in all processes together."""

    def __init__(
        self,
        limits: Mapping[tuple[str, str], Limit | None],
        clock: Clock,
        *,
        documents: Documents | None = None,
        is_counting: bool = True,
        capacity: int = _CAPACITY,
    ) -> None:
        self._capacity = capacity
        patience = Patience(clock)
        counters = Counters(documents, clock, patience) if documents is not None else None
        make = Meter if is_counting else IdleMeter
        self._meters = {
            place: make(limit, clock, self._make_room, counters) if limit is not None else None
            for place, limit in limits.items()
        }
        self._seats = {
            place: Seats(limit.name, limit.concurrent, clock, patience, documents)
            for place, limit in limits.items()
            if is_counting and limit is not None and limit.concurrent is not None
        }

    def of(self, dialect: str, category: str) -> Meter | None:
        """The meter of a category; None where it is not limited."""
        if (dialect, category) not in self._meters:
            raise ValueError(f"The contract sets no limit for {dialect}.{category}")
        return self._meters[dialect, category]

    def seats(self, dialect: str, category: str) -> Seats | None:
        """The seats of a category; None where any number of connections may be open."""
        return self._seats.get((dialect, category))

    def _make_room(self) -> None:
        """Forget the oldest caller of the fullest category if there are too many: nobody is refused for others."""
        every = [meter.windows for meter in self._meters.values() if meter is not None]
        if sum(map(len, every)) >= self._capacity:
            fullest = max(every, key=len)
            del fullest[next(iter(fullest))]
