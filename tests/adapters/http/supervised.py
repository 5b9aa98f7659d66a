"""A small program for the tests of the workers: `supervise PORT COUNT`, and what it starts, `work` or `fail`.

Each worker answers a connection with its process's number and closes it.
"""

import asyncio
import os
import signal
import sys

from adapters.http.workers import Post, Workers, listening, python


def main(role: str, first: str, second: str) -> int:
    """Play a role."""
    if role == "work":
        asyncio.run(work(Post(int(first), int(second))))
        return 0
    if role == "fail":
        return 3
    return asyncio.run(supervise("fail" if role == "supervise-failing" else "work", int(first), int(second)))


async def supervise(role: str, port: int, count: int) -> int:
    """Keep workers running and say when all are ready."""
    with listening("127.0.0.1", port) as listener:
        command = python("tests.adapters.http.supervised", role)
        return await Workers(command, listener, count, lambda: print("ready", flush=True)).run()


async def work(post: Post) -> None:
    """Answer until a signal or the supervisor's end says stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    post.on_abandonment(stop.set)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(str(os.getpid()).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, sock=post.listener):
        post.ready()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
