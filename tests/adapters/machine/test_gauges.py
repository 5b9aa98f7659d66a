"""The machine's figures, of this machine, and how they are read."""

import asyncio
import os
import shutil
import sys
import threading
from pathlib import Path

import pytest

from adapters.machine import gauges as module
from adapters.machine.gauges import PsutilGauges
from handlers.core.errors import Unavailable
from handlers.core.machine import Gpu

_GPU = Gpu("NVIDIA H100", 100, 10, 5, 40)
_HANGS_SECONDS = 120
# A program that is refused by a machine that hangs, and then has done all that it was to do.
_HANGING = f"""
import asyncio, pathlib, sys, time
from adapters.machine import gauges
from handlers.core.errors import Unavailable

async def main():
    made = gauges.PsutilGauges(pathlib.Path(sys.argv[1]), lambda: time.sleep({_HANGS_SECONDS}) or ())
    gauges._PATIENCE_SECONDS = 0.3
    try:
        await made.read()
    except Unavailable:
        return
    raise SystemExit("It did not hang")

asyncio.run(main())
"""


@pytest.fixture
def gauges(tmp_path: Path) -> PsutilGauges:
    """Gauges of this machine, with a GPU."""
    return PsutilGauges(tmp_path, lambda: (_GPU,))


async def test_the_figures_are_those_of_the_machine(gauges: PsutilGauges, tmp_path: Path) -> None:
    """What the standard library knows of it, too, is the same."""
    machine = await gauges.read()
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert (machine.cores, machine.memory.total) == (os.cpu_count(), pages)
    assert machine.disk.total == shutil.disk_usage(tmp_path).total
    assert 0 < machine.memory.used <= machine.memory.total
    assert machine.gpus == (_GPU,)


async def test_work_shows_in_the_processors_share(gauges: PsutilGauges) -> None:
    """While every core has something to do, they are busy."""
    processes = [
        await asyncio.create_subprocess_exec("sh", "-c", "while :; do :; done") for _ in range(os.cpu_count() or 1)
    ]
    try:
        assert (await gauges.read()).percent > 50
    finally:
        for process in processes:
            process.kill()
            await process.wait()


async def test_many_who_ask_are_told_by_one_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a second the machine is read once, and later again."""
    monkeypatch.setattr(module, "_FRESH_SECONDS", 0.3)
    read: list[None] = []
    gauges = PsutilGauges(tmp_path, lambda: read.append(None) or ())
    found = await asyncio.gather(*(gauges.read() for _ in range(20)))
    assert len(read) == 1 and len(set(map(id, found))) == 1
    await asyncio.sleep(0.35)
    await gauges.read()
    assert len(read) == 2


async def test_nobody_waits_for_a_machine_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is told so after a while, everybody else goes on meanwhile, and no second reading piles up behind."""
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.3)
    released, begun, over = threading.Event(), [], []

    def hang() -> tuple[Gpu, ...]:
        begun.append(None)
        released.wait(10)
        over.append(None)
        return ()

    gauges = PsutilGauges(tmp_path, hang)
    reading = asyncio.ensure_future(gauges.read())
    await asyncio.sleep(0.05)
    assert over == []
    with pytest.raises(Unavailable):
        await reading
    with pytest.raises(Unavailable):
        await gauges.read()
    assert (len(begun), over) == (1, [])
    released.set()
    assert (await gauges.read()).gpus == ()


async def test_a_reading_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """A process whose machine never tells how it is ends all the same."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _HANGING, str(tmp_path))
    try:
        assert await asyncio.wait_for(process.wait(), _HANGS_SECONDS / 2) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_disk_that_is_gone_is_said(tmp_path: Path) -> None:
    """A place that cannot be looked at is a refusal, and no defect."""
    gauges = PsutilGauges(tmp_path / "nowhere", tuple)
    with pytest.raises(Unavailable):
        await gauges.read()
