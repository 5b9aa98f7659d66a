"""A server of our own for a while: on a free port, ready when the block begins, stopped by its pid at the end."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

API_KEY = "nexus_sk_live_0123456789ab_conformance-and-demonstration"
PASSWORD = "Admin123!"  # noqa: S105 - as the LexOS documentation prints it
AMPLE_LIMITS = "*=1000000"  # requests are counted as everywhere, and nobody who asks all day is refused
_READY_SECONDS = 30
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Served:
    """Where the server is, and its process."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def served(**variables: str) -> Iterator[Served]:
    """Serve with these settings (`database_url="…"`), in a data directory that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="nexus-") as folder:
        url = f"http://127.0.0.1:{free_port()}"
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "handlers.app"],
                env=_environment(folder, url, variables),
                stdout=output,
                stderr=output,
            )
        try:
            _await_ready(url, process, log)
            yield Served(url, process, log)
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def session(server: Served) -> str:
    """The token of a session of the first user."""
    return post(server, "/api/auth/login", {"username": "admin", "password": PASSWORD})["token"]


def post(server: Served, path: str, body: Mapping[str, str]) -> Any:
    """What an operation that is open to everybody answers."""
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - our own server, on loopback
        return json.load(answer)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _environment(folder: str, url: str, variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    chosen = {
        "data_dir": folder,
        "api_port": url.rpartition(":")[2],
        "admin_password": PASSWORD,
        "admin_api_key": API_KEY,
        "log_level": "warning",
        "rate_limits": AMPLE_LIMITS,
        **variables,
    }
    return {**inherited, **{f"NEXUS_{name.upper()}": value for name, value in chosen.items()}}


def _await_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):  # noqa: S310 - our own server, on loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError(f"The server did not become ready:\n{log.read_text()}")
