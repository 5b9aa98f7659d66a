"""What records were when this process changed them last: right until another process changes them, and old soon.

A guess saves reading a record that is about to be changed on condition that it is still as it was read: where it is
wrong, that is seen, and the record is read. It is no answer to anybody, and no reason to refuse anything.
"""

import asyncio
from collections.abc import Hashable

from handlers.core.ports import Document

# Shorter than any record that may come again under its name, and count its versions anew, is kept when it has ended.
_SECONDS = 60.0
_MOST = 1_000


class Guesses:
    """At most so many, of records by their place; the oldest go first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[float, Document]] = {}

    def of(self, place: Hashable) -> Document | None:
        """What a record may be."""
        kept = self._kept.get(place)
        return kept[1] if kept is not None and kept[0] > asyncio.get_running_loop().time() else None

    def keep(self, place: Hashable, record: Document) -> None:
        """Know what a record is now."""
        self._kept.pop(place, None)
        self._kept[place] = asyncio.get_running_loop().time() + _SECONDS, record
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def forget(self, place: Hashable) -> None:
        """Know nothing of a record that is not what it was."""
        self._kept.pop(place, None)
