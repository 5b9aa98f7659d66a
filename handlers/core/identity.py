"""Identity, put together: who is asking and what each may do, one part for each noun."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handlers.core.access import Access
from handlers.core.bootstrap import Bootstrap
from handlers.core.clock import Clock
from handlers.core.collections import API_KEYS, PLATFORM, USERS
from handlers.core.credentials import Hasher, Tokens, whole_key
from handlers.core.errors import Conflict, NotFound, Unauthenticated
from handlers.core.keys import ApiKey, Keys
from handlers.core.lockouts import LockOuts
from handlers.core.logins import Logins
from handlers.core.members import Members
from handlers.core.ports import Document, Documents
from handlers.core.principals import Principal
from handlers.core.roles import Ceilings, Roles
from handlers.core.sessions import REFRESH_DAYS, Session, Sessions
from handlers.core.shapes import read_as
from handlers.core.standing import Standing
from handlers.core.tenants import Belonging, Tenant, Tenants
from handlers.core.users import User, Users
from handlers.core.verification import Verification


@dataclass(frozen=True, slots=True)
class Profile:
    """The caller, their key if they came by one, and the tenants that they can choose among."""

    who: Principal
    user: User
    key: ApiKey | None
    tenant: Tenant | None
    belongings: Sequence[Belonging]


class Identity:
    """Everything about callers. Keys may have a hasher of their own, so that they do not wait behind passwords."""

    def __init__(
        self,
        documents: Documents,
        hasher: Hasher,
        tokens: Tokens,
        roles: Mapping[str, Sequence[str]],
        clock: Clock,
        *,
        key_hasher: Hasher | None = None,
        ceilings: Ceilings | None = None,
        implied: Mapping[str, Sequence[str]] | None = None,
        admits: Callable[[Document], bool] | None = None,
        allows_private_targets: bool = False,
    ) -> None:
        self._documents = documents
        known, key_hasher = Roles(roles, ceilings, implied), key_hasher or hasher
        access, lockouts = Access(documents, known, admits), LockOuts(documents, clock)
        standing = Standing(documents, access)
        bootstrap = Bootstrap(documents, hasher, key_hasher, clock)
        self.verification = Verification(documents, key_hasher, tokens, access, clock)
        self.sessions = Sessions(documents, tokens, access, clock)
        self.logins = Logins(documents, hasher, self.sessions, lockouts, clock)
        self.users = Users(documents, hasher, known, standing, lockouts, clock)
        self.keys = Keys(documents, key_hasher, access, clock)
        self.tenants = Tenants(documents, access, clock, allows_private=allows_private_targets)
        self.members = Members(documents, access, known, standing, clock)
        self.authenticate = self.verification.authenticate
        self.log_in = self.logins.log_in
        self.ensure_tenant = bootstrap.ensure_tenant
        self.ensure_user = bootstrap.ensure_user
        self.ensure_key = bootstrap.ensure_key
        self.ensure_bootstrap_key = bootstrap.ensure_bootstrap_key
        self.ensure_first = bootstrap.ensure_first

    async def register(
        self, email: str, password: str, full_name: str | None = None, *, refresh_days: int = REFRESH_DAYS
    ) -> Session:
        """A stranger, who comes in at once."""
        user = await self.users.register(email, password, full_name)
        return await self.sessions.open(user, refresh_days=refresh_days)

    async def log_out(self, who: Principal) -> None:
        """End the caller's session. A key has none."""
        if who.session is None:
            raise Conflict("An API key has no session to end")
        await self.sessions.end(who.session)

    async def grant(
        self,
        grant_type: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        refresh_token: str | None = None,
        scope: str | None = None,
    ) -> Session:
        """A session for what OAuth calls a grant: an API key, or the refresh token of a session that goes on."""
        scopes = None if scope is None else scope.split()
        if grant_type == "refresh_token":
            return await self.sessions.refresh(refresh_token or "", scopes)
        return await self.trade_key(client_id, client_secret or "", scopes)

    async def trade_key(self, client: str | None, secret: str, scopes: Sequence[str] | None = None) -> Session:
        """A session for the two halves of an API key, or for a whole one: client credentials."""
        who = await self.authenticate(whole_key(client, secret))
        return await self.sessions.open_for_key(who, scopes)

    async def profile(self, who: Principal) -> Profile:
        """All that the caller may know of themselves. Refuses one who, or whose key, has just been removed."""
        user = await self._documents.get(USERS, PLATFORM, who.id)
        key = None if who.key is None else await self._documents.get(API_KEYS, PLATFORM, who.key)
        if user is None:
            raise NotFound("user", who.id)
        if who.key is not None and key is None:
            raise Unauthenticated
        tenant = await self.tenants.find(who.tenant) if who.tenant else None
        belongings = await self.tenants.of(who)
        return Profile(who, read_as(User, user), None if key is None else _shown(key, who), tenant, belongings)


def _shown(key: Document, who: Principal) -> ApiKey:
    """What is known of a key; the settings' own says less of itself than the others."""
    unsaid = {"within": who.tenant, "scopes": sorted(who.scopes), "updated_at": key["created_at"], "version": 1}
    return read_as(ApiKey, {**unsaid, **key})
