"""The rules of tasks over fakes."""

import pytest

from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from tests.fakes import Clock, MemoryDocuments, RecordingFeed


@pytest.fixture
def clock() -> Clock:
    """The time that the core sees."""
    return Clock()


@pytest.fixture
def documents(clock: Clock) -> MemoryDocuments:
    """The store."""
    return MemoryDocuments(clock)


@pytest.fixture
def feed() -> RecordingFeed:
    """What is told."""
    return RecordingFeed()


@pytest.fixture
def tasks(documents: MemoryDocuments, feed: RecordingFeed, clock: Clock) -> Tasks:
    """The rules."""
    return Tasks(documents, feed, clock)


@pytest.fixture
def ann() -> Principal:
    """Somebody who may do everything."""
    return Principal("usr_ann", "t_one", frozenset({"admin"}))


@pytest.fixture
def bob() -> Principal:
    """Somebody else in the same tenant."""
    return Principal("usr_bob", "t_one", frozenset({"admin"}))
