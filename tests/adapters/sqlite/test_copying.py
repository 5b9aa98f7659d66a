"""How the write-ahead log gets into the database file while others write."""

import asyncio
from pathlib import Path

import pytest

from adapters.sqlite import copying
from tests.adapters.documents.declarations import ITEMS, item
from tests.adapters.sqlite.conftest import Open
from tests.serving import eventually

PAGE, LOG_FRAME = 4096, 4096 + 24
LOG_PAGES = 16_000


def wide(number: int) -> list[dict]:
    """So many documents of a page each."""
    return [item(text="x" * 3_000) for _ in range(number)]


async def test_what_was_committed_is_copied_without_a_further_commit(open_store: Open, path: Path) -> None:
    """The file grows by what a bulk has brought while nobody writes any more."""
    store = await open_store()
    before = path.stat().st_size
    await store.insert_many(ITEMS, "t", wide(500))
    assert await asyncio.to_thread(eventually, lambda: path.stat().st_size > before + 500 * 3_000)


async def test_little_is_left_in_the_log(open_store: Open, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few documents are not worth the disk's time; the one that makes them many is."""
    monkeypatch.setattr(copying, "_PAUSE_SECONDS", 0.0)
    copied: list[None] = []
    monkeypatch.setattr(copying.Copying, "_copy", lambda _: copied.append(None))
    store = await open_store()
    await store.insert_many(ITEMS, "t", wide(copying._WORTH - 1))
    await asyncio.sleep(0.1)
    assert not copied
    await store.insert_many(ITEMS, "t", wide(1))
    assert await asyncio.to_thread(eventually, lambda: len(copied) == 1)


async def test_the_log_does_not_grow_with_what_is_written(open_store: Open, path: Path) -> None:
    """However long others write without a pause, the log begins anew when it is long."""
    store = await open_store()

    async def write_on() -> None:
        for _ in range(30):
            await store.insert_many(ITEMS, "t", wide(500))

    await asyncio.gather(write_on(), write_on())
    assert path.stat().st_size > LOG_PAGES * 1.5 * PAGE
    assert path.with_name(f"{path.name}-wal").stat().st_size < LOG_PAGES * 1.5 * LOG_FRAME


async def test_a_file_that_is_taken_away_stops_nobody(open_store: Open, path: Path) -> None:
    """What cannot be copied is left; the store takes writes again when its file is back."""
    store = await open_store()
    await store.insert_many(ITEMS, "t", wide(300))
    aside = path.with_name("aside")
    path.rename(aside)
    await asyncio.sleep(0.2)
    aside.rename(path)
    await store.insert_many(ITEMS, "t", wide(300))
    stored = item()
    assert await store.insert_many(ITEMS, "t", [stored]) == [None]
    assert await store.get(ITEMS, "t", stored["id"]) is not None
