# Generated from specs/ by `make generate`. Do not edit.
"""The mesh dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Literal

from generated.models.shared import Identifier, JsonObject, Password
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

AgentAnnotations = TypeAliasType("AgentAnnotations", dict[str, str])
"""
Longer facts for people and tools.
"""


class AgentDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Identifier
    status: Literal['deleted']


class AgentIdentity(Wire):
    """
    How the agent is shown.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    display_name: str | None = None
    description: str | None = None
    avatar: str | None = None


AgentLabels = TypeAliasType("AgentLabels", dict[str, str])
"""
Short facts to find and sort agents by.
"""


class AgentLog(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    timestamp: str
    level: str
    message: str
    context: JsonObject | None = None


AgentLogList = TypeAliasType("AgentLogList", list[AgentLog])


class AgentMetadata(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Identifier
    version: str | None = None
    namespace: str | None = None
    description: str | None = None
    labels: AgentLabels | None = None
    annotations: AgentAnnotations | None = None


class AgentMetrics(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Identifier
    collectedAt: str
    currentTasks: int
    tasksCompleted: int
    tasksFailed: int
    successRate: int | float | None = None
    averageResponseSeconds: int | float | None = None
    loadPercent: int | float | None = None
    uptimeSeconds: int | float | None = None
    cpuPercent: int | float | None = None
    memoryMb: int | float | None = None
    reported: JsonObject | None = None


class AgentOrchestration(Wire):
    """
    How the agent goes about its work.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    pattern: str
    max_iterations: int | None = None
    timeout_seconds: int | float | None = None


AgentPhase = TypeAliasType(
    "AgentPhase",
    Annotated[
        Literal['Pending', 'Running', 'Degraded', 'Offline', 'Failed'],
        Field(
            description='`Pending`: no node has confirmed the present version yet. `Running`: it serves. `Degraded`: it serves, and not all is\nwell. `Offline`: it has not been heard of for a while. `Failed`: it cannot run as it is specified.\n'
        ),
    ],
)


class AgentReference(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Identifier
    namespace: Identifier


class AgentStatus(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Identifier
    phase: AgentPhase
    nodeAck: bool
    lastSyncedAt: str | None = None
    message: str | None = None
    live: JsonObject | None = None


class AgentSummary(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Identifier
    phase: AgentPhase
    createdAt: str


class AgentTool(Wire):
    """
    Something that the agent can use.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    name: str
    type: str | None = None
    description: str | None = None
    parameters: JsonObject | None = None


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


class Guardrail(Wire):
    """
    A check of what goes in or out.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    type: str
    action: str | None = None


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


class MemberRemoved(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    userId: Identifier
    status: Literal['removed']


class ModelSource(Wire):
    """
    One model and where it runs.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    provider: str
    model: str
    endpoint: str | None = None
    api_key_env: str | None = None
    parameters: JsonObject | None = None


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
            description="Where the tenant's own node listens. Without one the server answers for the agents itself. At\n`<nodeUrl>/v1/agents/<name>` the node takes a specification (`PUT`, JSON) and the end of an agent (`DELETE`), and at\n`/status`, `/metrics` (objects) and `/logs` (a list of lines) below it says how the agent is. It has a second and a\nhalf to answer; 2xx confirms, 404 says that it does not know the agent, another 4xx refuses the specification.\n"
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
    password: Password
    displayName: DisplayName | None = None


Role = TypeAliasType(
    "Role",
    Annotated[
        Literal['owner', 'council', 'family_member', 'agent', 'observer', 'guest', 'operator', 'admin', 'seedbringer'],
        Field(
            description="What somebody may do in the tenant: the scopes of the role in `x-roles` of this contract. Nobody gives a role that\nholds more than they do themselves: an owner gives `owner`, `family_member`, `agent`, `observer` and `guest`, the\nothers run the installation, or look into it, and are an operator's to give.\n"
        ),
    ],
)


Scope = TypeAliasType(
    "Scope",
    Annotated[
        Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin'],
        Field(
            description='Something that a caller may do. Some scopes open others too, as `x-implied-scopes` of this contract says.'
        ),
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


class AgentCondition(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    phase: AgentPhase
    nodeAck: bool
    lastSyncedAt: str | None = None
    message: str | None = None
    createdAt: str | None = None
    updatedAt: str | None = None


class AgentGuardrails(Wire):
    model_config = ConfigDict(
        extra='allow',
    )
    input: list[Guardrail] | None = None
    output: list[Guardrail] | None = None


AgentList = TypeAliasType("AgentList", list[AgentSummary])


class AgentModel(Wire):
    """
    The models that the agent thinks with; either `primary`, or `default` and models for single roles.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    primary: ModelSource | None = None
    fallback: ModelSource | None = None
    routing: JsonObject | None = None
    default: JsonObject | None = None
    roles: JsonObject | None = None


class AgentSpec(Wire):
    """
    What the agent is. What stands here by name is checked; more is kept and handed to the node as it came.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    identity: AgentIdentity | None = None
    model: AgentModel | None = None
    prompts: JsonObject | None = None
    orchestration: AgentOrchestration | None = None
    tools: list[AgentTool] | None = None
    memory: JsonObject | None = None
    guardrails: AgentGuardrails | None = None
    permissions: JsonObject | None = None
    capabilities: list[str] | None = None


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


class Member(Wire):
    """
    Somebody in a tenant. Who has no address or name that is known has none here.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    userId: Identifier
    tenantId: Identifier
    email: str | None = None
    displayName: str | None = None
    role: Role
    createdAt: str


class MemberAdd(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    email: Email
    role: Role


MemberList = TypeAliasType("MemberList", list[Member])


class MemberUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    role: Role


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


class Agent(Wire):
    """
    An agent. One that another dialect has registered has the parts of a specification that are known.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    apiVersion: Literal['astromesh/v1']
    kind: Literal['Agent']
    metadata: AgentMetadata
    spec: AgentSpec
    status: AgentCondition


class Spec(Wire):
    """
    What the agent is. What stands here by name is checked; more is kept and handed to the node as it came.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    identity: AgentIdentity | None = None
    model: AgentModel
    prompts: JsonObject | None = None
    orchestration: AgentOrchestration | None = None
    tools: list[AgentTool] | None = None
    memory: JsonObject | None = None
    guardrails: AgentGuardrails | None = None
    permissions: JsonObject | None = None
    capabilities: list[str] | None = None


class AgentDocument(Wire):
    """
    The specification of an agent, as it is written to a file.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    apiVersion: Literal['astromesh/v1']
    kind: Literal['Agent']
    metadata: AgentMetadata
    spec: Annotated[
        Spec,
        Field(
            description='What the agent is. What stands here by name is checked; more is kept and handed to the node as it came.'
        ),
    ]
    status: JsonObject | None = None
