"""bcrypt: every byte of a secret counts, and the loop goes on meanwhile."""

import asyncio
import time

import pytest

from adapters.crypto.hasher import BcryptHasher

HASHER = BcryptHasher(rounds=4)


@pytest.mark.parametrize("secret", ["Admin123!", "", "x" * 500, "a\0b", "héslo 🔑"])
async def test_a_secret_matches_its_verifier_and_no_other(secret: str) -> None:
    """Long secrets count in full, as do zero bytes; the secret is not in the verifier."""
    verifier = await HASHER.hash(secret)
    assert await HASHER.matches(secret, verifier)
    assert not await HASHER.matches(secret + "x", verifier)
    assert not await HASHER.matches(secret[:-1] + "y", verifier)
    assert not secret or secret not in verifier


async def test_two_verifiers_of_one_secret_differ() -> None:
    """Equal passwords cannot be told from their verifiers."""
    assert await HASHER.hash("same") != await HASHER.hash("same")


async def test_the_loop_goes_on_while_bcrypt_works() -> None:
    """Hashing takes long on purpose, and holds nobody up."""
    work = asyncio.ensure_future(BcryptHasher(rounds=12).hash("secret"))
    started = before = time.perf_counter()
    longest = 0.0
    while not work.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    assert longest < (before - started) / 2


def test_the_rounds_of_production_are_slow() -> None:
    """Twelve rounds unless a test says otherwise."""
    assert BcryptHasher()._rounds >= 12
