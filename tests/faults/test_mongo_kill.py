"""A kill -9 of the database server loses nothing that it has acknowledged to the store."""

import asyncio
from pathlib import Path

from adapters.mongo.documents import MongoDocuments
from handlers.core.errors import Unavailable
from handlers.core.ports import Insert, Update
from scripts.mongo_wire import private_mongo_wire
from tests.adapters.documents.declarations import ITEMS, item


class Load:
    """Callers that write until the database is gone, and what was acknowledged to them."""

    def __init__(self, store: MongoDocuments) -> None:
        self._store = store
        self.safe: dict[str, int] = {}
        self.refused = 0

    async def run(self, callers: int) -> None:
        """Write with so many callers until each was refused."""
        await asyncio.gather(self._write_bulks(), *(self._write_singly() for _ in range(callers)))

    async def _write_singly(self) -> None:
        try:
            while True:
                new = item(version=1)
                await self._store.write(Insert(ITEMS, "t", new))
                self.safe[new["id"]] = 1
                await self._store.write(Update(ITEMS, "t", new["id"], {"version": 1}, {"version": 2}))
                self.safe[new["id"]] = 2
        except Unavailable:
            self.refused += 1

    async def _write_bulks(self) -> None:
        try:
            while True:
                new = [item(version=1) for _ in range(20)]
                await self._store.insert_many(ITEMS, "t", new)
                self.safe.update((document["id"], 1) for document in new)
        except Unavailable:
            self.refused += 1


async def test_every_acknowledged_write_survives_a_kill(tmp_path: Path) -> None:
    """After a kill in mid-load callers are refused; with the server back each document is as acknowledged or later."""
    with private_mongo_wire(tmp_path / "data") as server:
        store = MongoDocuments(server.url, [ITEMS], milliseconds=2_000)
        await store.open()
        load = Load(store)
        running = asyncio.create_task(load.run(callers=8))
        while len(load.safe) < 150:
            await asyncio.sleep(0.01)
        server.kill()
        await running
        assert load.refused == 9
        server.start()
        await check(store, load.safe)
        await store.close()


async def check(store: MongoDocuments, safe: dict[str, int]) -> None:
    """Find every acknowledged document, and that the store takes writes again."""
    for identifier, version in safe.items():
        found = await store.get(ITEMS, "t", identifier)
        assert found is not None and found["version"] >= version
    await store.ping()
