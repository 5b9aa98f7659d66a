"""bcrypt: every byte of a secret counts, and the loop goes on meanwhile."""

import asyncio
import time

import pytest

from adapters.crypto.hasher import BcryptHasher
from handlers.core.errors import Unavailable

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
    """Hashing takes long on purpose, in another thread than the loop's, which turns meanwhile."""
    hasher = BcryptHasher(rounds=12)
    everywhere, here = time.process_time(), time.thread_time()
    work = asyncio.ensure_future(hasher.hash("secret"))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5
    assert time.thread_time() - here < (time.process_time() - everywhere) / 2


def test_the_rounds_of_production_are_slow() -> None:
    """Twelve rounds unless a test says otherwise."""
    assert BcryptHasher()._rounds >= 12


async def test_only_so_many_wait() -> None:
    """Two at work and 32 waiting are served, the rest are told at once to come back, and then find room."""
    hasher = BcryptHasher(rounds=4)
    answers = await asyncio.gather(*(hasher.hash("secret") for _ in range(40)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert answers[34:] == refused
    assert len(refused) == 6
    assert refused[0].message == "Too many logins are waiting"
    assert refused[0].retry_after > 0
    assert await hasher.hash("secret")


async def test_whoever_leaves_makes_room() -> None:
    """A caller who does not wait any longer is not counted."""
    hasher = BcryptHasher(rounds=4, threads=1, waiting=0)
    leaving = asyncio.ensure_future(hasher.hash("secret"))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await hasher.hash("secret")
    leaving.cancel()
    await asyncio.wait([leaving])
    assert await hasher.hash("secret")


async def test_one_hasher_does_not_wait_for_another() -> None:
    """However many wait for one hasher, another answers in the time that it takes alone."""
    busy, idle = BcryptHasher(rounds=12, threads=1), BcryptHasher(rounds=4, threads=1)
    crowd = [asyncio.ensure_future(busy.hash("secret")) for _ in range(4)]
    await asyncio.sleep(0)
    await idle.hash("secret")
    assert not any(work.done() for work in crowd)
    for work in crowd:
        work.cancel()
