"""Session tokens: JSON Web Tokens by python-jose, one key, one algorithm, both named."""

from collections.abc import Mapping
from typing import Any

from jose import JWTError, jwk, jwt

from handlers.core.credentials import SIGNING_BYTES

_ALGORITHM = "HS256"
_ISSUER = _AUDIENCE = "nexus"
_REQUIRED = {f"require_{claim}": True for claim in ("exp", "iat", "aud", "iss", "sub")}


class JoseTokens:
    """Signs and reads our own tokens."""

    def __init__(self, secret: str) -> None:
        if len(secret.encode()) < SIGNING_BYTES:
            raise ValueError(f"The secret of session tokens needs at least {SIGNING_BYTES} bytes")
        self._key = jwk.construct(secret, _ALGORITHM)

    def issue(self, claims: Mapping[str, Any]) -> str:
        """A token that carries the claims."""
        return jwt.encode({**claims, "iss": _ISSUER, "aud": _AUDIENCE}, self._key, algorithm=_ALGORITHM)

    def read(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token of ours, else None. An extension that the token calls critical is one we lack."""
        try:
            if "crit" in jwt.get_unverified_header(token):
                return None
            return jwt.decode(
                token, self._key, algorithms=[_ALGORITHM], audience=_AUDIENCE, issuer=_ISSUER, options=_REQUIRED
            )
        except (JWTError, TypeError, ValueError, OverflowError):
            return None
