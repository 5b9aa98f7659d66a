"""What rules cost telemetry: frames per second of a tenant with no rule and of one with a hundred, in one run.

`python -m tests.bench.alerting [--frames 6000]` takes turns between the two, in one process and one embedded store,
from 64 callers that send single frames of 200 devices, each when its last one is on disk. Beside the clock on the wall
it tells the processor's time, which others on the machine disturb less. First no value is reason for an alert; then one
in twenty of each device passes a threshold, the next comes back, and alerts are raised and resolved all the time.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from adapters.local.log import LocalEventLog
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.agenda import Agenda
from handlers.core.clock import system_clock
from handlers.core.collections import ALL
from handlers.core.frames import NewFrame
from handlers.core.principals import Principal
from handlers.core.redaction import Redaction
from handlers.core.telemetry import Telemetry
from handlers.core.watch import Watch

_CALLERS, _DEVICES, _RULES, _ROUNDS = 64, 200, 100, 7
_NONE, _MANY = (Principal("usr_a", f"t_{name}", frozenset({"admin"})) for name in ("none", "many"))


class Ingest:
    """Telemetry and what watches it, over an embedded store."""

    def __init__(self, documents: SqliteDocuments) -> None:
        self._log = LocalEventLog(documents)
        self._agenda = agenda = Agenda(documents, system_clock, _say)
        self._telemetry = Telemetry(documents, system_clock, _say, Redaction(keeps_addresses=True), days=30, ahead=300)
        self._watch = Watch(documents, self._log, agenda, self._telemetry, system_clock, _say, days=30)

    async def begin(self) -> None:
        """Have a hundred rules in one of the two tenants, all about the metric that is sent."""
        await self._log.open()
        self._watch.begin()
        self._agenda.start()
        for number in range(_RULES):
            condition = {"operator": "gt", "threshold": 90 + number}
            rule = {"name": "n", "metric": "cpu_usage", "condition": condition, "severity": "info"}
            await self._watch.rules.create(_MANY, {**rule, "cooldown_seconds": 0})

    async def close(self) -> None:
        """Write what was taken."""
        await self._agenda.close()
        await self._telemetry.close()
        await self._watch.close()
        await self._log.close()

    async def rate(self, who: Principal, frames: int, *, restless: bool) -> tuple[float, float]:
        """Acknowledged frames per second, and per second of the processor's."""
        waiting = _frames(frames, restless=restless)
        began, worked = perf_counter(), process_time()
        await asyncio.gather(*(self._call(who, waiting) for _ in range(_CALLERS)))
        return frames / (perf_counter() - began), frames / (process_time() - worked)

    async def _call(self, who: Principal, waiting: Iterator[NewFrame]) -> None:
        for frame in waiting:
            await self._telemetry.submit(who, frame)


def _frames(many: int, *, restless: bool) -> Iterator[NewFrame]:
    for number in range(many):
        value = 90.5 if restless and number // _DEVICES % 20 == 0 else 45.2
        yield NewFrame(f"device-{number % _DEVICES}", {"cpu_usage": value, "memory_usage": 62.8}, tags={"env": "prod"})


def _say(event: str, **facts: object) -> None:
    print(event, facts, file=sys.stderr)


async def measure(frames: int) -> None:
    """Print both."""
    with tempfile.TemporaryDirectory(prefix="nexus-") as folder:
        documents = SqliteDocuments(Path(folder) / "nexus.db", ALL)
        await documents.open()
        ingest = Ingest(documents)
        await ingest.begin()
        for restless in (False, True):
            print("one value in twenty passes a threshold" if restless else "no value passes a threshold")
            turns = [await _turn(ingest, frames, turn, restless=restless) for turn in range(_ROUNDS + 1)][1:]
            for place, what in enumerate(("frames/s", "frames/s of the processor")):
                none, many = (median(turn[who][place] for turn in turns) for who in (_NONE, _MANY))
                ratio = median(turn[_MANY][place] / turn[_NONE][place] for turn in turns)
                print(f"  {none:,.0f} {what} with no rule, {many:,.0f} with {_RULES}: ratio {ratio:.2f}")
        await ingest.close()
        await documents.close()


async def _turn(ingest: Ingest, frames: int, turn: int, *, restless: bool) -> dict[Principal, tuple[float, float]]:
    order = (_NONE, _MANY) if turn % 2 else (_MANY, _NONE)
    return {who: await ingest.rate(who, frames, restless=restless) for who in order}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=6000)
    asyncio.run(measure(parser.parse_args().frames))
