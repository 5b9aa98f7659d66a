"""Servers as processes of our own: a group of their own, a log file, an end that is asked for and then insisted on."""

import atexit
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import cycle
from pathlib import Path

HOST = "127.0.0.1"
_STOP_SECONDS = 30
_FIRST_PORT, _USUAL_FIRST = 10_000, 32_768
_RANGE = 256  # of a process; the first of them is what it holds all of them by


def spawn(
    command: Sequence[str], log: Path, environment: Mapping[str, str], keep: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a server away from our terminal's signals; it inherits the file descriptors in `keep` and no others."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, insist."""
    _signal_all(process, signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a server as a power cut would."""
    _signal_all(process, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """A port of loopback that nobody uses now, and that is given to nobody else before it is used.

    Neither by the system, to a client, nor to another process of ours; in this one all others come first.
    """
    ports = _own_ports()
    for _ in range(_RANGE):
        port = next(ports)
        if is_free(port):
            return port
    raise RuntimeError("None of this process's ports is free")


@cache
def _own_ports() -> Iterator[int]:
    """The ports of this process, again and again: no other process takes from them while it lives."""
    below = _first_of_clients()
    firsts = list(range(_FIRST_PORT, below - _RANGE + 1, _RANGE))
    while firsts:
        first = firsts.pop(secrets.randbelow(len(firsts)))
        if _held(first) is not None:
            return cycle(range(first + 1, first + _RANGE))
    raise RuntimeError(f"All ports between {_FIRST_PORT} and {below} are held by others")


@cache
def _held(port: int) -> socket.socket | None:
    """A port, bound until this process ends; None if somebody has it."""
    holder = socket.socket()
    try:
        holder.bind((HOST, port))
    except OSError:
        holder.close()
        return None
    atexit.register(holder.close)
    return holder


def is_free(port: int) -> bool:
    """Whether the port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _first_of_clients() -> int:
    """Where the range begins from which the system takes the ports of clients."""
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return _USUAL_FIRST
    return first if first > _FIRST_PORT else _USUAL_FIRST


def _signal_all(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
