"""The secrets by which callers are known: how each is written, made, and listed without being told."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any, Protocol

KEY_PREFIX = "nexus_sk_live_"
SIGNING_BYTES = 32
ACCESS_PREFIX = "nexus_at_"
REFRESH_PREFIX = "nexus_rt_"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Hasher(Protocol):
    """Slow one-way verifiers of secrets."""

    async def hash(self, secret: str) -> str:
        """A new verifier."""

    async def matches(self, secret: str, verifier: str) -> bool:
        """Whether the verifier was made from this secret."""


class Tokens(Protocol):
    """Signed session tokens."""

    def issue(self, claims: Mapping[str, Any]) -> str:
        """A token that carries the claims."""

    def read(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that we have signed for ourselves and that is not spent; else None."""


def new_key() -> str:
    """A fresh API key: `nexus_sk_live_<id>_<secret>`."""
    return f"{KEY_PREFIX}{secrets.token_hex(6)}_{secrets.token_urlsafe(24)}"


def whole_key(client: str | None, secret: str) -> str:
    """The API key that a client's name and secret make: its two halves, or the key itself in place of the secret."""
    if client is None:
        return secret
    first = KEY_PREFIX + client.removeprefix(KEY_PREFIX)
    return f"{first}_{secret.removeprefix(f'{first}_')}"


def secret_part(key: str) -> str:
    """The half of an API key that nobody may see."""
    return key.removeprefix(KEY_PREFIX).partition("_")[2]


def key_id(key: str) -> str:
    """What an API key is listed under; says nothing of the key."""
    return digest(key)


def is_key_id(text: str) -> bool:
    """Whether something has the form under which keys are listed, which no user's identifier has."""
    return _DIGEST.fullmatch(text) is not None


def new_refresh_token() -> str:
    """A fresh refresh token: `nexus_rt_<random>`."""
    return REFRESH_PREFIX + secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """The name under which something is kept that must not be read there."""
    return hashlib.sha256(text.encode()).hexdigest()
