# Generated from specs/ by `make generate`. Do not edit.
"""The lexos dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Literal

from generated.models.shared import (
    Gap,
    Identifier,
    JsonObject,
    Password,
    Priority,
    ProblemDetails,
)
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

AccountStatus = TypeAliasType(
    "AccountStatus",
    Annotated[
        Literal['active', 'inactive', 'suspended'],
        Field(
            description='Only an `active` user can log in. `inactive` is a choice, `suspended` a measure.'
        ),
    ],
)


AgentAccessLevel = TypeAliasType(
    "AgentAccessLevel",
    Annotated[
        Literal['FULL', 'BASIC', 'LIMITED'],
        Field(
            description="A ceiling on what may be asked of agents: `FULL` everything that the role admits, `BASIC` tasks and workflows of\none's own, `LIMITED` only to look.\n"
        ),
    ],
)


class AgentCapability(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    description: str
    version: str


AgentStatus = TypeAliasType(
    "AgentStatus",
    Annotated[
        Literal['active', 'inactive', 'busy', 'error'],
        Field(
            description='`active` takes work, `busy` has all the work that it can have, `inactive` is not heard from or does not want any,\n`error` says that something is wrong with it.\n'
        ),
    ],
)


class AgentStatusData(Wire):
    """
    How an agent is, and what it took last of the work that it holds.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    status: AgentStatus
    current_task: Identifier | None = None


AuditEventType = TypeAliasType(
    "AuditEventType",
    Annotated[
        str,
        Field(
            description='What was done, as `login`, `login_failed`, `access_denied`, `content_blocked` or `task_execution`.'
        ),
    ],
)


Count = TypeAliasType("Count", int)


Email = TypeAliasType("Email", str)


EpochSeconds = TypeAliasType(
    "EpochSeconds", Annotated[int, Field(description='Seconds since the epoch.')]
)


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: Literal[True]
    code: Literal['INVALID_REQUEST', 'INVALID_TOKEN', 'ACCESS_DENIED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'CONFLICT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'RATE_LIMIT_EXCEEDED', 'INTERNAL_ERROR', 'NOT_IMPLEMENTED', 'BAD_GATEWAY', 'SERVICE_UNAVAILABLE']
    message: str
    details: ProblemDetails
    timestamp: int


class ErrorMessage(Wire):
    """
    A message of the client was refused. The socket stays open.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['error']
    data: Error


EventName = TypeAliasType(
    "EventName",
    Annotated[
        str,
        Field(description='The `id` of an event, from any stream of whatever dialect.'),
    ],
)


FullName = TypeAliasType("FullName", str)


class GapMessage(Wire):
    """
    Updates were lost, to a client that did not keep up or while a part of the server was away.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['gap']
    data: Gap
    timestamp: EpochSeconds


