"""Field and value maps between a core record and a dialect, as data.

A dialect lists its fields once; reading and writing both follow the list. What a record does not have is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999


def same(value: Any) -> Any:
    """The value itself."""
    return value


@dataclass(frozen=True)
class Codec:
    """How one kind of value looks in a dialect, and how it is read from there."""

    show: Callable[[Any], Any] = same
    read: Callable[[Any], Any] = same


@dataclass(frozen=True)
class Field:
    """One field: its name in the dialect, its name in the core, and its kind of value."""

    wire: str
    core: str
    codec: Codec = Codec()


class Projection:
    """The fields of one model."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = tuple(fields)
        self._by_wire = {field.wire: field for field in self._fields}

    def show(self, record: Any) -> dict[str, Any]:
        """The record's fields as the dialect prints them."""
        shown = {}
        for field in self._fields:
            value = getattr(record, field.core)
            if value is not None:
                shown[field.wire] = field.codec.show(value)
        return shown

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The core's fields for those that a caller has given."""
        return {self._by_wire[name].core: self._by_wire[name].codec.read(value) for name, value in given.items()}


class Choices:
    """A map of the core's values to a dialect's. Where several core values share one word, reading gives all."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = dict(words)
        self._cores: dict[str, tuple[str, ...]] = {}
        for core, word in words.items():
            self._cores[word] = (*self._cores.get(word, ()), core)
        self.codec = Codec(self._words.__getitem__, self._read)

    def _read(self, word: str) -> str | tuple[str, ...]:
        values = self._cores[word]
        return values if len(values) > 1 else values[0]

    def all_of(self, word: str | None) -> tuple[str, ...] | None:
        """Every core value that the dialect calls by this word: what a filter means."""
        return None if word is None else self._cores[word]


@lru_cache(maxsize=8192)
def iso_seconds(at: int) -> str:
    """`2025-11-03T01:54:29Z`."""
    return datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19] + "Z"


def iso_milliseconds(at: int) -> str:
    """`2025-11-03T01:54:29.518Z`."""
    return f"{iso_seconds(at)[:-1]}.{at % 1000:03d}Z"


def read_iso(text: str) -> int:
    """Milliseconds since the epoch for an RFC 3339 time.

    A leap second counts as the second after it. What lies outside the years 1 to 9999 is cut off there.
    """
    if text.startswith("0000"):
        return _FIRST
    text = text.upper()
    leap = text[17:19] == "60"
    moment = datetime.fromisoformat(text[:17] + "59" + text[19:] if leap else text)
    at = round(moment.timestamp() * 1000) + (1000 if leap else 0)
    return min(max(at, _FIRST), _LAST)


ISO_SECONDS = Codec(iso_seconds, read_iso)
ISO_MILLISECONDS = Codec(iso_milliseconds, read_iso)
EPOCH_SECONDS = Codec(lambda at: at // 1000, lambda seconds: seconds * 1000)
# Rounded, so that 0.07 is 7 and not 7.000000000000001 elsewhere.
RATIO = Codec(lambda percent: round(percent / 100, 12), lambda ratio: round(ratio * 100, 10))
