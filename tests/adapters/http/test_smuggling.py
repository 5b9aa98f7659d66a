"""What a request may not be told by the back door: trailers, second credentials, a half-closed connection."""

import socket

import pytest

from tests.serving import Running, heard, talk

_HEAD = "POST /v2/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
_CHUNKED = 'Transfer-Encoding: chunked\r\n\r\ne\r\n{"title": "x"}\r\n0\r\n'


def test_a_trailer_says_nothing_of_who_asks(shared_server: Running, key: str) -> None:
    """Credentials behind the body are none."""
    request = f"{_HEAD}{_CHUNKED}Authorization: Bearer {key}\r\n\r\n"
    assert talk(shared_server, request.encode()).startswith(b"HTTP/1.1 401 ")


def test_a_trailer_changes_no_header(shared_server: Running, key: str) -> None:
    """What stands behind the body replaces nothing that stood before it."""
    request = f"{_HEAD}Authorization: Bearer {key}\r\n{_CHUNKED}Authorization: Bearer other\r\n\r\n"
    assert talk(shared_server, request.encode()).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("other", ["Bearer other", "Basic eDp5"])
def test_two_credentials_are_one_too_many(shared_server: Running, key: str, other: str) -> None:
    """Nobody can tell which of two credentials a proxy has judged."""
    both = f"Authorization: Bearer {key}\r\nAuthorization: {other}\r\n"
    request = f"GET /v2/tasks HTTP/1.1\r\nHost: x\r\n{both}\r\n"
    swapped = f"GET /v2/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: {other}\r\nAuthorization: Bearer {key}\r\n\r\n"
    for sent in (request, swapped):
        assert talk(shared_server, sent.encode()).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_has_said_all_is_answered(shared_server: Running, key: str) -> None:
    """Who closes their half after a whole request still gets the answer, and then the end."""
    request = f'{_HEAD}Authorization: Bearer {key}\r\nContent-Length: 14\r\n\r\n{{"title": "x"}}'
    with socket.create_connection(("127.0.0.1", shared_server.port), timeout=5) as connection:
        connection.sendall(request.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = heard(connection)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b"connection: close" in answer


def test_an_offer_of_http2_costs_no_body(shared_server: Running, key: str) -> None:
    """A client that offers HTTP/2 in passing is served over HTTP/1.1, its body and its next request included."""
    offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    request = f'{_HEAD}{offer}Authorization: Bearer {key}\r\nContent-Length: 14\r\n\r\n{{"title": "x"}}'
    with socket.create_connection(("127.0.0.1", shared_server.port)) as connection:
        for _ in range(2):
            connection.sendall(request.encode())
            assert heard(connection).count(b"HTTP/1.1 201 ") == 1
