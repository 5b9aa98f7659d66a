"""Tenants: created by people, who own them, deleted at once, and recoverable for a day."""

from collections.abc import Sequence
from contextlib import suppress

from handlers.core.access import Access, member_id
from handlers.core.clock import Clock, new_id
from handlers.core.collections import DEFAULT_TENANT, MEMBERS, PLATFORM, TENANTS, USERS
from handlers.core.errors import Conflict, Forbidden, NotFound, Stale
from handlers.core.ports import Document, Documents, Insert, Position, Query, Update
from handlers.core.principals import Principal
from handlers.core.roles import OWNER

RECOVERABLE_MILLISECONDS = 24 * 3600 * 1000
_MANAGE = "tenant:write"


class Tenants:
    """The rules of tenants. Whoever creates one may do everything inside it, and nothing more outside."""

    def __init__(self, documents: Documents, access: Access, clock: Clock) -> None:
        self._documents = documents
        self._access = access
        self._clock = clock

    async def create(self, who: Principal, display_name: str, node_profile: str | None = None) -> Document:
        """A new tenant, its creator's own. For somebody who belonged nowhere it is home from now on."""
        _check_person(who)
        now = self._clock()
        identifier = new_id("t", now)
        tenant = {
            "id": identifier,
            "cr_name": identifier.replace("t_", "tenant-", 1),
            "display_name": display_name,
            "owner": who.id,
            "created_at": now,
            **({} if node_profile is None else {"node_profile": node_profile}),
        }
        created = await self._documents.write(Insert(TENANTS, PLATFORM, tenant))
        await self._documents.write(Insert(MEMBERS, PLATFORM, membership(identifier, who.id, OWNER, now)))
        if not who.tenant:
            await self._settle(who.id, identifier)
        return created

    async def of(self, who: Principal, limit: int = 100, *, after: Position | None = None) -> Sequence[Document]:
        """The caller's tenants, the one they belong to among them; a key has the one that it is for."""
        if who.kind == "key":
            return await self._living([who.tenant])
        query = Query(MEMBERS, PLATFORM, "created_at", {"user": who.id})
        members = await self._documents.page(query, limit, after=after)
        user = await self._documents.get(USERS, PLATFORM, who.id)
        home = user.get("home") if user is not None and after is None else None
        named = [member["within"] for member in members]
        return await self._living(named if home is None or home in named else [home, *named])

    async def get(self, who: Principal, identifier: str) -> Document:
        """One of the caller's tenants."""
        await self._access.enter(who, identifier)
        return await self._record(identifier)

    async def delete(self, who: Principal, identifier: str) -> Document:
        """Delete a tenant: its keys are refused at once, its records are kept for a day."""
        _check_person(who)
        await self._access.enter(who, identifier, _MANAGE)
        if identifier == DEFAULT_TENANT:
            raise Conflict("The default tenant cannot be deleted", id=identifier)
        now = self._clock()
        gone = {"deleted_at": now, "purge_at": now + RECOVERABLE_MILLISECONDS}
        try:
            return await self._documents.write(Update(TENANTS, PLATFORM, identifier, {"deleted_at": None}, gone))
        except Stale as exc:
            raise NotFound("tenant", identifier) from exc

    async def recover(self, who: Principal, identifier: str) -> Document:
        """Bring back a tenant that was deleted less than a day ago, with its keys and members. Its owner may."""
        record = await self._documents.get(TENANTS, PLATFORM, identifier)
        if record is None or not (who.id == record["owner"] or who.may("admin")):
            raise NotFound("tenant", identifier)
        if record.get("deleted_at") is None:
            return record
        if record["purge_at"] <= self._clock():
            raise NotFound("tenant", identifier)
        back = {"deleted_at": None, "purge_at": None}
        try:
            expected = {"deleted_at": record["deleted_at"]}
            return await self._documents.write(Update(TENANTS, PLATFORM, identifier, expected, back))
        except Stale as exc:
            raise NotFound("tenant", identifier) from exc

    async def _settle(self, user: str, tenant: str) -> None:
        """Make a tenant the home of somebody who has none, or whose own is gone."""
        record = await self._documents.get(USERS, PLATFORM, user)
        if record is not None:
            with suppress(Stale):
                present = {"home": record.get("home")}
                await self._documents.write(Update(USERS, PLATFORM, user, present, {"home": tenant}))

    async def _living(self, identifiers: Sequence[str]) -> Sequence[Document]:
        records = [await self._documents.get(TENANTS, PLATFORM, identifier) for identifier in identifiers]
        return [record for record in records if record is not None and record.get("deleted_at") is None]

    async def _record(self, identifier: str) -> Document:
        (record,) = await self._living([identifier]) or (None,)
        if record is None:
            raise NotFound("tenant", identifier)
        return record


def membership(tenant: str, user: str, role: str, now: int) -> Document:
    """The record of somebody's role in a tenant that is not, or not only, their home."""
    return {"id": member_id(tenant, user), "user": user, "within": tenant, "role": role, "created_at": now}


def _check_person(who: Principal) -> None:
    """A key is for one tenant: it makes and ends none."""
    if who.kind != "person":
        raise Forbidden("Tenants are made and deleted by people; log in")
