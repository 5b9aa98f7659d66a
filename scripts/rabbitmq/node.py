"""One RabbitMQ node and the port mapper it needs, as our own processes, on loopback only.

Nothing outside the directory is read or written: configuration, cookie, plugins, data and logs all lie in it.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from scripts.rabbitmq.asking import ASKING_PLUGINS, BOUNDS, OTHERS, Asked, asking
from scripts.rabbitmq.install import SERVER, ensure_installed
from scripts.rabbitmq.processes import HOST, end, free_port, is_free, kill, spawn

_NODE = "nexus@localhost"
_USER = "nexus"
_PASSWORD_FILE = "password"  # noqa: S105 - the name of a file
_READY_SECONDS = 60
_GREETING = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"
# Listens for other nodes on loopback, and its idle schedulers sleep instead of spinning.
_ERLANG = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"


class CannotStart(Exception):
    """Why the node does not run, and where to look."""


class RabbitNode:
    """A node that can be started, stopped, killed and started again on the same port and data."""

    def __init__(self, directory: Path, port: int = 0, asks: Asked | None = None) -> None:
        self._directory = directory.resolve()
        self._asks = asks
        self._user, self._password = self._credentials()
        self.port = port or free_port()
        self._distribution_port, self._epmd_port = free_port(), free_port()
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._lock: TextIOWrapper | None = None

    @property
    def url(self) -> str:
        """What NEXUS_AMQP_URL takes."""
        return f"amqp://{self._user}:{self._password}@{HOST}:{self.port}/"

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
        if self._asks:
            self._control("set_operator_policy", "others", OTHERS, json.dumps(BOUNDS), "--apply-to", "queues")

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

    def ask(self, *command: str) -> Any:
        """What `rabbitmqctl` has to say of the running node."""
        return json.loads(self._control("--formatter", "json", *command))

    def _control(self, *command: str) -> bytes:
        asked = [str(SERVER.with_name("rabbitmqctl")), "--quiet", *command]
        environment = self._environment()
        return subprocess.run(asked, env=environment, capture_output=True, check=True, timeout=_READY_SECONDS).stdout

    def _prepare(self) -> None:
        if not is_free(self.port):
            raise CannotStart(f"Port {self.port} is taken; give another one with --port.")
        self._directory.mkdir(parents=True, exist_ok=True)
        self._take_directory()
        plugins = ASKING_PLUGINS if self._asks else ()
        self._keep("rabbitmq.conf", self._configuration())
        self._keep("enabled_plugins", f"[{','.join(plugins)}].\n")
        if not (self._directory / "data").exists():
            self._keep(_PASSWORD_FILE, self._password)

    def _credentials(self) -> tuple[str, str]:
        """The broker's own user, who may do everything: drawn when the data are made."""
        kept = self._directory / _PASSWORD_FILE
        if kept.exists():
            return _USER, kept.read_text()
        return ("guest", "guest") if (self._directory / "data").exists() else (_USER, secrets.token_urlsafe(24))

    def _configuration(self) -> str:
        lines = [f"listeners.tcp.local = {HOST}:{self.port}"]
        lines += [f"default_user = {self._user}", f"default_pass = {self._password}"]
        return "\n".join([*lines, *(asking(self._asks) if self._asks else ()), ""])

    def _keep(self, name: str, text: str) -> None:
        """Write a file that nobody else reads."""
        file = self._directory / name
        file.touch(0o600)
        file.write_text(text)

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
def private_rabbitmq(directory: Path, port: int = 0, asks: Asked | None = None) -> Iterator[RabbitNode]:
    """A running node with its data in `directory`, on `port` or a free one; installs RabbitMQ if it is missing.

    It lets in its own user, and whoever the server that it asks lets in.
    """
    ensure_installed()
    node = RabbitNode(directory, port, asks)
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
