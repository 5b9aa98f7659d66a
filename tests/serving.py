"""A server in a thread of its own, on a free port of loopback, answered by the same uvicorn that serves users."""

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import uvloop

from adapters.crypto.hasher import BcryptHasher
from adapters.http.protocol import speaking_protocol
from adapters.http.server import Server, configuration
from handlers.app import Nexus
from handlers.core.identity import new_key
from scripts.serving import free_port

HASHER = BcryptHasher(rounds=4)
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
        """Stop as a signal would, and return when all is closed."""
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
        key = new_key()
        user = {"id": f"usr_{uuid4().hex[:12]}", "home": tenant, "role": role}
        self.wait(self.nexus.core.identity.ensure_key(key, user, "test"))
        return key

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        site = self.nexus.site
        protocol = speaking_protocol(site.failures, "ggi")
        config = configuration(self.nexus.app, host="127.0.0.1", port=self.port, protocol=protocol, certificates={})
        self._server = Server(config, site.stopping, self._ready.set)
        await self._server.serve()
