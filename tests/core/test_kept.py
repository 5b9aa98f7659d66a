"""How much is kept of somebody's tasks: exact for a few, bounded for many."""

import json

from handlers.core.collections import TASKS
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.tasks import Kept, Tasks
from tests.fakes import Clock, MemoryDocuments

MEASURED = 50


def work(text: str = "") -> dict[str, object]:
    """A task of that size."""
    return {"name": "n", "type": "t", "parameters": {"text": text}}


def size_of(document: Document) -> int:
    """Its bytes as JSON."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


async def test_few_are_measured_each(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal, bob: Principal, clock: Clock
) -> None:
    """The sum of one's own, in bytes and not in characters, the deleted ones among them."""
    made = [await tasks.create(ann, work(text)) for text in ("", "ü" * 100, "x" * 1000)]
    await tasks.create(bob, work("y" * 5000))
    await tasks.delete(ann, made[1].id)
    own = [document for document in documents.all_of(TASKS, ann.tenant) if document["created_by"] == ann.id]
    assert await tasks.kept_of(ann, ann.id) == Kept(3, sum(map(size_of, own)))
    assert await tasks.kept_of(ann, "usr_nobody") == Kept(0, 0)


async def test_many_are_judged_by_the_newest(
    tasks: Tasks, documents: MemoryDocuments, ann: Principal, clock: Clock
) -> None:
    """However many there are, so many are read; the rest counts as much as these on average."""
    for number in range(MEASURED + 10):
        clock.advance(1000)
        await tasks.create(ann, work("x" * (0 if number < 10 else 1000)))
    newest = sorted(documents.all_of(TASKS, ann.tenant), key=lambda document: document["created_at"])[-MEASURED:]
    expected = sum(map(size_of, newest)) * (MEASURED + 10) // MEASURED
    assert await tasks.kept_of(ann, ann.id) == Kept(MEASURED + 10, expected)
