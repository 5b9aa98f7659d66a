"""Two records that are changed one after the other, the second only where the first was: in one go of the store.

That takes knowing both before. Whatever is not known here, or not as it is, or has a reason to be refused, is left to
whoever changes each by itself; so nothing is decided here that is not decided there as well.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.core.errors import Refusal
from handlers.core.ports import Document, Documents, Update
from handlers.core.records import Records, Tell

Pair = tuple[Document, Document]


@dataclass(frozen=True)
class Step:
    """The change of one record: what it becomes, what is told of that, and who is to know when it is made.

    `present` is what it was when somebody has read it just now.
    """

    records: Records
    tenant: str
    identifier: str
    decide: Callable[[Document], dict[str, Any]]
    tell: Tell
    done: Callable[[Document, Document], None]
    present: Document | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """Where its record lies: who has several of them at once takes their turns in this order."""
        return self.records.noun, self.tenant, self.identifier

    def foreseen(self) -> "Foreseen | None":
        """The change of what is known of the record; None where nothing is, or nothing is to be changed."""
        known = [one for one in (self.present, self.records.guess(self.tenant, self.identifier)) if one is not None]
        present = max(known, key=lambda record: record["version"], default=None)
        if present is None:
            return None
        with suppress(Refusal):
            if changes := self.decide(present):
                return Foreseen(self, present, *self.records.change_of(present, changes, self.tell))
        return None


@dataclass(frozen=True)
class Foreseen:
    """A change that is about to be made."""

    step: Step
    present: Document
    update: Update
    told: Any

    def made(self, after: Document) -> Pair:
        """Know that it was made."""
        self.step.records.learn(after)
        self.step.done(self.present, after)
        return self.present, after


async def changed_in_turn(documents: Documents, first: Step, second: Step) -> list[Pair]:
    """Change the first record, and then the second; return both as they were before and after, or as many as changed.

    What the second decides may follow from what the first has decided.
    """
    one, other = sorted((first, second), key=lambda step: step.place)
    async with one.records.turn(one.tenant, one.identifier), other.records.turn(other.tenant, other.identifier):
        leading = first.foreseen()
        following = second.foreseen() if leading is not None else None
        if leading is None or following is None:
            return []
        both = (leading, following)
        made = await documents.write_in_turn([(foreseen.update, foreseen.told) for foreseen in both])
        for refused in both[len(made) :]:
            refused.step.records.forget(refused.step.tenant, refused.step.identifier)
        return [foreseen.made(after) for foreseen, after in zip(both, made, strict=False)]
