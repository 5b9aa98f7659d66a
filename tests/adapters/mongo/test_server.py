"""What becomes of the store when something happens to its server, and what it leaves there."""

import asyncio
import socket
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio
from pymongo import MongoClient, monitoring

from adapters.mongo.documents import MongoDocuments
from adapters.mongo.indexes import OURS
from handlers.core.errors import Duplicate, Unavailable
from handlers.core.ports import Collection, Insert, Listing, Query
from scripts.mongo_wire import MongoWireServer, private_mongo_wire
from tests.adapters.documents.declarations import BOTH, ITEMS, SESSIONS, item, items, session
from tests.adapters.documents.stores import RUN

DRIVERS = ("motor", "pymongo")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MongoWireServer]:
    """A server that a test may stop."""
    with private_mongo_wire(tmp_path / "data") as private:
        yield private


@pytest_asyncio.fixture
async def fresh(mongo_url: str) -> AsyncIterator[str]:
    """The name of a database that does not exist yet."""
    name = f"nexus_test_{RUN}_{uuid4().hex[:8]}"
    yield name
    with MongoClient(mongo_url) as client:
        client.drop_database(name)


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_vanished_server_is_unavailable_until_it_is_back(server: MongoWireServer, driver: str) -> None:
    """Without a server every call is refused in time; with one again the same store serves, without a restart."""
    store = MongoDocuments(server.url, BOTH, driver=driver, milliseconds=1500)
    await store.open()
    first = await store.write(Insert(ITEMS, "t", item()))
    server.stop()
    for work in (
        store.ping(),
        store.get(ITEMS, "t", first["id"]),
        store.page(items("t"), 5),
        store.write(Insert(ITEMS, "t", item())),
        store.insert_many(ITEMS, "t", [item()]),
    ):
        with pytest.raises(Unavailable, match=r"^The database [a-z ]+$"):
            await work
    server.start()
    assert await store.get(ITEMS, "t", first["id"]) == first
    await store.write(Insert(ITEMS, "t", item()))
    await store.ping()
    await store.close()


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_missing_server_refuses_the_opening(driver: str) -> None:
    """Opening without a server fails in time and says so."""
    store = MongoDocuments("mongodb://127.0.0.1:1/", BOTH, driver=driver, milliseconds=200)
    with pytest.raises(Unavailable, match=r"^The database cannot be reached$"):
        await store.open()
    with pytest.raises(Unavailable, match="not open"):
        await store.ping()


async def test_an_unusable_address_refuses_the_opening() -> None:
    """What is no address of a database is refused with the reason."""
    with pytest.raises(Unavailable, match="cannot be used as configured"):
        await MongoDocuments("mongodb://", BOTH).open()


