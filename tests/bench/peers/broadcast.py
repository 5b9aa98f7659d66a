"""A bare broadcast: `python -m tests.bench.peers.broadcast PORT`. What any client says goes to all clients as it is."""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve

_clients: set[ServerConnection] = set()


async def follow(client: ServerConnection) -> None:
    """One client."""
    _clients.add(client)
    try:
        async for said in client:
            broadcast(_clients, said)
    finally:
        _clients.discard(client)


async def main(port: int) -> None:
    """Serve until the end."""
    async with serve(follow, "127.0.0.1", port, compression=None):
        await asyncio.Future()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1])))
