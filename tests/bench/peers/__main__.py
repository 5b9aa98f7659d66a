"""`python -m tests.bench.peers NAME PORT CORE`: one peer on one core, served as we serve ourselves."""

import asyncio
import importlib
import os
import sys

import uvloop

from adapters.http.server import Server, configuration


def main() -> None:
    """Serve until a signal says stop."""
    name, port, core = sys.argv[1:]
    if int(core) >= 0:
        os.sched_setaffinity(0, {int(core)})
    peer = importlib.import_module(f"tests.bench.peers.{name}")
    protocol = getattr(peer, "PROTOCOL", "httptools")
    config = configuration(peer.build(), host="127.0.0.1", port=int(port), protocol=protocol, certificates={})
    uvloop.run(_serve(config))


async def _serve(config: object) -> None:
    await Server(config, asyncio.Event(), lambda: None).serve()


main()