async def test_inserts_that_arrive_together_are_written_together(mongo_url: str, fresh: str) -> None:
    """Single inserts that wait for each other share a message, and each has its own answer."""
    messages = Messages()
    monitoring.register(messages)
    store = MongoDocuments(mongo_url, [ITEMS], name=fresh)
    await store.open()
    twin = item()
    writes = [store.write(Insert(ITEMS, "t", new)) for new in (*(item() for _ in range(100)), twin, twin)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert sum(isinstance(result, Duplicate) for result in results) == 1
    assert await store.count(items("t")) == 101
    assert messages.sizes in ([102], [1, 101])
    await store.close()


async def test_a_full_queue_refuses_with_a_hint(mongo_url: str, fresh: str) -> None:
    """More waiting inserts than the queue holds are refused at once, and those that wait are made."""
    store = MongoDocuments(mongo_url, [ITEMS], name=fresh, capacity=10)
    await store.open()
    writes = [store.write(Insert(ITEMS, "t", item())) for _ in range(30)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    refused = [result for result in results if isinstance(result, Unavailable)]
    assert refused and refused[0].retry_after >= 1
    assert await store.count(items("t")) == 30 - len(refused) >= 10
    await store.close()


async def test_closing_writes_what_was_accepted(mongo_url: str, fresh: str) -> None:
    """Every insert that was accepted before the end is answered."""
    store = MongoDocuments(mongo_url, [ITEMS], name=fresh)
    await store.open()
    waiting = [asyncio.create_task(store.write(Insert(ITEMS, "t", item()))) for _ in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert len(await asyncio.gather(*waiting)) == 50


class Messages(monitoring.CommandListener):
    """Listens to what a driver sends: how many documents each insert carries."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """A command goes out."""
        if event.command_name == "insert":
            self.sizes.append(len(event.command["documents"]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """A command came back."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """A command failed."""


async def test_a_changed_declaration_adds_indexes_and_drops_none(mongo_url: str, fresh: str) -> None:
    """New indexes come, those that another version declares stay, and old documents are found along the new."""
    plain = Collection("items", (Listing("created_at"),), unique=(("key",),))
    rich = Collection("items", (Listing("created_at", ("owner",)),), unique=(("series", "due_at"),))
    store = MongoDocuments(mongo_url, [plain], name=fresh)
    await store.open()
    stored = await store.write(Insert(plain, "t", item(owner="ann", series=None)))
    await store.write(Insert(plain, "t", item(series=None, due_at=None)))
    await store.close()
    with MongoClient(mongo_url) as client:
        client[fresh]["items"].create_index("foreign", name="foreign")
        before = set(client[fresh]["items"].index_information())
    store = MongoDocuments(mongo_url, [rich], name=fresh)
    await store.open()
    assert await store.page(Query(rich, "t", "created_at", {"owner": "ann"}), 5) == [stored]
    await store.close()
    with MongoClient(mongo_url) as client:
        names = set(client[fresh]["items"].index_information())
    assert names - before == {f"{OURS}unique:series,due_at", f"{OURS}created_at:owner::"} and before < names


async def test_another_versions_unique_index_refuses_like_a_declared_one(mongo_url: str, fresh: str) -> None:
    """A document that it does not let in is refused by name of the fields, at once."""
    free = replace(SESSIONS, unique=())
    for version in (SESSIONS, free):
        store = MongoDocuments(mongo_url, [version], name=fresh)
        await store.open()
        if version is SESSIONS:
            await store.write(Insert(SESSIONS, "t", session(None, token="k")))
            await store.close()
    with pytest.raises(Duplicate) as refusal:
        await store.write(Insert(free, "t", session(None, token="k")))
    assert refusal.value.fields == ("token",)
    await store.close()


@pytest.mark.parametrize("driver", DRIVERS)
async def test_building_an_index_may_take_longer_than_a_request(mongo_url: str, fresh: str, driver: str) -> None:
    """The limit for requests is none for the building of indexes, and is in force again afterwards."""
    with slow_path(mongo_url, b"createIndexes", 4) as slow:
        store = MongoDocuments(slow, [SESSIONS], name=fresh, driver=driver, milliseconds=2000)
        await store.open()
        await store.write(Insert(SESSIONS, "t", session(None)))
        await store.close()
    with slow_path(mongo_url, b"pulse", 4) as slow:
        store = MongoDocuments(slow, [SESSIONS], name=fresh, driver=driver, milliseconds=2000)
        await store.open()
        with pytest.raises(Unavailable, match="took too long"):
            await store.ping()
        await store.close()


@contextmanager
def slow_path(url: str, command: bytes, seconds: float) -> Iterator[str]:
    """The address of a way to a server on which messages that hold these bytes take so long."""
    target = urlsplit(url)

    class Way(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((target.hostname, target.port)) as server:
                back = threading.Thread(target=forward, args=(server, self.request))
                back.start()
                forward(self.request, server, command, seconds)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Way) as listener:
        threading.Thread(target=listener.serve_forever, args=(0.05,)).start()
        yield url.replace(f":{target.port}", f":{listener.server_address[1]}")
        listener.shutdown()


def forward(source: socket.socket, sink: socket.socket, marked: bytes = b"", seconds: float = 0) -> None:
    """Pass everything on, what is marked later, until one side ends."""
    with suppress(OSError):
        while data := source.recv(65_536):
            if marked and marked in data:
                time.sleep(seconds)
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


async def test_the_server_is_told_when_documents_expire(mongo_url: str, fresh: str) -> None:
    """Expiring documents carry a date under an index by which the server removes them."""
    store = MongoDocuments(mongo_url, [SESSIONS], name=fresh)
    await store.open()
    await store.insert_many(SESSIONS, "t", [session(4_000_000_000_000), session(None)])
    await store.close()
    with MongoClient(mongo_url) as client:
        dates = [found.get("_expires_at") for found in client[fresh]["sessions"].find()]
        assert client[fresh]["sessions"].index_information()[f"{OURS}expiry"]["expireAfterSeconds"] == 0
    assert [date and date.timestamp() for date in dates] == [pytest.approx(4_000_000_000, abs=86_400), None]
