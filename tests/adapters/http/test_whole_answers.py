"""An answer sent in one piece says exactly what the same answer says in two messages."""

import asyncio

import pytest
import uvloop

from adapters.http.protocol import speaking_protocol
from adapters.http.replies import WHOLE, Reply, head, send_reply
from adapters.http.server import Server, configuration
from scripts.serving import free_port

REPLIES = {
    "json": Reply(200, b'{"a":1}'),
    "created": Reply(201, b"{}", headers=[(b"etag", b'"1"'), (b"location", b"/v2/tasks/x")]),
    "empty": Reply(204, b"", b"", [(b"allow", b"GET, OPTIONS")]),
    "page": Reply(200, b"<p>", b"text/html; charset=utf-8", [(b"content-security-policy", b"default-src 'none'")]),
    "last": Reply(413, b"{}", headers=[(b"connection", b"close")]),
    "twice": Reply(200, b"{}", headers=[(b"etag", b'"1"'), (b"etag", b'"2"')]),
}


async def _app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    way, name = scope["path"].split("/")[1:]
    whole = scope["extensions"][WHOLE] if way == "whole" else None
    await send_reply(send, REPLIES[name], b"req_1", with_body=scope["method"] != "HEAD", whole=whole)


async def _exchange(port, method, path, extra=""):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nhost: x\r\n{extra}\r\n".encode())
    writer.write(b"GET /whole/last HTTP/1.1\r\nhost: x\r\nx-second: 1\r\n\r\n")
    answers = (await reader.read()).split(b"HTTP/1.1 ")[1:]
    writer.close()
    await writer.wait_closed()
    status_and_lines, _, body = answers[0].partition(b"\r\n\r\n")
    lines = status_and_lines.split(b"\r\n")
    return lines[0], sorted(line for line in lines[1:] if not line.startswith(b"date")), body, len(answers)


async def _compare():
    port = free_port()
    config = configuration(_app, host="127.0.0.1", port=port, protocol=speaking_protocol(None, ""), certificates={})
    ready = asyncio.Event()
    server = Server(config, asyncio.Event(), ready.set)
    serving = asyncio.ensure_future(server.serve())
    await ready.wait()
    try:
        for name in REPLIES:
            for method, extra in (("GET", ""), ("HEAD", ""), ("GET", "connection: close\r\n")):
                answers = [await _exchange(port, method, f"/{way}/{name}", extra) for way in ("whole", "parts")]
                assert answers[0] == answers[1], (name, method, extra)
    finally:
        server.should_exit = True
        await serving


def test_both_ways_put_the_same_on_the_wire():
    """Status, headers, body, and whether the connection stays, for GET, HEAD and a client that closes."""
    uvloop.run(_compare())


@pytest.mark.parametrize("name", [b"etag", b"content-type"])
def test_a_line_break_never_gets_into_a_head(name):
    """Whoever controls a header's value cannot write another header."""
    for value in (b"a\r\nset-cookie: x=1", b"a\nb", b"a\x00"):
        with pytest.raises(ValueError, match="line break"):
            head(Reply(200, b"{}", headers=[(name, value)]), b"req_1")
