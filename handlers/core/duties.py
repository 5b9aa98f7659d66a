"""What is due some time, who acts on it, and the numbers of it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from handlers.core.clock import Moment
from handlers.core.ports import Collection, Document


class Act(Protocol):
    """What is to be done with a document that is due."""

    async def __call__(self, document: Document) -> Moment | None:
        """Do it; return when the document is due again, None for never.

        It must be idempotent: a worker that dies, or takes longer than its claim, is followed by another one. It may
        change the document's moment itself; then that is the one that counts.
        """


@dataclass(frozen=True)
class Duty:
    """Documents of which some are due some time, who acts on them, and what they are counted as.

    A document that `ends` is deleted when it is never due again. Where acting takes long, `most` are acted on at once,
    beside what else is done; without it, what is due shares the engine's slots with everything else.
    """

    collection: Collection
    act: Act
    ends: bool = False
    most: int | None = None
    name_of: Callable[[Document], str] | None = None

    def name(self, document: Document) -> str:
        """What a document is counted as."""
        return self.collection.name if self.name_of is None else self.name_of(document)

    def moment(self, document: Document) -> Moment:
        """When a document is due."""
        return document[self.collection.due_field()]


@dataclass(frozen=True)
class Errand:
    """One document that is due, as it was read."""

    duty: Duty
    document: Document

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from every other."""
        return self.duty.collection.name, self.document["tenant"], self.document["id"]

    @property
    def moment(self) -> Moment:
        """When it is due."""
        return self.duty.moment(self.document)


@dataclass
class Lateness:
    """How late things were begun, in seconds."""

    count: int = 0
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.count += 1
        self.total += seconds


@dataclass
class AgendaFigures:
    """Numbers for the metrics, of this process: begun, with their lateness, and failed, by name; and how many wait."""

    late: defaultdict[str, Lateness] = field(default_factory=lambda: defaultdict(Lateness))
    acted: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    waiting: int = 0
