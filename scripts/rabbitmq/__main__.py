"""`python -m scripts.rabbitmq` (`make rabbitmq`): runs a private RabbitMQ until SIGINT or SIGTERM."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from scripts.rabbitmq.install import CannotInstall
from scripts.rabbitmq.node import CannotStart, RabbitNode, private_rabbitmq
from scripts.rabbitmq.processes import is_free

_USUAL_PORT = 5672


def main() -> int:
    """Install if need be, start, say where, and wait."""
    port = _port()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    directory = Path(os.environ.get("NEXUS_DATA_DIR") or ".nexus") / "rabbitmq"
    try:
        with private_rabbitmq(directory, port) as node:
            _tell(node, directory)
            return _wait(node, stop)
    except (CannotInstall, CannotStart) as problem:
        print(problem, file=sys.stderr)
        return 1


def _port() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.rabbitmq", description=__doc__)
    parser.add_argument("--port", type=int, help=f"the port of AMQP (default: {_USUAL_PORT}, or a free one)")
    given = parser.parse_args().port
    return given if given is not None else _USUAL_PORT if is_free(_USUAL_PORT) else 0


def _tell(node: RabbitNode, directory: Path) -> None:
    print(
        f"\nRabbitMQ is ready, on this machine only; its data are in {directory}.\n\n"
        f"  export NEXUS_AMQP_URL={node.url}\n\nCtrl-C ends it.\n",
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
    sys.exit(main())
