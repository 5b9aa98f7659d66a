"""Verifiers of secrets by bcrypt, in threads: it is slow on purpose, and must not hold up the event loop."""

import asyncio
import hashlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import bcrypt

from handlers.core.errors import Unavailable

_ROUNDS = 12
_WAITING = 32
_RETRY_SECONDS = 5


class BcryptHasher:
    """bcrypt over a digest of the secret, so that secrets of any length count in full. Each hasher has its own threads.

    So many may wait for a thread; whoever comes on top of them is refused rather than kept.
    """

    def __init__(
        self, rounds: int = _ROUNDS, *, threads: int = 2, waiting: int = _WAITING, what: str = "logins"
    ) -> None:
        self._rounds = rounds
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="bcrypt")
        self._most = threads + waiting
        self._what = what
        self._pending = 0

    async def hash(self, secret: str) -> str:
        """A new verifier."""
        salted = await self._off_the_loop(bcrypt.hashpw, _digest(secret), bcrypt.gensalt(self._rounds))
        return salted.decode()

    async def matches(self, secret: str, verifier: str) -> bool:
        """Whether the verifier was made from this secret."""
        return await self._off_the_loop(bcrypt.checkpw, _digest(secret), verifier.encode())

    async def _off_the_loop(self, function, *arguments):  # noqa: ANN001, ANN002, ANN202 - passes on what bcrypt takes
        if self._pending >= self._most:
            raise Unavailable(f"Too many {self._what} are waiting", retry_after=_RETRY_SECONDS)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        finally:
            self._pending -= 1


def _digest(secret: str) -> bytes:
    """Bcrypt reads 72 bytes and stops at a zero byte; a digest in base64 has 44, none of them zero."""
    return b64encode(hashlib.sha256(secret.encode()).digest())
