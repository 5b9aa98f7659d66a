"""What there may be to take, known in the process that has placed it or made room for it, before the log tells of it.

A log that several processes share takes a while to tell even the one that has written. This says nothing that the log
does not say as well: whoever hears it only looks sooner.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

# Told whether there is work, or only room for it.
Wake = Callable[[bool], None]
# Told where as well: a tenant, and a queue's or an agent's name.
Hear = Callable[[str, str, bool], None]


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

    def tell_work(self, tenant: str, queue: str) -> None:
        """Wake those who wait for what is in a queue."""
        self._tell((tenant, queue), is_work=True)

    def tell_room(self, tenant: str, agent: str) -> None:
        """Wake those who wait for an agent to have room."""
        self._tell((tenant, agent), is_work=False)

    def _tell(self, place: tuple[str, str], *, is_work: bool) -> None:
        for wake in tuple(self._waiting.get(place, ())):
            wake(is_work)
        for hear in self._hearing:
            hear(*place, is_work)
