"""Lines of logs that devices and agents send: kept without what is personal in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.core.clock import Moment
from handlers.core.frames import tags_of
from handlers.core.lifecycle import labels_of
from handlers.core.ports import Document
from handlers.core.redaction import Redaction

LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(slots=True)
class NewLine:
    """A line as it is sent."""

    device: str
    level: str
    message: str
    at: Moment | None = None
    context: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    id: str | None = None

    def content(self, redaction: Redaction) -> Document:
        """What of it is kept, without what is the same for everything that is sent."""
        kept: Document = {"device": self.device, "level": self.level, "message": redaction.text(self.message)}
        if self.context:
            kept["context"] = redaction.line(self.context)
        if self.tags:
            kept["labels"] = labels_of(self.tags)
        return kept


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is kept."""

    id: str
    device: str
    level: str
    message: str
    at: Moment
    received_at: Moment
    tags: dict[str, str]
    context: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> "Line":
        """The line in a document."""
        return cls(
            document["id"],
            document["device"],
            document["level"],
            document["message"],
            document["at"],
            document["received_at"],
            tags_of(document),
            document.get("context", {}),
        )


def at_least(level: str | None) -> tuple[str, ...] | None:
    """A level and those above it."""
    return None if level is None else LEVELS[LEVELS.index(level) :]


def has_words(document: Document, words: list[str]) -> bool:
    """Whether a line's message has all of some words, in any case and order."""
    message = document["message"].casefold()
    return all(word in message for word in words)
