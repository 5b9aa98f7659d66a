"""People coming in by a password, and names that were guessed at too often.

A lock is on a name as it was typed, whether anybody has it or not: so an answer tells nothing of who exists.
"""

import secrets
from contextlib import suppress

from handlers.core.clock import Clock
from handlers.core.collections import LOGIN_FAILURES, PLATFORM, USERS
from handlers.core.credentials import Hasher, digest
from handlers.core.errors import Duplicate, Stale, TooManyFailures, Unauthenticated, Unavailable
from handlers.core.ports import Change, Delete, Document, Documents, Insert, Update
from handlers.core.sessions import Session, Sessions
from handlers.core.verification import is_active

MOST_FAILURES = 5
LOCK_MILLISECONDS = 15 * 60 * 1000
_TRIES = 16


class Logins:
    """Opens sessions for those who know a password. An unknown name costs as much time, and gets the same words."""

    def __init__(self, documents: Documents, hasher: Hasher, sessions: Sessions, clock: Clock) -> None:
        self._documents = documents
        self._hasher = hasher
        self._sessions = sessions
        self._clock = clock
        self._nobody: str | None = None

    async def log_in(self, name: str, password: str, *, refresh_days: int = 0) -> Session:
        """A session for a user name or an e-mail address with its password."""
        name = name.strip().lower()
        await self._check_lock(name)
        user = await self._user(name)
        verifier = user.get("verifier") if user else None
        matches = await self._hasher.matches(password, verifier or await self._verifier_of_nobody())
        if user is None or verifier is None or not matches:
            await self._count_failure(name)
            raise Unauthenticated("Invalid user name or password")
        # Guesses that came at once with this one may have locked the name while it was verified.
        await self._forget_failures(await self._check_lock(name))
        if not is_active(user):
            raise Unauthenticated("This account is not active")
        session = await self._sessions.open(user, refresh_days=refresh_days)
        with suppress(Stale):
            await self._documents.write(Update(USERS, PLATFORM, user["id"], {}, {"last_login": self._clock()}))
        return session

    async def _user(self, name: str) -> Document | None:
        named = await self._documents.find(USERS, PLATFORM, {"username": name})
        return named or await self._documents.find(USERS, PLATFORM, {"email": name})

    async def _check_lock(self, name: str) -> Document | None:
        """What is counted against a name. Refuses one that is locked."""
        held = await self._documents.get(LOGIN_FAILURES, PLATFORM, digest(name))
        if held is not None and held["count"] >= MOST_FAILURES:
            raise TooManyFailures(retry_after=(held["expires_at"] - self._clock()) // 1000 + 1)
        return held

    async def _count_failure(self, name: str) -> None:
        for _ in range(_TRIES):
            held = await self._documents.get(LOGIN_FAILURES, PLATFORM, digest(name))
            if held is not None and held["count"] >= MOST_FAILURES:
                return
            with suppress(Duplicate, Stale):
                await self._documents.write(self._one_more(name, held))
                return
        raise Unavailable("Too many are logging in with this name at once")

    def _one_more(self, name: str, held: Document | None) -> Change:
        until = self._clock() + LOCK_MILLISECONDS
        if held is None:
            first = {"id": digest(name), "count": 1, "expires_at": until}
            return Insert(LOGIN_FAILURES, PLATFORM, first)
        counted: dict[str, int] = {"count": held["count"] + 1}
        if counted["count"] == MOST_FAILURES:
            counted["expires_at"] = until
        return Update(LOGIN_FAILURES, PLATFORM, held["id"], {"count": held["count"]}, counted)

    async def _forget_failures(self, held: Document | None) -> None:
        if held is not None:
            with suppress(Stale):
                await self._documents.write(Delete(LOGIN_FAILURES, PLATFORM, held["id"]))

    async def _verifier_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = await self._hasher.hash(secrets.token_urlsafe(16))
        return self._nobody


async def unlock(documents: Documents, user: Document) -> None:
    """Forget what is counted against a user's names."""
    for name in {user["username"], user.get("email", user["username"])}:
        with suppress(Stale):
            await documents.write(Delete(LOGIN_FAILURES, PLATFORM, digest(name)))
