"""When an alert fires, and when it is over: what one value says of it."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ABSENT = "absent"
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
}
_UPWARD, _DOWNWARD = ("gt", "gte"), ("lt", "lte")
_SECOND = 1000


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison that has to hold for so long; it holds on until a value is behind the threshold by `hysteresis`.

    `absent` compares nothing: it holds when nothing was heard for so long.
    """

    operator: str
    threshold: float = 0
    hysteresis: float = 0
    for_seconds: int = 0

    @property
    def is_absence(self) -> bool:
        """Whether it is about silence."""
        return self.operator == ABSENT

    @property
    def lasting(self) -> int:
        """The milliseconds that it has to hold for."""
        return self.for_seconds * _SECOND

    @property
    def bound(self) -> float:
        """What an alert is told to have passed: the threshold, or the seconds of silence."""
        return self.for_seconds if self.is_absence else self.threshold

    @property
    def calm(self) -> tuple[float, float]:
        """Strictly between these no value is reason for an alert; where none can be told, nothing is between."""
        if self.operator in _UPWARD:
            return float("-inf"), self.threshold
        if self.operator in _DOWNWARD:
            return self.threshold, float("inf")
        return float("inf"), float("-inf")

    def holds(self, value: float) -> bool:
        """Whether a value is reason for an alert."""
        return _COMPARE[self.operator](value, self.threshold)

    def is_over(self, value: float) -> bool:
        """Whether a value ends an alert. None does both."""
        back = self.hysteresis if self.operator in _DOWNWARD else -self.hysteresis
        return not _COMPARE[self.operator](value, self.threshold + back)


def condition_of(said: Mapping[str, Any]) -> Condition:
    """The condition that a rule keeps."""
    return Condition(**said)
