"""Every implementation of the store, each made in the same way, and the clock that they are given."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from adapters.mongo.documents import MongoDocuments
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.ports import Collection, Documents

IMPLEMENTATIONS = ("sqlite", "mongo-motor", "mongo-pymongo")
RUN = uuid4().hex[:12]
_PATIENCE = 30_000  # the machine may be busy with other things than this test

Make = Callable[[Sequence[Collection]], Documents]


class Clock:
    """A clock that stands at the present, until it is moved on."""

    def __init__(self) -> None:
        self._now = time.time_ns() // 1_000_000

    def __call__(self) -> int:
        return self._now

    def advance(self, milliseconds: int) -> None:
        """Let so much time pass."""
        self._now += milliseconds


def external_mongo() -> str | None:
    """The server that the environment names instead of one of our own."""
    return os.environ.get("NEXUS_TEST_MONGO_URL")


def make(kind: str, folder: Path, mongo_url: str, clock: Clock, collections: Sequence[Collection]) -> Documents:
    """A store of a kind, not yet open. Stores of one kind share a database during a run; tenants keep them apart."""
    if kind == "sqlite":
        return SqliteDocuments(folder / "nexus.db", collections, clock)
    driver = "motor" if kind == "mongo-motor" else "pymongo"
    name = f"nexus_test_{RUN}_{driver}"
    return MongoDocuments(mongo_url, collections, clock, driver=driver, name=name, milliseconds=_PATIENCE)
