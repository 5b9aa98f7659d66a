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
Connect = Callable[..., httpx.Client]
_SECONDS = 20


@dataclass
class Running:
    """A started server."""

    nexus: Nexus
    port: int = field(default_factory=free_port)

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

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        site = self.nexus.site
        protocol = speaking_protocol(site.failures, site.contract.dialect_of("/"))
        config = configuration(self.nexus.app, host="127.0.0.1", port=self.port, protocol=protocol, certificates={})
        self._server = Server(config, site.stopping, self._ready.set)
        await self._server.serve()


def talk(server: Running, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send bytes as they are, and return all that comes back until the server closes or says nothing for a while."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        return heard(connection)


def heard(connection: socket.socket, silence: float = 1.0) -> bytes:
    """Everything until the other side closes or falls silent."""
    connection.settimeout(silence)
    answer = b""
    try:
        while chunk := connection.recv(65536):
            answer += chunk
    except (TimeoutError, ConnectionResetError):
        pass
    return answer


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
