"""What becomes of the store when something happens to its file."""

import os
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from handlers.core.errors import Unavailable
from handlers.core.ports import Delete, Insert, Update
from tests.adapters.documents.declarations import ITEMS, item, items
from tests.adapters.sqlite.conftest import Open

SECOND_PROCESS = """
import asyncio, sys
from pathlib import Path
from adapters.sqlite.documents import SqliteDocuments
asyncio.run(SqliteDocuments(Path(sys.argv[1]), []).open())
"""


async def test_a_full_file_refuses_writes_and_takes_them_again(open_store: Open) -> None:
    """Without room a write is unavailable, reads go on, and room made by deleting is used."""
    store = await open_store(max_pages=120)
    stored = []
    with pytest.raises(Unavailable, match="no room left"):
        for _ in range(1_000):
            stored.append(await store.write(Insert(ITEMS, "t", item(text="x" * 2_000))))
    assert len(stored) > 20
    assert await store.get(ITEMS, "t", stored[-1]["id"]) == stored[-1]
    assert await store.count(items("t")) == len(stored)
    for document in stored[:10]:
        await store.write(Delete(ITEMS, "t", document["id"]))
    await store.write(Insert(ITEMS, "t", item(text="x" * 2_000)))
    assert await store.count(items("t")) == len(stored) - 9


async def test_a_disk_that_takes_no_more_is_unavailable_until_it_does(open_store: Open) -> None:
    """A write that the operating system refuses is refused; it succeeds when the disk has room, without a restart."""
    store = await open_store()
    first = await store.write(Insert(ITEMS, "t", item()))
    assert await store.get(ITEMS, "t", first["id"]) == first
    with no_file_may_grow():
        for _ in range(3):
            with pytest.raises(Unavailable):
                await store.insert_many(ITEMS, "t", [item(text="x" * 5_000) for _ in range(50)])
            with pytest.raises(Unavailable):
                await store.ping()
        assert await store.get(ITEMS, "t", first["id"]) == first
    await store.ping()
    assert await store.insert_many(ITEMS, "t", [item(text="x" * 5_000) for _ in range(50)]) == [None] * 50
    assert await store.count(items("t")) == 51


async def test_a_locked_file_is_unavailable_until_it_is_let_go(
    open_store: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program's lock refuses a write in time; the next one succeeds."""
    monkeypatch.setattr("adapters.sqlite.writer.BUSY_MS", 50)
    store = await open_store()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked by another program"):
            await store.write(Insert(ITEMS, "t", item()))
        other.execute("ROLLBACK")
    await store.write(Insert(ITEMS, "t", item()))


async def test_a_vanished_file_is_unavailable_until_it_is_back(open_store: Open, path: Path) -> None:
    """Nothing is written to or read from a file that was taken away, and none is made in its place."""
    store = await open_store()
    first = await store.write(Insert(ITEMS, "t", item()))
    away = path.with_suffix(".away")
    path.rename(away)
    for work in (store.ping, lambda: store.get(ITEMS, "t", first["id"]), lambda: store.page(items("t"), 5)):
        with pytest.raises(Unavailable, match=r"^The database file has vanished$"):
            await work()
    assert not path.exists()
    away.rename(path)
    await store.write(Update(ITEMS, "t", first["id"], {}, {"status": "back"}))
    assert (await store.get(ITEMS, "t", first["id"]) or {})["status"] == "back"


async def test_a_damaged_file_is_unavailable_until_it_is_restored(open_store: Open, path: Path) -> None:
    """Rubbish in the place of the file is named as such; a restored copy is served without a restart."""
    store = await open_store()
    first = await store.write(Insert(ITEMS, "t", item()))
    await store.close()
    copy = path.read_bytes()
    store = await open_store()
    replace(path, os.urandom(len(copy)))
    for work in (store.ping, lambda: store.get(ITEMS, "t", first["id"]), lambda: store.page(items("t"), 5)):
        with pytest.raises(Unavailable, match="damaged"):
            await work()
    replace(path, copy)
    assert await store.get(ITEMS, "t", first["id"]) == first
    assert await store.page(items("t"), 5) == [first]
    await store.ping()


async def test_a_damaged_file_is_not_opened(open_store: Open, path: Path) -> None:
    """Opening fails with the reason, and succeeds when the file is in order."""
    path.parent.mkdir()
    path.write_bytes(b"rubbish" * 1_000)
    with pytest.raises(Unavailable, match="damaged"):
        await open_store()
    path.unlink()
    await (await open_store()).ping()


async def test_a_file_is_served_by_one_process(open_store: Open, path: Path) -> None:
    """A second process is refused, its log names the first, and it may come in when that has left."""
    store = await open_store()
    refused = second_process(path)
    assert refused.returncode != 0 and f"held by process {os.getpid()}" in refused.stderr
    assert refused.stderr.rstrip().endswith("Unavailable: The database is in use by another server")
    await store.close()
    assert second_process(path).returncode == 0


async def test_nobody_else_may_open_the_files(open_store: Open, path: Path) -> None:
    """The database, its journals and its lock are their owner's alone, however generous the umask; the folder stays."""
    path.parent.mkdir(mode=0o755)
    path.parent.chmod(0o755)
    usual = os.umask(0)
    try:
        store = await open_store()
        await store.write(Insert(ITEMS, "t", item()))
        rights = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
    finally:
        os.umask(usual)
    names = ("nexus.db", "nexus.db-wal", "nexus.db-shm", "nexus.db.lock")
    assert rights == dict.fromkeys(names, 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


async def test_a_store_that_is_not_open_is_unavailable(open_store: Open) -> None:
    """Before it opens and after it closes a store refuses everything, and it can be opened again."""
    store = await open_store()
    await store.close()
    for work in (store.ping, lambda: store.get(ITEMS, "t", "i"), lambda: store.page(items("t"), 5)):
        with pytest.raises(Unavailable, match="not open"):
            await work()
    await store.open()
    await store.ping()


def second_process(path: Path) -> subprocess.CompletedProcess[str]:
    """Another process that opens the same file."""
    return subprocess.run([sys.executable, "-c", SECOND_PROCESS, path], capture_output=True, text=True, check=False)


def replace(path: Path, content: bytes) -> None:
    """Put another file in the place of one, without what its journal holds."""
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.rename(path)


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    """As on a full disk: the operating system refuses to write beyond the first bytes of any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
