"""Verifiers of secrets by bcrypt, in threads: it is slow on purpose, and must not hold up the event loop."""

import asyncio
import hashlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import bcrypt

_ROUNDS = 12


class BcryptHasher:
    """bcrypt over a digest of the secret, so that secrets of any length count in full."""

    def __init__(self, rounds: int = _ROUNDS) -> None:
        self._rounds = rounds
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="bcrypt")

    async def hash(self, secret: str) -> str:
        """A new verifier."""
        salted = await self._off_the_loop(bcrypt.hashpw, _digest(secret), bcrypt.gensalt(self._rounds))
        return salted.decode()

    async def matches(self, secret: str, verifier: str) -> bool:
        """Whether the verifier was made from this secret."""
        return await self._off_the_loop(bcrypt.checkpw, _digest(secret), verifier.encode())

    async def _off_the_loop(self, function, *arguments):  # noqa: ANN001, ANN002, ANN202 - passes on what bcrypt takes
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def _digest(secret: str) -> bytes:
    """Bcrypt reads 72 bytes and stops at a zero byte; a digest in base64 has 44, none of them zero."""
    return b64encode(hashlib.sha256(secret.encode()).digest())
