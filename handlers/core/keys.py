"""API keys of a tenant: made, listed and revoked. A key never holds more than whoever made it."""

from dataclasses import dataclass
from typing import Any

from handlers.core.access import Access
from handlers.core.clock import Clock
from handlers.core.collections import API_KEYS, PLATFORM
from handlers.core.credentials import Hasher, key_id, new_key, secret_part
from handlers.core.errors import Forbidden, NotFound, Stale, Unprocessable
from handlers.core.ports import Delete, Document, Documents, Insert, Position, Query
from handlers.core.principals import Principal, Scopes, beyond


@dataclass(frozen=True)
class NewKey:
    """What a new key is asked to be; without scopes it holds what its owner may."""

    label: str
    scopes: Scopes | None = None
    expires_at: int | None = None
    limits: dict[str, Any] | None = None


class Keys:
    """The rules of API keys. Each method takes the tenant that a request names, if it names one."""

    def __init__(self, documents: Documents, hasher: Hasher, access: Access, clock: Clock) -> None:
        self._documents = documents
        self._hasher = hasher
        self._access = access
        self._clock = clock

    async def create(self, who: Principal, wanted: NewKey, tenant: str | None = None) -> tuple[str, Document]:
        """A new key, which is told only now, and its record."""
        who = await self._in(who, tenant, "key:write")
        now = self._clock()
        if wanted.expires_at is not None and wanted.expires_at <= now:
            raise Unprocessable("A key expires in the future", field="expires_at")
        if excess := beyond(wanted.scopes or frozenset(), who.scopes):
            raise Forbidden(f"You do not hold {', '.join(excess)} yourself", required=excess[0])
        key = new_key()
        record = {
            "id": key_id(key),
            "user": who.id,
            "within": who.tenant,
            "label": wanted.label,
            "client": key.removesuffix(f"_{secret_part(key)}"),
            "scopes": _scopes(who, wanted),
            "verifier": await self._hasher.hash(secret_part(key)),
            "created_at": now,
            "expires_at": wanted.expires_at,
            "limits": wanted.limits,
        }
        given = {name: value for name, value in record.items() if value is not None}
        return key, await self._documents.write(Insert(API_KEYS, PLATFORM, given))

    async def page(
        self, who: Principal, limit: int, tenant: str | None = None, *, offset: int = 0, after: Position | None = None
    ) -> list[Document]:
        """One page of the tenant's keys, the newest first."""
        who = await self._in(who, tenant, "key:read")
        return await self._documents.page(_of(who.tenant), limit, offset=offset, after=after)

    async def count(self, who: Principal, tenant: str | None = None) -> int:
        """How many keys the tenant has."""
        who = await self._in(who, tenant, "key:read")
        return await self._documents.count(_of(who.tenant))

    async def get(self, who: Principal, identifier: str, tenant: str | None = None) -> Document:
        """The record of a key."""
        who = await self._in(who, tenant, "key:read")
        return await self._find(who, identifier)

    async def revoke(self, who: Principal, identifier: str, tenant: str | None = None) -> Document:
        """End a key and the sessions that it has opened; all are refused within a second."""
        who = await self._in(who, tenant, "key:write")
        await self._find(who, identifier)
        try:
            return await self._documents.write(Delete(API_KEYS, PLATFORM, identifier))
        except Stale as exc:
            raise NotFound("API key", identifier) from exc

    async def _in(self, who: Principal, tenant: str | None, scope: str) -> Principal:
        if tenant is None and not who.tenant:
            raise Forbidden("You belong to no tenant: create one, or be invited")
        return await self._access.enter(who, tenant or who.tenant, scope)

    async def _find(self, who: Principal, identifier: str) -> Document:
        record = await self._documents.get(API_KEYS, PLATFORM, identifier)
        if record is None or record.get("within") != who.tenant:
            raise NotFound("API key", identifier)
        return record


def _scopes(who: Principal, wanted: NewKey) -> list[str] | None:
    """What is written down: nothing for a person's key that follows its owner's role, else the scopes."""
    if wanted.scopes is None and who.kind == "person":
        return None
    return sorted(who.scopes if wanted.scopes is None else wanted.scopes)


def _of(tenant: str) -> Query:
    return Query(API_KEYS, PLATFORM, "created_at", {"within": tenant})
