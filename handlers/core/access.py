"""What somebody may do where: the tenants that a user belongs to, and what is left of a credential in each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.core.clock import Moment
from handlers.core.collections import MEMBERS, PLATFORM, TENANTS, USERS
from handlers.core.errors import Forbidden, NotFound, Unauthenticated
from handlers.core.ports import Document, Documents
from handlers.core.principals import Principal, Scopes, narrowed
from handlers.core.roles import STRANGER, Roles


@dataclass(frozen=True, slots=True)
class Holder:
    """A user, and the credential by which they were known: a session or an API key, as they are in the store.

    `within` is the tenant that the credential is for, None where it is for all of the user's; `scopes` is what it
    was given at most, None where that is all that the user has; `limits` are those of the key, by category.
    """

    user: Document
    within: str | None = None
    scopes: Scopes | None = None
    session: str | None = None
    key: str | None = None
    expires_at: Moment | None = None
    limits: Mapping[str, int] | None = None


class Access:
    """Tells what users and their credentials may do in a tenant. Reads the records anew each time.

    `admits` tells whether somebody who came in once may still be here; None where nobody loses that.
    """

    def __init__(self, documents: Documents, roles: Roles, admits: Callable[[Document], bool] | None = None) -> None:
        self._documents = documents
        self._roles = roles
        self._admits = admits

    async def principal(self, holder: Holder, tenant: str | None = None) -> Principal:
        """Somebody in the tenant that they choose, which has to be one of theirs; else in the one they belong to."""
        if self._admits is not None and not self._admits(holder.user):
            raise Unauthenticated
        if tenant is None:
            return await self._at_home(holder)
        if holder.within not in (None, tenant):
            raise Forbidden("This credential is for another tenant")
        principal = await self._member(holder, tenant)
        if principal is None:
            raise Forbidden("You are not a member of this tenant")
        return principal

    async def scopes_in(self, user: Document, tenant: str) -> Scopes | None:
        """What a user may do in a tenant; None where they do not belong, or where there is no such tenant now.

        A membership says more than the role that the user has at home.
        """
        return None if await self._living(tenant) is None else await self._scopes(user, tenant)

    async def _scopes(self, user: Document, tenant: str) -> Scopes | None:
        member = await self._documents.get(MEMBERS, PLATFORM, member_id(tenant, user["id"]))
        if member is not None:
            return self._roles.under(user, self._roles.of(member["role"]))
        return self._roles.under(user, self._roles.of(user.get("role"))) if user.get("home") == tenant else None

    async def enter(self, who: Principal, tenant: str, scope: str | None = None) -> Principal:
        """A person in a tenant that a request names, if they may do there what it asks for.

        A key is for one tenant, which goes without saying: who names one has to have logged in.
        """
        check_person(who)
        if await self._living(tenant) is None:
            raise NotFound("tenant", tenant)
        entered = who if tenant == who.tenant else await self._elsewhere(who, tenant)
        if scope is not None and not entered.may(scope):
            raise Forbidden(f"This needs the scope {scope} in this tenant", required=scope)
        return entered

    async def _at_home(self, holder: Holder) -> Principal:
        tenant = holder.within or holder.user.get("home")
        principal = None if tenant is None else await self._member(holder, tenant)
        if principal is not None:
            return principal
        if holder.within is not None or holder.key is not None:
            raise Unauthenticated
        return self._principal(holder, "", self._roles.of(STRANGER))

    async def _elsewhere(self, who: Principal, tenant: str) -> Principal:
        user = await self._documents.get(USERS, PLATFORM, who.id)
        if user is None:
            raise Unauthenticated
        scopes = await self.scopes_in(user, tenant)
        if scopes is None and who.is_operator:
            scopes = who.scopes
        if scopes is None:
            raise Forbidden("You are not a member of this tenant")
        return self._principal(Holder(user, session=who.session, expires_at=who.expires_at), tenant, scopes)

    async def _member(self, holder: Holder, tenant: str) -> Principal | None:
        """Somebody in a tenant, with its limits where their key has none; None where they do not belong."""
        record = await self._living(tenant)
        scopes = None if record is None else await self._scopes(holder.user, tenant)
        if record is None or scopes is None:
            return None
        return self._principal(holder, tenant, scopes, {**record.get("limits", {}), **(holder.limits or {})})

    def _principal(
        self, holder: Holder, tenant: str, scopes: Scopes, limits: Mapping[str, int] | None = None
    ) -> Principal:
        """Somebody with what their credential was given, and what that opens, of what they may do there."""
        return Principal(
            id=holder.user["id"],
            tenant=tenant,
            scopes=scopes if holder.scopes is None else narrowed(scopes, self._roles.opened_by(holder.scopes)),
            kind="person" if holder.key is None else "key",
            session=holder.session,
            key=holder.key,
            expires_at=holder.expires_at,
            security_level=holder.user.get("security_level"),
            limits=limits or None,
        )

    async def _living(self, tenant: str) -> Document | None:
        record = await self._documents.get(TENANTS, PLATFORM, tenant)
        return None if record is None or record.get("deleted_at") is not None else record


def check_person(who: Principal) -> None:
    """Refuse a key where a person is needed: it is for one tenant, and knows of no other."""
    if who.kind != "person":
        raise Forbidden("This takes a session token, not an API key")


def member_id(tenant: str, user: str) -> str:
    """The identifier of a membership."""
    return f"{tenant}:{user}"
