"""An answer sent in one piece says exactly what the same answer says in two messages."""

import asyncio
import gc
from contextlib import asynccontextmanager

import pytest
import uvloop
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from adapters.http.protocol import speaking_protocol
from adapters.http.replies import Reply, head, send_reply
from adapters.http.requests import EXCHANGE
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
    reply, with_body = REPLIES[name], scope["method"] != "HEAD"
    if way == "parts":
        await send_reply(send, reply, b"req_1", with_body=with_body)
    else:
        body = reply.body if with_body else b""
        assert scope["extensions"][EXCHANGE].answer(reply.status, head(reply, b"req_1"), body)


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


@asynccontextmanager
async def _serving():
    port = free_port()
    config = configuration(_app, host="127.0.0.1", port=port, protocol=speaking_protocol(None, str), certificates={})
    ready = asyncio.Event()
    server = Server(config, asyncio.Event(), ready.set)
    serving = asyncio.ensure_future(server.serve())
    await ready.wait()
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


async def _compare():
    async with _serving() as port:
        for name in REPLIES:
            for method, extra in (("GET", ""), ("HEAD", ""), ("GET", "connection: close\r\n")):
                answers = [await _exchange(port, method, f"/{way}/{name}", extra) for way in ("whole", "parts")]
                assert answers[0] == answers[1], (name, method, extra)


def test_both_ways_put_the_same_on_the_wire():
    """Status, headers, body, and whether the connection stays, for GET, HEAD and a client that closes."""
    uvloop.run(_compare())


async def _cycles_left_by(requests):
    async with _serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        gc.collect()
        gc.disable()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            for _ in range(requests):
                writer.write(b"POST /whole/json HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
                await reader.readuntil(b'{"a":1}')
            gc.collect()
            return [found for found in gc.garbage if isinstance(found, RequestResponseCycle)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
            writer.close()


def test_an_answered_request_is_forgotten_at_once():
    """No cycle of references holds what has been answered until the garbage collector comes."""
    assert len(uvloop.run(_cycles_left_by(20))) <= 1


@pytest.mark.parametrize("name", [b"etag", b"content-type"])
def test_a_line_break_never_gets_into_a_head(name):
    """Whoever controls a header's value cannot write another header."""
    for value in (b"a\r\nset-cookie: x=1", b"a\nb", b"a\x00"):
        with pytest.raises(ValueError, match="line break"):
            head(Reply(200, b"{}", headers=[(name, value)]), b"req_1")
