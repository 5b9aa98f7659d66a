"""Names that were guessed at too often, and may log in no more for a while.

A lock is on a name as it was typed, whether anybody has it or not: so an answer tells nothing of who exists.
"""

from contextlib import suppress

from handlers.core.clock import Clock
from handlers.core.collections import LOGIN_FAILURES, PLATFORM
from handlers.core.credentials import digest
from handlers.core.errors import Duplicate, Stale, TooManyFailures, Unavailable
from handlers.core.ports import Change, Delete, Document, Documents, Insert, Update

MOST_FAILURES = 5
LOCK_MILLISECONDS = 15 * 60 * 1000
_TRIES = 16


class LockOuts:
    """Counts failed logins per name. So many within the time of a lock, since the first, lock the name."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def check(self, name: str) -> None:
        """Refuse a name that is locked."""
        held = await self._documents.get(LOGIN_FAILURES, PLATFORM, digest(name))
        if held is not None and held["count"] >= MOST_FAILURES:
            raise TooManyFailures(retry_after=(held["expires_at"] - self._clock()) // 1000 + 1)

    async def count(self, name: str) -> None:
        """One more failure."""
        for _ in range(_TRIES):
            held = await self._documents.get(LOGIN_FAILURES, PLATFORM, digest(name))
            if held is not None and held["count"] >= MOST_FAILURES:
                return
            with suppress(Duplicate, Stale):
                await self._documents.write(self._one_more(name, held))
                return
        raise Unavailable("Too many are logging in with this name at once")

    async def forget(self, *names: str | None) -> None:
        """Start again from none."""
        for name in filter(None, names):
            if await self._documents.get(LOGIN_FAILURES, PLATFORM, digest(name)) is not None:
                with suppress(Stale):
                    await self._documents.write(Delete(LOGIN_FAILURES, PLATFORM, digest(name)))

    def _one_more(self, name: str, held: Document | None) -> Change:
        until = self._clock() + LOCK_MILLISECONDS
        if held is None:
            return Insert(LOGIN_FAILURES, PLATFORM, {"id": digest(name), "count": 1, "expires_at": until})
        counted: dict[str, int] = {"count": held["count"] + 1}
        if counted["count"] == MOST_FAILURES:
            counted["expires_at"] = until
        return Update(LOGIN_FAILURES, PLATFORM, held["id"], {"count": held["count"]}, counted)
