"""One open store of each implementation, and a tenant of its own for every test."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from handlers.core.ports import Documents
from tests.adapters.documents.declarations import BOTH
from tests.adapters.documents.stores import IMPLEMENTATIONS, Clock, make


@pytest.fixture
def clock() -> Clock:
    """The time that the store sees."""
    return Clock()


@pytest.fixture
def tenant() -> str:
    """A tenant that nobody else has."""
    return f"tenant_{uuid4().hex}"


@pytest.fixture(params=IMPLEMENTATIONS)
def kind(request: pytest.FixtureRequest) -> str:
    """The implementation under test."""
    return request.param


@pytest_asyncio.fixture
async def store(kind: str, tmp_path: Path, mongo_url: str, clock: Clock) -> AsyncIterator[Documents]:
    """An open store."""
    documents = make(kind, tmp_path, mongo_url, clock, BOTH)
    await documents.open()
    yield documents
    await documents.close()
