"""Claims on what is due: whoever moves a document's moment on has it for so long, and nobody else does.

The claim is the moment itself, so it is taken, kept and lost by one conditional change of one field. What else there is
to know of it lies beside it, and holds as long as the moment is the one that it names.
"""

from dataclasses import asdict, dataclass

from handlers.core import chance
from handlers.core.clock import Moment
from handlers.core.ports import Collection, Delete, Document, Update

FIELD = "due_claim"
_FIRST_PAUSE = 1_000
_LONGEST_PAUSE = 300_000


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's hold on a document until a moment: since when it is due, and how often that was tried in vain."""

    until: Moment
    since: Moment
    tries: int = 0

    @classmethod
    def after(cls, document: Document, field: str, until: Moment) -> "Claim":
        """A claim on a document as it was read. One whose claim ran out was tried in vain: its worker has died."""
        if not is_claimed(document, field):
            return cls(until, document[field])
        last = document[FIELD]
        return cls(until, last["since"], last["tries"] + 1)

    def pause(self) -> int:
        """How long to wait after a failure: twice as long each time, up to a bound, and not all at one moment."""
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE << min(self.tries, 16))
        return round(longest * chance.between(0.75, 1.0))


def is_claimed(document: Document, field: str) -> bool:
    """Whether a document is due at the moment that a claim, or a failure, has given it."""
    last = document.get(FIELD)
    return last is not None and last["until"] == document[field]


def taking(collection: Collection, document: Document, claim: Claim) -> Update:
    """The change that takes a document as it was read."""
    field = collection.due_field()
    return _moving(collection, document, document[field], {field: claim.until, FIELD: asdict(claim)})


def retrying(collection: Collection, document: Document, claim: Claim, at: Moment) -> Update:
    """The change that gives a claimed document back after a failure, to be tried again."""
    given = asdict(Claim(at, claim.since, claim.tries))
    return _moving(collection, document, claim.until, {collection.due_field(): at, FIELD: given})


def releasing(collection: Collection, document: Document, claim: Claim, at: Moment | None) -> Update:
    """The change that gives a claimed document back, due at another moment or never."""
    return _moving(collection, document, claim.until, {collection.due_field(): at, FIELD: None})


def ending(collection: Collection, document: Document, claim: Claim) -> Delete:
    """The change that ends a claimed document."""
    return Delete(collection, document["tenant"], document["id"], {collection.due_field(): claim.until})


def _moving(collection: Collection, document: Document, present: Moment, given: Document) -> Update:
    expected = {collection.due_field(): present}
    return Update(collection, document["tenant"], document["id"], expected, given)
