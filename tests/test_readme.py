"""The README says what is true."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from nexus_client import NexusClient, errors, models

from handlers.settings import Settings, variable
from scripts.places import GENERATED, ROOT
from scripts.rabbitmq.asking import BOUNDS, OTHERS, Asked, asking
from scripts.serving import API_KEY, Served
from tests.serving import Running, eventually

_README = (Path(__file__).parent.parent / "README.md").read_text()
_SECONDS = 30


def _programs(chapter: str) -> list[str]:
    """What a chapter prints in Python."""
    (text,) = re.findall(rf"^## {chapter}$(.*?)^## ", _README, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def environment(shared_server: Running, key: str) -> dict[str, str]:
    """The environment that the README sets up before its programs."""
    told = {"NEXUS_BASE_URL": shared_server.url, "NEXUS_API_KEY": key}
    return {**os.environ, **told, "PYTHONPATH": str(GENERATED / "clients" / "python")}


def test_the_settings_table_is_the_settings() -> None:
    """Every setting is in the table with its default and its meaning, and nothing else is."""
    rows = {
        row[0]: row[1:] for row in re.findall(r"^\| `(NEXUS_\w+)` \| (?:`(.*?)`)? ?\| (.*?) \|$", _README, re.MULTILINE)
    }
    rows.pop("NEXUS_CONFIG")
    said = {variable(item.name): (str(item.default), item.metadata["meaning"]) for item in fields(Settings)}
    assert {name: (default, meaning.removesuffix(" (secret)")) for name, (default, meaning) in rows.items()} == said


def test_every_make_target_of_the_readme_exists() -> None:
    """No command of the README is missing from the Makefile."""
    makefile = (Path(__file__).parent.parent / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", _README)) <= targets


def test_what_a_rabbitmq_of_ones_own_is_told_is_what_ours_is() -> None:
    """The lines of `rabbitmq.conf` are those that our own broker runs with."""
    (block,) = re.findall(r"^```ini\n(.*?)^```$", _README, re.MULTILINE | re.DOTALL)
    assert block.splitlines() == list(asking(Asked("http://nexus.internal:8080", "<secret>")))
    (policy,) = re.findall(
        r"^rabbitmqctl set_operator_policy others '(.*?)' '(.*?)' --apply-to queues$", _README, re.MULTILINE
    )
    assert (policy[0], json.loads(policy[1])) == (OTHERS, BOUNDS)


def test_the_programs_of_the_client_run(environment: dict[str, str]) -> None:
    """Each program of the chapter on the client runs as printed, and prints what it is to print."""
    said = []
    for program in _programs("Python client"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        said.append(done.stdout)
    assert len(said) == 2
    assert "Deploy feature XYZ" in said[0]
    assert said[0].endswith("not yet: pending\n")
    assert said[1] == "task.created\n"


def test_the_plugin_that_is_printed_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin of the README, started as it says: it greets, refuses, and notes what happens."""
    (program,) = _programs("Writing a plugin")
    (tmp_path / "greeter.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    server = Served(tmp_path, plugins="greeter")
    try:
        server.start()
        with NexusClient(API_KEY, server.url) as client:
            ended = [_greeted(client, name) for name in ("Ann", "nobody")]
            with pytest.raises(errors.ApiError, match="shorter"):
                _greeted(client, "")
            task = client.tasks.create({"title": "Somebody hears of this"}).task_id
        assert [one.result or one.error for one in ended] == [{"message": "Hello, Ann"}, "There is nobody to greet"]
        for noted in (f"command.failed {{'command_id': '{ended[1].command_id}", f"task.created {{'task_id': '{task}"):
            assert eventually(lambda noted=noted: noted in server.log.read_text(), _SECONDS)
    finally:
        server.stop()


def _greeted(client: NexusClient, name: str) -> models.Command:
    """What came of greeting somebody."""
    wanted = {"command_type": "greet", "target": "plugin-greeter", "parameters": {"name": name}}
    return client.commands.wait_for_completion(client.commands.execute(wanted).command_id, timeout=_SECONDS)


def test_the_agent_that_is_printed_works(environment: dict[str, str], shared_server: Running, key: str) -> None:
    """The agent of the README does a command, refuses one without a version, and ends well at SIGTERM."""
    (program,) = _programs("Writing an agent")
    agent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        with NexusClient(key, shared_server.url) as client:
            ended = [
                client.commands.wait_for_completion(
                    client.commands.execute(
                        {"command_type": "deploy.app", "target": "production-server-01", "parameters": parameters}
                    ).command_id,
                    timeout=_SECONDS,
                )
                for parameters in ({"version": "v1.2.3"}, {})
            ]
        assert [one.result or one.error for one in ended] == [{"message": "Deployed v1.2.3"}, "Which version?"]
        agent.send_signal(signal.SIGTERM)
        assert eventually(lambda: agent.poll() is not None, _SECONDS)
        assert agent.returncode == 0
    finally:
        agent.kill()
        agent.wait()
