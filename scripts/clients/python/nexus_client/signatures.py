"""Whether a webhook comes from Nexus, and was not changed on its way."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from .faults import NexusError
from .records import Record

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


class SignatureInvalid(NexusError):
    """It was not signed with this secret, or not lately."""


def verify_webhook(
    body: bytes, headers: Mapping[str, str], secret: str, tolerance: float | None = TOLERANCE_SECONDS
) -> Any:
    """The event in a webhook's body, as it arrived: verify the bytes before anything else is done with them.

    With a secret of Standard Webhooks (`whsec_…`) the time is signed too, and a message that is older or newer than
    `tolerance` seconds is refused; None takes any. `X-Nexus-Signature` has no time in it, and is judged only under a
    secret of another kind.
    """
    said = {name.lower(): value for name, value in headers.items()}
    key = _key_in(secret)
    if key is not None:
        _check_standard(body, said, key, tolerance)
    else:
        expected = f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"
        _check(_same(expected, said.get("x-nexus-signature", "")), "X-Nexus-Signature")
    event = json.loads(body)
    return Record(event) if isinstance(event, dict) else event


def _check_standard(body: bytes, said: Mapping[str, str], key: bytes, tolerance: float | None) -> None:
    identifier, seconds = said.get("webhook-id", ""), said.get("webhook-timestamp", "")
    message = f"{identifier}.{seconds}.".encode() + body
    signature = b64encode(hmac.new(key, message, sha256).digest()).decode()
    given = said.get("webhook-signature", "").split()
    _check(any(_same(f"v1,{signature}", one) for one in given), "webhook-signature")
    if tolerance is not None and (not seconds.isdigit() or abs(time.time() - int(seconds)) > tolerance):
        raise SignatureInvalid("The message is signed, but not lately: it may have been recorded")


def _key_in(secret: str) -> bytes | None:
    """The key in a secret of Standard Webhooks; None in any other, with which the server signs without a time."""
    if not secret.startswith(_PREFIX):
        return None
    try:
        return b64decode(secret[len(_PREFIX) :], validate=True) or None
    except ValueError:
        return None


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def _check(is_good: bool, header: str) -> None:
    if not is_good:
        raise SignatureInvalid(f"{header} is not that of this body under this secret")
