"""How soon a command is held by the agent that it is for.

`python -m tests.bench.work [--short] [--shared] [WebSocket] [AMQP]` serves with RabbitMQ and the embedded store in one
process, pinned to one core, and is everybody else from the other, where the broker is, too; with `--shared` the store
speaks MongoDB's wire protocol, there are two workers, and nothing is pinned. Commands are posted at an even pace, to
one agent after the other. An agent accepts what it is offered, and ends what it holds. It prints the time from the
beginning of a POST until its agent is offered the work, and until that has the answer that it holds it.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from statistics import quantiles
from subprocess import Popen

import uvloop

from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import Asked, private_rabbitmq
from scripts.serving import Served, free_port, served
from tests.bench import processes
from tests.bench.agents import AT_ONCE, LINES, Place, Tally, Worker
from tests.bench.subscribers import ask, keep_on, off_one_core

AGENTS, COMMANDS_A_SECOND = 50, 200
REQUIRED_P50_MS, REQUIRED_P99_MS = 10.0, 50.0
_WRITERS, _WARM_UP_SECONDS, _PATIENCE_SECONDS = 40, 0.5, 30


async def measure(name: str, place: Place, process: Popen[bytes], seconds: float) -> bool:
    """Have agents wait, post commands to them, and judge."""
    workers = [Worker(f"{name.lower()}-{number}") for number in range(AGENTS)]
    await register(place, workers)
    for worker in workers:
        worker.line = await LINES[name](worker, place)
    try:
        await load(place, workers, 0, _WARM_UP_SECONDS)
        began, used = time.perf_counter(), processes.cpu_seconds_of_all(process)
        tally = await load(place, workers, round(_WARM_UP_SECONDS * COMMANDS_A_SECOND), seconds)
        busy = (processes.cpu_seconds_of_all(process) - used) / (time.perf_counter() - began)
    finally:
        for worker in workers:
            await worker.line.close()
    return judged(name, tally, tally.wanted / (max(tally.begun.values()) - began), busy)


async def register(place: Place, workers: Sequence[Worker]) -> None:
    """Make the agents known."""
    reader, writer = await asyncio.open_connection("127.0.0.1", place.server)
    for worker in workers:
        able = {"resources": {"max_concurrent_tasks": AT_ONCE}}
        await ask(reader, writer, "POST", "/v2/agents", {"agent_id": worker.name, "name": worker.name, **able})
    writer.close()


async def load(place: Place, workers: Sequence[Worker], first: int, seconds: float) -> Tally:
    """Post commands at an even pace, and return when all are held, or patience is at its end."""
    numbers = range(first, first + round(seconds * COMMANDS_A_SECOND))
    tally = Tally(len(numbers))
    for worker in workers:
        worker.tally = tally
    began = time.perf_counter()

    async def write(start: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.server)
        for number in numbers[start::_WRITERS]:
            await asyncio.sleep(max(0.0, began + (number - first) / COMMANDS_A_SECOND - time.perf_counter()))
            target = workers[number % len(workers)].name
            tally.begun[number] = time.perf_counter()
            body = {"command_type": "bench", "target": target, "parameters": {"number": number}}
            await ask(reader, writer, "POST", "/v2/commands", body)
        writer.close()

    posting = asyncio.gather(*map(write, range(_WRITERS)))
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(posting, tally.over), seconds + _PATIENCE_SECONDS)
    return tally


def judged(name: str, tally: Tally, rate: float, busy: float) -> bool:
    """Print what was measured; whether it is as required."""
    if len(tally.held) < tally.wanted:
        print(f"{name:<10}{len(tally.held):,} of {tally.wanted:,} commands were held in time")
        return False
    offered, held = (quantiles(times.values(), n=100) for times in (tally.offered, tally.held))
    print(
        f"{name:<10}{rate:.0f} commands/s   offered p50 {offered[49]:.1f} ms, p99 {offered[98]:.1f} ms   "
        f"held p50 {held[49]:.1f} ms, p99 {held[98]:.1f} ms   "
        f"required < {REQUIRED_P50_MS:g} ms, < {REQUIRED_P99_MS:g} ms   processor of the server {busy:.0%} of one core"
    )
    is_kept_up = rate >= 0.95 * COMMANDS_A_SECOND
    return is_kept_up and held[49] < REQUIRED_P50_MS and held[98] < REQUIRED_P99_MS


@contextmanager
def serving(*, shared: bool) -> Iterator[tuple[Served, Place]]:
    """A server over RabbitMQ, which asks it who may do what there."""
    port = free_port()
    asks = Asked(f"http://127.0.0.1:{port}")
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        node = opened.enter_context(private_rabbitmq(folder / "rabbitmq", asks=asks))
        settings = {"amqp_url": node.url, "amqp_auth_secret": asks.secret, "rate_limit_enabled": "false"}
        if shared:
            store = opened.enter_context(private_mongo_wire(folder / "mongo"))
            settings |= {"database_url": store.url, "workers": "2"}
        yield opened.enter_context(served(port, **settings)), Place(port, node.port)


def main(*, short: bool, shared: bool = False, names: Sequence[str] = tuple(LINES)) -> list[str]:
    """Measure and print; return what is not as required."""
    seconds = 1.0 if short else 20.0
    where = "MongoDB's wire protocol, two workers" if shared else "the embedded store, one process"
    print(f"\n{COMMANDS_A_SECOND} commands a second to {AGENTS} agents; RabbitMQ, {where}")
    with nullcontext() if shared else off_one_core() as core, serving(shared=shared) as (server, place):
        if core is not None:
            keep_on(core, server.process)
        late = [name for name in names if not uvloop.run(measure(name, place, server.process, seconds))]
    return [f"Commands are held too late over {name}" for name in late]


if __name__ == "__main__":
    asked = [name for name in LINES if name in sys.argv[1:]] or list(LINES)
    sys.exit(len(main(short="--short" in sys.argv[1:], shared="--shared" in sys.argv[1:], names=asked)))
