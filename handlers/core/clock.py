"""Time as the core counts it, and identifiers that sort by it."""

from collections.abc import Callable
from functools import lru_cache
from time import time_ns
from typing import Annotated

from handlers.core.chance import bits

# Milliseconds since the epoch.
Moment = Annotated[int, "a moment"]
Clock = Callable[[], Moment]
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Every pair of digits, so that ten of them take five steps.
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_TEN_DIGITS = 50  # in bits


def system_clock() -> int:
    """Milliseconds since the epoch."""
    return time_ns() // 1_000_000


def new_id(kind: str, now: int, separator: str = "_") -> str:
    """A fresh identifier, `task_01k9f3x2m8…`: later ones sort behind earlier ones. A name, and no secret."""
    return f"{kind}{separator}{_time_digits(now)}{_ten_digits(bits(_TEN_DIGITS))}"


@lru_cache(maxsize=16)
def _time_digits(now: int) -> str:
    """The digits of a moment: many identifiers are made in each."""
    return _ten_digits(now)


def _ten_digits(number: int) -> str:
    first, second, third = _PAIRS[number >> 40 & 1023], _PAIRS[number >> 30 & 1023], _PAIRS[number >> 20 & 1023]
    return f"{first}{second}{third}{_PAIRS[number >> 10 & 1023]}{_PAIRS[number & 1023]}"
