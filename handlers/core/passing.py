"""What is told to whoever is there, and takes no place in the log.

It is kept elsewhere: here is who is told of it, and what waits for one who is busy.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Protocol

from handlers.core.events import Gap, Logged

_MOST = 256
Interest = tuple[str, str | None]
Push = Callable[[Sequence[Logged]], bool]


class Listener(Protocol):
    """One who is told."""

    def hand(self, entries: Sequence[Logged]) -> None:
        """Hear of what may be wanted."""

    def miss(self) -> None:
        """Hear that something is missing, and nobody knows how much."""


class Passing:
    """Who is told of what, found by tenant and subject."""

    def __init__(self) -> None:
        self._listeners: dict[Interest, set[Listener]] = {}
        self._count: defaultdict[str, int] = defaultdict(int)

    def remember(self, listener: Listener, interests: frozenset[Interest]) -> None:
        """Tell a listener what it may want."""
        for interest in interests:
            self._listeners.setdefault(interest, set()).add(listener)
            self._count[interest[0]] += 1

    def forget(self, listener: Listener, interests: frozenset[Interest]) -> None:
        """Tell a listener nothing more."""
        for interest in interests:
            listeners = self._listeners[interest]
            listeners.discard(listener)
            if not listeners:
                del self._listeners[interest]
            self._count[interest[0]] -= 1
            if not self._count[interest[0]]:
                del self._count[interest[0]]

    def has(self, tenant: str) -> bool:
        """Whether anybody listens in a tenant."""
        return tenant in self._count

    def tell(self, tenant: str, entries: Sequence[Logged]) -> None:
        """Hand everybody what they may want."""
        for listener in tuple(self._listeners.get((tenant, None), ())):
            listener.hand(entries)
        by_subject: dict[str, list[Logged]] = {}
        for logged in entries:
            if (tenant, logged.event.subject) in self._listeners:
                by_subject.setdefault(logged.event.subject, []).append(logged)
        for subject, some in by_subject.items():
            for listener in tuple(self._listeners[tenant, subject] - self._listeners.get((tenant, None), set())):
                listener.hand(some)

    def missed(self) -> None:
        """Have everybody know that something did not get here."""
        for listener in {one for listeners in self._listeners.values() for one in listeners}:
            listener.miss()


def is_taken(push: Push, entries: Sequence[Logged]) -> bool:
    """Whether entries could be handed over at once. A defect in that is for whoever waits for them, and nobody else."""
    try:
        return push(entries)
    except Exception:  # noqa: BLE001 - whoever waits is given the entries in its own task, which meets the same defect
        return False


class Waiting:
    """What waits for one listener: the latest, and how many have not found room before them."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._entries: deque[Logged] = deque()
        self._lost: int | None = None

    def __bool__(self) -> bool:
        return bool(self._entries) or self._lost is not None

    def add(self, entries: Sequence[Logged]) -> None:
        """Keep entries; the oldest make room."""
        self._entries.extend(entries)
        while len(self._entries) > self._most:
            self._entries.popleft()
            self._lost = (self._lost or 0) + 1

    def miss(self) -> None:
        """Know that something is missing."""
        self._entries.clear()
        self._lost = self._lost or 0

    def take(self) -> list[Logged | Gap]:
        """All of it, what is missing first."""
        taken = [*([] if self._lost is None else [Gap(self._lost)]), *self._entries]
        self.clear()
        return taken

    def clear(self) -> None:
        """Keep nothing."""
        self._entries.clear()
        self._lost = None
