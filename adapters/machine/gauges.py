"""The machine's figures, read by psutil in a thread of their own.

How busy processors are is seen by looking twice, and a disk may hang: neither is to hold up the event loop, nor the end
of this process.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from time import monotonic

import psutil

from adapters.machine.gpus import NvmlGpus
from handlers.core.errors import Unavailable
from handlers.core.machine import Capacity, Gpu, Machine

_LOOK_SECONDS = 0.1
_FRESH_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0


class PsutilGauges:
    """Reads at most once a second, and one reading at a time. `disk` is a place on the disk that counts."""

    def __init__(self, disk: Path, gpus: Callable[[], tuple[Gpu, ...]] | None = None) -> None:
        self._disk = disk
        self._gpus = gpus or NvmlGpus().read
        self._reading: asyncio.Future[Machine] | None = None
        self._begun_at = 0.0

    async def read(self) -> Machine:
        """The machine now, or a second ago."""
        if self._reading is None or (self._reading.done() and monotonic() - self._begun_at >= _FRESH_SECONDS):
            self._begun_at = monotonic()
            self._reading = self._begin()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await asyncio.shield(self._reading)
        except (TimeoutError, OSError, psutil.Error) as exc:
            raise Unavailable("The machine does not tell how it is") from exc

    def _begin(self) -> asyncio.Future[Machine]:
        """Read in a thread that nobody waits for: those of an executor are waited for when the process ends."""
        told: Future[Machine] = Future()
        told.set_running_or_notify_cancel()
        Thread(target=self._tell, args=(told,), daemon=True, name="gauges").start()
        return asyncio.wrap_future(told)

    def _tell(self, told: Future[Machine]) -> None:
        try:
            told.set_result(self._read())
        except Exception as exc:  # noqa: BLE001 - told to whoever reads
            told.set_exception(exc)

    def _read(self) -> Machine:
        memory, disk = psutil.virtual_memory(), psutil.disk_usage(str(self._disk))
        return Machine(
            cores=psutil.cpu_count() or 1,
            percent=psutil.cpu_percent(interval=_LOOK_SECONDS),
            load_average=psutil.getloadavg(),
            memory=Capacity(memory.total, memory.used, memory.available, memory.percent),
            disk=Capacity(disk.total, disk.used, disk.free, disk.percent),
            gpus=self._gpus(),
        )
