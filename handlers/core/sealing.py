"""Secrets that must be read again, encrypted where they lie: each is sealed for its place, and opens nowhere else.

Sealed are agents' tokens and webhooks' secrets. What must only be recognised is kept as a verifier instead.
"""

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from handlers.core.errors import Stale, Unavailable
from handlers.core.ports import Collection, Document, Documents, Position, Query, Update

KEY_BYTES = 32
_HEX = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")
_PAGE = 100
_RETRY_SECONDS = 60
_VARIETY = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret lies. Moved to another record or field, it opens no more."""

    collection: str
    tenant: str
    record: str
    field: str


class SealBroken(Unavailable):
    """A secret that no key of ours opens: it was changed, or moved, or its key has been taken away."""

    def __init__(self) -> None:
        super().__init__("A stored secret cannot be opened", retry_after=_RETRY_SECONDS)


class Box(Protocol):
    """Encrypts and authenticates. One key seals; that one and its predecessors open."""

    def seal(self, secret: str, place: Place) -> str:
        """The secret as it may lie there, different each time."""

    def open(self, sealed: str, place: Place) -> str:
        """The secret. Raises `SealBroken` when it is not what was sealed for this place."""

    def is_current(self, sealed: str) -> bool:
        """Whether the key that seals now has sealed this."""


class Sealing:
    """Seals fields of records, opens them, and brings old seals under the present key."""

    def __init__(self, documents: Documents, box: Box) -> None:
        self._documents = documents
        self._box = box

    def seal(self, collection: Collection, tenant: str, record: str, field: str, secret: str) -> str:
        """A field's secret, for the record that will hold it."""
        return self._box.seal(secret, Place(collection.name, tenant, record, field))

    def open(self, collection: Collection, record: Document, field: str) -> str:
        """The secret that a record holds in a field."""
        return self._box.open(record[field], _place(collection, record, field))

    async def reseal_all(self, query: Query, fields: Iterable[str]) -> int:
        """Bring these fields of every record that a query finds under the present key; how many records changed.

        Ran after a rotation, it ends with no record left under an old key. It may be cut short and run again, and
        by several at once; records that are made meanwhile have the present key already.
        """
        changed, after = 0, None
        fields = tuple(fields)
        while records := await self._documents.page(query, _PAGE, after=after):
            for record in records:
                changed += await self._reseal(query.collection, record, fields)
            after = Position(records[-1][query.order], records[-1]["id"])
        return changed

    async def _reseal(self, collection: Collection, record: Document, fields: tuple[str, ...]) -> bool:
        """Seal a record's fields anew where an old key has sealed them. Whoever changes them meanwhile is right."""
        old = {name: record[name] for name in fields if record.get(name) and not self._box.is_current(record[name])}
        if not old:
            return False
        new = {name: self._again(collection, record, name) for name in old}
        try:
            await self._documents.write(Update(collection, record["tenant"], record["id"], old, new))
        except Stale:
            return False
        return True

    def _again(self, collection: Collection, record: Document, field: str) -> str:
        place = _place(collection, record, field)
        return self._box.seal(self._box.open(record[field], place), place)


def _place(collection: Collection, record: Document, field: str) -> Place:
    return Place(collection.name, record["tenant"], record["id"], field)


def read_keys(text: str) -> tuple[bytes, ...]:
    """Keys from a setting, comma-separated, each 32 bytes in hexadecimal or base64. `ValueError` says no secret."""
    return tuple(_key(word.strip(), number) for number, word in enumerate(text.split(","), 1))


def is_weak_key(key: bytes) -> bool:
    """Whether a key was typed rather than drawn: chance makes none that is all text, or that repeats itself so."""
    return len(set(key)) < _VARIETY or all(32 <= byte < 127 for byte in key)


def _key(word: str, number: int) -> bytes:
    if _HEX.fullmatch(word):
        return bytes.fromhex(word)
    standard = word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4)
    try:
        key = b64decode(standard, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"key {number} is not {KEY_BYTES} bytes in hexadecimal or base64")
    return key
