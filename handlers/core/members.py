"""Who else may do what in a tenant: added, listed, given another role, removed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.core.access import Access, member_id
from handlers.core.clock import Clock, Moment
from handlers.core.collections import MEMBERS, PLATFORM, TENANTS, USERS
from handlers.core.errors import Conflict, Duplicate, Forbidden, NotFound, Stale, Unprocessable
from handlers.core.ports import Delete, Document, Documents, Insert, Query, Update
from handlers.core.principals import Principal, beyond
from handlers.core.roles import Roles
from handlers.core.shapes import read_as
from handlers.core.standing import Standing, as_read
from handlers.core.tenants import membership

_READ, _MANAGE = "user:read", "tenant:write"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a tenant, and what they are there."""

    user: str
    within: str
    role: str
    created_at: Moment
    email: str | None = None
    full_name: str | None = None


class Members:
    """The rules of membership. Nobody gives a role that holds more than they do; a tenant keeps its owner."""

    def __init__(self, documents: Documents, access: Access, roles: Roles, standing: Standing, clock: Clock) -> None:
        self._documents = documents
        self._access = access
        self._roles = roles
        self._standing = standing
        self._clock = clock

    async def add(self, who: Principal, tenant: str, email: str, role: str) -> Member:
        """Make a registered person a member, found by their e-mail address."""
        await self._check(who, tenant, role)
        user = await self._documents.find(USERS, PLATFORM, {"email": email.lower()})
        if user is None:
            raise Unprocessable("Nobody has registered with this address", field="email")
        if user.get("home") == tenant:
            raise _already(user["id"])
        try:
            added = membership(tenant, user["id"], role, self._clock())
            return _member(await self._documents.write(Insert(MEMBERS, PLATFORM, added)), user)
        except Duplicate as exc:
            raise _already(user["id"]) from exc

    async def page(self, who: Principal, tenant: str, limit: int, *, offset: int = 0) -> list[Member]:
        """One page of a tenant's members, the newest first."""
        await self._access.enter(who, tenant, _READ)
        query = Query(MEMBERS, PLATFORM, "created_at", {"within": tenant})
        found = await self._documents.page(query, limit, offset=offset)
        return await asyncio.gather(*map(self._with_name, found))

    async def get(self, who: Principal, tenant: str, user: str) -> Member:
        """One member of a tenant; everybody may look at themselves."""
        await self._access.enter(who, tenant, None if user == who.id else _READ)
        return await self._with_name(await self._find(tenant, user))

    async def change(self, who: Principal, tenant: str, user: str, role: str) -> Member:
        """Give a member another role, in force within a second."""
        async with self._standing.turn(tenant):
            present = await self._changeable(who, tenant, user)
            await self._check(who, tenant, role)
            update = Update(MEMBERS, PLATFORM, present["id"], as_read(present, ("role",)), {"role": role})
            return await self._with_name(await self._write(who, present, update))

    async def remove(self, who: Principal, tenant: str, user: str) -> Member:
        """End a membership; its keys and sessions there are refused within a second. Everybody may leave."""
        async with self._standing.turn(tenant):
            present = await self._changeable(who, tenant, user)
            delete = Delete(MEMBERS, PLATFORM, present["id"], as_read(present, ("role",)))
            return await self._with_name(await self._write(who, present, delete))

    async def _write(self, who: Principal, present: Document, change: Update | Delete) -> Document:
        """Make a change, of somebody else by rights that the caller still has."""
        if present["user"] != who.id:
            await self._standing.prove(who, present["within"], _MANAGE)
        try:
            return await self._documents.write(change)
        except Stale as exc:
            raise Conflict("This member has just been changed", id=present["user"]) from exc

    async def _changeable(self, who: Principal, tenant: str, user: str) -> Document:
        entered = await self._access.enter(who, tenant, None if user == who.id else _MANAGE)
        member = await self._find(tenant, user)
        _check_remains(entered, await self._owner(tenant), user)
        if user != who.id:
            self._check_reach(entered, member["role"])
        return member

    async def _check(self, who: Principal, tenant: str, role: str) -> None:
        entered = await self._access.enter(who, tenant, _MANAGE)
        if not self._roles.has(role):
            raise Unprocessable(f"There is no role {role}", field="role")
        self._check_reach(entered, role)

    def _check_reach(self, who: Principal, role: str) -> None:
        if excess := beyond(self._roles.of(role), who.scopes):
            raise Forbidden(f"The role {role} holds more than you do: {', '.join(excess)}", required=excess[0])

    async def _owner(self, tenant: str) -> str | None:
        """Who owns a tenant; nobody, if an operator has deleted them."""
        owner = (await self._documents.get(TENANTS, PLATFORM, tenant) or {}).get("owner")
        known = None if owner is None else await self._documents.get(MEMBERS, PLATFORM, member_id(tenant, owner))
        return None if known is None else owner

    async def _find(self, tenant: str, user: str) -> Document:
        member = await self._documents.get(MEMBERS, PLATFORM, member_id(tenant, user))
        if member is None:
            raise NotFound("member", user)
        return member

    async def _with_name(self, member: Document) -> Member:
        return _member(member, await self._documents.get(USERS, PLATFORM, member["user"]) or {})


def _member(member: Document, user: Mapping[str, Any]) -> Member:
    known = {name: user[name] for name in ("email", "full_name") if name in user}
    return read_as(Member, {**member, **known})


def _check_remains(who: Principal, owner: str | None, user: str) -> None:
    """A tenant keeps its owner; where it has none, who manages it is let go by another who does."""
    if owner == user:
        raise Conflict("A tenant keeps its owner", id=user)
    if owner is None and user == who.id and who.may(_MANAGE):
        raise Conflict("Another who manages this tenant has to let you go", id=user)


def _already(user: str) -> Conflict:
    return Conflict("They are a member already", id=user)
