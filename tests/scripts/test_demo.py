"""The demonstration runs against a real server, ends at Ctrl-C, and says what it lacks."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.demo import Missing, asked
from scripts.places import GENERATED
from tests.serving import Running, eventually

_SECONDS = 60


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({}, ["NEXUS_URL", "NEXUS_API_KEY"]),
        ({"NEXUS_URL": "http://h"}, ["NEXUS_API_KEY"]),
        ({"NEXUS_API_KEY": "k", "NEXUS_URL": ""}, ["NEXUS_URL"]),
    ],
)
def test_what_is_missing_is_said(environment: dict[str, str], missing: list[str]) -> None:
    """Each variable that is not set is named, with what it is for."""
    with pytest.raises(Missing) as problem:
        asked(environment)
    assert [line.split()[1].rstrip(":") for line in str(problem.value).splitlines()] == missing


def test_the_fleet_works_until_it_is_told_to_stop(shared_server: Running, key: str, tmp_path: Path) -> None:
    """Agents register, commands reach them and end, and Ctrl-C leaves a summary and no trace."""
    output = tmp_path / "output"
    with output.open("w") as lines:
        demo = _started(shared_server.url, key, lines)
    try:
        assert eventually(lambda: "is completed" in output.read_text(), _SECONDS), output.read_text()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(_SECONDS) == 0
    finally:
        demo.kill()
        demo.wait()
    said = output.read_text()
    for expected in ("production-server-01 registered", "operator asks", "commands completed", "It is over"):
        assert expected in said
    assert "Traceback" not in said


def test_a_wrong_key_is_said(shared_server: Running, tmp_path: Path) -> None:
    """A key that opens nothing ends it at once, in a line."""
    output = tmp_path / "output"
    with output.open("w") as lines:
        demo = _started(shared_server.url, "nexus_sk_live_0_wrong", lines)
    began = time.monotonic()
    assert demo.wait(_SECONDS) == 1
    assert time.monotonic() - began < _SECONDS / 2
    assert output.read_text().startswith("AUTHENTICATION_FAILED")


def _started(url: str, key: str, lines: object) -> subprocess.Popen[bytes]:
    told = {"NEXUS_URL": url, "NEXUS_API_KEY": key, "PYTHONPATH": str(GENERATED / "clients" / "python")}
    environment = {**os.environ, **told, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen([sys.executable, "-m", "scripts.demo"], env=environment, stdout=lines, stderr=lines)
