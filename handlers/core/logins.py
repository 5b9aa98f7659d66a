"""People coming in by a password."""

import secrets
from contextlib import suppress

from handlers.core.clock import Clock
from handlers.core.collections import PLATFORM, USERS
from handlers.core.credentials import Hasher
from handlers.core.errors import Stale, Unauthenticated
from handlers.core.lockouts import LockOuts
from handlers.core.ports import Document, Documents, Update
from handlers.core.sessions import Session, Sessions
from handlers.core.turns import Turns
from handlers.core.verification import is_active

_WAITING = 32


class Logins:
    """Opens sessions for those who know a password.

    Whoever does not is told nothing of why: an unknown name costs as much time as a wrong password.
    """

    def __init__(
        self, documents: Documents, hasher: Hasher, sessions: Sessions, lockouts: LockOuts, clock: Clock
    ) -> None:
        self._documents = documents
        self._hasher = hasher
        self._sessions = sessions
        self._lockouts = lockouts
        self._clock = clock
        self._turns = Turns(most=_WAITING)
        self._nobody: str | None = None

    async def log_in(self, name: str, password: str, *, refresh_days: int = 0) -> Session:
        """A session for a user name or an e-mail address with its password."""
        name = name.lower()
        async with self._turns.at(name):
            user = await self._verified(name, password)
        session = await self._sessions.open(user, refresh_days=refresh_days)
        with suppress(Stale):
            await self._documents.write(Update(USERS, PLATFORM, user["id"], {}, {"last_login": self._clock()}))
        return session

    async def _verified(self, name: str, password: str) -> Document:
        """Whose the name is, if the password is theirs. Guesses at one name take turns, so that each is counted."""
        await self._lockouts.check(name)
        user = await self._user(name)
        verifier = user.get("verifier") if user else None
        matches = await self._hasher.matches(password, verifier or await self._verifier_of_nobody())
        if user is None or verifier is None or not matches or not is_active(user):
            await self._lockouts.count(name)
            raise Unauthenticated("Invalid user name or password")
        # Another process may have locked the name meanwhile.
        await self._lockouts.check(name)
        await self._lockouts.forget(name)
        return user

    async def _user(self, name: str) -> Document | None:
        named = await self._documents.find(USERS, PLATFORM, {"username": name})
        return named or await self._documents.find(USERS, PLATFORM, {"email": name})

    async def _verifier_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = await self._hasher.hash(secrets.token_urlsafe(16))
        return self._nobody
