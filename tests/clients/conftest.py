"""Clients of the session's server, and a server that answers as a test tells it to."""

import json
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from nexus_client import AsyncNexusClient, NexusClient, errors

from tests.serving import Running
from tests.walking import every_request

UNFINISHED = {asked.operation for asked in every_request() if asked.is_unfinished}


def promised(operation: str) -> Any:
    """A block in which an operation answers; while it is promised only, one in which it says so."""
    return pytest.raises(errors.OperationNotImplemented) if operation in UNFINISHED else nullcontext()


def refusing(operation: str, refusal: type[Exception]) -> Any:
    """A block in which an operation refuses; while it is promised only, one in which it says so."""
    return pytest.raises(errors.OperationNotImplemented if operation in UNFINISHED else refusal)


@pytest.fixture
def nexus(shared_server: Running, key: str) -> Iterator[NexusClient]:
    """A client of an administrator of the test's tenant."""
    with NexusClient(api_key=key, base_url=shared_server.url) as made:
        yield made


@pytest.fixture
async def async_nexus(shared_server: Running, key: str) -> Any:
    """The same, asynchronously."""
    async with AsyncNexusClient(api_key=key, base_url=shared_server.url) as made:
        yield made


@dataclass
class Scripted:
    """A real HTTP server that gives these answers, one after the other, and then the last one again.

    An answer is a status, headers and a JSON body; None closes the connection without a word.
    """

    answers: list[tuple[int, dict[str, str], Any] | None] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def __enter__(self) -> "Scripted":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                scripted.asked.append((self.command, self.path, headers, body))
                answer = scripted.answers[min(len(scripted.asked), len(scripted.answers)) - 1]
                if answer is not None:
                    self._say(*answer)

            def _say(self, status: int, headers: dict[str, str], said: Any) -> None:
                content = json.dumps(said).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - as http.server wants them

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server whose answers a test writes."""
    with Scripted() as server:
        yield server
