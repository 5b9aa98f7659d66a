"""A kill -9 of the server loses nothing that the embedded store has acknowledged."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite.documents import SqliteDocuments
from tests.adapters.documents.declarations import ITEMS, items


@pytest.mark.parametrize("acknowledgements", [50, 1_000, 4_000])
async def test_every_acknowledged_write_survives_a_kill(tmp_path: Path, acknowledgements: int) -> None:
    """After a kill in mid-load each document is there as acknowledged or later, and the numbers and indexes agree."""
    path = tmp_path / "nexus.db"
    safe = killed_under_load(path, acknowledgements)
    assert len(safe) > 0
    store = SqliteDocuments(path, [ITEMS])
    await store.open()
    for identifier, version in safe.items():
        found = await store.get(ITEMS, "t", identifier)
        assert found is not None and found["version"] >= version
    done, new = [await store.count(items("t", status=status)) for status in ("done", "new")]
    assert await store.count(items("t")) == done + new >= len(safe)
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute('SELECT count(*) FROM "docs:items"').fetchone() == (done + new,)


def killed_under_load(path: Path, acknowledgements: int) -> dict[str, int]:
    """What a process had acknowledged when it was killed after so many answers."""
    command = [sys.executable, "-m", "tests.faults.load", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        lines += process.stdout.readlines()
    told = [line.split() for line in lines if line.endswith("\n")]
    return {identifier: int(version) for identifier, version in told}
