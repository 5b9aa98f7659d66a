"""Requests byte by byte: bodies in chunks, too slow, too large, cut off; several on one connection."""

import re
import socket
from typing import Any

import orjson
import pytest

from adapters.http.bodies import Limits
from handlers.app import Nexus
from tests.serving import ADMIN_KEY, Running, eventually, heard, talk

BODY = b'{"title": "My first task"}'
KEY = b"c2l4dGVlbiBieXRlcyBvaw=="


def head(*lines: bytes, method: bytes = b"POST", path: bytes = b"/v2/tasks", key: str = ADMIN_KEY) -> bytes:
    """The first lines of a request."""
    start = method + b" " + path + b" HTTP/1.1"
    fixed = (start, b"Host: nexus", b"Authorization: Bearer " + key.encode(), b"Content-Type: application/json")
    return b"\r\n".join((*fixed, *lines)) + b"\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk."""
    return f"{len(data):x}".encode() + b"\r\n" + data + b"\r\n"


def statuses(answer: bytes) -> list[int]:
    """The statuses of all answers on a connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def impatient(nexus: Nexus) -> None:
    """A server that waits for a body a moment only."""
    nexus.site.limits = Limits(body_seconds=0.3)


def narrow(nexus: Nexus) -> None:
    """A server that takes small bodies only."""
    nexus.site.limits = Limits(body_bytes=100)


def test_a_chunked_body_is_read(shared_server: Running) -> None:
    """A body without a length, in pieces that arrive one by one, makes a task."""
    pieces = [head(b"Transfer-Encoding: chunked", b"Connection: close"), chunk(BODY[:9]), chunk(BODY[9:]), b"0\r\n\r\n"]
    assert statuses(talk(shared_server, *pieces, pause=0.02)) == [201]


def test_several_requests_share_a_connection(shared_server: Running) -> None:
    """Requests that were sent at once are answered one after the other, a refused one among them."""
    whole = head(b"Content-Length: %d" % len(BODY)) + BODY
    wrong = head(b"Content-Length: 2") + b"[]"
    last = head(b"Connection: close", method=b"GET", path=b"/healthz")
    assert statuses(talk(shared_server, whole + wrong + whole + last, silence=20)) == [201, 400, 201, 200]


def test_a_client_may_ask_before_it_sends(shared_server: Running) -> None:
    """`Expect: 100-continue` is answered when the body is wanted, and not where the request is refused without it."""
    lines = (b"Expect: 100-continue", b"Connection: close")
    with socket.create_connection(("127.0.0.1", shared_server.port), timeout=20) as connection:
        connection.sendall(head(b"Content-Length: %d" % len(BODY), *lines))
        assert statuses(connection.recv(1000)) == [100]
        connection.sendall(BODY)
        assert statuses(heard(connection)) == [201]
    assert statuses(talk(shared_server, head(b"Content-Length: 99999999", *lines))) == [413]


@pytest.mark.parametrize("arrived", [b"", b'{"title"'])
def test_a_slow_body_times_out(serve: Any, arrived: bytes) -> None:
    """A body that does not come is 408, and the connection ends."""
    answer = talk(serve(impatient), head(b"Content-Length: 50"), arrived)
    assert statuses(answer) == [408]
    assert b"connection: close" in answer
    assert orjson.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "TIMEOUT"


@pytest.mark.parametrize(
    "pieces",
    [
        [head(b"Content-Length: 101"), b"x" * 101],
        [head(b"Content-Length: 101")],
        [head(b"Transfer-Encoding: chunked"), chunk(b"x" * 60), chunk(b"x" * 60)],
        [head(b"Transfer-Encoding: chunked"), chunk(b"x" * 101)],
    ],
    ids=["announced", "announced and not sent", "in chunks", "in one chunk"],
)
def test_a_large_body_is_refused(serve: Any, pieces: list[bytes]) -> None:
    """A body above the limit is 413, however its length is said, and the connection ends."""
    answer = talk(serve(narrow), *pieces)
    assert statuses(answer) == [413]
    assert b"connection: close" in answer


def test_a_client_that_leaves_leaves_nothing(serve: Any) -> None:
    """A request that was cut off is no task; it is counted as left, and the server goes on."""
    server = serve()
    for sent in (head(b"Content-Length: 50") + BODY[:9], head(b"Transfer-Encoding: chunked") + chunk(BODY)):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(sent)
    registry = server.nexus.site.observer.registry
    labels = {"operation": "v2.tasks.create_task", "status": "499"}
    assert eventually(lambda: registry.get_sample_value("nexus_http_requests_total", labels) == 2)
    listing = talk(server, head(b"Connection: close", method=b"GET"))
    assert orjson.loads(listing.partition(b"\r\n\r\n")[2])["data"] == []


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/v2/tasks/%ff", 400),
        (b"/v2/tasks/a%2Fb", 400),
        (b"/v2/tasks?status=%ff", 400),
        (b"/v2/tasks?", 200),
        (b"http://x/v2/tasks", 200),
    ],
)
def test_odd_targets(shared_server: Running, target: bytes, status: int) -> None:
    """Whatever stands in the first line is answered, and never with a defect."""
    assert statuses(talk(shared_server, head(b"Connection: close", method=b"GET", path=target))) == [status]


def test_an_unasked_upgrade_is_passed_over(shared_server: Running) -> None:
    """A client that would rather speak another protocol is answered in this one."""
    sent = head(b"Connection: Upgrade, close", b"Upgrade: h2c", method=b"GET", path=b"/healthz")
    assert statuses(talk(shared_server, sent)) == [200]


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        (b"GET", []),
        (b"GET", [b"Sec-WebSocket-Version: 13"]),
        (b"GET", [b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: short"]),
        (b"GET", [b"Sec-WebSocket-Version: 8", b"Sec-WebSocket-Key: " + KEY]),
        (b"GET", [b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + KEY, b"Sec-WebSocket-Extensions: ,;="]),
        (b"POST", [b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + KEY]),
    ],
)
def test_a_half_handshake_is_refused(shared_server: Running, method: bytes, lines: list[bytes]) -> None:
    """A request that is no WebSocket handshake after all is refused in the words of the path's dialect."""
    sent = head(b"Connection: Upgrade", b"Upgrade: websocket", *lines, method=method, path=b"/ws/tasks/task_1")
    with socket.create_connection(("127.0.0.1", shared_server.port)) as connection:
        connection.sendall(sent)
        answer = heard(connection)
    assert statuses(answer) == [400]
    said = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    assert said["error"] is True and said["message"].startswith("This is no WebSocket handshake: ")
