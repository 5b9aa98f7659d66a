"""Frames: what a device or an agent has measured at one moment, in whatever dialect it was sent.

Numbers lie apart from other values, so that a store can make series of them; a whole number that no store can index is
kept in digits besides. A label is a tag and its value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.core.clock import Moment
from handlers.core.lifecycle import labels_of
from handlers.core.ports import Document

_LARGEST = 2**63


@dataclass(slots=True)
class NewFrame:
    """A frame as it is sent."""

    device: str
    metrics: Mapping[str, Any]
    at: Moment | None = None
    tags: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = None
    id: str | None = None

    def content(self) -> Document:
        """What of it is kept, without what is the same for everything that is sent."""
        kept = {"device": self.device, **measured(self.metrics)}
        if self.tags:
            kept["labels"] = labels_of(self.tags)
        if self.metadata:
            kept["metadata"] = self.metadata
        return kept


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it is kept."""

    id: str
    device: str
    at: Moment
    received_at: Moment
    metrics: dict[str, Any]
    tags: dict[str, str]
    metadata: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> "Frame":
        """The frame in a document."""
        return cls(
            document["id"],
            document["device"],
            document["at"],
            document["received_at"],
            metrics_of(document),
            tags_of(document),
            document.get("metadata", {}),
        )


def measured(metrics: Mapping[str, Any]) -> Document:
    """Metrics as they are kept."""
    numbers, others, digits = {}, {}, {}
    for name, value in metrics.items():
        kind = type(value)
        if kind is float:
            numbers[name] = value
        elif kind is int:
            if -_LARGEST <= value < _LARGEST:
                numbers[name] = value
            else:
                numbers[name], digits[name] = float(value), str(value)
        else:
            others[name] = value
    if not others and not digits:
        return {"numbers": numbers} if numbers else {}
    parts = {"numbers": numbers, "others": others, "digits": digits}
    return {name: part for name, part in parts.items() if part}


def metrics_of(document: Document) -> dict[str, Any]:
    """The metrics that a document keeps, as they were sent."""
    numbers, others, digits = document.get("numbers", {}), document.get("others"), document.get("digits")
    if others is None and digits is None:
        return numbers
    return {**numbers, **(others or {}), **{name: int(text) for name, text in (digits or {}).items()}}


def tags_of(document: Document) -> dict[str, str]:
    """The tags that a document keeps as labels; no tag's name has a colon."""
    pairs = (label.partition(":") for label in document.get("labels", ()))
    return {name: value for name, _, value in pairs}
