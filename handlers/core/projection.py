"""Names and values between a core record and a dialect, as data: what differs, and nothing else."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from handlers.core.clock import Moment

Shown = TypeVar("Shown")
_MOMENTS = (Moment, Moment | None)
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999


def same(value: Any) -> Any:
    """The value itself."""
    return value


@dataclass(frozen=True)
class Codec:
    """How one kind of value looks in a dialect, and how it is read from there."""

    show: Callable[[Any], Any] = same
    read: Callable[[Any], Any] = same


_PLAIN = Codec()


class Words:
    """How a dialect says one kind of record: only what it says otherwise than the core is written down.

    `names` are its own names for the core's fields, `codecs` its own forms of values, by the core's names; `times` is
    how it writes any moment. Which fields it shows, its generated models say.
    """

    def __init__(
        self,
        record: type,
        times: Codec,
        names: Mapping[str, str] = MappingProxyType({}),
        codecs: Mapping[str, Codec] = MappingProxyType({}),
    ) -> None:
        kinds = get_type_hints(record, include_extras=True)
        self.fields = dict(zip(kinds, kinds, strict=True)) | dict(names)
        self._codecs = {core: times for core, kind in kinds.items() if kind in _MOMENTS} | dict(codecs)
        self._of = cache(self._fields_of)

    def show(self, model: type[Shown], record: Any, **apart: Any) -> Shown:
        """The record as one of the dialect's models, without what it does not have. `apart` is what the caller says."""
        return self.show_whole(model, record, {}, **apart)

    def show_whole(self, model: type[Shown], record: Any, missing: Mapping[str, Any], **apart: Any) -> Shown:
        """The record as one of the dialect's models; `missing` is said of what it does not have."""
        shown = dict(missing)
        for wire, core, show in self._of(model):
            value = getattr(record, core)
            if value is not None:
                shown[wire] = value if show is None else show(value)
        shown.update(apart)
        return model(**shown)

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The core's fields for those that a caller has given; None takes one away."""
        return {core: self._read(core, given[wire]) for wire, core in self._named(given)}

    def _read(self, core: str, value: Any) -> Any:
        return None if value is None else self._codecs.get(core, _PLAIN).read(value)

    def _named(self, given: Iterable[str]) -> Iterator[tuple[str, str]]:
        return ((wire, self.fields[wire]) for wire in given)

    def _fields_of(self, model: Any) -> tuple[tuple[str, str, Callable[[Any], Any] | None], ...]:
        """The fields of a model that a record has: wire name, core name, and how to show the value."""
        known = [name for name in model.model_fields if name in self.fields]
        return tuple(
            (wire, core, self._codecs[core].show if core in self._codecs else None) for wire, core in self._named(known)
        )


class Choices:
    """A dialect's words for the core's values: the value itself unless it has another word.

    Where several values share one word, reading gives all.
    """

    def __init__(self, values: Iterable[str], **words: str) -> None:
        self._words = {value: words.get(value, value) for value in values}
        self._cores: dict[str, tuple[str, ...]] = {}
        for core, word in self._words.items():
            self._cores[word] = (*self._cores.get(word, ()), core)
        self.codec = Codec(self._words.__getitem__, self._read)

    @property
    def values(self) -> frozenset[str]:
        """The core's values that the dialect has words for."""
        return frozenset(self._words)

    @property
    def words(self) -> frozenset[str]:
        """The dialect's words for them."""
        return frozenset(self._cores)

    def word_of(self, value: str, otherwise: str) -> str:
        """The dialect's word for a value, or for one that is none of the core's."""
        return self._words.get(value, otherwise)

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


@lru_cache(maxsize=8192)
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


# Things that have more to say, of which only the names are said.
NAMES = Codec(lambda things: [thing["name"] for thing in things], lambda names: [{"name": name} for name in names])
ISO_SECONDS = Codec(iso_seconds, read_iso)
ISO_MILLISECONDS = Codec(iso_milliseconds, read_iso)
EPOCH_SECONDS = Codec(lambda at: at // 1000, lambda seconds: seconds * 1000)
# Rounded, so that 0.07 is 7 and not 7.000000000000001 elsewhere.
RATIO = Codec(lambda percent: round(percent / 100, 12), lambda ratio: round(ratio * 100, 10))
