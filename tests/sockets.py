"""WebSockets as clients use them; whatever they are told is held to the event contract by the server itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as dial

from tests.serving import Running


class Socket:
    """One end of a WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.connection.send(json.dumps(message))

    def hear(self) -> dict[str, Any]:
        """The next message."""
        return json.loads(self.connection.recv(timeout=20))

    def ask(self, **message: Any) -> dict[str, Any]:
        """Send a message; return the next one that comes."""
        self.say(**message)
        return self.hear()

    def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while."""
        try:
            self.connection.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def closed(self) -> tuple[int, str]:
        """The code and the reason that close it, whatever comes before."""
        with pytest.raises(ConnectionClosed) as close:
            while True:
                self.connection.recv(timeout=20)
        return close.value.rcvd.code, close.value.rcvd.reason


@contextmanager
def opened(server: Running, path: str, key: str, **options: Any) -> Iterator[Socket]:
    """A socket at an address."""
    with dial(f"ws://{server.address}{path}?token={key}", close_timeout=1, **options) as connection:
        yield Socket(connection)
