"""What a request's head may cost: its size and its time, whatever reaches the application."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from adapters.http import protocol
from tests.serving import Running, heard


@pytest.fixture
def connection(shared_server: Running) -> Iterator[socket.socket]:
    """A bare connection to the server."""
    host, port = shared_server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as opened:
        yield opened


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_headers_without_end_are_refused(connection: socket.socket, pause: float) -> None:
    """Headers that are too large are answered with 431, whether they come at once or bit by bit."""
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    for _ in range(20):
        time.sleep(pause)
        try:
            connection.sendall(b"X-Long: " + b"x" * 8000 + b"\r\n")
        except ConnectionError:
            break
    answer = heard(connection, silence=2)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"x-request-id: req_" in answer and b'"error"' in answer


@pytest.mark.parametrize("first", [100_000, 60_000, 40_000])
def test_one_huge_complete_head_is_refused(connection: socket.socket, first: int) -> None:
    """A head that is too large is answered with 431, though its end is there as soon as that is seen."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(ConnectionError):  # where the server has seen enough, and closed, before all was sent
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * first)
        time.sleep(0.1)
        connection.sendall(b"x" * (100_000 - first) + b"\r\n\r\n")
    assert heard(connection, silence=2).startswith(b"HTTP/1.1 431 ")


def test_a_head_that_is_not_too_large_is_taken(connection: socket.socket) -> None:
    """Neither what came before a head nor its body counts as its size."""
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 60_000 + b"\r\n\r\n"
    connection.sendall(head + head)
    assert heard(connection, silence=2).count(b"HTTP/1.1 200 ") == 2


def test_a_head_that_never_ends_is_not_waited_for(connection: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second request whose head stays away is answered with 408, and the idle time before it is nobody's fault."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    connection.sendall(request)
    time.sleep(0.6)
    connection.sendall(request + request[:20])
    answers = heard(connection, silence=2)
    assert answers.count(b"HTTP/1.1 200 ") == 2
    assert answers.count(b"HTTP/1.1 408 ") == 1
