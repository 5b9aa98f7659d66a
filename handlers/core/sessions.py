"""Sessions: an access token for an hour, and a refresh token that is spent by its use and replaced.

A session is what its tokens come from: without its record none of them, however many, is worth anything. So one
deletion ends them all, and a race between two holders of one refresh token can only end for both.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.core.access import Access
from handlers.core.clock import Clock, new_id
from handlers.core.collections import API_KEYS, PLATFORM, REFRESHES, SESSIONS, USERS
from handlers.core.credentials import Tokens, digest, new_refresh_token
from handlers.core.errors import Forbidden, Stale, Unauthenticated
from handlers.core.ports import Delete, Document, Documents, Insert, Update
from handlers.core.principals import Principal, beyond
from handlers.core.shapes import read_as
from handlers.core.users import User
from handlers.core.verification import generation, holder_of, is_active

ACCESS_SECONDS = 3600
REFRESH_DAYS = 7
_DAY = 24 * 3600 * 1000


@dataclass(frozen=True)
class Session:
    """Somebody who has come in: their tokens, until when (in seconds) the first is good, and as whom it acts."""

    token: str
    user: User
    expires_at: int
    principal: Principal
    refresh_token: str = ""


class Sessions:
    """Opens, renews and ends sessions."""

    def __init__(self, documents: Documents, tokens: Tokens, access: Access, clock: Clock) -> None:
        self._documents = documents
        self._tokens = tokens
        self._access = access
        self._clock = clock

    async def open(self, user: Document, *, refresh_days: int = 0) -> Session:
        """A session of a person; with days, one that can be renewed so long after its last renewal."""
        return await self._open(user, {}, refresh_days)

    async def open_for_key(self, who: Principal, scopes: Sequence[str] | None = None) -> Session:
        """A session for the holder of an API key, with some of the key's scopes or all; it ends with the key."""
        if who.key is None or who.session is not None:
            raise Unauthenticated("Client credentials are the halves of an API key")
        _check_scopes(scopes, who)
        user = await self._documents.get(USERS, PLATFORM, who.id)
        if user is None:
            raise Unauthenticated
        restricted = sorted(who.scopes if scopes is None else scopes)
        return await self._open(user, {"within": who.tenant, "key": who.key, "scopes": restricted}, REFRESH_DAYS)

    async def refresh(self, token: str, scopes: Sequence[str] | None = None) -> Session:
        """New tokens for a refresh token, which is spent by it. One that was spent before ends its session.

        The new access token may be given some of the session's scopes; the session keeps them all.
        """
        held = await self._documents.get(REFRESHES, PLATFORM, digest(token))
        session = None if held is None else await self._documents.get(SESSIONS, PLATFORM, held["session"])
        if held is None or session is None:
            raise _refused()
        user, now = await self._owner(session), self._clock()
        if held.get("spent_at") is None:  # a thief learns nothing of the session's scopes
            _check_scopes(scopes, await self._access.principal(holder_of(user, session, expires_at=None)))
        spent = Update(REFRESHES, PLATFORM, held["id"], {"spent_at": None}, {"spent_at": now})
        try:
            await self._documents.write(spent)
        except Stale as exc:
            await self.end(session["id"])
            raise _refused() from exc
        return await self._renew(session, user, now, scopes)

    async def end(self, session: str) -> None:
        """End a session; its tokens are refused within a second."""
        with suppress(Stale):
            await self._documents.write(Delete(SESSIONS, PLATFORM, session))

    async def end_by(self, refresh_token: str) -> None:
        """End the session of a refresh token. One that nobody has is as good as ended."""
        held = await self._documents.get(REFRESHES, PLATFORM, digest(refresh_token))
        if held is not None:
            await self.end(held["session"])

    async def _open(self, user: Document, given: dict[str, Any], refresh_days: int) -> Session:
        now = self._clock()
        lifetime = refresh_days * _DAY or ACCESS_SECONDS * 1000
        home = given.get("within", user.get("home"))
        record = {
            "id": new_id("ses", now),
            "user": user["id"],
            "generation": generation(user),
            "created_at": now,
            "expires_at": now + lifetime,
            **({"lifetime": lifetime} if refresh_days else {}),
            **({} if home is None else {"home": home}),
            **given,
        }
        await self._documents.write(Insert(SESSIONS, PLATFORM, record))
        return await self._with_tokens(record, user, now)

    async def _renew(self, session: Document, user: Document, now: int, scopes: Sequence[str] | None) -> Session:
        until = {"expires_at": now + session["lifetime"]}
        try:
            session = await self._documents.write(Update(SESSIONS, PLATFORM, session["id"], {}, until))
        except Stale as exc:  # ended since it was read
            raise _refused() from exc
        return await self._with_tokens(session, user, now, scopes)

    async def _with_tokens(
        self, session: Document, user: Document, now: int, scopes: Sequence[str] | None = None
    ) -> Session:
        expires = now // 1000 + ACCESS_SECONDS
        claims = {"sub": user["id"], "sid": session["id"], "iat": now // 1000, "exp": expires}
        given = session
        if scopes is not None:
            claims["scope"] = " ".join(scopes)
            given = {**session, "scopes": scopes}
        holder = holder_of(user, given, session=session["id"], key=session.get("key"), expires_at=expires * 1000)
        return Session(
            token=self._tokens.issue(claims),
            user=read_as(User, user),
            expires_at=expires,
            principal=await self._access.principal(holder),
            refresh_token=await self._new_refresh(session, now) if "lifetime" in session else "",
        )

    async def _new_refresh(self, session: Document, now: int) -> str:
        token = new_refresh_token()
        record = {
            "id": digest(token),
            "family": session["id"],
            "user": session["user"],
            "session": session["id"],
            "created_at": now,
            "expires_at": now + session["lifetime"],
        }
        await self._documents.write(Insert(REFRESHES, PLATFORM, record))
        return token

    async def _owner(self, session: Document) -> Document:
        """Whose a session is, if they may still come in by it."""
        user = await self._documents.get(USERS, PLATFORM, session["user"])
        if user is None or not is_active(user) or session["generation"] != generation(user):
            raise _refused()
        if "key" in session and await self._documents.get(API_KEYS, PLATFORM, session["key"]) is None:
            raise _refused()
        return user


def _check_scopes(wanted: Sequence[str] | None, who: Principal) -> None:
    """Refuse scopes that whoever asks for them does not hold."""
    if excess := beyond(frozenset(wanted or ()), who.scopes):
        raise Forbidden(f"Beyond what was granted: {', '.join(excess)}", required=excess[0])


def _refused() -> Unauthenticated:
    return Unauthenticated("The refresh token is unknown, spent or expired")
