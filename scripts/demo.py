"""`make demo`: a small fleet against a running server, until Ctrl-C: it registers, measures and takes commands.

The agents and devices are those of the references. All that happens is printed; what the server does not do yet, once.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from nexus_client import Agent, AsyncNexusClient, Failed, Happening, NexusError, Work, errors

DEVICES = ("device-12345", "device-67890")
_PAUSE_SECONDS = 0.3
_COMMANDS: tuple[dict[str, Any], ...] = (
    {
        "command_type": "deploy.app",
        "target": "production-server-01",
        "parameters": {"version": "v1.2.3", "rollback_on_failure": True},
    },
    {
        "command_type": "restart_service",
        "target": "device-12345",
        "service": "api-gateway",
        "parameters": {"graceful": True},
    },
    {"command_type": "text_analysis", "target": "agent_euystacio_001", "parameters": {"document_id": "doc_123"}},
    {"command_type": "web_scrape", "target": "web_agent", "parameters": {"url": "https://example.com"}},
)


class Missing(Exception):
    """What the demonstration needs and was not told."""


class Demonstration:
    """The fleet, those who command it, and what has come of it so far."""

    def __init__(self, url: str, key: str, say: Callable[[str], None] = print) -> None:
        self._reach = {"api_key": key, "base_url": url}
        self._say = say
        self._said: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.agents = fleet(url, key)
        for agent in self.agents:
            agent.listen(self._hear)

    async def run(self, over: asyncio.Event) -> None:
        """Go on until it is over; then everybody ends what they do."""
        async with AsyncNexusClient(**self._reach) as client:
            who = await client.me.get()
            self.tell(f"Connected as {who.name or who.id}; Ctrl-C ends it")
            serving = [asyncio.ensure_future(agent.serve()) for agent in self.agents]
            rounds = [asyncio.ensure_future(work) for work in (self._measure(client), self._command(client))]
            ending = asyncio.ensure_future(over.wait())
            done, _ = await asyncio.wait({ending, *serving, *rounds}, return_when=asyncio.FIRST_COMPLETED)
            await self._end(serving, rounds, ending)
            for task in done - {ending}:
                task.result()

    def tell(self, line: str) -> None:
        """Print a line with the time."""
        self._say(f"{datetime.now(UTC).astimezone():%H:%M:%S}  {line}")

    def summary(self) -> str:
        """What has come of it."""
        told = ", ".join(f"{number} {what}" for what, number in sorted(self.counts.items()))
        return f"It is over: {told or 'nothing has happened'}"

    async def _end(self, serving: list[Any], rounds: list[Any], ending: Any) -> None:
        for task in (*rounds, ending):
            task.cancel()
        for agent in self.agents:
            agent.stop()
        await asyncio.gather(*rounds, *serving, ending, return_exceptions=True)

    def _hear(self, happening: Happening) -> None:
        self.counts[f"work {happening.what}" if happening.work is not None else happening.what] += 1
        self.tell(str(happening))

    async def _measure(self, client: AsyncNexusClient) -> None:
        """What devices and programs send, again and again."""
        while True:
            for device in DEVICES:
                load = {"cpu_usage": round(random.uniform(5, 95), 1), "memory_usage": round(random.uniform(30, 80), 1)}
                frame = {"device_id": device, "metrics": load, "tags": {"region": "us-west-2"}}
                await self._send("frames", lambda frame=frame: client.telemetry.submit_frame(frame))
            value = {"metric_name": "api_response_time", "value": random.randint(80, 250), "unit": "ms"}
            event = {"event_type": "system.metric", "source": "my-app", "data": value}
            await self._send("telemetry events", lambda event=event: client.telemetry.submit(event))
            await asyncio.sleep(1)

    async def _command(self, client: AsyncNexusClient) -> None:
        """Somebody who commands the fleet, and looks what came of it."""
        while True:
            wanted = random.choice(_COMMANDS)
            with suppress(errors.OperationNotImplemented):
                await self._look_after(client, wanted)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _look_after(self, client: AsyncNexusClient, wanted: Mapping[str, Any]) -> None:
        try:
            command = await client.commands.execute(wanted)
            self.tell(f"operator asks {wanted['target']} for {wanted['command_type']} ({command.command_id})")
            ended = await client.commands.wait_for_completion(command.command_id)
        except NexusError as error:
            self.tell(f"operator: {error}")
            await asyncio.sleep(1)
            return
        self.counts[f"commands {ended.status}"] += 1
        self.tell(f"operator hears that {ended.command_id} is {ended.status}: {ended.result or ended.error}")

    async def _send(self, what: str, send: Callable[[], Awaitable[Any]]) -> None:
        try:
            await send()
        except errors.OperationNotImplemented:
            self._once(f"{what}: this server does not take them yet")
        except NexusError as error:
            self._once(f"{what}: {error}")
        else:
            self._once(f"{what}: the server takes them")
            self.counts[f"{what} sent"] += 1

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self.tell(line)


def fleet(url: str, key: str) -> list[Agent]:
    """The agents, each with what it can do."""
    reach: dict[str, Any] = {
        "api_key": key,
        "base_url": url,
        "lease_seconds": 10,
        "wait_seconds": 3,
        "grace_seconds": 5,
    }
    server = Agent("production-server-01", name="Production server", max_concurrent=2, **reach)
    gateway = Agent("agent-alpha-001", name="Gateway", targets=DEVICES, **reach)
    analyst = Agent("agent_euystacio_001", name="Analyst", capabilities=["text_analysis"], **reach)
    scraper = Agent("web_agent", name="Web agent", capabilities=["web_scrape"], **reach)
    server.command("deploy.app")(deploy)
    gateway.command("restart_service")(restart)
    analyst.command("text_analysis")(analyse)
    scraper.command("web_scrape")(scrape)
    return [server, gateway, analyst, scraper]


async def deploy(work: Work) -> dict[str, Any]:
    """Take a version into service, step by step."""
    for percent, step in ((25, "Downloading"), (50, "Uploading"), (75, "Switching over")):
        await asyncio.sleep(_PAUSE_SECONDS)
        await work.progress(percent, step)
    return {"message": f"Deployed {work.input['version']}"}


async def restart(work: Work) -> dict[str, Any]:
    """Restart a service; now and then it does not come back."""
    await asyncio.sleep(_PAUSE_SECONDS)
    if random.random() < 0.2:
        raise Failed("The service did not come back", retryable=False)
    return {"message": f"{work.service} runs again", "graceful": bool(work.input.get("graceful"))}


async def analyse(work: Work) -> dict[str, Any]:
    """Read a document."""
    await asyncio.sleep(_PAUSE_SECONDS)
    await work.progress(50, "Reading")
    await asyncio.sleep(_PAUSE_SECONDS)
    return {"document_id": work.input["document_id"], "words": random.randint(200, 4000)}


async def scrape(work: Work) -> dict[str, Any]:
    """Fetch a page."""
    await asyncio.sleep(_PAUSE_SECONDS)
    return {"url": work.input["url"], "links": random.randint(1, 60)}


def asked(environment: Mapping[str, str]) -> tuple[str, str]:
    """Where the server is, and the key for it."""
    hints = {
        "NEXUS_URL": "the address of a running server, as http://localhost:8080 (`make run` starts one)",
        "NEXUS_API_KEY": "an API key, as `make run` prints it",
    }
    missing = [f"Set {name}: {hint}" for name, hint in hints.items() if not environment.get(name)]
    if missing:
        raise Missing("\n".join(missing))
    return environment["NEXUS_URL"], environment["NEXUS_API_KEY"]


async def demonstrate(url: str, key: str, seconds: float | None) -> None:
    """Run until Ctrl-C, or for so long."""
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    if seconds is not None:
        loop.call_later(seconds, over.set)
    demonstration = Demonstration(url, key)
    await demonstration.run(over)
    demonstration.tell(demonstration.summary())


def main() -> int:
    """Runs it; says what is missing or wrong."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--seconds", type=float, default=None, help="end by itself after so long")
    arguments = parser.parse_args()
    try:
        asyncio.run(demonstrate(*asked(os.environ), arguments.seconds))
    except (Missing, NexusError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
