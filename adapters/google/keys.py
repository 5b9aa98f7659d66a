"""Google's public keys: fetched when they are needed, kept as long as Google says, and longer while it is silent."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jose import jwk
from jose.exceptions import JOSEError

from adapters.google.fetching import Fetched, FetchFailed
from handlers.core.errors import Unavailable

ALGORITHM = "RS256"
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})")
_DEFAULT_AGE, _SHORTEST_AGE, _LONGEST_AGE = 3600.0, 60.0, 86_400.0
_PAUSE_SECONDS = 5.0
_SILENCE_SECONDS = 86_400.0
_LEAST_BITS = 2048
_log = structlog.get_logger()

Key = Any


class KeyRing:
    """The keys by name. However many want one, they are fetched once at a time and once in a few seconds.

    While Google does not answer, the keys that were there last are good for a day; without any, nobody can be judged.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Fetched]], *, now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, Key] = {}
        self._fresh_until = self._good_until = self._next_attempt = now()
        self._answered = False
        self._turn = asyncio.Lock()

    async def get(self, name: str) -> Key | None:
        """The key of that name, None if Google has no such key. Raises `Unavailable` when that cannot be told."""
        key = self._keys.get(name)
        if key is None or self._now() >= self._fresh_until:
            if key is None or not self._turn.locked():  # who knows an old key does not wait behind another's fetch
                await self._renew(name)
            key = self._keys.get(name) if self._now() < self._good_until else None
        if key is None and not self._answered:
            raise Unavailable("Google's keys cannot be read now", retry_after=int(_PAUSE_SECONDS))
        return key

    async def _renew(self, name: str) -> None:
        """Fetch the keys, unless somebody has just done so, or has just tried."""
        async with self._turn:
            now = self._now()
            if now < self._next_attempt or (name in self._keys and now < self._fresh_until):
                return
            try:
                fetched = await self._fetch()
                self._keys = _keys_of(fetched.body)
            except FetchFailed as problem:
                self._answered = False
                _log.warning("google_keys_not_fetched", reason=str(problem))
            else:
                self._answered = True
                self._fresh_until = self._now() + _age_of(fetched.cache_control)
                self._good_until = self._fresh_until + _SILENCE_SECONDS
            finally:
                self._next_attempt = self._now() + _PAUSE_SECONDS


def _age_of(cache_control: str) -> float:
    """For how many seconds keys are fresh, within reason."""
    found = _MAX_AGE.search(cache_control.lower())
    return min(max(float(found[1]), _SHORTEST_AGE), _LONGEST_AGE) if found else _DEFAULT_AGE


def _keys_of(body: bytes) -> dict[str, Key]:
    """The keys of a JSON Web Key Set that can be used here; there has to be one."""
    try:
        entries = orjson.loads(body)["keys"]
        found = {entry["kid"]: key for entry in entries if (key := _key_of(entry)) is not None}
    except (ValueError, TypeError, KeyError) as exc:
        raise FetchFailed("what came is no set of keys") from exc
    if not found:
        raise FetchFailed("no key that came can be used")
    return found


def _key_of(entry: Any) -> Key | None:
    """A key of ours: RSA, for signatures by the one algorithm, and long enough."""
    wanted = isinstance(entry, dict) and entry.get("kty") == "RSA" and isinstance(entry.get("kid"), str)
    if not wanted or entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    try:
        key = jwk.construct({name: entry[name] for name in ("kty", "n", "e")}, ALGORITHM)
    except (JOSEError, ValueError, TypeError, KeyError, AttributeError):
        return None
    public: RSAPublicKey = key.prepared_key
    return key if public.key_size >= _LEAST_BITS else None
