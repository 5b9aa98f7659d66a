"""What one connection has subscribed to: several wishes over one place in the log, and each event once.

A subscription that goes back in the log takes the connection's place back with it; what the others have been given
already is not given again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from handlers.core.events import NOTHING, EventFilter, EventLog, Gap, Logged, all_of, place_of


@dataclass(frozen=True)
class _Subscription:
    """What is wanted of all that lies behind a place."""

    wanted: EventFilter
    epoch: str
    offset: int

    @classmethod
    def behind(cls, cursor: str, wanted: EventFilter) -> "_Subscription":
        return cls(wanted, *place_of(cursor))

    def admits(self, logged: Logged) -> bool:
        is_new = not logged.is_kept or logged.offset > self.offset or logged.epoch != self.epoch
        return is_new and self.wanted.admits(logged)

    def served(self, cursor: str) -> "_Subscription":
        """The same, when all up to a place was given."""
        epoch, offset = place_of(cursor)
        return replace(self, epoch=epoch, offset=max(offset, self.offset) if epoch == self.epoch else offset)

    def at_most(self, cursor: str) -> "_Subscription":
        """The same, but not beyond a place."""
        epoch, offset = place_of(cursor)
        return replace(self, offset=min(offset, self.offset)) if epoch == self.epoch else self


class _Wishes:
    """What any of some subscriptions asks for."""

    def __init__(self, subscriptions: Iterable[_Subscription]) -> None:
        self._all = tuple(subscriptions)

    @cached_property
    def subjects(self) -> frozenset[str] | None:
        return all_of(subscription.wanted.subjects for subscription in self._all)

    @cached_property
    def passing(self) -> frozenset[str] | None:
        return all_of(subscription.wanted.passing for subscription in self._all)

    def admits(self, logged: Logged) -> bool:
        return any(subscription.admits(logged) for subscription in self._all)

    def want(self, logged: Logged) -> bool:
        """Whether it would be admitted if it had not been given."""
        return any(subscription.wanted.admits(logged) for subscription in self._all)


class Feed:
    """Events for one connection, in the order of the log."""

    def __init__(self, log: EventLog, tenant: str) -> None:
        self._log = log
        self._follower = log.follow(tenant, NOTHING)
        self._subscriptions: dict[str, _Subscription] = {}
        self._wishes = _Wishes(())
        self._is_void = False
        self._ask()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Logged | Gap:
        entry = await anext(aiter(self._follower))
        self._is_void = False
        if isinstance(entry, Gap):
            self._come_back()
        return entry

    @property
    def names(self) -> list[str]:
        """What is subscribed to, by the names that were given."""
        return list(self._subscriptions)

    @property
    def end(self) -> str:
        """The cursor at the present end of the log."""
        return self._log.newest()

    def subscribe(self, name: str, wanted: EventFilter, after: str | None = None) -> None:
        """Ask for events from now on, or from behind a cursor; in place of what has had the name before."""
        self._settle()
        self._subscriptions[name] = _Subscription.behind(after or self.end, wanted)
        back = after is not None and self._lies_back(after)
        self._ask()
        if back:
            self._follower.move(after)

    def unsubscribe(self, name: str) -> None:
        """Ask for no more of this."""
        self._subscriptions.pop(name, None)
        self._ask()

    def resume(self, after: str) -> None:
        """Go on with everything behind a cursor."""
        held = self._subscriptions.items()
        self._subscriptions = {name: _Subscription.behind(after, one.wanted) for name, one in held}
        self._is_void = True
        self._ask()
        self._follower.move(after)

    def admits(self, entry: Logged | Gap) -> bool:
        """Whether what was taken last is still wanted; what comes again is not."""
        return isinstance(entry, Gap) or (not self._is_void and self._wishes.want(entry))

    def pass_to(self, push: Callable[[Sequence[Logged]], bool]) -> None:
        """Have what takes no place in the log handed over at once, when nothing else waits to be told."""
        self._follower.push = push

    def close(self) -> None:
        """Stop following."""
        self._follower.close()

    def _settle(self) -> None:
        """Note how far everybody has been served."""
        served = self._follower.cursor
        self._subscriptions = {name: one.served(served) for name, one in self._subscriptions.items()}

    def _come_back(self) -> None:
        """Leave places that the log has never come to."""
        end = self.end
        self._subscriptions = {name: one.at_most(end) for name, one in self._subscriptions.items()}
        self._ask()

    def _lies_back(self, after: str) -> bool:
        """Whether a place is not ahead of where the connection is: what is not known must be asked of the log."""
        (epoch, offset), (here, place) = place_of(after), place_of(self._follower.cursor)
        return epoch != here or offset < place or offset > place_of(self.end)[1]

    def _ask(self) -> None:
        self._wishes = _Wishes(self._subscriptions.values())
        self._follower.change(self._wishes)
