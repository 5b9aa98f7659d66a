"""A kill -9 between a write and its telling: every acknowledged change has its event, in order, and no other has."""

import asyncio
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from adapters.mongo.documents import MongoDocuments
from handlers.core.errors import Unavailable
from handlers.core.events import Event
from scripts.mongo_wire import private_mongo_wire
from tests.adapters.documents.declarations import ITEMS, items


class Heard:
    """What a log is told by whoever comes after a dead process; at first it is away itself."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._refusals = 1

    async def append(self, events: Sequence[Event]) -> None:
        """Take events."""
        if self._refusals:
            self._refusals -= 1
            raise Unavailable("Not yet")
        self.events += events


@pytest.mark.parametrize("told", [0, 40])
async def test_orphans_of_a_killed_writer_are_told(tmp_path: Path, told: int) -> None:
    """Another process finds what a dead one has written and not told; then the documents carry nothing any more."""
    with private_mongo_wire(tmp_path / "data") as server:
        safe, before = killed(server.url, told)
        assert len(safe) >= 100 and len(before) <= told and bool(before) == bool(told)
        heard = Heard()
        stores = [
            MongoDocuments(server.url, [ITEMS], name="nexus", tell=heard.append, orphaned_after=200) for _ in range(2)
        ]
        for store in stores:
            await store.open()
        async with asyncio.timeout(60):
            while safe - {event.id for event in heard.events}.union(before):
                await asyncio.sleep(0.05)
            records = stores[0]._database["items"]
            while await records.find_one({"_outbox_at": {"$gt": 0}}) is not None:
                await asyncio.sleep(0.05)
        await check(stores[0], [*before, *(event.id for event in heard.events)])
        for store in stores:
            await store.close()


async def check(store: MongoDocuments, told: Sequence[str]) -> None:
    """Whatever is stored was told up to its version, in order at the first time, and nothing else was."""
    versions: dict[str, list[int]] = defaultdict(list)
    for identifier in dict.fromkeys(told):
        _, _, rest = identifier.partition("_")
        record, _, version = rest.rpartition("_")
        versions[record].append(int(version))
    for record, seen in versions.items():
        held = await store.get(ITEMS, "t", record)
        assert held is not None and seen == list(range(1, held["version"] + 1))
    assert await store.count(items("t")) == len(versions)


def killed(url: str, told: int) -> tuple[set[str], list[str]]:
    """What a process had acknowledged and told when it was killed."""
    command = [sys.executable, "-m", "tests.faults.relaying", url, "nexus", str(told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(200)]
        process.kill()
        lines += process.stdout.readlines()
    words = [line.split() for line in lines if line.endswith("\n")]
    return {name for word, name in words if word == "safe"}, [name for word, name in words if word == "told"]


@pytest.mark.parametrize("acknowledgements", [50, 2_000])
def test_every_document_of_a_killed_file_has_its_event(tmp_path: Path, acknowledgements: int) -> None:
    """The log of the embedded store has exactly the events of the changes that are there, in order."""
    path = tmp_path / "nexus.db"
    command = [sys.executable, "-m", "tests.faults.load", path, "telling"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(acknowledgements):
            process.stdout.readline()
        process.kill()
    with closing(sqlite3.connect(path)) as connection:
        held = [orjson.loads(text) for (text,) in connection.execute('SELECT doc FROM "docs:items"')]
        told = [orjson.loads(text) for (text,) in connection.execute("SELECT event FROM log ORDER BY place")]
    versions: dict[str, list[int]] = defaultdict(list)
    for event in told:
        versions[event["subject"]].append(event["sequence"])
    assert versions == {document["id"]: list(range(1, document["version"] + 1)) for document in held}
