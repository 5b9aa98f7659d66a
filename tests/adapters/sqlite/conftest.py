"""Stores in a file of their own, closed when the test is over."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.sqlite.documents import SqliteDocuments
from tests.adapters.documents.declarations import BOTH

Open = Callable[..., Awaitable[SqliteDocuments]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database file lies."""
    return tmp_path / "data" / "nexus.db"


@pytest_asyncio.fixture
async def open_store(path: Path) -> AsyncIterator[Open]:
    """Opens a store in the test's file, any number of times."""
    opened: list[SqliteDocuments] = []

    async def open_one(collections: Any = BOTH, **options: Any) -> SqliteDocuments:
        store = SqliteDocuments(path, collections, **options)
        opened.append(store)
        await store.open()
        return store

    yield open_one
    for store in opened:
        await store.close()
