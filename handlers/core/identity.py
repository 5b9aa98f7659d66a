"""Who is asking: API keys, passwords, session tokens, and what each may do."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from handlers.core.clock import Clock, new_id
from handlers.core.collections import API_KEYS, DEFAULT_TENANT, PLATFORM, SESSIONS, USERS
from handlers.core.errors import Duplicate, Stale, Unauthenticated
from handlers.core.ports import Collection, Delete, Document, Documents, Insert, Update

KEY_PREFIX = "nexus_sk_live_"
SESSION_SECONDS = 3600
ALL_SCOPES = "admin"
_RECHECK_MILLISECONDS = 1000
_CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody we know, in the tenant for which they act.

    `key` is the identifier of the API key they came with; `limits` are other limits than the usual ones, by category.
    """

    id: str
    tenant: str
    scopes: frozenset[str]
    key: str | None = field(default=None, compare=False)
    limits: Mapping[str, int] | None = field(default=None, compare=False)

    def may(self, scope: str) -> bool:
        """Whether a scope is among theirs; `admin` holds all."""
        return ALL_SCOPES in self.scopes or scope in self.scopes


ANONYMOUS = Principal("", "", frozenset())


class Hasher(Protocol):
    """Slow one-way verifiers of secrets."""

    async def hash(self, secret: str) -> str:
        """A new verifier."""

    async def matches(self, secret: str, verifier: str) -> bool:
        """Whether the verifier was made from this secret."""


