"""Google's identity tokens: RS256 by python-jose, one algorithm, keys by name, and every claim that matters.

What has to be checked: https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from jose import JWTError, jwt

from adapters.google.keys import ALGORITHM, Key, KeyRing
from handlers.core.google import Claims

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_SKEW_SECONDS = 60
_MAX_LENGTH = 8192
_TRUE = (True, "true")  # Google has sent both
_OPTIONS = {
    **{f"require_{claim}": True for claim in ("exp", "iat", "aud", "iss", "sub")},
    "verify_at_hash": False,  # it binds an access token of Google's, which is none of ours
    "leeway": _SKEW_SECONDS,
}


class GoogleIdTokens:
    """Reads identity tokens that were issued for one client."""

    def __init__(self, client: str, keys: KeyRing, *, now: Callable[[], float] = time.time) -> None:
        self._client = client
        self._keys = keys
        self._now = now

    async def verify(self, token: str) -> Claims | None:
        """The claims of a token that is Google's, for us, and good now; else None."""
        name = _key_name(token)
        if name is None:
            return None
        key = await self._keys.get(name)
        claims = None if key is None else self._read(token, key)
        return None if claims is None else self._believed(claims)

    def _read(self, token: str, key: Key) -> Mapping[str, Any] | None:
        try:
            return jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=self._client, issuer=ISSUERS, options=_OPTIONS
            )
        except (JWTError, TypeError, ValueError, OverflowError):
            return None

    def _is_of_now(self, claims: Mapping[str, Any]) -> bool:
        """Whether a token is not spent, and not of the future; only the clocks' difference is forgiven."""
        expires, issued = claims["exp"], claims["iat"]
        if type(expires) is not int or type(issued) is not int:
            return False
        return issued - _SKEW_SECONDS <= self._now() < expires

    def _believed(self, claims: Mapping[str, Any]) -> Claims | None:
        """The claims, if they are for us alone, and of a person with an address that Google has verified."""
        email, name, subject = claims.get("email"), claims.get("name"), claims["sub"]
        if claims["aud"] != self._client or not self._is_of_now(claims):
            return None
        if claims.get("email_verified") not in _TRUE or not isinstance(email, str) or "@" not in email or not subject:
            return None
        return Claims(subject, email.lower(), name if isinstance(name, str) and name else None)


def _key_name(token: str) -> str | None:
    """The key that a token says has signed it. An extension that the token calls critical is one we lack."""
    if len(token) > _MAX_LENGTH:
        return None
    try:
        header = jwt.get_unverified_header(token)
    except (JWTError, TypeError, ValueError):
        return None
    if header.get("alg") != ALGORITHM or "crit" in header:
        return None
    name = header.get("kid")
    return name if isinstance(name, str) else None
