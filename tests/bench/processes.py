"""Processes under measurement: started, waited for, weighed and ended."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.002


class Failed(Exception):
    """A measured process that did not do what it was started for."""


@contextlib.contextmanager
def running(arguments: list[str], environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """A Python process, ended when the block is."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def first_answer(process: subprocess.Popen, port: int, request: bytes, seconds: float = 60) -> bytes:
    """The first bytes that the process answers to a request, sent until it listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failed(process.stderr.read().decode()[-2000:])
        try:
            return exchange(port, request)
        except OSError:
            time.sleep(_POLL_SECONDS)
    raise Failed(f"No answer within {seconds:g} s")


def exchange(port: int, request: bytes) -> bytes:
    """The head, and perhaps more, of the answer to one request on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(65536)


def resident_megabytes(process: subprocess.Popen) -> float:
    """The memory that a process holds now."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def cpu_seconds(process: subprocess.Popen) -> float:
    """The processor time that a process has used, all threads together."""
    return _cpu_seconds(process.pid)


def cpu_seconds_of_all(process: subprocess.Popen) -> float:
    """The same, its children included."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return sum(map(_cpu_seconds, [process.pid, *map(int, children)]))


def _cpu_seconds(number: int) -> float:
    threads = Path(f"/proc/{number}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
