"""The README's lines of shell do what it says: each is typed as it is printed, into a server of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.places import ROOT
from scripts.serving import free_port
from tests.serving import ADMIN_KEY, PASSWORD, Running

CHAPTERS = ("The first five minutes", "Agents", "Writing an agent")
ENDLESS = ("nexus -N ", ".venv/bin/websockets ")  # they follow what happens until somebody ends them
STRICT = """
set -euo pipefail
curl() { command curl --fail-with-body --max-time 60 "$@"; }
"""
_SECONDS = 100


def blocks(chapter: str) -> list[str]:
    """What a chapter prints in shell, and ends of itself."""
    text = (ROOT / "README.md").read_text()
    (found,) = re.findall(rf"^## {chapter}$(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    printed = re.findall(r"^```bash\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)
    return [block for block in printed if not block.startswith(ENDLESS)]


def typed(script: str, folder: Path, server: Running) -> str:
    """What a shell prints into which this is typed, where `make run` has been at work."""
    (folder / ".nexus").mkdir()
    secrets = f"NEXUS_ADMIN_API_KEY={ADMIN_KEY}\nNEXUS_ADMIN_PASSWORD={PASSWORD}\n"
    (folder / ".nexus" / "generated-secrets.env").write_text(secrets)
    (folder / ".venv").symlink_to(sys.prefix)
    known = {"NEXUS_GRPC": server.procedures, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", STRICT + script.replace("http://localhost:8080", server.url)],
        env={**os.environ, **known},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def told(said: str) -> list[dict[str, Any]]:
    """The answers in what was printed; not all of them end with their line."""
    found, place = [], said.find("{")
    while place >= 0:
        answer, end = json.JSONDecoder().raw_decode(said, place)
        found.append(answer)
        place = said.find("{", end)
    return found


def test_what_is_printed_in_shell_works(serve: Callable[..., Running], tmp_path: Path) -> None:
    """No line is refused, from the first task to the alert, and what is listed is what was made."""
    server = serve(grpc_port=free_port())
    printed = [block for chapter in CHAPTERS for block in blocks(chapter)]
    assert len(printed) > 15
    answers = told(typed("\n".join(printed), tmp_path, server))
    assert listed(answers, "data", "title")[:1] == ["Deploy feature XYZ"]
    assert "Analyze document" in listed(answers, "tasks", "name") and "Daily backup" in listed(answers, "tasks", "name")
    assert "timeout" in {answer.get("status") for answer in answers if "command_id" in answer}
    assert {"message": "Printed"} in listed(answers, "data", "result")
    assert "firing" in listed(answers, "data", "status")


def listed(answers: list[dict[str, Any]], items: str, name: str) -> list[Any]:
    """What a field of the items of all lists says."""
    return [item[name] for answer in answers for item in answer.get(items) or () if name in item]
