"""Tenants: created by people, who own them, deleted at once, and recoverable for a day."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.core.access import Access, check_person, member_id
from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import DEFAULT_TENANT, MEMBERS, PLATFORM, TENANTS, USERS
from handlers.core.errors import Conflict, NotFound, Stale
from handlers.core.ports import Document, Documents, Insert, Query, Update
from handlers.core.principals import Principal
from handlers.core.roles import OWNER
from handlers.core.shapes import read_as
from handlers.core.targets import check_target

RECOVERABLE_MILLISECONDS = 24 * 3600 * 1000
_MANAGE = "tenant:write"


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who shares tasks, agents, keys and all the rest; `cr_name` names its resource and its namespace."""

    id: str
    cr_name: str
    display_name: str
    created_at: Moment
    node_profile: str = "full"
    node_url: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Belonging:
    """A tenant that somebody belongs to, and what they are there."""

    tenant: Tenant
    role: str | None


class Tenants:
    """The rules of tenants. Whoever creates one may do everything inside it, and nothing more outside."""

    def __init__(self, documents: Documents, access: Access, clock: Clock, *, allows_private: bool = False) -> None:
        self._documents = documents
        self._access = access
        self._clock = clock
        self._allows_private = allows_private

    async def create(self, who: Principal, given: Mapping[str, Any]) -> Tenant:
        """A new tenant, its creator's own. For somebody who belonged nowhere it is home from now on."""
        check_person(who)
        self._check(given)
        now = self._clock()
        identifier = new_id("t", now)
        tenant = {"id": identifier, "cr_name": resource_name(identifier), "owner": who.id, "created_at": now, **given}
        created = await self._documents.write(Insert(TENANTS, PLATFORM, tenant))
        await self._documents.write(Insert(MEMBERS, PLATFORM, membership(identifier, who.id, OWNER, now)))
        if not who.tenant:
            await self._settle(who.id, identifier)
        return read_as(Tenant, created)

    def _check(self, given: Mapping[str, Any]) -> None:
        if given.get("node_url") is not None:
            check_target(given["node_url"], field="nodeUrl", allows_private=self._allows_private)

    async def page(self, who: Principal, limit: int, offset: int) -> list[Tenant]:
        """One page of the tenants that a person belongs to, the newest first."""
        check_person(who)
        found = [belonging.tenant for belonging in await self.of(who, limit, offset)]
        return sorted(found, key=lambda tenant: tenant.created_at, reverse=True)

    async def of(self, who: Principal, limit: int = 200, offset: int = 0) -> Sequence[Belonging]:
        """The tenants of the caller, with their role in each; a key has the one that it is for."""
        if who.kind != "person":
            return await self._living([(who.tenant, None)])
        user = await self._documents.get(USERS, PLATFORM, who.id) or {}
        home = await self._home(user)
        first = [home] if home is not None and offset == 0 else []
        behind = offset - (1 if home is not None and offset else 0)
        query = Query(MEMBERS, PLATFORM, "created_at", {"user": who.id})
        members = await self._documents.page(query, limit, offset=behind)
        named = [(member["within"], member["role"]) for member in members]
        return (await self._living([*first, *named]))[:limit]

    async def get(self, who: Principal, identifier: str) -> Tenant:
        """One of the caller's tenants."""
        await self._access.enter(who, identifier)
        return await self.find(identifier)

    async def change(self, who: Principal, identifier: str, given: Mapping[str, Any]) -> Tenant:
        """Change what is given of a tenant."""
        await self._access.enter(who, identifier, _MANAGE)
        self._check(given)
        return await self._update(identifier, {"deleted_at": None}, given)

    async def delete(self, who: Principal, identifier: str) -> Tenant:
        """Delete a tenant: its keys are refused at once, its records are kept for a day."""
        await self._access.enter(who, identifier, _MANAGE)
        if identifier == DEFAULT_TENANT:
            raise Conflict("The default tenant cannot be deleted", id=identifier)
        now = self._clock()
        purge_at = now + RECOVERABLE_MILLISECONDS
        gone = {"deleted_at": now, "purge_at": purge_at, "due_at": purge_at}
        return await self._update(identifier, {"deleted_at": None}, gone)

    async def recover(self, who: Principal, identifier: str) -> Tenant:
        """Bring back a tenant that was deleted less than a day ago, with its keys and members: for an operator."""
        record = await self._documents.get(TENANTS, PLATFORM, identifier)
        if record is None or not who.is_operator or record.get("purge_at", 0) <= self._clock():
            raise NotFound("deleted tenant", identifier)
        back = {"deleted_at": None, "purge_at": None, "due_at": None}
        return await self._update(identifier, {"deleted_at": record["deleted_at"], "purged_at": None}, back)

    async def _update(self, identifier: str, expected: Mapping[str, Any], given: Mapping[str, Any]) -> Tenant:
        try:
            return read_as(Tenant, await self._documents.write(Update(TENANTS, PLATFORM, identifier, expected, given)))
        except Stale as exc:
            raise NotFound("tenant", identifier) from exc

    async def _settle(self, user: str, tenant: str) -> None:
        """Make a tenant the home of somebody who has none, or whose own is gone."""
        record = await self._documents.get(USERS, PLATFORM, user)
        if record is not None:
            with suppress(Stale):
                present = {"home": record.get("home")}
                await self._documents.write(Update(USERS, PLATFORM, user, present, {"home": tenant}))

    async def _home(self, user: Document) -> tuple[str, str | None] | None:
        """Where a user belongs without a membership, and as what."""
        home = user.get("home")
        if home is None or await self._documents.get(MEMBERS, PLATFORM, member_id(home, user["id"])) is not None:
            return None
        return home, user.get("role")

    async def _living(self, named: Sequence[tuple[str, str | None]]) -> list[Belonging]:
        records = [(await self._documents.get(TENANTS, PLATFORM, name), role) for name, role in named]
        return [
            Belonging(read_as(Tenant, record), role)
            for record, role in records
            if record is not None and record.get("deleted_at") is None
        ]

    async def find(self, identifier: str) -> Tenant:
        """A tenant, whoever asks."""
        for belonging in await self._living([(identifier, None)]):
            return belonging.tenant
        raise NotFound("tenant", identifier)


def resource_name(identifier: str) -> str:
    """What a tenant's resource and namespace are called."""
    return identifier.replace("t_", "tenant-", 1)


def membership(tenant: str, user: str, role: str, now: int) -> Document:
    """The record of somebody's role in a tenant."""
    return {"id": member_id(tenant, user), "user": user, "within": tenant, "role": role, "created_at": now}
