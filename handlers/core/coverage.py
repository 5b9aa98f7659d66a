"""Which parts of a range a series is made of rollups for, and which of frames. Knows no store."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby, pairwise

from handlers.core.clock import Moment
from handlers.core.rollups import HOUR, SPANS, beginning

# Each part is a question to the store.
_MOST_RUNS = 24


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a range, and the span of the rollups that it is read from; None: the frames."""

    since: Moment
    until: Moment
    span: str | None = None


def stretches(
    since: Moment, until: Moment, origin: Moment, interval: int, known_since: Moment, open_hours: Iterable[Moment]
) -> list[Stretch]:
    """A range as it is to be read: of frames where an hour is open or not known, or where a rollup would be too long.

    A rollup is good for a series if it lies in one of its intervals; so the intervals begin with rollups, unless the
    range has only one. Hours are open only where all frames are there, also of the hours between them.
    """
    is_one = until - origin <= interval
    spans = [span for span, length in SPANS.items() if is_one or not (origin % length or interval % length)]
    if not spans:
        return [Stretch(since, until)]
    parts: list[Stretch] = []
    for part in _settled(since, until, known_since, open_hours):
        parts += [part] if part.span is None else _covered(part.since, part.until, spans)
    return list(_joined(parts))


def _settled(since: Moment, until: Moment, known_since: Moment, open_hours: Iterable[Moment]) -> Iterator[Stretch]:
    """The range in parts: those of frames, and those that may be read from rollups, of whatever span."""
    reached = since
    unsettled = [(since, known_since), *_runs(sorted(open_hours))]
    for first, last in unsettled:
        start, end = max(first, reached), min(last, until)
        if start < end:
            if reached < start:
                yield Stretch(reached, start, "any")
            yield Stretch(start, end)
            reached = end
    if reached < until:
        yield Stretch(reached, until, "any")


def _runs(hours: Sequence[Moment]) -> list[tuple[Moment, Moment]]:
    """Hours as parts of a range, and not too many: those nearest to each other become one, with what lies between."""
    gaps = nlargest(_MOST_RUNS - 1, range(1, len(hours)), key=lambda place: hours[place] - hours[place - 1])
    edges = [0, *sorted(gaps), len(hours)] if hours else []
    return [(hours[first], hours[behind - 1] + HOUR) for first, behind in pairwise(edges)]


def _covered(since: Moment, until: Moment, spans: Sequence[str]) -> list[Stretch]:
    """A part by the longest rollups that lie in it, the rest by shorter ones, and what is left by frames."""
    if since >= until:
        return []
    if not spans:
        return [Stretch(since, until)]
    length = SPANS[spans[0]]
    start, end = beginning(since + length - 1, length), beginning(until, length)
    if start >= end:
        return _covered(since, until, spans[1:])
    middle = Stretch(start, end, spans[0])
    return [*_covered(since, start, spans[1:]), middle, *_covered(end, until, spans[1:])]


def _joined(parts: Iterable[Stretch]) -> Iterator[Stretch]:
    """Parts that are read alike and touch as one."""
    for span, group in groupby(parts, key=lambda part: part.span):
        together = list(group)
        yield Stretch(together[0].since, together[-1].until, span)
