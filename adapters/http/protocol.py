"""What uvicorn answers by itself, in our words: bytes that are no HTTP request never reach the application."""

from collections.abc import Callable
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from adapters.http.failures import Failures
from adapters.http.refusals import MalformedHttp
from adapters.http.replies import opening


def speaking_protocol(failures: Failures, dialect: str) -> type[HttpToolsProtocol]:
    """Uvicorn's protocol, with its one answer of its own given in a dialect."""

    class SpeakingProtocol(HttpToolsProtocol):
        def send_400_response(self, msg: str) -> None:
            self.transport.write(malformed_answer(failures, dialect))
            self.transport.close()

    return SpeakingProtocol


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
