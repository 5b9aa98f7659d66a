"""Ports for servers of our own: free, and nobody's until they are used."""

import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from scripts.places import ROOT
from scripts.rabbitmq import processes
from scripts.rabbitmq.processes import HOST, free_port

_TAKING = """
import sys
from scripts.rabbitmq.processes import free_port
print(*(free_port() for _ in range(100)), flush=True)
sys.stdin.read()
"""


def test_a_free_port_can_be_listened_on_and_is_no_clients() -> None:
    """It lies outside the range from which the system takes the ports of connections."""
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    for _ in range(20):
        port = free_port()
        assert not first <= port <= last
        with socket.create_server((HOST, port)):
            pass


def test_a_port_that_is_taken_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that somebody listens on is passed over; where all are taken, that is said."""
    first, second = free_port(), free_port()
    monkeypatch.setattr(processes, "_own_ports", lambda: iter([first, second] * processes._RANGE))
    with socket.create_server((HOST, first)):
        assert free_port() == second
    monkeypatch.setattr(processes, "is_free", lambda port: False)
    with pytest.raises(RuntimeError, match="is free"):
        free_port()


def test_no_two_processes_are_given_one_port() -> None:
    """However many ports others are given that live at the same time, before any of them is used."""
    command = [sys.executable, "-c", _TAKING]
    with ExitStack() as alive:
        others = [alive.enter_context(Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT)) for _ in range(3)]
        given = [set(map(int, other.stdout.readline().split())) for other in others]
        given.append({free_port() for _ in range(100)})
        for other in others:
            other.stdin.close()
    assert [len(ports) for ports in given] == [100] * 4
    assert len(set().union(*given)) == 400
