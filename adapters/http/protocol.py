"""What is ours in uvicorn's protocol: its own answer in our words, and whole answers sent in one piece.

Bytes that are no HTTP request never reach the application; a dialect answers them all the same.

uvicorn takes an answer in two messages, looks at every header of it, and hands the kernel head and body apart: that
costs more than a small handler. Through an ASGI extension the application may hand over a whole answer with its head
already written, in one packet. Where the extension is missing, the two messages say the same.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from adapters.http.failures import Failures
from adapters.http.refusals import MalformedHttp
from adapters.http.replies import WHOLE, opening


def speaking_protocol(failures: Failures, dialect: str) -> type[HttpToolsProtocol]:
    """Uvicorn's protocol, with its one answer of its own given in a dialect."""

    class SpeakingProtocol(HttpToolsProtocol):
        def send_400_response(self, msg: str) -> None:
            self.transport.write(malformed_answer(failures, dialect))
            self.transport.close()

        def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
            cycle.scope["extensions"] = {WHOLE: partial(send_whole, cycle)}
            super()._start_asgi_task(cycle, app)

    return SpeakingProtocol


async def send_whole(cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> None:
    """Send a whole answer. `head` holds its header lines, `content-length` among them."""
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    lines = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        lines += (name, b": ", value, b"\r\n")
    if b"\r\nconnection: close\r\n" in head:
        cycle.keep_alive = False
    elif not cycle.keep_alive:
        lines.append(b"connection: close\r\n")
    lines += (head, b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(lines))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


def malformed_answer(failures: Failures, dialect: str, mint: Callable[[], str] = lambda: f"req_{uuid4().hex}") -> bytes:
    """A whole HTTP/1.1 answer to bytes that are none."""
    request_id = mint()
    reply = failures.reply(MalformedHttp("The bytes received are not an HTTP request"), dialect, request_id)
    extra = [(b"connection", b"close"), (b"content-length", str(len(reply.body)).encode())]
    headers = opening(reply.status, request_id.encode(), reply.content_type, extra)["headers"]
    lines = [b"HTTP/1.1 400 Bad Request", *(name + b": " + value for name, value in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + reply.body


class PatientSocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's WebSockets; when the server stops, each socket's handler closes it, with the code that we promise."""

    def shutdown(self) -> None:
        """Stop, unless somebody is still to say good-bye."""
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
        else:
            super().shutdown()
