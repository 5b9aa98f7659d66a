"""People who come from Google: who may come in, as whom, and how they are known when they come again.

A person is Google's `sub`, which never changes. The mail address decides the role, at every sign-in anew, and nothing
else: it opens no account that somebody else has made with it, for whoever made that need not own the address.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from handlers.core.clock import Clock
from handlers.core.collections import DEFAULT_TENANT, PLATFORM, USERS
from handlers.core.errors import Duplicate, Forbidden, Stale, Unauthenticated, Unavailable
from handlers.core.ports import Document, Documents, Insert, Update
from handlers.core.sessions import Session
from handlers.core.verification import is_active

ROLES = ("seedbringer", "council", "agent", "observer")
ANYBODY = "*"
REFRESH_DAYS = 30
_MAIL = re.compile(r"[^@\s,=]+@[^@\s,=]+")
_TRIES = 16

OpenSession = Callable[..., Awaitable[Session]]


@dataclass(frozen=True, slots=True)
class Claims:
    """What Google says of a person: the address is theirs, and in lower case."""

    subject: str
    email: str
    name: str | None = None


class IdTokens(Protocol):
    """Identity tokens, as Google signs them."""

    async def verify(self, token: str) -> Claims | None:
        """The claims of a token that is Google's, for us, and good now; else None.

        Raises `Unavailable` when that cannot be told, because Google does not answer.
        """


class Admission:
    """Who may come from Google, and as what: addresses with their roles, and perhaps one for everybody else."""

    def __init__(self, roles: Mapping[str, str]) -> None:
        self._roles = roles

    def role_of(self, email: str) -> str | None:
        """The role of whoever has this address: their own, else everybody's, if everybody may come in."""
        return self._roles.get(email, self._roles.get(ANYBODY))

    def admits(self, user: Document) -> bool:
        """Whether a user may still be here: one who came from Google, while the settings give them a role."""
        return "google_email" not in user or self.role_of(user["google_email"]) is not None


class GoogleSignIn:
    """Opens sessions for people with an identity token. `tokens` is None where no Google client is set up."""

    def __init__(
        self,
        documents: Documents,
        tokens: IdTokens | None,
        admission: Admission,
        open_session: OpenSession,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._tokens = tokens
        self._admission = admission
        self._open_session = open_session
        self._clock = clock

    async def sign_in(self, token: str) -> Session:
        """A session. Refuses a token that is not good, a person who has no role, and one who has been suspended."""
        if self._tokens is None:
            raise Forbidden("Google sign-in is not set up on this server")
        claims = await self._tokens.verify(token)
        if claims is None:
            raise Unauthenticated("Invalid identity token")
        role = self._admission.role_of(claims.email)
        if role is None:
            raise Forbidden("Nobody has given this Google account a role here")
        user = await self._user(claims, role)
        if not is_active(user):
            raise Forbidden("This account is not active")
        return await self._open_session(user, refresh_days=REFRESH_DAYS)

    async def _user(self, claims: Claims, role: str) -> Document:
        """The person's record as it should be now, made if they come for the first time."""
        for _ in range(_TRIES):
            present = await self._documents.get(USERS, PLATFORM, user_id(claims.subject))
            with suppress(Duplicate, Stale):
                return await (self._create(claims, role) if present is None else self._renew(present, claims, role))
        raise Unavailable("Too many are signing in to this account at once")

    async def _create(self, claims: Claims, role: str) -> Document:
        identifier, now = user_id(claims.subject), self._clock()
        user = {
            "id": identifier,
            "google_email": claims.email,
            "full_name": claims.name,
            "role": role,
            "status": "active",
            "home": DEFAULT_TENANT,
            "created_at": now,
            "last_login": now,
        }
        known = {name: value for name, value in user.items() if value is not None}
        try:
            address = {"username": claims.email, "email": claims.email}
            return await self._documents.write(Insert(USERS, PLATFORM, {**known, **address}))
        except Duplicate as taken:
            if taken.fields == ("id",):
                raise
        return await self._documents.write(Insert(USERS, PLATFORM, {**known, "username": identifier}))

    async def _renew(self, present: Document, claims: Claims, role: str) -> Document:
        new = {"google_email": claims.email, "role": role, "last_login": self._clock()}
        expected = {"role": present["role"], "status": present.get("status")}
        return await self._documents.write(Update(USERS, PLATFORM, present["id"], expected, new))


def user_id(subject: str) -> str:
    """The identifier of whoever has this name at Google: first sign-ins at the same time make one user."""
    return "usr_" + sha256(f"google:{subject}".encode()).hexdigest()[:32]


def read_roles(text: str) -> dict[str, str]:
    """Who has which role, from a setting: `mail=role,…`, with `*` for everybody else. Addresses ignore case."""
    pairs = [word.strip().partition("=") for word in text.split(",") if word.strip()]
    roles = {mail.strip().lower(): role.strip() for mail, _, role in pairs}
    for mail, role in roles.items():
        if mail != ANYBODY and not _MAIL.fullmatch(mail):
            raise ValueError(f"{mail!r} is neither a mail address nor {ANYBODY}")
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role that {mail} could have; there are {', '.join(ROLES)}")
    if len(roles) != len(pairs):
        raise ValueError("an address stands there twice")
    return roles
