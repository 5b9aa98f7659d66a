"""A server of our own for a while: on a free port, ready when the block begins, stopped by its pid at the end."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.rabbitmq.processes import free_port

API_KEY = "nexus_sk_live_0123456789ab_conformance-and-demonstration"
PASSWORD = "Admin123!"  # noqa: S105 - as the LexOS documentation prints it
AMPLE_LIMITS = "*=1000000"  # requests are counted as everywhere, and nobody who asks all day is refused
_READY_SECONDS = 30
_STOP_SECONDS = 30


class Served:
    """A server that can be started, killed and started again, on the same port and data."""

    def __init__(self, folder: Path, port: int = 0, **variables: str) -> None:
        self.url = f"http://127.0.0.1:{port or free_port()}"
        self.procedures = f"127.0.0.1:{free_port()}"
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        named = {"grpc_port": self.procedures.rpartition(":")[2], **variables}
        self._environment = _environment(folder, self.url, named)

    def start(self) -> None:
        """Start, and return when it is ready."""
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "handlers"]
            self.process = subprocess.Popen(command, env=self._environment, stdout=output, stderr=output)
        _await_ready(self.url, self.process, self.log)

    def stop(self) -> None:
        """End it in good order."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """End it without a word (kill -9)."""
        self.process.kill()
        self.process.wait()


@contextmanager
def served(port: int = 0, **variables: str) -> Iterator[Served]:
    """Serve with these settings (`database_url="…"`) on a port or a free one, with data that are thrown away."""
    with tempfile.TemporaryDirectory(prefix="nexus-") as folder:
        server = Served(Path(folder), port, **variables)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def session(server: Served) -> str:
    """The token of a session of the first user."""
    return post(server, "/api/auth/login", {"username": "admin", "password": PASSWORD})["token"]


def post(server: Served, path: str, body: Mapping[str, str]) -> Any:
    """What an operation that is open to everybody answers."""
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - our own server, on loopback
        return json.load(answer)


def _environment(folder: Path, url: str, variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    chosen = {
        "data_dir": str(folder),
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
