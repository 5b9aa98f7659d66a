"""The server put together: what it makes sure of at its start, and what it says then."""

from handlers.app import build
from handlers.settings import Settings


def test_logins_and_keys_are_verified_apart(settings: Settings) -> None:
    """A server's keys do not queue behind its logins."""
    identity = build(settings).core.identity
    assert identity._key_hasher._threads is not identity._hasher._threads
