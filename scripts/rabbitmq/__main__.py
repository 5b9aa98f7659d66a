"""`python -m scripts.rabbitmq` (`make rabbitmq`): runs a private RabbitMQ until SIGINT or SIGTERM.

With `install` behind it, it only brings RabbitMQ here.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from scripts.rabbitmq import install
from scripts.rabbitmq.asking import Asked
from scripts.rabbitmq.install import CannotInstall
from scripts.rabbitmq.node import CannotStart, RabbitNode, private_rabbitmq
from scripts.rabbitmq.processes import is_free

_USUAL_PORT = 5672
_SERVER = "http://127.0.0.1:8080"


def main() -> int:
    """Install if need be, start, say where, and wait."""
    port, asks = _arguments()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    directory = Path(os.environ.get("NEXUS_DATA_DIR") or ".nexus") / "rabbitmq"
    try:
        with private_rabbitmq(directory, port, asks) as node:
            _tell(node, directory, asks)
            return _wait(node, stop)
    except (CannotInstall, CannotStart) as problem:
        print(problem, file=sys.stderr)
        return 1


def _arguments() -> tuple[int, Asked]:
    parser = argparse.ArgumentParser(prog="python -m scripts.rabbitmq", description=__doc__)
    parser.add_argument("--port", type=int, help=f"the port of AMQP (default: {_USUAL_PORT}, or a free one)")
    parser.add_argument("--server", default=_SERVER, help=f"who is asked whether a key may log in (default: {_SERVER})")
    given = parser.parse_args()
    secret = os.environ.get("NEXUS_AMQP_AUTH_SECRET")
    asks = Asked(given.server, secret) if secret else Asked(given.server)
    port = given.port if given.port is not None else _USUAL_PORT if is_free(_USUAL_PORT) else 0
    return port, asks


def _tell(node: RabbitNode, directory: Path, asks: Asked) -> None:
    print(
        f"\nRabbitMQ is ready, on this machine only; its data are in {directory}.\n\n"
        f"  export NEXUS_AMQP_URL={node.url}\n"
        f"  export NEXUS_AMQP_AUTH_SECRET={asks.secret}\n\n"
        f"API keys log in while a server with these settings is at {asks.address}. Ctrl-C ends RabbitMQ.\n",
        flush=True,
    )


def _wait(node: RabbitNode, stop: threading.Event) -> int:
    while not stop.wait(0.5):
        if not node.running:
            print("RabbitMQ has ended by itself; its log says why.", file=sys.stderr)
            return 1
    print("Ending RabbitMQ", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(install.main() if sys.argv[1:] == ["install"] else main())
