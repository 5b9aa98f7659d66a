"""Those that the server calls back are few: while it lives, each makes every event one more delivery."""

from collections.abc import Callable, Mapping
from typing import Any

_CREATED = 201
_FEW, _MORE = 3, 20


class Listeners:
    """What was made that the contract says is called back. `remove` ends the oldest, at its place, when it is too many.

    A scenario may use what it has made some steps ago.
    """

    def __init__(self, remove: Callable[[str], None]) -> None:
        self._remove = remove
        self._places: dict[str, None] = {}

    def hear(self, declared: Mapping[str, Any], status: int, place: str | None, *, in_scenario: bool = False) -> None:
        """Know what an operation, as the contract declares it, has answered."""
        most = _MORE if in_scenario else _FEW
        if "callbacks" in declared and status == _CREATED and place is not None:
            self._places.pop(place, None)  # what is made again is as new, and there once
            self._places[place] = None
            while len(self._places) > most:
                oldest = next(iter(self._places))
                del self._places[oldest]
                self._remove(oldest)
