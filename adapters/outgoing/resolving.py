"""From a name to the addresses that may be called. It is asked at every connection: a name may change its mind.

Names are looked up by the system, in threads of our own, so that a name server which hangs holds up nothing else, not
even the end of this process; who asks for a name that is being looked up waits for the same answer.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread

from handlers.core.answering import answered
from handlers.core.targets import is_public

_AT_ONCE = 32
Lookup = Callable[[str], Sequence[str]]


class PrivateAddress(Exception):
    """All that a name stands for is off limits."""


class Resolver:
    """Finds the addresses of names."""

    def __init__(self, lookup: Lookup | None = None, *, allows_private: bool = False) -> None:
        self._lookup = lookup or addresses_of
        self._allows_private = allows_private
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._asked: dict[str, asyncio.Task[Sequence[str]]] = {}

    async def resolve(self, name: str) -> list[str]:
        """The addresses of a name that may be called. Raises `PrivateAddress` if it has others only, or `OSError`."""
        found = await asyncio.shield(self._asking(name))
        allowed = [address for address in found if self._allows_private or is_public(ip_address(address))]
        if found and not allowed:
            raise PrivateAddress
        return allowed

    def _asking(self, name: str) -> "asyncio.Task[Sequence[str]]":
        if name not in self._asked:
            self._asked[name] = asking = asyncio.create_task(self._look_up(name))
            asking.add_done_callback(lambda done: self._forget(name, done))
        return self._asked[name]

    async def _look_up(self, name: str) -> Sequence[str]:
        """Look up in a thread. If that hangs, so does its place among those that may."""
        async with self._room:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[Sequence[str]] = loop.create_future()
            Thread(target=_answer, args=(loop, answer, self._lookup, name), daemon=True, name="names").start()
            return await answer

    def _forget(self, name: str, done: "asyncio.Task[Sequence[str]]") -> None:
        """An answer is good for those who have asked, and for nobody later."""
        del self._asked[name]
        if not done.cancelled():
            done.exception()  # whoever has asked may have gone


def addresses_of(name: str) -> list[str]:
    """The addresses that the system knows for a name."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _answer(
    loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[Sequence[str]]", lookup: Lookup, name: str
) -> None:
    """Look up, and tell the loop; one that has ended does not want to know."""
    try:
        found, problem = lookup(name), None
    except Exception as exc:  # noqa: BLE001 - told to whoever has asked
        found, problem = (), exc
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(answered, answer, found, problem)
