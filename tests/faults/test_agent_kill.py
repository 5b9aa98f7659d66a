"""Agents, servers and what runs between them die in mid-work: every command ends once, and nothing is done twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nexus_client import NexusClient

from scripts.places import GENERATED, ROOT
from scripts.serving import API_KEY, Served
from tests.serving import eventually

_SECONDS = 40


class Process:
    """An agent in a process of its own, and its journal."""

    def __init__(self, agent_id: str, url: str, folder: Path, serves: str = "", lease: int = 5) -> None:
        self.journal = folder / agent_id
        paths = os.pathsep.join([str(ROOT), str(GENERATED / "clients" / "python")])
        told = {"NEXUS_API_KEY": API_KEY, "NEXUS_BASE_URL": url, "PYTHONPATH": paths, "SERVES": serves}
        told["LEASE"] = str(lease)
        command = [sys.executable, "-m", "tests.clients.agent_process", agent_id, str(self.journal)]
        self.process = subprocess.Popen(command, env={**os.environ, **told}, cwd=ROOT)

    @property
    def told(self) -> list[str]:
        """What has happened, in order."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [line.split()[0] for line in lines]

    def until(self, what: str) -> None:
        """Return when something has happened."""
        assert eventually(lambda: what in self.told, _SECONDS), self.told

    def end(self, number: int) -> int:
        """Send a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(_SECONDS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server as a process of its own."""
    (tmp_path / "server").mkdir()
    served = Served(tmp_path / "server")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def nexus(server: Served) -> Iterator[NexusClient]:
    """Who gives commands."""
    with NexusClient(API_KEY, server.url, retry_attempts=10) as client:
        yield client


@pytest.fixture
def start(server: Served, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts agents; none outlives its test."""
    started: list[Process] = []

    def begun(agent_id: str, **options: Any) -> Process:
        started.append(Process(agent_id, server.url, tmp_path, **options))
        return started[-1]

    yield begun
    for agent in started:
        if agent.process.poll() is None:
            agent.process.kill()
            agent.process.wait()


def ask(nexus: NexusClient, **parameters: Any) -> str:
    """A command for a device that both agents serve, that may be tried twice."""
    policy: Any = {"max_retries": 1, "initial_delay_seconds": 0}
    wanted: Any = {"command_type": "hold", "target": "device-12345", "parameters": parameters, "retry_policy": policy}
    return nexus.commands.execute(wanted).command_id


def test_another_takes_over_from_a_killed_agent(nexus: NexusClient, start: Callable[..., Process]) -> None:
    """After a kill -9 in mid-work the lease runs out, and then, no sooner, somebody else does the work."""
    first = start("first", serves="device-12345")
    first.until("registered")
    identifier = ask(nexus)
    first.until("taken")
    first.end(signal.SIGKILL)
    killed, second = time.monotonic(), start("second", serves="device-12345")
    ended = nexus.commands.wait_for_completion(identifier, timeout=_SECONDS)
    assert (ended.status, ended.result) == ("completed", {"by": "second", "attempt": 2})
    assert time.monotonic() - killed > 2
    assert second.told.count("taken") == 1


def test_sigterm_gives_work_back(nexus: NexusClient, start: Callable[..., Process]) -> None:
    """What does not end in time is given back at SIGTERM, and the process ends well; another has it at once."""
    first = start("first", serves="device-12345")
    first.until("registered")
    identifier = ask(nexus)
    first.until("taken")
    assert first.end(signal.SIGTERM) == 0
    assert first.told[-2:] == ["released", "stopped"]
    left = nexus.commands.get_status(identifier)
    assert (left.status, left.attempt) == ("pending", 0)


def test_a_server_that_restarts_in_mid_work(nexus: NexusClient, server: Served, start: Callable[..., Process]) -> None:
    """The work goes on while the server is away, and its result arrives when it is back."""
    agent = start("first", serves="device-12345", lease=30)
    agent.until("registered")
    identifier = ask(nexus, seconds=3)
    agent.until("taken")
    server.stop()
    time.sleep(1)
    server.start()
    ended = nexus.commands.wait_for_completion(identifier, timeout=_SECONDS)
    assert (ended.status, ended.result) == ("completed", {"by": "first", "attempt": 1})
    agent.until("completed")
    assert agent.told.count("taken") == 1


def test_a_server_that_dies_and_stays_away(nexus: NexusClient, server: Served, start: Callable[..., Process]) -> None:
    """Whoever cannot renew stops when the lease is over, by their own clock; then the work is offered again."""
    agent = start("first", serves="device-12345")
    agent.until("registered")
    identifier = ask(nexus)
    agent.until("taken")
    server.kill()
    agent.until("lost")
    server.start()
    ended = nexus.commands.wait_for_completion(identifier, timeout=_SECONDS)
    assert (ended.status, ended.result) == ("completed", {"by": "first", "attempt": 2})
