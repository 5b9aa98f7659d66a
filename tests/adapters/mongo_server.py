"""A private server that speaks MongoDB's wire protocol: a process of its own, ended by its own process id."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

READY_SECONDS = 20


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MongoServer:
    """SecantusDB on a free port, with its data in a folder that survives a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"mongodb://127.0.0.1:{self._port}/?retryWrites=false&journal=true"

    def __enter__(self) -> "MongoServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process; return when it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        program = Path(sys.executable).with_name("secantusd-py")
        command = [program, "--host", "127.0.0.1", "--port", str(self._port), "--storage-path", self._folder]
        with open(self._folder.with_suffix(".log"), "ab") as log:
            self._process = subprocess.Popen(
                [*map(str, command), "--standalone", "--sync-on-commit"], stdout=log, stderr=log, env=os.environ
            )
        self._wait()

    def stop(self) -> None:
        """Ask the process to end."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def kill(self) -> None:
        """End the process without a word (kill -9)."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        with MongoClient(self.url, serverSelectionTimeoutMS=250) as client:
            while True:
                try:
                    client.admin.command("ping")
                    return
                except PyMongoError:
                    if time.monotonic() > deadline:
                        raise
