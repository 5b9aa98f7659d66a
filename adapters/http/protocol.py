"""What is ours in uvicorn's protocol: its own answer in our words, and whole answers sent in one piece.

Bytes that are no HTTP request, that come too slowly, or that never end, do not reach the application; a dialect answers
them all the same.

uvicorn gives and takes bodies in messages, looks at every header of an answer, and hands the kernel head and body
apart: that costs more than a small handler. Through an ASGI extension the application may take a whole body, and hand
over a whole answer with its head already written, in one packet. Where the extension is missing, the messages say the
same.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import uuid4

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request as Handshake
from websockets.server import ServerProtocol

from adapters.http.failures import Failures
from adapters.http.lives import ABORT, LEFT, PUSH
from adapters.http.refusals import HeadersTooLarge, HeadTimeout, HttpRefusal, MalformedHandshake, MalformedHttp
from adapters.http.replies import opening
from adapters.http.requests import EXCHANGE

_log = structlog.get_logger()
_H2C = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|$)", re.IGNORECASE)
HEAD_BYTES = 65_536
HEAD_SECONDS = 15.0


def speaking_protocol(failures: Failures, dialect_of: Callable[[str], str]) -> type[HttpToolsProtocol]:
    """The protocol for a server whose unasked answers are in the dialect of the path, or that of `/` without one."""
    spoken = {"_failures": failures, "_dialect_of": staticmethod(dialect_of)}
    return type("SpeakingProtocol", (_SpeakingProtocol,), spoken)


class _SpeakingProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, with its own answers given in a dialect, and a limit to what a request's head may cost."""

    _failures: ClassVar[Failures]
    _dialect_of: ClassVar[Callable[[str], str]]
    _head_bytes = 0
    _head_has_begun = False
    _comes_at_large = False
    _patience: asyncio.TimerHandle | None = None

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedHttp("The bytes received are not an HTTP request"))

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._left = asyncio.Event()
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        self._left.set()
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._comes_at_large = self._head_bytes + len(data) > HEAD_BYTES
        super().data_received(self._without_h2c(data) if b"h2c" in data else data)
        if self._head_has_begun:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(HeadersTooLarge(HEAD_BYTES))
            elif self._patience is None:
                self._be_patient()

    def on_message_begin(self) -> None:
        self._head_has_begun, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_has_begun, self._head_bytes = False, 0
        self._stop_waiting()
        if self._comes_at_large and _size(self.headers) + len(self.url) > HEAD_BYTES:
            refusal = HeadersTooLarge(HEAD_BYTES)
            self._refuse(refusal)
            raise refusal  # ends the parser, which would go on to the body of a request that is none
        super().on_headers_complete()
        if not self.parser.should_upgrade():
            self.headers = []  # takes what stands behind the body: no trailer says who is asking

    def handle_websocket_upgrade(self) -> None:
        """Begin a WebSocket, if the request asks for one in the way that it has to."""
        flaw = flaw_of_handshake(self.scope)
        if flaw is None:
            super().handle_websocket_upgrade()
        else:
            path = self.url.partition(b"?")[0].decode("ascii", "replace")
            self._refuse(MalformedHandshake(f"This is no WebSocket handshake: {flaw}"), path)

    def eof_received(self) -> bool:
        """A client that has said all may still be listening: what it asked is answered, then the connection ends.

        Who would only wait for something does not: mostly such a client is gone.
        """
        self._left.set()
        cycle = self.cycle
        is_heard = cycle is not None and not cycle.response_started and not cycle.more_body
        if is_heard:
            cycle.keep_alive = False
        return is_heard

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.scope["extensions"] = {EXCHANGE: Exchange(cycle), ABORT: cycle.transport.abort, LEFT: self._left}
        super()._start_asgi_task(cycle, app)

    def _without_h2c(self, data: bytes) -> bytes:
        """The bytes without the offer to speak HTTP/2, if they begin a request.

        The parser stops at any upgrade, and would lose the body. We may ignore the offer, and clients that make it with
        each request (Java's, by default) expect no more.
        """
        is_beginning = not self._head_has_begun and (self.cycle is None or self.cycle.response_complete)
        if not is_beginning:
            return data
        head, end, rest = data.partition(b"\r\n\r\n")
        return _H2C.sub(b"", head) + end + rest

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(HEAD_SECONDS, self._refuse, HeadTimeout(HEAD_SECONDS))

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _refuse(self, refusal: HttpRefusal, path: str = "/") -> None:
        self._stop_waiting()
        self._head_has_begun = False
        if not self.transport.is_closing():
            request_id = f"req_{uuid4().hex}"
            _log.info("no_request", request_id=request_id, reason=refusal.kind)
            self.transport.write(unasked_answer(self._failures, refusal, self._dialect_of(path), request_id))
            self.transport.close()


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)


class Exchange:
    """One request and its answer, each handed over whole: no messages, no tasks, no second write.

    It lets go of uvicorn's cycle with the answer, for the cycle holds it: neither would be freed before the garbage
    collector comes.
    """

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle: RequestResponseCycle | None = cycle

    def body(self) -> bytes | None:
        """The whole body, once, if it is here already."""
        cycle = self._cycle
        if cycle is None or cycle.more_body or cycle.waiting_for_100_continue or cycle.disconnected:
            return None
        cycle.flow.resume_reading()
        cycle.message_event.clear()
        body, cycle.body = bytes(cycle.body), bytearray()
        return body

    def answer(self, status: int, head: bytes, body: bytes) -> bool:
        """Send a whole answer, unless its client is too slow to be handed anything now.

        `head` holds its header lines, `content-length` among them.
        """
        cycle = self._cycle
        if cycle is None or (cycle.flow.write_paused and not cycle.disconnected):
            return False
        self._cycle = None
        if not cycle.disconnected:
            _write_answer(cycle, status, head, body)
        return True


def _write_answer(cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> None:
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


def unasked_answer(failures: Failures, refusal: HttpRefusal, dialect: str, request_id: str) -> bytes:
    """A whole HTTP/1.1 answer to bytes that never became a request."""
    reply = failures.reply(refusal, dialect, request_id)
    extra = [*reply.headers, (b"connection", b"close"), (b"content-length", str(len(reply.body)).encode())]
    headers = opening(reply.status, request_id.encode(), reply.content_type, extra)["headers"]
    lines = [STATUS_LINE[reply.status].rstrip(), *(name + b": " + value for name, value in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + reply.body


def flaw_of_handshake(scope: Any) -> str | None:
    """What is wrong with a WebSocket handshake, by the judgement of the library that would take it."""
    headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    judge = ServerProtocol(extensions=[ServerPerMessageDeflateFactory()])
    judge.accept(Handshake("/", headers, scope["method"], f"HTTP/{scope['http_version']}"))
    return None if judge.handshake_exc is None else str(judge.handshake_exc)


class PatientSocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's WebSockets; when the server stops, each socket's handler closes it, with the code that we promise."""

    async def run_asgi(self) -> None:
        """Serve the connection, and let the application drop it."""
        self.scope["extensions"] |= {ABORT: self.transport.abort, PUSH: self.push}
        await super().run_asgi()

    def push(self, frames: bytes) -> bool:
        """Write whole frames, if the client takes them now: many sockets share the same bytes."""
        if not self.writable.is_set() or self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(frames)
        return True

    def shutdown(self) -> None:
        """Stop, unless somebody is still to say good-bye."""
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
        else:
            super().shutdown()
