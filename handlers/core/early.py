"""What there may be to take, known in the process that has placed it or made room for it, before the log tells of it.

A log that several processes share takes a while to tell even the one that has written. This says nothing that the log
does not say as well: whoever hears it only looks sooner.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from handlers.core.ports import Document
from handlers.core.work import WorkKind

# A piece of work that has come to its place.
Placed = tuple[WorkKind, Document]
# Told of work, or of none where there is only room for it.
Wake = Callable[[Placed | None], None]
# Told where as well: a tenant, and a queue's or an agent's name.
Hear = Callable[[str, str, Placed | None], None]


class Early:
    """Wakes those of one process who wait for work in a queue, or for an agent of that name to have room."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], set[Wake]] = {}
        self._hearing: set[Hear] = set()

    def listen(self, hear: Hear) -> None:
        """Hear of everything from now on."""
        self._hearing.add(hear)

    def ignore(self, hear: Hear) -> None:
        """Hear no more."""
        self._hearing.discard(hear)

    @contextmanager
    def listening(self, tenant: str, names: Sequence[str], wake: Wake) -> Iterator[None]:
        """Be woken for these names for a while."""
        places = [(tenant, name) for name in names]
        for place in places:
            self._waiting.setdefault(place, set()).add(wake)
        try:
            yield
        finally:
            for place in places:
                self._waiting[place].discard(wake)
                if not self._waiting[place]:
                    del self._waiting[place]

    def tell_work(self, kind: WorkKind, record: Document) -> None:
        """Wake those who wait for what is in the queue of this work."""
        self._tell((record["tenant"], record["queue"]), (kind, record))

    def tell_room(self, tenant: str, agent: str) -> None:
        """Wake those who wait for an agent to have room."""
        self._tell((tenant, agent), None)

    def _tell(self, place: tuple[str, str], work: Placed | None) -> None:
        for wake in tuple(self._waiting.get(place, ())):
            wake(work)
        for hear in self._hearing:
            hear(*place, work)
