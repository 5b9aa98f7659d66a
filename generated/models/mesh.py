# Generated from specs/ by `make generate`. Do not edit.
"""The mesh dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Literal

from generated.models.shared import Identifier
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

DisplayName = TypeAliasType(
    "DisplayName", Annotated[str, Field(description='What people are shown.')]
)


Email = TypeAliasType(
    "Email",
    Annotated[str, Field(description='An address for mail. Case does not matter.')],
)


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: str


KeyHash = TypeAliasType(
    "KeyHash",
    Annotated[
        str,
        Field(
            description='The SHA-256 of a key, in hexadecimal. It names the key and does not open anything.'
        ),
    ],
)


class KeyRevoked(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    hash: KeyHash
    status: Literal['revoked']


class Liveness(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['ok']


class LoggedOut(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['revoked']


class Login(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    email: Email
    password: str


NodeProfile = TypeAliasType(
    "NodeProfile",
    Annotated[
        str,
        Field(
            description="What the tenant's node is set up for; `full` does everything."
        ),
    ],
)


NodeUrl = TypeAliasType(
    "NodeUrl",
    Annotated[
        str,
        Field(
            description="Where the tenant's own node listens. Without one the server answers for the agents itself."
        ),
    ],
)


class Readiness(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['ready']
    parts: dict[str, Literal['ok', 'unavailable']]


RefreshToken = TypeAliasType(
    "RefreshToken", Annotated[str, Field(description='Good for one refresh.')]
)


class Registration(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    email: Email
    password: str
    displayName: DisplayName | None = None


Scope = TypeAliasType(
    "Scope",
    Annotated[
        Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin'],
        Field(description='Something that a caller may do.'),
    ],
)


class Tenant(Wire):
    """
    A tenant. `namespace`, `nodeProfile` and `createdAt` are always sent.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Identifier
    crName: Identifier
    displayName: str
    namespace: Identifier | None = None
    nodeProfile: str | None = None
    nodeUrl: str | None = None
    createdAt: str | None = None


class TenantCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    displayName: DisplayName
    nodeProfile: NodeProfile = 'full'
    nodeUrl: NodeUrl | None = None


class TenantDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    id: Identifier
    status: Literal['deleted']


TenantList = TypeAliasType("TenantList", list[Tenant])


class TenantUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    displayName: DisplayName | None = None
    nodeProfile: NodeProfile | None = None
    nodeUrl: NodeUrl | None = None


class User(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    id: Identifier
    email: str
    displayName: str


class Key(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    hash: KeyHash
    tenantId: Identifier
    label: str
    scopes: list[Scope]
    createdAt: str
    expiresAt: str | None = None
    lastUsedAt: str | None = None


class KeyCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    label: str
    scopes: list[Scope] = ['agent:read', 'ai:coordinate', 'telemetry:read']
    expiresAt: str | None = None


class KeyCreated(Wire):
    """
    A new key. Of these fields all but `expiresAt` are always sent.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    rawKey: str
    label: str
    hash: KeyHash | None = None
    tenantId: Identifier | None = None
    scopes: list[Scope] | None = None
    createdAt: str | None = None
    expiresAt: str | None = None


KeyList = TypeAliasType("KeyList", list[Key])


class Logout(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    refreshToken: RefreshToken


class Me(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    credential: Literal['session', 'apiKey']
    user: User | None = None
    tenant: Tenant | None = None
    key: Key | None = None
    scopes: list[Scope]


class Refresh(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    refreshToken: RefreshToken


class Session(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    accessToken: str
    refreshToken: str
    expiresIn: int | None = None
    user: User
