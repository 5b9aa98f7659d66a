"""The README's client works as it is printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.serving import Running

ROOT = Path(__file__).parents[3]


def test_the_readmes_client_works(shared_server: Running, client: httpx.Client, key: str) -> None:
    """It prints a line for each batch with the frames' names, and they are there."""
    readme = (ROOT / "README.md").read_text()
    (example,) = re.findall(r"^\.venv/bin/python - <<'END'\n(.*?)^END$", readme, re.MULTILINE | re.DOTALL)
    told = {**os.environ, "KEY": key, "NEXUS_GRPC": shared_server.procedures}
    command = [sys.executable, "-"]
    done = subprocess.run(
        command, input=example, env=told, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["0", "1"]
    names = {found["frame_id"] for found in client.get("/v2/telemetry/frames").json()["data"]}
    assert names == set(re.findall(r"frame_\w+", done.stdout)) and len(names) == 6
