"""A private server that speaks MongoDB's wire protocol, for tests and `make up`; not for production, by its own word.

SecantusDB runs as a process of its own, on loopback, with everything it keeps below one directory. It syncs at each
commit, so an acknowledged write survives a kill.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from scripts.rabbitmq.processes import HOST, end, free_port, is_free, kill, spawn

_DATABASE = "nexus"
_READY_SECONDS = 30
_SERVER = Path(sys.executable).parent / "secantusd-py"


class CannotStart(Exception):
    """Why the server does not run, and where to look."""


class MongoWireServer:
    """A server that can be started, stopped, killed and started again on the same port and data."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self._directory = directory.resolve()
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What NEXUS_DATABASE_URL takes."""
        return f"mongodb://{HOST}:{self.port}/{_DATABASE}?retryWrites=false&journal=true"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start, and return when clients are answered."""
        if not is_free(self.port):
            raise CannotStart(f"Port {self.port} is taken.")
        self._directory.mkdir(parents=True, exist_ok=True)
        command = [str(_SERVER), "--host", HOST, "--port", str(self.port), "--standalone", "--sync-on-commit"]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self._directory)}
        storage = ["--storage-path", str(self._directory / "data")]
        self._process = spawn([*command, *storage], self._directory / "server.log", environment)
        self._await_ready()

    def stop(self) -> None:
        """End the server in good order."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def kill(self) -> None:
        """End the server as a power cut would; it can be started again."""
        if self._process is not None:
            kill(self._process)
            self._process = None

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if not self.running or time.monotonic() > deadline:
                self.stop()
                raise CannotStart(f"The MongoDB wire server did not start; {self._directory}/server.log says why.")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with MongoClient(HOST, self.port, serverSelectionTimeoutMS=500) as client:
            try:
                client.admin.command("ping")
            except PyMongoError:
                return False
            return True


@contextmanager
def private_mongo_wire(directory: Path, port: int = 0) -> Iterator[MongoWireServer]:
    """A running server with its data in `directory`, on `port` or a free one."""
    server = MongoWireServer(directory, port)
    try:
        server.start()
        yield server
    finally:
        server.stop()
