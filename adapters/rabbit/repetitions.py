"""What comes twice: a publisher that saw no confirmation sends again, and two may tell of the same change.

A record that was deleted and made anew begins with its first version again, so a version alone makes nothing old.
"""

from collections import OrderedDict
from typing import Any

from handlers.core.events import Event

# How far behind the first the second of two stands at most, but for a publisher that was away while others went on:
# one of a batch that saw no confirmation is sent again when the broker is back, or by the next who looks after it.
DISTANCE = 2_000
_MOST = 50_000


class Repetitions:
    """Knows the latest events, by their identifiers, and the version of each record that was told last."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._versions: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()

    def is_one(self, event: Event) -> bool:
        """Whether this was here before, or is older than what was; if not, it is known from now on."""
        record = (event.tenant, event.subject)
        version, at = self._versions.get(record, (0, 0))
        if event.id in self._seen or (event.sequence < version and event.at <= at):
            return True
        self._remember(self._seen, event.id, None)
        if event.sequence:
            self._remember(self._versions, record, (event.sequence, event.at))
        return False

    def _remember(self, known: "OrderedDict[Any, Any]", key: Any, value: Any) -> None:
        known[key] = value
        known.move_to_end(key)
        if len(known) > self._most:
            known.popitem(last=False)
