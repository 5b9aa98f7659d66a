"""Time as the core counts it, and identifiers that sort by it."""

import secrets
from collections.abc import Callable
from time import time
from typing import Annotated

# Milliseconds since the epoch.
Moment = Annotated[int, "a moment"]
Clock = Callable[[], Moment]
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_DIGITS = 10
_RANDOM_DIGITS = 10


def system_clock() -> int:
    """Milliseconds since the epoch."""
    return int(time() * 1000)


def new_id(kind: str, now: int, separator: str = "_") -> str:
    """A fresh identifier, `task_01k9f3x2m8…`: later ones sort behind earlier ones."""
    return kind + separator + _digits(now, _TIME_DIGITS) + _digits(secrets.randbits(5 * _RANDOM_DIGITS), _RANDOM_DIGITS)


def _digits(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))
