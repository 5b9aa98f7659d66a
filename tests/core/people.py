"""Somebody to test with: tokens of users, and whether they open anything."""

from dataclasses import replace
from typing import Any

from handlers.core.credentials import new_key
from handlers.core.errors import Unauthenticated
from handlers.core.identity import Identity
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.sessions import Session

PASSWORD = "Admin123!"
SECOND = 1001
ROLES = {
    "admin": ["admin"],
    "guest": ["task:read"],
    "family_member": ["task:read", "task:write"],
    "owner": ["task:read", "task:write", "key:read", "key:write", "tenant:write", "user:read", "user:write"],
    "stranger": [],
}
CEILINGS = {
    "security_level": {"ADMIN": ["admin"], "SAFE": ["task:read", "task:write"], "RESTRICTED": ["task:read"]},
    "agent_access_level": {"FULL": ["admin"], "BASIC": ["task:read", "task:write"], "LIMITED": ["task:read"]},
}


async def token_of(identity: Identity, user: Document, kind: str) -> str:
    """A new key of the user, or the token of a new session."""
    if kind == "session":
        return (await identity.log_in(user["username"], PASSWORD)).token
    key = new_key()
    await identity.ensure_key(key, user, "test")
    return key


async def is_refused(identity: Identity, token: str, tenant: str | None = None) -> bool:
    """Whether a token is nobody's."""
    try:
        await identity.authenticate(token, tenant)
    except Unauthenticated:
        return True
    return False


async def somebody(identity: Identity, name: str, role: str = "admin", **fields: Any) -> Principal:
    """A user who has logged in."""
    await identity.ensure_user(name, PASSWORD, role=role, **fields)
    return await identity.authenticate((await identity.log_in(name, PASSWORD)).token)


async def stranger(identity: Identity, name: str) -> tuple[Session, Principal]:
    """Somebody who has just registered."""
    session = await identity.register(f"{name}@example.com", "a-strong-password")
    return session, await identity.authenticate(session.token)


def holding(who: Principal, *scopes: str) -> Principal:
    """The same somebody with these scopes."""
    return replace(who, scopes=frozenset(scopes))
