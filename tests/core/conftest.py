"""The rules over fakes."""

from collections.abc import AsyncIterator

import pytest

from handlers.core.identity import Identity
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from tests.core.people import CEILINGS, PASSWORD, ROLES
from tests.core.watching import Worker, workers
from tests.fakes import Clock, CountingHasher, MemoryDocuments, PlainTokens


@pytest.fixture
def clock() -> Clock:
    """The time that the core sees."""
    return Clock()


@pytest.fixture
def documents(clock: Clock) -> MemoryDocuments:
    """The store."""
    return MemoryDocuments(clock)


@pytest.fixture
def tasks(documents: MemoryDocuments, clock: Clock) -> Tasks:
    """The rules."""
    return Tasks(documents, clock)


@pytest.fixture
def ann() -> Principal:
    """Somebody who may do everything."""
    return Principal("usr_ann", "t_one", frozenset({"admin"}))


@pytest.fixture
def bob() -> Principal:
    """Somebody else in the same tenant."""
    return Principal("usr_bob", "t_one", frozenset({"admin"}))


@pytest.fixture
def hasher() -> CountingHasher:
    """A hasher that counts."""
    return CountingHasher()


@pytest.fixture
def identity(documents: MemoryDocuments, hasher: CountingHasher, clock: Clock) -> Identity:
    """The rules of identity."""
    return Identity(documents, hasher, PlainTokens(), ROLES, clock, ceilings=CEILINGS)


@pytest.fixture
async def user(identity: Identity) -> Document:
    """A guest."""
    fields = {"role": "guest", "security_level": "SAFE", "agent_access_level": "BASIC"}
    return await identity.ensure_user("Guest", PASSWORD, **fields)


@pytest.fixture
async def worker(documents: MemoryDocuments, clock: Clock) -> AsyncIterator[Worker]:
    """The only worker."""
    async with workers(documents, clock) as (one,):
        yield one
