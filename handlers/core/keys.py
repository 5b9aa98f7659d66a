"""API keys of a tenant: made, listed, changed and revoked. A key never holds more than whoever made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.core.access import Access
from handlers.core.clock import Clock, Moment
from handlers.core.collections import API_KEYS, PLATFORM
from handlers.core.credentials import Hasher, key_id, new_key, secret_part
from handlers.core.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Stale, Unprocessable
from handlers.core.ports import Delete, Document, Documents, Position, Query
from handlers.core.principals import Principal, beyond
from handlers.core.records import Once, Records
from handlers.core.shapes import read_as


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a new key is asked to be."""

    label: str
    scopes: tuple[str, ...]
    expires_at: Moment | None = None
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, as it may be told at any time."""

    id: str
    user: str
    within: str
    label: str
    scopes: list[str]
    created_at: Moment
    updated_at: Moment
    version: int
    expires_at: Moment | None = None
    last_used_at: Moment | None = None
    limits: Document = field(default_factory=dict)


class Keys:
    """The rules of API keys: of the caller's tenant, or of the one that a request names."""

    def __init__(self, documents: Documents, hasher: Hasher, access: Access, clock: Clock) -> None:
        self._documents = documents
        self._records = Records(documents, API_KEYS, "API key")
        self._hasher = hasher
        self._access = access
        self._clock = clock

    async def create(
        self, who: Principal, wanted: NewKey, *, tenant: str | None = None, idempotency_key: str | None = None
    ) -> tuple[str, ApiKey]:
        """A new key, which is told only now, and what is known of it."""
        who = await self._in(who, tenant, "key:write")
        self._check_expiry(wanted.expires_at)
        if excess := beyond(frozenset(wanted.scopes), who.scopes):
            raise Forbidden(f"You do not hold {', '.join(excess)} yourself", required=excess[0])
        key = new_key()
        record = await self._record(who, wanted, key)
        if idempotency_key is None:
            await self._records.insert(PLATFORM, record)
        else:
            await self._insert_once(record, Once(who.id, idempotency_key, _request(who, wanted)))
        return key, read_as(ApiKey, record)

    async def page(
        self,
        who: Principal,
        limit: int,
        *,
        tenant: str | None = None,
        offset: int = 0,
        after: Position | None = None,
    ) -> list[ApiKey]:
        """One page of the tenant's keys, the newest first."""
        who = await self._in(who, tenant, "key:read")
        found = await self._documents.page(_of(who.tenant), limit, offset=offset, after=after)
        return [read_as(ApiKey, document) for document in found]

    async def count(self, who: Principal) -> int:
        """How many keys the caller's tenant has."""
        return await self._documents.count(_of(who.tenant))

    async def get(self, who: Principal, identifier: str, *, tenant: str | None = None) -> ApiKey:
        """What is known of a key."""
        who = await self._in(who, tenant, "key:read")
        return read_as(ApiKey, await self._find(who, identifier))

    async def change(
        self, who: Principal, identifier: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> ApiKey:
        """Change the label, the end or the limits of a key. Its scopes stay."""
        await self._find(who, identifier)
        self._check_expiry(given.get("expires_at"))
        changes = {**given, "updated_at": self._clock()}
        _, changed = await self._records.change(PLATFORM, identifier, lambda _: changes, version)
        return read_as(ApiKey, changed)

    async def revoke(
        self, who: Principal, identifier: str, *, tenant: str | None = None, version: int | None = None
    ) -> ApiKey:
        """End a key and the sessions that it has opened; all are refused within a second."""
        who = await self._in(who, tenant, "key:write")
        await self._find(who, identifier)
        expected = {} if version is None else {"version": version}
        try:
            return read_as(ApiKey, await self._documents.write(Delete(API_KEYS, PLATFORM, identifier, expected)))
        except Stale as exc:
            present = await self._find(who, identifier)
            raise PreconditionFailed(identifier, present["version"]) from exc

    async def _in(self, who: Principal, tenant: str | None, scope: str) -> Principal:
        """The caller, in the tenant that is named. In their own, the contract has asked for the scope."""
        return who if tenant is None else await self._access.enter(who, tenant, scope)

    async def _find(self, who: Principal, identifier: str) -> Document:
        record = await self._records.get(PLATFORM, identifier)
        if record.get("within") != who.tenant:
            raise NotFound("API key", identifier)
        return record

    async def _record(self, who: Principal, wanted: NewKey, key: str) -> Document:
        now = self._clock()
        return {
            "id": key_id(key),
            "user": who.id,
            "within": who.tenant,
            "label": wanted.label,
            "scopes": list(wanted.scopes),
            "limits": dict(wanted.limits),
            "verifier": await self._hasher.hash(secret_part(key)),
            "version": 1,
            "created_at": now,
            "updated_at": now,
            **({} if wanted.expires_at is None else {"expires_at": wanted.expires_at}),
        }

    async def _insert_once(self, record: Document, once: Once) -> None:
        """Add a key unless its request was made before: then there is one, and it cannot be told again."""
        _, is_new = await self._records.insert_once(PLATFORM, record, once)
        if not is_new:
            raise Conflict("This idempotency key has made a key already", idempotency_key=once.key)

    def _check_expiry(self, expires_at: Moment | None) -> None:
        if expires_at is not None and expires_at <= self._clock():
            raise Unprocessable("A key ends in the future", field="expires_at")


def _request(who: Principal, wanted: NewKey) -> dict[str, Any]:
    """What tells one request for a key from another."""
    asked = {"within": who.tenant, "label": wanted.label, "scopes": wanted.scopes}
    return {**asked, "expires_at": wanted.expires_at, "limits": dict(wanted.limits)}


def _of(tenant: str) -> Query:
    return Query(API_KEYS, PLATFORM, "created_at", {"within": tenant})
