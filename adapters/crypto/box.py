"""Secrets at rest: AES-256-GCM, one random nonce for each sealing, bound to the place where the secret lies.

A sealed secret is `v1.<key id>.<base64url of nonce, ciphertext and tag>`. Random nonces are safe for four thousand
million sealings under one key; secrets are sealed when somebody sets one, and keys are rotated long before.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from handlers.core.sealing import KEY_BYTES, Place, SealBroken

_VERSION = "v1"
_NONCE_BYTES = 12
_ID_DIGITS = 12


class AesGcmBox:
    """Seals with the first of its keys; opens with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"A box needs keys of {KEY_BYTES} bytes")
        self._ciphers = {_id_of(key): AESGCM(key) for key in reversed(keys)}
        self._current = _id_of(keys[0])

    def seal(self, secret: str, place: Place) -> str:
        """The secret as it may lie there, different each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, secret.encode(), _bound(self._current, place))
        return f"{_VERSION}.{self._current}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """The secret. Raises `SealBroken` when it is not what was sealed for this place."""
        version, _, rest = sealed.partition(".")
        identifier, _, text = rest.partition(".")
        cipher = self._ciphers.get(identifier)
        if version != _VERSION or cipher is None:
            raise SealBroken
        try:
            raw = _bytes_of(text)
            secret = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(identifier, place))
        except (InvalidTag, ValueError) as exc:
            raise SealBroken from exc
        return secret.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether the key that seals now has sealed this."""
        return sealed.startswith(f"{_VERSION}.{self._current}.")


def _id_of(key: bytes) -> str:
    """A name for a key, from which the key cannot be found."""
    return sha256(b"nexus key id" + key).hexdigest()[:_ID_DIGITS]


def _bytes_of(text: str) -> bytes:
    """What a text encodes, if it is written as we write it: nothing about a sealed secret can be changed unseen."""
    raw = urlsafe_b64decode(text)
    if urlsafe_b64encode(raw).decode() != text:
        raise ValueError("not what we have written")
    return raw


def _bound(identifier: str, place: Place) -> bytes:
    """What is authenticated beside the secret; as JSON, so that no two places read alike."""
    return json.dumps([_VERSION, identifier, place.collection, place.tenant, place.record, place.field]).encode()
