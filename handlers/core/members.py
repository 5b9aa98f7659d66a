"""Who else may do what in a tenant: invited, listed, given another role, removed."""

from handlers.core.access import Access, member_id
from handlers.core.clock import Clock
from handlers.core.collections import MEMBERS, PLATFORM, TENANTS, USERS
from handlers.core.errors import Conflict, Duplicate, Forbidden, NotFound, Stale, Unprocessable
from handlers.core.ports import Delete, Document, Documents, Insert, Position, Query, Update
from handlers.core.principals import Principal, beyond
from handlers.core.roles import Roles
from handlers.core.tenants import membership

_MANAGE = "tenant:write"


class Members:
    """The rules of membership. Nobody gives a role that holds more than they do; a tenant keeps its owner."""

    def __init__(self, documents: Documents, access: Access, roles: Roles, clock: Clock) -> None:
        self._documents = documents
        self._access = access
        self._roles = roles
        self._clock = clock

    async def add(self, who: Principal, tenant: str, email: str, role: str) -> Document:
        """Invite a registered person by their e-mail address."""
        await self._check(who, tenant, role)
        user = await self._documents.find(USERS, PLATFORM, {"email": email.lower()})
        if user is None:
            raise NotFound("user", email)
        try:
            member = membership(tenant, user["id"], role, self._clock())
            return await self._documents.write(Insert(MEMBERS, PLATFORM, member))
        except Duplicate as exc:
            raise Conflict("They are a member already", id=user["id"]) from exc

    async def page(self, who: Principal, tenant: str, limit: int, *, after: Position | None = None) -> list[Document]:
        """One page of a tenant's members, the newest first."""
        await self._access.enter(who, tenant)
        return await self._documents.page(_of(tenant), limit, after=after)

    async def count(self, who: Principal, tenant: str) -> int:
        """How many members a tenant has."""
        await self._access.enter(who, tenant)
        return await self._documents.count(_of(tenant))

    async def change(self, who: Principal, tenant: str, user: str, role: str) -> Document:
        """Give a member another role, in force within a second."""
        present = await self._changeable(who, tenant, user)
        await self._check(who, tenant, role)
        try:
            expected = {"role": present["role"]}
            return await self._documents.write(Update(MEMBERS, PLATFORM, present["id"], expected, {"role": role}))
        except Stale as exc:
            raise Conflict("This member has just been changed", id=user) from exc

    async def remove(self, who: Principal, tenant: str, user: str) -> Document:
        """End a membership; its keys and sessions there are refused within a second. Everybody may leave."""
        present = await self._changeable(who, tenant, user)
        try:
            return await self._documents.write(Delete(MEMBERS, PLATFORM, present["id"], {"role": present["role"]}))
        except Stale as exc:
            raise Conflict("This member has just been changed", id=user) from exc

    async def _changeable(self, who: Principal, tenant: str, user: str) -> Document:
        entered = await self._access.enter(who, tenant, None if user == who.id else _MANAGE)
        member = await self._documents.get(MEMBERS, PLATFORM, member_id(tenant, user))
        record = await self._documents.get(TENANTS, PLATFORM, tenant)
        if member is None or record is None:
            raise NotFound("member", user)
        if record.get("owner") == user:
            raise Conflict("A tenant keeps its owner", id=user)
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


def _of(tenant: str) -> Query:
    return Query(MEMBERS, PLATFORM, "created_at", {"within": tenant})