class Tokens(Protocol):
    """Signed session tokens."""

    def issue(self, claims: Mapping[str, Any]) -> str:
        """A token that carries the claims."""

    def read(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that we have signed for ourselves and that is not spent; else None."""


@dataclass(slots=True)
class _Verdict:
    """A verified token: whom it named when the records behind it were last read, and how to read them again."""

    principal: Principal
    read: Callable[[], Awaitable[Principal]]
    checked_at: int
    expires_at: int | None


@dataclass(frozen=True)
class Session:
    """A person who has logged in."""

    token: str
    user: Document
    expires_at: int


class Identity:
    """Verifies callers. A verified token is remembered; the records behind it are read again every second.

    Keys may have a hasher of their own, so that they do not wait behind passwords.
    """

    def __init__(
        self,
        documents: Documents,
        hasher: Hasher,
        tokens: Tokens,
        roles: Mapping[str, Sequence[str]],
        clock: Clock,
        *,
        key_hasher: Hasher | None = None,
    ) -> None:
        self._documents = documents
        self._hasher = hasher
        self._key_hasher = key_hasher or hasher
        self._tokens = tokens
        self._roles = {role: frozenset(scopes) for role, scopes in roles.items()}
        self._clock = clock
        self._verdicts: dict[str, _Verdict] = {}
        self._under_way: dict[str, asyncio.Future[_Verdict]] = {}
        self._nobody: str | None = None

    async def authenticate(self, token: str) -> Principal:
        """The principal that a token names. Refuses one that is unknown, spent or revoked."""
        verdict = self._verdicts.get(token)
        if verdict is None:
            verdict = await self._verify_once(token)
        now = self._clock()
        if verdict.expires_at is not None and verdict.expires_at <= now:
            self._verdicts.pop(token, None)
            raise Unauthenticated
        if now - verdict.checked_at > _RECHECK_MILLISECONDS:
            await self._recheck(token, verdict, now)
        return verdict.principal

    async def log_in(self, username: str, password: str) -> Session:
        """Open a session. An unknown name costs as much time as a wrong password, and is answered alike."""
        user = await self._documents.find(USERS, PLATFORM, {"username": username.lower()})
        verifier = user["verifier"] if user else await self._verifier_of_nobody()
        if not await self._hasher.matches(password, verifier) or user is None:
            raise Unauthenticated("Invalid user name or password")
        now = self._clock()
        session = {
            "id": new_id("ses", now),
            "user": user["id"],
            "generation": _generation(user),
            "created_at": now,
            "expires_at": now + SESSION_SECONDS * 1000,
        }
        await self._documents.write(Insert(SESSIONS, PLATFORM, session))
        expires = session["expires_at"] // 1000
        token = self._tokens.issue({"sub": user["id"], "sid": session["id"], "iat": now // 1000, "exp": expires})
        return Session(token, user, expires)

    async def log_out(self, session: str) -> None:
        """End a session; its token is refused within a second."""
        await self._documents.write(Delete(SESSIONS, PLATFORM, session))

    async def ensure_user(self, username: str, password: str, **fields: Any) -> Document:
        """The user of that name with that password, created or given it if need be; a new one ends their sessions."""
        user = await self._documents.find(USERS, PLATFORM, {"username": username.lower()})
        if user is None:
            return await self._create_user(username, password, fields)
        if await self._hasher.matches(password, user["verifier"]):
            return user
        new = {"verifier": await self._hasher.hash(password), "generation": _generation(user) + 1}
        present = {"verifier": user["verifier"]}
        try:
            return await self._documents.write(Update(USERS, PLATFORM, user["id"], present, new))
        except Stale:
            return await self.ensure_user(username, password, **fields)

    async def ensure_key(self, key: str, user: Document, label: str) -> None:
        """Make a given API key one of the user's."""
        identifier = key_id(key)
        if await self._documents.get(API_KEYS, PLATFORM, identifier) is not None:
            return
        record = {
            "id": identifier,
            "user": user["id"],
            "label": label,
            "verifier": await self._key_hasher.hash(_secret_part(key)),
            "created_at": self._clock(),
        }
        try:
            await self._documents.write(Insert(API_KEYS, PLATFORM, record))
        except Duplicate:
            return

    async def ensure_bootstrap_key(self, key: str, user: Document) -> None:
        """Make a given API key the user's one bootstrap key, and end the one before it.

        The user's record names the key before the key exists, so that a start which is cut short leaves none behind.
        """
        identifier = key_id(key)
        while (previous := user.get("bootstrap_key")) != identifier:
            if previous is not None:
                await self._end_key(previous)
            named = Update(USERS, PLATFORM, user["id"], {"bootstrap_key": previous}, {"bootstrap_key": identifier})
            try:
                user = await self._documents.write(named)
            except Stale:
                user = await self._living(USERS, user["id"])
        await self.ensure_key(key, user, "bootstrap")

    async def _end_key(self, identifier: str) -> None:
        with suppress(Stale):
            await self._documents.write(Delete(API_KEYS, PLATFORM, identifier))

    async def _create_user(self, username: str, password: str, fields: Mapping[str, Any]) -> Document:
        now = self._clock()
        user = {
            "id": new_id("usr", now),
            "username": username.lower(),
            "verifier": await self._hasher.hash(password),
            "home": DEFAULT_TENANT,
            "created_at": now,
            **fields,
        }
        try:
            return await self._documents.write(Insert(USERS, PLATFORM, user))
        except Duplicate:
            return await self.ensure_user(username, password, **fields)

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
        if len(self._verdicts) >= _CACHE_SIZE:
            self._verdicts.pop(next(iter(self._verdicts)))
        self._verdicts[token] = verdict
        return verdict

    async def _verify_key(self, key: str) -> _Verdict:
        now, identifier = self._clock(), key_id(key)
        record = await self._living(API_KEYS, identifier)
        if not await self._key_hasher.matches(_secret_part(key), record["verifier"]):
            raise Unauthenticated
        return _Verdict(await self._owner(record), partial(self._holder, API_KEYS, identifier), now, None)

    async def _verify_session(self, token: str) -> _Verdict:
        now, claims = self._clock(), self._tokens.read(token)
        identifier = claims.get("sid") if claims is not None else None
        if not isinstance(identifier, str):
            raise Unauthenticated
        session = await self._living(SESSIONS, identifier)
        again = partial(self._holder, SESSIONS, identifier)
        return _Verdict(await self._owner(session), again, now, session["expires_at"])

    async def _recheck(self, token: str, verdict: _Verdict, now: int) -> None:
        try:
            verdict.principal = await verdict.read()
        except Unauthenticated:
            self._verdicts.pop(token, None)
            raise
        verdict.checked_at = now

    async def _holder(self, collection: Collection, identifier: str) -> Principal:
        """Whose the key or session of this identifier is."""
        return await self._owner(await self._living(collection, identifier))

    async def _owner(self, record: Document) -> Principal:
        """Whose a key or a session is, as that user is now. A session ends with the password that opened it."""
        user = await self._living(USERS, record["user"])
        if record.get("generation", _generation(user)) != _generation(user):
            raise Unauthenticated
        key = record["id"] if "verifier" in record else None
        return Principal(user["id"], user["home"], self._scopes(user["role"]), key, record.get("limits"))

    async def _living(self, collection: Collection, identifier: str) -> Document:
        record = await self._documents.get(collection, PLATFORM, identifier)
        if record is None:
            raise Unauthenticated
        return record

    async def _verifier_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = await self._hasher.hash(secrets.token_urlsafe(16))
        return self._nobody

    def _scopes(self, role: str) -> frozenset[str]:
        return self._roles.get(role, frozenset())


def new_key() -> str:
    """A fresh API key: `nexus_sk_live_<id>_<secret>`."""
    return f"{KEY_PREFIX}{secrets.token_hex(6)}_{secrets.token_urlsafe(24)}"


def key_id(key: str) -> str:
    """What an API key is listed under; says nothing of the key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _generation(user: Document) -> int:
    """How often the user's password has been replaced."""
    return user.get("generation", 0)


def _secret_part(key: str) -> str:
    return key.removeprefix(KEY_PREFIX).partition("_")[2]
