"""One RabbitMQ node and the port mapper it needs, as our own processes, on loopback only.

Nothing outside the directory is read or written: configuration, cookie, plugins, data and logs all lie in it.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from scripts.rabbitmq.install import SERVER, ensure_installed
from scripts.rabbitmq.processes import HOST, end, free_port, is_free, kill, spawn

_NODE = "nexus@localhost"
_READY_SECONDS = 60
_GREETING = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"
# Listens for other nodes on loopback, and its idle schedulers sleep instead of spinning.
_ERLANG = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"


class CannotStart(Exception):
    """Why the node does not run, and where to look."""


class RabbitNode:
    """A node that can be started, stopped, killed and started again on the same port and data."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self._directory = directory.resolve()
        self.port = port or free_port()
        self._distribution_port, self._epmd_port = free_port(), free_port()
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._lock: TextIOWrapper | None = None

    @property
    def url(self) -> str:
        """What NEXUS_AMQP_URL takes."""
        return f"amqp://guest:guest@{HOST}:{self.port}/"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Start, and return when clients are answered."""
        self._prepare()
        if self._epmd is None:
            self._epmd = self._spawn([str(shutil.which("epmd")), "-port", str(self._epmd_port)], "epmd.log")
        self._server = self._spawn([str(SERVER)], "server.log")
        self._await_ready()

    def stop(self) -> None:
        """End the node in good order, then the port mapper."""
        for process in (self._server, self._epmd):
            if process is not None:
                end(process)
        self._server = self._epmd = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """End the node as a power cut would; it can be started again."""
        if self._server is not None:
            kill(self._server)
            self._server = None

    def _prepare(self) -> None:
        if not is_free(self.port):
            raise CannotStart(f"Port {self.port} is taken; give another one with --port.")
        self._directory.mkdir(parents=True, exist_ok=True)
        self._take_directory()
        (self._directory / "rabbitmq.conf").write_text(f"listeners.tcp.local = {HOST}:{self.port}\n")
        (self._directory / "enabled_plugins").write_text("[].\n")

    def _take_directory(self) -> None:
        """The server inherits the lock: while any node lives on these data, no second one can start."""
        if self._lock is not None:
            return
        self._lock = (self._directory / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            self._lock.close()
            self._lock = None
            raise CannotStart(f"Another RabbitMQ runs on {self._directory}; end it first.") from exc

    def _spawn(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        keep = [self._lock.fileno()] if self._lock else []
        return spawn(command, self._directory / log, self._environment(), keep)

    def _environment(self) -> dict[str, str]:
        """Only what the node needs: no variable of ours, the system's or another node's reaches it."""
        here = self._directory
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(here),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(here / "log"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_PID_FILE": str(here / "server.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
            "RUNNING_UNDER_SYSTEMD": "true",  # the start script then becomes the server instead of waiting for it
        }

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not _answers(self.port):
            if not self.running or time.monotonic() > deadline:
                self.stop()
                raise CannotStart(f"RabbitMQ did not start; {self._directory}/server.log and log/ say why.")
            time.sleep(0.1)


@contextmanager
def private_rabbitmq(directory: Path, port: int = 0) -> Iterator[RabbitNode]:
    """A running node with its data in `directory`, on `port` or a free one; installs RabbitMQ if it is missing."""
    ensure_installed()
    node = RabbitNode(directory, port)
    try:
        node.start()
        yield node
    finally:
        node.stop()


def _answers(port: int) -> bool:
    """Whether something speaks AMQP there: the first frame of a broker that has started is `connection.start`."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(_GREETING)
            return connection.recv(1) == _METHOD_FRAME
    except OSError:
        return False
