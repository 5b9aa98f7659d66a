"""Somebody stays in charge: whoever takes another's rights away still has their own when it is done.

Two who take each other's at the same moment would both succeed, and nobody be left. So whoever takes rights first
counts that in their own records, if those still give them the right to; and then changes the other's record if its
holder has not counted anything since it was read. Of those who turn on each other in a circle, one counts last: that
one's record was read before, and stays as it is. No lock is held, so that a process may stop at any line.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from handlers.core.access import Access, member_id
from handlers.core.collections import DEFAULT_TENANT, MEMBERS, PLATFORM, USERS
from handlers.core.errors import Forbidden, Stale, Unauthenticated, Unavailable
from handlers.core.ports import Collection, Document, Documents, Update
from handlers.core.principals import Principal, beyond
from handlers.core.turns import Turns
from handlers.core.verification import is_active

USER_RIGHTS = ("role", "status", "security_level", "agent_access_level")
_TAKEN = "rights_taken"
_TRIES = 16


class Standing:
    """By what rights somebody takes those of others."""

    def __init__(self, documents: Documents, access: Access) -> None:
        self._documents = documents
        self._access = access
        self._turns = Turns()

    def turn(self, tenant: str) -> AbstractAsyncContextManager[None]:
        """One's turn within this process. It decides nothing; it keeps two from failing because of each other."""
        return self._turns.at(tenant)

    async def prove(self, who: Principal, tenant: str, scope: str) -> None:
        """Count in the caller's own records that they take rights in a tenant; refuses who may do so no more."""
        for _ in range(_TRIES):
            user = await self._documents.get(USERS, PLATFORM, who.id)
            if user is None or not is_active(user):
                raise Unauthenticated
            member = await self._member(who, user, tenant, scope)
            try:
                await self._count(USERS, user, (*USER_RIGHTS, "home"))
                if member is not None:
                    await self._count(MEMBERS, member, ("role",))
            except Stale:
                continue
            return
        raise Unavailable("Your own rights are being changed by too many at once")

    async def _member(self, who: Principal, user: Document, tenant: str, scope: str) -> Document | None:
        """The membership, if it is one, that gives somebody a scope; it is read before what it gives is asked for."""
        for place in (tenant, DEFAULT_TENANT) if who.is_operator else (tenant,):
            member = await self._documents.get(MEMBERS, PLATFORM, member_id(place, user["id"]))
            scopes = await self._access.scopes_in(user, place)
            if scopes is not None and not beyond(frozenset((scope,)), scopes):
                return member
        raise Forbidden(f"This needs the scope {scope}, which you have no more", required=scope)

    async def _count(self, collection: Collection, record: Document, rights: tuple[str, ...]) -> None:
        counted = {_TAKEN: record.get(_TAKEN, 0) + 1}
        expected = as_read(record, rights)
        await self._documents.write(Update(collection, PLATFORM, record["id"], expected, counted))


def as_read(record: Mapping[str, Any], rights: tuple[str, ...]) -> dict[str, Any]:
    """What has to be as it was read for the rights in a record to be taken: these, and that its holder took none."""
    return {name: record.get(name) for name in (*rights, _TAKEN)}
