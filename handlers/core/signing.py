"""Signatures of what is sent: by them a receiver tells that it comes from us, and was not changed on its way."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from secrets import token_bytes

PREFIX = "whsec_"
_SECRET_BYTES = 24


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return PREFIX + b64encode(token_bytes(_SECRET_BYTES)).decode()


def signed(body: bytes, identifier: str, seconds: int, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that sign a body sent now. The first secret is the present one; older ones are still in force.

    `X-Nexus-Signature` is keyed on the present secret as it was given. That of Standard Webhooks needs a secret that
    is Base64, and signs with each that is.
    """
    signature = hmac.new(secrets[0].encode(), body, sha256).hexdigest()
    headers = {"X-Nexus-Signature": f"sha256={signature}", **named(identifier, seconds)}
    message = f"{identifier}.{seconds}.".encode() + body
    keys = [key for key in map(key_in, secrets) if key is not None]
    if keys:
        headers["webhook-signature"] = " ".join(_standard(key, message) for key in keys)
    return headers


def named(identifier: str, seconds: int) -> dict[str, str]:
    """The headers that tell a repetition, and when it was sent."""
    return {"webhook-id": identifier, "webhook-timestamp": str(seconds)}


def key_in(secret: str) -> bytes | None:
    """The key in a secret of Standard Webhooks; None in any other."""
    if not secret.startswith(PREFIX):
        return None
    try:
        return b64decode(secret.removeprefix(PREFIX), validate=True) or None
    except ValueError:
        return None


def _standard(key: bytes, message: bytes) -> str:
    return f"v1,{b64encode(hmac.new(key, message, sha256).digest()).decode()}"
