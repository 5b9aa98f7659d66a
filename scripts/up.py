"""`python -m scripts.up` (`make up`): the full shape on one machine, until SIGINT or SIGTERM.

A private server that speaks MongoDB's wire protocol, a private RabbitMQ, and as many workers as NEXUS_WORKERS says (2).
A service that dies is started again; a stop ends the workers first, so that they can finish what they accepted.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from scripts.mongo_wire import CannotStart as MongoCannotStart
from scripts.mongo_wire import MongoWireServer, private_mongo_wire
from scripts.rabbitmq import Asked, CannotInstall, CannotStart, RabbitNode, private_rabbitmq
from scripts.rabbitmq.processes import HOST

_WORKERS = "2"
_LOOK_SECONDS = 0.5


def main() -> int:
    """Start the services, then the server, and wait."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    directory = Path(os.environ.get("NEXUS_DATA_DIR") or ".nexus") / "up"
    asks = _asked()
    try:
        with (
            private_mongo_wire(directory / "mongo") as mongo,
            private_rabbitmq(directory / "rabbitmq", asks=asks) as rabbitmq,
        ):
            print(f"NEXUS_DATABASE_URL={mongo.url}\nNEXUS_AMQP_URL={rabbitmq.url}", flush=True)
            return _serve(directory, mongo, rabbitmq, asks, stop)
    except (CannotInstall, CannotStart, MongoCannotStart) as problem:
        print(problem, file=sys.stderr)
        return 1


def _asked() -> Asked:
    """The server that we are about to start, with a secret that is the shell's or new each time."""
    scheme = "https" if os.environ.get("NEXUS_TLS_CERT_PATH") else "http"
    host, port = os.environ.get("NEXUS_API_HOST", HOST), os.environ.get("NEXUS_API_PORT", "8080")
    address = f"{scheme}://{HOST if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared, not listened on
    secret = os.environ.get("NEXUS_AMQP_AUTH_SECRET")
    return Asked(address, secret) if secret else Asked(address)


def _serve(directory: Path, mongo: MongoWireServer, rabbitmq: RabbitNode, asks: Asked, stop: threading.Event) -> int:
    environment = {
        "NEXUS_WORKERS": _WORKERS,
        **os.environ,
        "NEXUS_DATA_DIR": str(directory),
        "NEXUS_DATABASE_URL": mongo.url,
        "NEXUS_AMQP_URL": rabbitmq.url,
        "NEXUS_AMQP_AUTH_SECRET": asks.secret,
    }
    server = subprocess.Popen([sys.executable, "-m", "handlers"], env=environment, start_new_session=True)
    try:
        while server.poll() is None and not stop.wait(_LOOK_SECONDS):
            for service in (mongo, rabbitmq):
                _mend(service)
    finally:
        if server.poll() is None:
            server.terminate()
        status = server.wait()
    return 0 if stop.is_set() else status


def _mend(service: MongoWireServer | RabbitNode) -> None:
    if not service.running:
        print(f"{type(service).__name__} has ended; starting it again", file=sys.stderr, flush=True)
        service.start()


if __name__ == "__main__":
    sys.exit(main())
