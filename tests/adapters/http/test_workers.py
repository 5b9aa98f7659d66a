"""Several processes behind one port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from scripts.rabbitmq.processes import free_port

_SECONDS = 20


@contextmanager
def supervising(count: int, role: str = "supervise") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A supervisor and its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.adapters.http.supervised", role, str(port), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process, port
        finally:
            process.kill()


@pytest.fixture
def supervised() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Two workers that are ready."""
    with supervising(2) as (process, port):
        assert process.stdout.readline() == "ready\n"
        yield process, port


def answering(port: int) -> int:
    """The process that answers a connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        return int(connection.recv(64))


def answerers(port: int, count: int) -> set[int]:
    """Connect until so many different processes have answered."""
    seen: set[int] = set()

    def enough() -> bool:
        seen.add(answering(port))
        return len(seen) >= count

    wait_for(enough)
    return seen


def wait_for(condition: Callable[[], bool]) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(process: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_all_workers_answer_on_one_port(supervised: tuple[subprocess.Popen[str], int]):
    """Connections are shared among them, and none is the supervisor."""
    process, port = supervised
    assert process.pid not in answerers(port, 2)


def test_a_worker_that_dies_is_replaced_and_nobody_is_refused(supervised: tuple[subprocess.Popen[str], int]):
    """While one is gone the other answers; then there are two again."""
    _, port = supervised
    before = answerers(port, 2)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: answering(port) != victim)
    assert answerers(port, 2) - before


def test_connections_wait_while_every_worker_is_gone(supervised: tuple[subprocess.Popen[str], int]):
    """A connection made after all workers died is answered by one that is started."""
    _, port = supervised
    before = answerers(port, 2)
    for victim in before:
        os.kill(victim, signal.SIGKILL)
    wait_for(lambda: answering(port) not in before)


def test_a_signal_stops_all_of_them(supervised: tuple[subprocess.Popen[str], int]):
    """SIGTERM to the supervisor ends the workers, then itself, in good order."""
    process, port = supervised
    workers = answerers(port, 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(_SECONDS) == 0
    assert not any(alive(worker) for worker in workers)


def test_workers_do_not_outlive_their_supervisor(supervised: tuple[subprocess.Popen[str], int]):
    """Killed, a supervisor leaves nobody behind who holds the port."""
    process, port = supervised
    workers = answerers(port, 2)
    process.kill()
    wait_for(lambda: not any(alive(worker) for worker in workers))


def test_workers_that_cannot_start_end_the_supervisor():
    """What is wrong from the beginning is an error, not a loop of restarts."""
    with supervising(2, "supervise-failing") as (process, _):
        assert process.wait(_SECONDS) == 1
