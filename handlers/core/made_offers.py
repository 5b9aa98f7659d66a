"""What one process remembers of the offers that it has made: until when each holds, and to whom it was made."""

from handlers.core.agent_queues import Place
from handlers.core.clock import Moment

_MOST = 10_000


class MadeOffers:
    """Offers by the lease that they are of. Those that have lapsed are kept too, until there are many.

    What was taken lately is known as well: whoever has looked just before finds it waiting still.
    """

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], int] = {}
        self._made: dict[tuple[str, str], dict[str, tuple[int, Moment]]] = {}
        self._enough = _MOST

    def until(self, place: Place, lease: str, token: int) -> Moment:
        """Until when an agent's offer holds, or did; 0 where none is known under this token."""
        known, until = self._made.get((place[0], lease), {}).get(place[1], (0, 0))
        return until if known == token else 0

    def keep(self, place: Place, lease: str, token: int, until: Moment, now: Moment) -> None:
        """Know that an agent was offered a lease."""
        self._made.setdefault((place[0], lease), {})[place[1]] = token, until
        if len(self._made) > self._enough:
            self._made = {name: made for name, made in self._made.items() if any(at > now for _, at in made.values())}
            self._enough = max(_MOST, 2 * len(self._made))

    def of(self, tenant: str, lease: str, now: Moment) -> list[tuple[str, int]]:
        """The agents that are offered a lease, and under which token."""
        made = self._made.get((tenant, lease), {})
        return [(agent, token) for agent, (token, until) in made.items() if until > now]

    def take(self, tenant: str, lease: str, token: int) -> None:
        """Know that somebody has a lease, under that token."""
        self._taken[tenant, lease] = token
        if len(self._taken) > _MOST:
            del self._taken[next(iter(self._taken))]

    def is_taken(self, tenant: str, lease: str, token: int) -> bool:
        """Whether a lease was taken under this token, or a later one."""
        return self._taken.get((tenant, lease), 0) >= token

    def forget(self, tenant: str, lease: str) -> None:
        """Know nothing of a lease any more."""
        self._made.pop((tenant, lease), None)
