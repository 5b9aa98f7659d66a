"""A kill -9 of a server in which a plugin is at work: each command ends once, and nothing is done by two at once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from nexus_client import NexusClient

from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import private_rabbitmq
from scripts.serving import API_KEY, Served
from tests.faults.test_whole_kill import ended
from tests.serving import eventually

FINAL = {"command.completed", "command.failed", "command.timeout", "command.cancelled"}
POLICY = {"max_retries": 1, "initial_delay_seconds": 0}
_SECONDS = 60


@contextmanager
def alone(folder: Path) -> Iterator[list[Served]]:
    """One server with its own parts."""
    server = Served(folder, plugins="tests.plugged")
    with ended(server):
        yield [server]


@contextmanager
def together(folder: Path) -> Iterator[list[Served]]:
    """Two servers over MongoDB's wire protocol and RabbitMQ."""
    with ExitStack() as opened:
        store = opened.enter_context(private_mongo_wire(folder / "mongo"))
        broker = opened.enter_context(private_rabbitmq(folder / "rabbitmq"))
        shared = {"database_url": store.url, "amqp_url": broker.url, "plugins": "tests.plugged"}
        secrets = {"jwt_secret": "0123456789abcdef" * 2, "encryption_key": "5ec7e7f0" * 8}
        servers = []
        for name in ("first", "second"):
            (folder / name).mkdir()
            servers.append(Served(folder / name, **shared, **secrets))
            opened.enter_context(ended(servers[-1]))
        yield servers


@pytest.mark.parametrize("shape", [alone, together])
def test_a_kill_in_mid_execution_ends_each_command_once(tmp_path: Path, shape: Any) -> None:
    """What may be tried again is done by whichever server is there, and what may not is lost, once and for all."""
    with shape(tmp_path) as servers:
        journals = [tmp_path / "tried-again", tmp_path / "tried-once"]
        with NexusClient(API_KEY, servers[0].url, retry_attempts=10) as client:
            commands = [
                issued(client, journals[0], retry_policy=POLICY),
                issued(client, journals[1]),
            ]
        assert eventually(lambda: all(lines(journal) for journal in journals), _SECONDS)
        pids = {line.split()[1] for journal in journals for line in lines(journal)}
        victim = next(server for server in servers if str(server.process.pid) in pids)
        assert len(pids) == 1, "One server reads on at a time"
        victim.kill()
        if len(servers) == 1:
            victim.start()
        left = next(server for server in reversed(servers) if server is not victim or len(servers) == 1)
        with NexusClient(API_KEY, left.url, retry_attempts=10) as client:
            found = [client.commands.wait_for_completion(command, timeout=_SECONDS) for command in commands]
            told = [event for event in client.events.list() if event.type in FINAL]
    assert [one.status for one in found] == ["completed", "timeout"]
    assert found[0].result == {"attempt": 2}
    assert sorted(event.data["command_id"] for event in told) == sorted(commands)
    assert [line.split()[0] for line in lines(journals[0])] == ["begun", "begun", "ended"]
    assert [line.split()[0] for line in lines(journals[1])] == ["begun"]


def issued(client: NexusClient, journal: Path, **given: Any) -> str:
    """A command that takes so long that it does not end before its server is killed."""
    parameters = {"journal": str(journal), "seconds": 30}
    body: Any = {"command_type": "rehearse.keep", "target": "plugin-rehearsal", "parameters": parameters, **given}
    return client.commands.execute(body).command_id


def lines(journal: Path) -> list[str]:
    """What a journal says."""
    return journal.read_text().splitlines() if journal.exists() else []
