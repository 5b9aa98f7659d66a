"""Whom a token names: verified once, remembered, and the records behind it read again every second."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from handlers.core.access import Access, Holder
from handlers.core.clock import Clock
from handlers.core.collections import API_KEYS, PLATFORM, SESSIONS, USERS
from handlers.core.credentials import ACCESS_PREFIX, KEY_PREFIX, Hasher, Tokens, key_id, secret_part
from handlers.core.errors import Stale, Unauthenticated, Unavailable
from handlers.core.ports import Collection, Document, Documents, Update
from handlers.core.principals import Principal

_RECHECK_MILLISECONDS = 1000
_CACHE_SIZE = 10_000
_NOTED_MILLISECONDS = 60_000


@dataclass(slots=True)
class _Verdict:
    """A verified token: who held it when the records behind it were last read, and how to read them again."""

    holder: Holder
    read: Callable[[], Awaitable[Holder]]
    checked_at: int
    principals: dict[str | None, Principal] = field(default_factory=dict)


class Verification:
    """Verifies callers. Keys may have a hasher of their own, so that they do not wait behind passwords."""

    def __init__(self, documents: Documents, key_hasher: Hasher, tokens: Tokens, access: Access, clock: Clock) -> None:
        self._documents = documents
        self._key_hasher = key_hasher
        self._tokens = tokens
        self._access = access
        self._clock = clock
        self._verdicts: dict[str, _Verdict] = {}
        self._named: dict[str, _Verdict] = {}
        self._under_way: dict[str, asyncio.Future[_Verdict]] = {}

    async def authenticate(self, token: str, tenant: str | None = None) -> Principal:
        """The principal that a token names, in the tenant that the caller chooses.

        Refuses a token that is unknown, spent or revoked, and a tenant that is not among the caller's.
        """
        verdict = self._verdicts.get(token)
        if verdict is None:
            verdict = await self._verify_once(token)
        try:
            return await self._present(verdict, tenant)
        except Unauthenticated:
            self._verdicts.pop(token, None)
            raise

    async def by_key(self, identifier: str) -> Principal:
        """The principal of a key that is named and not shown: its holder has shown it before to whoever asks."""
        verdict = self._named.get(identifier)
        if verdict is None:
            read = partial(self._key_holder, identifier)
            verdict = _keep(self._named, identifier, _Verdict(await read(), read, self._clock()))
        try:
            return await self._present(verdict, None)
        except Unauthenticated:
            self._named.pop(identifier, None)
            raise

    async def _present(self, verdict: _Verdict, tenant: str | None) -> Principal:
        """The principal of a verdict, as the records behind it are now, or were a moment ago."""
        now = self._clock()
        if now - verdict.checked_at > _RECHECK_MILLISECONDS:
            verdict.holder = await verdict.read()
            verdict.principals = {}
            verdict.checked_at = now
        expires_at = verdict.holder.expires_at
        if expires_at is not None and expires_at <= now:
            raise Unauthenticated
        return verdict.principals.get(tenant) or await self._enter(verdict, tenant)

    async def _enter(self, verdict: _Verdict, tenant: str | None) -> Principal:
        """The principal in a tenant. A stranger is not remembered: they may belong somewhere next time."""
        principals = verdict.principals
        principal = await self._access.principal(verdict.holder, tenant)
        if principal.tenant:
            principals[tenant] = principal
        else:
            verdict.checked_at = 0
        return principal

    async def _verify_once(self, token: str) -> _Verdict:
        """Verify a token that is not remembered; callers who bring it at the same time share the work."""
        pending = self._under_way.get(token)
        if pending is None:
            pending = asyncio.ensure_future(self._verify(token))
            self._under_way[token] = pending
            pending.add_done_callback(lambda _: self._under_way.pop(token, None))
        return await asyncio.shield(pending)

    async def _verify(self, token: str) -> _Verdict:
        verdict = await (self._verify_key(token) if token.startswith(KEY_PREFIX) else self._verify_session(token))
        return _keep(self._verdicts, token, verdict)

    async def _verify_key(self, key: str) -> _Verdict:
        now, identifier = self._clock(), key_id(key)
        record = await self._living(API_KEYS, identifier)
        if not await self._key_hasher.matches(secret_part(key), record["verifier"]):
            raise Unauthenticated
        again = partial(self._key_holder, identifier)
        return _Verdict(await again(), again, now)

    async def _verify_session(self, token: str) -> _Verdict:
        now, claims = self._clock(), self._tokens.read(token.removeprefix(ACCESS_PREFIX))
        identifier = claims.get("sid") if claims is not None else None
        if claims is None or not isinstance(identifier, str):
            raise Unauthenticated
        again = partial(self._session_holder, identifier, claims)
        return _Verdict(await again(), again, now)

    async def _key_holder(self, identifier: str) -> Holder:
        """Whose an API key is, as both are now."""
        record = await self._living(API_KEYS, identifier)
        user = await self._active(record["user"])
        await self._note_use(record)
        return holder_of(user, record, key=identifier, expires_at=record.get("expires_at"))

    async def _session_holder(self, identifier: str, claims: Mapping[str, Any]) -> Holder:
        """Whose a session is, as both are now. It ends with the password, and with the key, that opened it."""
        session = await self._living(SESSIONS, identifier)
        key = await self._living(API_KEYS, session["key"]) if "key" in session else {}
        user = await self._active(session["user"])
        if session.get("generation", generation(user)) != generation(user):
            raise Unauthenticated
        given = {**session, "limits": key.get("limits")}
        if claims.get("scope") is not None:
            given["scopes"] = claims["scope"].split()
        return holder_of(user, given, session=identifier, key=session.get("key"), expires_at=claims["exp"] * 1000)

    async def _note_use(self, record: Document) -> None:
        """Write down that a key is used, at most once a minute. A note that fails refuses nobody."""
        last, now = record.get("last_used_at"), self._clock()
        if last is not None and now - last < _NOTED_MILLISECONDS:
            return
        with suppress(Stale, Unavailable):
            noted = Update(API_KEYS, PLATFORM, record["id"], {"last_used_at": last}, {"last_used_at": now})
            await self._documents.write(noted)

    async def _active(self, identifier: str) -> Document:
        user = await self._living(USERS, identifier)
        if not is_active(user):
            raise Unauthenticated
        return user

    async def _living(self, collection: Collection, identifier: str) -> Document:
        record = await self._documents.get(collection, PLATFORM, identifier)
        if record is None:
            raise Unauthenticated
        return record


def _keep(verdicts: dict[str, _Verdict], name: str, verdict: _Verdict) -> _Verdict:
    """Remember a verdict; the oldest makes room."""
    if len(verdicts) >= _CACHE_SIZE:
        verdicts.pop(next(iter(verdicts)))
    verdicts[name] = verdict
    return verdict


def generation(user: Document) -> int:
    """How often the user's sessions have been ended all at once, by a new password or a suspension."""
    return user.get("generation", 0)


def is_active(user: Document) -> bool:
    """Whether a user may come in."""
    return user.get("status", "active") == "active"


def holder_of(
    user: Document, record: Document, *, session: str | None = None, key: str | None = None, expires_at: int | None
) -> Holder:
    """A user with the credential of a record, a key's or a session's."""
    scopes = record.get("scopes")
    restricted = None if scopes is None else frozenset(scopes)
    return Holder(user, record.get("within"), restricted, session, key, expires_at, record.get("limits"))