class LoggedOut(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    status: Literal['logged_out']


class Login(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    username: str
    password: str


class OrchestratorStatus(Wire):
    """
    Agents and tasks of the caller's tenant, and the workers of the server.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['active', 'inactive']
    active_agents: Count
    total_tasks: Count
    active_tasks: Count
    queued_tasks: Count
    completed_tasks: Count
    failed_tasks: Count
    task_workers: Count
    workflow_workers: Count


Percent = TypeAliasType(
    "Percent",
    Annotated[
        int | float, Field(description='A share of a whole, from 0 to 100.')
    ],
)


Ratio = TypeAliasType(
    "Ratio",
    Annotated[
        int | float, Field(description='A share of a whole, from 0 to 1.')
    ],
)


class ResumePoint(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    last_event_id: EventName


Role = TypeAliasType(
    "Role",
    Annotated[
        Literal['admin', 'family_member', 'guest'],
        Field(
            description='What somebody is. Roles of other dialects are shown as the nearest of these: `seedbringer` as `admin`, all\nothers as `guest`.\n'
        ),
    ],
)


Seconds = TypeAliasType(
    "Seconds", Annotated[int | float, Field(description='A span of time in seconds.')]
)


SecurityLevel = TypeAliasType(
    "SecurityLevel",
    Annotated[
        Literal['ADMIN', 'SAFE', 'RESTRICTED'],
        Field(
            description='A ceiling on what tasks may contain: `ADMIN` passes every content rule, `SAFE` and `RESTRICTED` are held to the\nrules of their level.\n'
        ),
    ],
)


class SecurityStatus(Wire):
    """
    In the caller's tenant; sessions of those whose home it is as of now, all else in the last 24 hours.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    active_sessions: Count
    failed_login_attempts: Count
    content_filter_blocks: Count
    access_control_denials: Count


class ServerStatus(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['operational', 'degraded']
    uptime: int
    version: str
    environment: str


class SessionUser(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    user_id: Identifier
    username: str
    role: Role
    security_level: SecurityLevel
    agent_access_level: AgentAccessLevel


Size = TypeAliasType(
    "Size",
    Annotated[
        str,
        Field(
            description='An amount of bytes with its unit, in powers of 1024, rounded to one decimal.'
        ),
    ],
)


StepId = TypeAliasType(
    "StepId", Annotated[str, Field(description='Names a step within its workflow.')]
)


class SystemStatusData(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    gpu_utilization: Percent | None
    active_tasks: Count
    agent_status: dict[str, AgentStatus]


class SystemStatusMessage(Wire):
    """
    How the system is.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['system_status']
    data: SystemStatusData
    timestamp: EpochSeconds


class TaskCancelled(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    task_id: Identifier
    status: Literal['cancelled']


TaskStatus = TypeAliasType("TaskStatus", Literal['queued', 'running', 'completed', 'failed', 'cancelled'])


class TaskSubmit(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_type: str
    parameters: JsonObject | None = None
    priority: Priority = 'normal'
    timeout: int = 3600


class TaskSubmitted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    task_id: Identifier
    agent_id: Identifier
    status: TaskStatus
    estimated_completion: EpochSeconds
    queue_position: int


class TaskUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: TaskStatus | None = None
    priority: Priority | None = None
    parameters: JsonObject | None = None
    progress: Ratio | None = None
    result: JsonObject | None = None
    error: str | None = None


class TaskUpdateData(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    agent_id: Identifier | None = None
    status: TaskStatus
    progress: Ratio | None = None
    result: JsonObject | None = None
    error: str | None = None


class TaskUpdateMessage(Wire):
    """
    A change of a task.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['task_update']
    id: EventName | None = None
    data: TaskUpdateData
    timestamp: EpochSeconds


class User(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    user_id: Identifier
    username: str
    email: str
    full_name: str
    role: Role
    status: AccountStatus
    security_level: SecurityLevel
    agent_access_level: AgentAccessLevel
    created_at: EpochSeconds
    last_login: EpochSeconds | None = None
    total_tasks: Count
    workspace_size: Size


class UserCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    user_id: Identifier
    username: str
    workspace_created: bool


class UserDeleted(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    user_id: Identifier
    status: Literal['deleted']


class UserList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    users: list[User]
    total: Count
    timestamp: EpochSeconds


class UserUpdate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    email: Email | None = None
    full_name: FullName | None = None
    password: Password | None = None
    role: Role | None = None
    status: AccountStatus | None = None
    security_level: SecurityLevel | None = None
    agent_access_level: AgentAccessLevel | None = None


Username = TypeAliasType(
    "Username",
    Annotated[
        str,
        Field(description='What one logs in with. Upper and lower case are the same.'),
    ],
)


class WorkflowCancelled(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    workflow_id: Identifier
    status: Literal['cancelled']


WorkflowStatus = TypeAliasType("WorkflowStatus", Literal['created', 'running', 'completed', 'failed', 'cancelled'])


class WorkflowStep(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    step_id: StepId
    agent_id: Identifier | None = None
    task_id: Identifier | None = None
    task_type: str | None = None
    depends_on: list[StepId] | None = None
    status: TaskStatus
    result: JsonObject | None
    error: str | None = None
    started_at: EpochSeconds | None = None
    completed_at: EpochSeconds | None = None


class WorkflowSummary(Wire):
    """
    A workflow without its steps.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    workflow_id: Identifier
    name: str
    description: str | None = None
    status: WorkflowStatus
    progress: Ratio
    created_at: EpochSeconds
    started_at: EpochSeconds | None = None
    completed_at: EpochSeconds | None = None
    estimated_completion: EpochSeconds | None = None


AgentCapabilities = TypeAliasType("AgentCapabilities", list[AgentCapability])


class AgentConfiguration(Wire):
    """
    How the agent says that it is set up. Its own fields may stand beside these.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    rate_limit: int | float | None = None
    max_concurrent_requests: int | None = None
    timeout: Seconds | None = None


class AgentLoad(Wire):
    """
    How an agent is and what it gets done. What it has not said is null.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: AgentStatus
    uptime: int
    memory_usage: Size | None
    cpu_usage: Percent | None
    tasks_completed: Count
    success_rate: Ratio | None
    average_response_time: Seconds
    current_load: Ratio


class AgentLoads(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agents: dict[str, AgentLoad]
    timestamp: EpochSeconds


class AgentMetrics(Wire):
    """
    How the agent is. What it has not said is null.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    uptime: int
    memory_usage: Size | None
    cpu_usage: Percent | None
    tasks_in_queue: Count
    success_rate: Ratio | None


class AgentStatusMessage(Wire):
    """
    A change of an agent's status.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['agent_status']
    id: EventName | None = None
    data: AgentStatusData
    timestamp: EpochSeconds


class AuditEvent(Wire):
    """
    What was done, by whom, when, and from where. What is not known is left out.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event_id: Identifier
    event_type: AuditEventType
    user_id: Identifier | None = None
    agent_id: Identifier | None = None
    details: JsonObject
    timestamp: EpochSeconds
    ip_address: str | None = None
    user_agent: str | None = None


class AuditLog(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    events: list[AuditEvent]
    total: Count
    limit: int
    offset: int


class CpuMetrics(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    cores: int
    usage: Percent
    load_average: list[int | float]


class DiskMetrics(Wire):
    """
    The disk on which the server keeps its data.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    total: Size
    used: Size
    available: Size
    usage_percent: Percent


class GpuMetrics(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    model: str
    memory_total: Size
    memory_used: Size
    utilization: Percent
    temperature: int | float


class MemoryMetrics(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    total: Size
    used: Size
    available: Size
    usage_percent: Percent


class RecentTask(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    type: str
    status: TaskStatus
    created_at: EpochSeconds
    completed_at: EpochSeconds | None = None
    execution_time: Seconds | None = None


class ResumeMessage(Wire):
    """
    Asks for the changes behind an event. When the log no longer reaches back to there, a task is told as it is, and
    whoever follows the whole system is told of the gap.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['resume']
    data: ResumePoint


class Session(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    token: str
    user: SessionUser
    expires_at: EpochSeconds


class StepCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    step_id: StepId
    agent_id: Identifier
    task_type: str
    parameters: JsonObject | None = None
    depends_on: list[StepId] = []
    priority: Priority = 'normal'
    timeout: int = 3600


class Task(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    agent_id: str
    user_id: Identifier
    task_type: str
    status: TaskStatus
    priority: Priority
    parameters: JsonObject
    progress: Ratio | None = None
    result: JsonObject | None = None
    created_at: EpochSeconds
    started_at: EpochSeconds | None = None
    completed_at: EpochSeconds | None = None
    execution_time: Seconds | None = None
    error: str | None


class TaskList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    tasks: list[Task]
    total: int
    limit: int
    offset: int
    has_more: bool


class TaskProgressData(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Identifier
    progress: Ratio
    status: TaskStatus
    current_step: str | None = None
    result: JsonObject | None = None


class UserCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    username: Username
    email: Email
    full_name: FullName
    password: Password
    role: Role
    security_level: SecurityLevel | None = None
    agent_access_level: AgentAccessLevel | None = None


class Workflow(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    workflow_id: Identifier
    name: str
    description: str | None = None
    status: WorkflowStatus
    progress: Ratio
    steps: list[WorkflowStep]
    created_at: EpochSeconds
    started_at: EpochSeconds | None = None
    completed_at: EpochSeconds | None = None
    estimated_completion: EpochSeconds | None = None


class WorkflowCreate(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: str
    description: str | None = None
    steps: list[StepCreate]


class WorkflowCreated(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    success: Literal[True]
    workflow_id: Identifier
    status: WorkflowStatus
    estimated_completion: EpochSeconds


class WorkflowList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    workflows: list[WorkflowSummary]
    total: Count
    limit: int
    offset: int
    has_more: bool


class Agent(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str
    description: str
    status: AgentStatus
    capabilities: AgentCapabilities
    current_tasks: Count
    total_tasks_completed: Count
    average_response_time: Seconds
    last_activity: EpochSeconds


class AgentDetails(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agent_id: Identifier
    name: str
    description: str
    status: AgentStatus
    capabilities: AgentCapabilities
    configuration: AgentConfiguration
    metrics: AgentMetrics
    recent_tasks: list[RecentTask]


class AgentList(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    agents: list[Agent]
    total_agents: Count
    active_agents: Count
    timestamp: EpochSeconds


class Hardware(Wire):
    """
    The machine that answers.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    gpu: GpuMetrics | None
    cpu: CpuMetrics
    memory: MemoryMetrics
    disk: DiskMetrics


class SystemStatus(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    system: ServerStatus
    orchestrator: OrchestratorStatus
    hardware: Hardware
    security: SecurityStatus
    timestamp: EpochSeconds


class TaskProgress(Wire):
    """
    How far a task has come.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['task_progress']
    data: TaskProgressData
    id: EventName | None = None
