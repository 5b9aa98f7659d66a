"""A server in a thread of its own, on a free port of loopback, answered by the same uvicorn that serves users."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import uvloop

from adapters.crypto.hasher import BcryptHasher
from adapters.http.protocol import speaking_protocol
from adapters.http.server import Server, configuration
from handlers.app import Nexus
from handlers.core.credentials import new_key
from scripts.serving import free_port

HASHER = BcryptHasher(rounds=4)
PASSWORD = "Admin123!"  # as the LexOS documentation prints it
ADMIN_KEY = "nexus_sk_live_0123456789ab_for-the-tests-and-nothing-else"
BROKER_SECRET = "a-secret-of-the-broker-and-the-server"
Connect = Callable[..., httpx.Client]
_SECONDS = 20.0  # no measure of anything: a machine that is busy takes as long as it takes


@dataclass
class Running:
    """A started server; `procedures` is where it serves gRPC, if it does."""

    nexus: Nexus
    port: int = field(default_factory=free_port)
    procedures: str = ""

    def start(self) -> "Running":
        """Serve, and return when the server is ready."""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(_SECONDS), "The server did not start"
        return self

    def stop(self) -> None:
        """Stop as a signal would, and return when all is closed; once is enough."""
        self._server.should_exit = True
        self._thread.join(_SECONDS)
        assert not self._thread.is_alive(), "The server did not stop"

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base of every path."""
        return f"http://{self.address}"

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    def key_for(self, role: str, tenant: str) -> str:
        """A fresh API key of a fresh user of that role in that tenant."""
        key, identity = new_key(), self.nexus.core.identity
        self.wait(identity.ensure_key(key, self.user_of(role, tenant), "test"))
        return key

    def session_for(self, role: str, tenant: str) -> str:
        """The token of a fresh user of that role in that tenant, who has just logged in."""
        user = self.user_of(role, tenant)
        return self.wait(self.nexus.core.identity.log_in(user["username"], PASSWORD)).token

    def user_of(self, role: str, tenant: str) -> dict[str, Any]:
        """A fresh user of that role in that tenant."""
        name = f"user-{uuid4().hex}"
        return self.wait(self.nexus.core.identity.ensure_user(name, PASSWORD, home=tenant, role=role))

    def violations(self) -> dict[str, float]:
        """How many messages of which name were not as the event contract says."""
        samples = next(iter(self.nexus.site.observer.violations.collect())).samples
        return {found.labels["message"]: found.value for found in samples if found.name.endswith("_total")}

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        site = self.nexus.site
        protocol = speaking_protocol(site.failures, site.contract.dialect_of)
        config = configuration(self.nexus.app, host="127.0.0.1", port=self.port, protocol=protocol, certificates={})
        self._server = Server(config, site.stopping, self._ready.set)
        await self._server.serve()


def talk(server: Running, *pieces: bytes, pause: float = 0.0, silence: float = 1.0) -> bytes:
    """Send bytes as they are, and return all that comes back until the server closes or says nothing more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=_SECONDS) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        return heard(connection, silence)


def heard(connection: socket.socket, silence: float = 1.0) -> bytes:
    """Everything until the other side closes or, once it has said something, falls silent."""
    connection.settimeout(_SECONDS)
    answer = b""
    try:
        while chunk := connection.recv(65536):
            answer += chunk
            connection.settimeout(silence)
    except (TimeoutError, ConnectionResetError):
        pass
    return answer


def hard_of_hearing(server: Running) -> socket.socket:
    """A connection that takes little ahead of who reads it, however much this kernel would by itself."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # before it connects, for it bounds the window
    connection.connect(("127.0.0.1", server.port))
    return connection


def a_second_later(condition: Callable[[], bool]) -> bool:
    """Whether something is so that has a second to become so; who is held up, and asks later, asks for no more."""
    time.sleep(1.1)
    return condition()


def eventually(condition: Callable[[], bool], seconds: float = _SECONDS) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
