"""Identity, put together: who is asking and what each may do, one part for each noun."""

from collections.abc import Mapping, Sequence

from handlers.core.access import Access
from handlers.core.bootstrap import Bootstrap
from handlers.core.clock import Clock
from handlers.core.credentials import Hasher, Tokens, whole_key
from handlers.core.keys import Keys
from handlers.core.logins import Logins
from handlers.core.members import Members
from handlers.core.ports import Documents
from handlers.core.principals import Scopes
from handlers.core.roles import Ceilings, Roles
from handlers.core.sessions import REFRESH_DAYS, Session, Sessions
from handlers.core.tenants import Tenants
from handlers.core.users import Users
from handlers.core.verification import Verification


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
    ) -> None:
        known, key_hasher = Roles(roles, ceilings), key_hasher or hasher
        access = Access(documents, known)
        bootstrap = Bootstrap(documents, hasher, key_hasher, clock)
        self.verification = Verification(documents, key_hasher, tokens, access, clock)
        self.sessions = Sessions(documents, tokens, access, clock)
        self.logins = Logins(documents, hasher, self.sessions, clock)
        self.users = Users(documents, hasher, known, clock)
        self.keys = Keys(documents, key_hasher, access, clock)
        self.tenants = Tenants(documents, access, clock)
        self.members = Members(documents, access, known, clock)
        self.authenticate = self.verification.authenticate
        self.log_in = self.logins.log_in
        self.ensure_tenant = bootstrap.ensure_tenant
        self.ensure_user = bootstrap.ensure_user
        self.ensure_key = bootstrap.ensure_key
        self.ensure_bootstrap_key = bootstrap.ensure_bootstrap_key

    async def register(
        self, email: str, password: str, full_name: str | None = None, *, refresh_days: int = REFRESH_DAYS
    ) -> Session:
        """A stranger, who comes in at once."""
        user = await self.users.register(email, password, full_name)
        return await self.sessions.open(user, refresh_days=refresh_days)

    async def trade_key(self, client: str, secret: str, scopes: Scopes | None = None) -> Session:
        """A session for the two halves of an API key: client credentials."""
        who = await self.authenticate(whole_key(client, secret))
        return await self.sessions.open_for_key(who, scopes)
