"""Reports: what programs tell of themselves as it happens, each of a type of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.clock import Moment
from handlers.core.frames import tags_of
from handlers.core.lifecycle import labels_of
from handlers.core.ports import Document


@dataclass(slots=True)
class NewReport:
    """A report as it is sent."""

    type: str
    data: Mapping[str, Any]
    source: str | None = None
    at: Moment | None = None
    tags: Mapping[str, str] | None = None
    id: str | None = None

    def content(self, caller: str) -> Document:
        """What of it is kept, without what is the same for everything that is sent."""
        kept: Document = {"type": self.type, "source": self.source or caller, "data": self.data}
        if self.tags:
            kept["labels"] = labels_of(self.tags)
        return kept


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is kept."""

    id: str
    type: str
    source: str
    at: Moment
    received_at: Moment
    data: dict[str, Any]
    tags: dict[str, str]

    @classmethod
    def of(cls, document: Document) -> "Report":
        """The report in a document."""
        return cls(
            document["id"],
            document["type"],
            document["source"],
            document["at"],
            document["received_at"],
            document["data"],
            tags_of(document),
        )
