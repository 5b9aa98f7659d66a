"""Rollups: what the frames of one device have become in a span of time, by metric. Knows no store.

There are two spans: the shortest interval that is commonly asked for, five minutes, kept as long as the frames, and the
hour, which costs a twelfth of that and is kept longer. Percentiles do not follow from them, nor what tags frames had.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import copysign, isinf
from sys import float_info
from typing import Any

from handlers.core.clock import Moment
from handlers.core.ports import Document

MINUTE = 60_000
FINE, HOUR = 5 * MINUTE, 60 * MINUTE
SPANS = {"1h": HOUR, "5m": FINE}
# Names that are made up anew for every frame would fill memory, and no store keeps a document of any size.
MOST_NAMES = 1_000


def beginning(moment: Moment, interval: int) -> Moment:
    """The beginning of the interval that a moment lies in, counted from the epoch."""
    return moment - moment % interval


def rollup_id(span: str, device: str, at: Moment) -> str:
    """The identifier of a rollup, which follows from what it is of."""
    return f"{span} {at} {device}"


@dataclass
class Rollup:
    """What frames have become, in the order of `SUMMED`; the last of them to arrive, and the first and last to end."""

    numbers: dict[str, list[Any]] = field(default_factory=dict)
    through: Moment = 0
    whole_until: Moment = 2**62
    frames_until: Moment = 0

    @classmethod
    def of(cls, document: Document) -> "Rollup":
        """The rollup in a document."""
        numbers = {name: list(summed) for name, summed in document["numbers"].items()}
        return cls(numbers, document["through"], document["whole_until"], document["frames_until"])

    def add(self, frame: Document) -> None:
        """Count a frame."""
        for name, value in frame.get("numbers", {}).items():
            self._count(name, float(value))
        for name in frame.get("others", ()):
            self.numbers.setdefault(name, [0, 0, None, None, None])[0] += 1
        self.through = max(self.through, frame["received_at"])
        self.whole_until = min(self.whole_until, frame["expires_at"])
        self.frames_until = max(self.frames_until, frame["expires_at"])

    def content(self) -> dict[str, Any]:
        """What of it is kept."""
        return {
            "numbers": self.numbers,
            "through": self.through,
            "whole_until": self.whole_until,
            "frames_until": self.frames_until,
        }

    def _count(self, name: str, number: float) -> None:
        """Count a number, in the place where its metric stands: there are many."""
        held = self.numbers.get(name)
        if held is None or not held[1]:
            self.numbers[name] = [1 if held is None else held[0] + 1, 1, number, number, number]
            return
        held[0] += 1
        held[1] += 1
        held[2] = _finite(held[2] + number)
        if number < held[3]:
            held[3] = number
        elif number > held[4]:
            held[4] = number


def _finite(total: float) -> float:
    """A sum that JSON can say."""
    return copysign(float_info.max, total) if isinf(total) else total


def unrolled(device: str, hour: Moment, due_at: Moment) -> Document:
    """The record of an hour whose frames are to become rollups then."""
    return {"id": f"{hour} {device}", "device": device, "at": hour, "due_at": due_at}


def rollup(
    span: str, device: str, at: Moment, content: Mapping[str, Any], expires_at: Moment, version: int
) -> Document:
    """A rollup as it is kept."""
    place = {"id": rollup_id(span, device, at), "span": span, "device": device, "at": at}
    return {**place, **content, "expires_at": expires_at, "version": version}
