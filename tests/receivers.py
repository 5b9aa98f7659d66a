"""Somebody who receives what the server sends: a real HTTP server on a free port, with or without TLS."""

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

from tests.serving import eventually

Decide = Callable[["Received"], int]


@dataclass(frozen=True)
class Received:
    """One request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        """The body."""
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """Answers each request with the status that `decide` says and the body that `say` says, and keeps all of them."""

    decide: Decide = lambda received: 200
    say: Callable[["Received"], bytes] = lambda received: b"ok"
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    most_at_once: int = 0

    def __enter__(self) -> "Receiver":
        self._open = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Where it is sent to."""
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}/hook"

    def wait_for(self, count: int, seconds: float = 20.0) -> list[Received]:
        """What has come, when that is so much."""
        assert eventually(lambda: len(self.received) >= count, seconds), f"{len(self.received)} of {count} have come"
        return list(self.received)

    @property
    def names(self) -> Counter[str]:
        """How often each event has come."""
        return Counter(one.headers["webhook-id"] for one in self.received)

    def take(self, received: Received) -> int:
        """Keep a request; the status of its answer."""
        with self._lock:
            self.received.append(received)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        try:
            return self.decide(received)
        finally:
            with self._lock:
                self._open -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received = Received(self.command, self.path, headers, body, time.time())
                status = receiver.take(received)
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                said = receiver.say(received)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the library's names

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        return Handler
