"""The ports that are served, taken before anything is; whoever cannot have them is told why."""

import socket
import sys

from adapters.http import workers
from handlers.settings import Settings


def for_http(settings: Settings) -> socket.socket:
    """The socket for HTTP, which workers share."""
    try:
        return workers.listening(settings.api_host, settings.api_port)
    except OSError as exc:
        sys.exit(f"nexus: cannot listen on {settings.api_host}:{settings.api_port}: {exc.strerror}")


def for_grpc(settings: Settings) -> socket.socket:
    """A socket at the port of gRPC, which nobody else has; workers share it, and only they may join it.

    It never listens, and so is given no connection: the kernel spreads these among the workers' own sockets.
    """
    host, port = settings.api_host, settings.grpc_port
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        reserved = socket.socket(family)
        if not port:
            return reserved
        with socket.create_server(address[:2], family=family):
            pass  # who shares a port is not told whose it is; who asks for it alone is
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(address)
    except OSError as exc:
        sys.exit(f"nexus: cannot listen on {host}:{port} for gRPC: {exc.strerror}")
    return reserved
