# Generated from specs/ by `make generate`. Do not edit.
"""What is asked: dictionaries, as they are sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypedDict, Union

AgentStatus = Literal['registered', 'idle', 'busy', 'degraded', 'error', 'offline']

AiStatus = Literal['pending', 'assigned', 'running', 'completed', 'failed', 'timeout', 'cancelled']

AlertStatus = Literal['firing', 'acknowledged', 'resolved']

CatchUp = Literal['none', 'last', 'all']

CollaborationStatus = Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled']

CommandCategory = Literal['system', 'service', 'data', 'diagnostic', 'custom']

CommandStatus = Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled']

DeliveryStatus = Literal['pending', 'delivered', 'failed']

EventType = Literal['task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted', 'task.run.created', 'task.run.started', 'task.run.completed', 'task.run.failed', 'task.run.cancelled', 'task.run.timeout', 'task.run.skipped', 'task.run.missed', 'telemetry.frame', 'telemetry.event', 'telemetry.log', 'telemetry.alert', 'telemetry.alert.acknowledged', 'telemetry.alert.resolved', 'command.submitted', 'command.started', 'command.progress', 'command.completed', 'command.failed', 'command.timeout', 'command.cancelled', 'workflow.created', 'workflow.updated', 'workflow.deleted', 'workflow.run.created', 'workflow.run.started', 'workflow.run.completed', 'workflow.run.failed', 'workflow.run.cancelled', 'workflow.step.started', 'workflow.step.completed', 'workflow.step.failed', 'workflow.step.skipped', 'workflow.step.cancelled', 'workflow.step.timeout', 'ai.agent.registered', 'ai.agent.updated', 'ai.agent.status_changed', 'ai.agent.offline', 'ai.agent.deleted', 'ai.task.created', 'ai.task.assigned', 'ai.task.started', 'ai.task.progress', 'ai.task.completed', 'ai.task.failed', 'ai.task.timeout', 'ai.task.cancelled', 'collaboration.created', 'collaboration.started', 'collaboration.updated', 'collaboration.completed', 'collaboration.failed', 'collaboration.timeout', 'collaboration.cancelled', 'collaboration.message', 'lease.granted', 'lease.expired', 'lease.released', 'lease.offered', 'webhook.disabled']

FindingSeverity = Literal['critical', 'high', 'medium', 'low', 'info']

LogLevel = Literal['debug', 'info', 'warning', 'error', 'critical']

Operator = Literal['gt', 'gte', 'lt', 'lte', 'eq', 'ne', 'absent']

Overlap = Literal['skip', 'queue', 'cancel_running', 'allow']

Priority = Literal['low', 'normal', 'high', 'urgent']

RunStatus = Literal['pending', 'in_progress', 'completed', 'failed', 'cancelled', 'timeout', 'skipped', 'missed']

RunTrigger = Literal['manual', 'schedule', 'backfill', 'event', 'dependency', 'retry']

Scope = Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin']

Severity = Literal['info', 'warning', 'critical']

TaskStatus = Literal['scheduled', 'pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled', 'timeout']

WorkKind = Literal['command', 'task_run', 'workflow_step', 'ai_request', 'collaboration_step']

WorkflowRunStatus = Literal['pending', 'running', 'completed', 'failed', 'cancelled']


class _AgentCapability(TypedDict):
    """What AgentCapability must have."""

    name: str


class AgentCapability(_AgentCapability, total=False):
    """AgentCapability, as the contract has it."""

    description: str
    version: str


class _AgentModel(TypedDict):
    """What AgentModel must have."""

    name: str


class AgentModel(_AgentModel, total=False):
    """The model that an agent thinks with."""

    version: str
    provider: str


class _AgentRegister(TypedDict):
    """What AgentRegister must have."""

    name: str


class AgentRegister(_AgentRegister, total=False):
    """AgentRegister, as the contract has it."""

    # Without it we choose one.
    agent_id: str
    description: str
    type: str
    capabilities: list[AgentCapability]
    model: AgentModel
    resources: AgentResources
    # Where work is pushed. Without it the agent takes work itself.
    endpoint: str
    # Sent to the endpoint as `Authorization: Bearer …`. It is kept encrypted and never returned.
    auth_token: str
    tags: dict[str, str]
    metadata: dict[str, Any]


class AgentResources(TypedDict, total=False):
    """What an agent can bear."""

    # How many leases it holds at most.
    max_concurrent_tasks: int
    memory_limit_mb: int


class AgentUpdate(TypedDict, total=False):
    """AgentUpdate, as the contract has it."""

    name: str
    description: str
    type: str
    capabilities: list[AgentCapability]
    model: AgentModel
    resources: AgentResources
    endpoint: str
    # Belongs to the endpoint. Another endpoint without another token is sent none.
    auth_token: str
    tags: dict[str, str]
    metadata: dict[str, Any]


class AgentUsage(TypedDict, total=False):
    """What an agent uses at present."""

    cpu_percent: float
    memory_mb: float


class _AiAsk(TypedDict):
    """What AiAsk must have."""

    request_type: str


class AiAsk(_AiAsk, total=False):
    """AiAsk, as the contract has it."""

    # The agent to ask. Without it one is chosen that can do this and has the least to do.
    target_agent: str
    # What the chosen agent must be able to do; else what the type of the request says.
    capabilities: list[str]
    # Agents to choose first.
    preferred_agents: list[str]
    # What it is about.
    context: dict[str, Any]
    # How it is to be done.
    parameters: dict[str, Any]
    priority: Priority
    timeout_seconds: int
    # Where the request is sent when it has ended.
    callback_url: str
    tags: dict[str, str]


class AiCancel(TypedDict, total=False):
    """AiCancel, as the contract has it."""

    reason: str


class _AiResult(TypedDict):
    """What AiResult must have."""

    fencing_token: int
    success: bool


class AiResult(_AiResult, total=False):
    """AiResult, as the contract has it."""

    findings: list[Finding]
    # What the agent says of it all.
    text: str
    result: dict[str, Any]
    error: str
    # As the agent measured it; else from start to end.
    duration: float


class AlertNote(TypedDict, total=False):
    """AlertNote, as the contract has it."""

    note: str


class _AlertRuleCreate(TypedDict):
    """What AlertRuleCreate must have."""

    name: str
    condition: Condition


class AlertRuleCreate(_AlertRuleCreate, total=False):
    """AlertRuleCreate, as the contract has it."""

    description: str
    # What is compared. Only `absent` can do without it: then anything that is heard of a device will do, a line of
    # its log too.
    metric: str
    # Without it the metric's name, or `silent`.
    alert_type: str
    severity: Severity
    # Only this device, which need not be known yet. Else every one by itself; one is listened for from the first
    # frame on that comes after the rule and has its tags and metric.
    device_id: str
    # Only frames with all of these tags.
    tags: dict[str, str]
    # How long the same alert is not raised again after it is resolved.
    cooldown_seconds: int
    enabled: bool


class AlertRuleUpdate(TypedDict, total=False):
    """What is to be changed; `null` takes a field away."""

    name: str
    description: str | None
    metric: str
    condition: Condition
    alert_type: str
    severity: Severity
    device_id: str | None
    tags: dict[str, str]
    cooldown_seconds: int
    enabled: bool


class _Backfill(TypedDict):
    """What Backfill must have."""

    # The first due time that counts.
    since: str | datetime
    # Due times before this one count.
    until: str | datetime


class Backfill(_Backfill, total=False):
    """Backfill, as the contract has it."""

    parameters: dict[str, Any]
    # How many go on at a time.
    max_concurrent: int


class BatchItem(TypedDict, total=False):
    """One event, one frame or one line of a log, under a key that says which."""

    event: TelemetrySubmit
    frame: FrameSubmit
    log: LogSubmit


class _BrokerResource(TypedDict):
    """What BrokerResource must have."""

    username: str
    vhost: str
    resource: Literal['queue', 'exchange', 'topic']
    name: str
    permission: Literal['configure', 'write', 'read']


class BrokerResource(_BrokerResource, total=False):
    """BrokerResource, as the contract has it."""

    tags: str


class _BrokerTopic(TypedDict):
    """What BrokerTopic must have."""

    username: str
    vhost: str
    resource: Literal['topic']
    # The exchange.
    name: str
    permission: Literal['write', 'read']
    routing_key: str


class BrokerTopic(_BrokerTopic, total=False):
    """BrokerTopic, as the contract has it."""

    tags: str


class _BrokerUser(TypedDict):
    """What BrokerUser must have."""

    username: str


class BrokerUser(_BrokerUser, total=False):
    """BrokerUser, as the contract has it."""

    # Missing where they have come by a certificate.
    password: str


class _BrokerVhost(TypedDict):
    """What BrokerVhost must have."""

    username: str
    vhost: str


class BrokerVhost(_BrokerVhost, total=False):
    """BrokerVhost, as the contract has it."""

    # Where they come from.
    ip: str
    tags: str


class _BulkTasks(TypedDict):
    """What BulkTasks must have."""

    task_ids: list[str]


class BulkTasks(_BulkTasks, total=False):
    """BulkTasks, as the contract has it."""

    reason: str


class CollaborationCancel(TypedDict, total=False):
    """CollaborationCancel, as the contract has it."""

    reason: str


class _CollaborationCreate(TypedDict):
    """What CollaborationCreate must have."""

    task_description: str
    agents: list[Participant]


class CollaborationCreate(_CollaborationCreate, total=False):
    """CollaborationCreate, as the contract has it."""

    # Without it we choose one.
    collaboration_id: str
    # The negotiation that has found the agents.
    negotiation_id: str
    # Without steps the agents only talk.
    steps: list[CollaborationPlanStep]
    shared_context: dict[str, Any]
    timeout_seconds: int
    tags: dict[str, str]


class _CollaborationPlanStep(TypedDict):
    """What CollaborationPlanStep must have."""

    # Its number. The lowest comes first; steps of one number go on together.
    step: int
    agent: str
    action: str


class CollaborationPlanStep(_CollaborationPlanStep, total=False):
    """CollaborationPlanStep, as the contract has it."""

    parameters: dict[str, Any]
    # The place in the shared context that it reads.
    input_from: str
    # The place in the shared context that its result is put.
    output_to: str
    timeout_seconds: int


class CommandCancel(TypedDict, total=False):
    """CommandCancel, as the contract has it."""

    reason: str


class _CommandExecute(TypedDict):
    """What CommandExecute must have."""

    command_type: str


class CommandExecute(_CommandExecute, total=False):
    """A command without a target is for any agent that has the capability of its service's name."""

    # The agent or device that is to do it.
    target: str
    # Which of the target's services is meant.
    service: str
    # What the command's type asks for.
    parameters: dict[str, Any]
    priority: Priority
    # Seconds until the command counts as lost; without it, those of its type, or 300.
    timeout_seconds: int
    # Without one, a command is tried once.
    retry_policy: RetryPolicy
    # Where the command is sent when it has ended.
    callback_url: str
    tags: dict[str, str]


class _CommandResult(TypedDict):
    """What CommandResult must have."""

    fencing_token: int
    success: bool


class CommandResult(_CommandResult, total=False):
    """CommandResult, as the contract has it."""

    result: dict[str, Any]
    error: str
    # As the holder measured it; else from start to end.
    duration: float


class _CommandTypeCreate(TypedDict):
    """What CommandTypeCreate must have."""

    command_type: str


class CommandTypeCreate(_CommandTypeCreate, total=False):
    """CommandTypeCreate, as the contract has it."""

    description: str
    category: CommandCategory
    # A JSON Schema, draft 2020-12, that every command's parameters must agree with. It refers to itself only, and not
    # so often that the same value would be looked at again and again: such a schema is refused with 422.
    parameters_schema: dict[str, Any]
    timeout_seconds: int


class CommandTypeUpdate(TypedDict, total=False):
    """CommandTypeUpdate, as the contract has it."""

    description: str
    category: CommandCategory
    parameters_schema: dict[str, Any]
    timeout_seconds: int


class _Condition(TypedDict):
    """What Condition must have."""

    operator: Operator


class Condition(_Condition, total=False):
    """When an alert fires, and when it is over."""

    threshold: float
    # How far a value must come back behind the threshold before the alert is over, so that one that wavers about it
    # raises one alert. With `gt` 80 and 5 an alert fires above 80 and is over at 75.
    hysteresis: float
    # How long it must hold, from the arrival of the first value for which it does: no value may come in between for
    # which it does not. Of `absent`, how long nothing is heard.
    for_seconds: int


class Constraints(TypedDict, total=False):
    """What every assigned agent must keep, by the tasks and commands that were for it; one that has done nothing yet
    passes.
    """

    max_latency_ms: float
    min_accuracy: float
    max_load_percent: float


class _Finding(TypedDict):
    """What Finding must have."""

    severity: FindingSeverity
    message: str


class Finding(_Finding, total=False):
    """One thing that an agent has found. It may say more than is named here."""

    category: str
    file: str
    line: int
    suggestion: str


class _FrameSubmit(TypedDict):
    """What FrameSubmit must have."""

    device_id: str
    metrics: dict[str, bool | float | str | list[Any] | dict[str, Any]]


class FrameSubmit(_FrameSubmit, total=False):
    """FrameSubmit, as the contract has it."""

    # Chosen by the sender; a frame that comes twice under one identifier is kept once.
    frame_id: str
    # When it was measured; else when it was received.
    timestamp: str | datetime
    tags: dict[str, str]
    metadata: dict[str, Any]


class Heartbeat(TypedDict, total=False):
    """Heartbeat, as the contract has it."""

    # Without it we judge by the leases.
    status: Literal['idle', 'busy', 'degraded', 'error']
    current_tasks: int
    resource_usage: AgentUsage


class _KeyCreate(TypedDict):
    """What KeyCreate must have."""

    label: str
    scopes: list[Scope]


class KeyCreate(_KeyCreate, total=False):
    """KeyCreate, as the contract has it."""

    # When the key stops working. Without it, never.
    expires_at: str | datetime
    rate_limits: dict[str, int]


class KeyUpdate(TypedDict, total=False):
    """KeyUpdate, as the contract has it."""

    label: str
    expires_at: str | datetime
    rate_limits: dict[str, int]


class _LeaseComplete(TypedDict):
    """What LeaseComplete must have."""

    fencing_token: int


class LeaseComplete(_LeaseComplete, total=False):
    """LeaseComplete, as the contract has it."""

    result: dict[str, Any]
    # As the agent measured it; else since the lease was granted.
    duration: float


class _LeaseFail(TypedDict):
    """What LeaseFail must have."""

    fencing_token: int
    error: str


class LeaseFail(_LeaseFail, total=False):
    """LeaseFail, as the contract has it."""

    details: dict[str, Any]
    # Whether another try within the retry policy makes sense.
    retryable: bool


class _LeaseProgress(TypedDict):
    """What LeaseProgress must have."""

    fencing_token: int
    progress: float


class LeaseProgress(_LeaseProgress, total=False):
    """LeaseProgress, as the contract has it."""

    # What is being done.
    message: str
    # Whether the lease is renewed too.
    renew: bool


class _LeaseRelease(TypedDict):
    """What LeaseRelease must have."""

    fencing_token: int


class LeaseRelease(_LeaseRelease, total=False):
    """LeaseRelease, as the contract has it."""

    # How long it is not offered again.
    delay_seconds: int
    reason: str


class _LeaseRenew(TypedDict):
    """What LeaseRenew must have."""

    fencing_token: int


class LeaseRenew(_LeaseRenew, total=False):
    """LeaseRenew, as the contract has it."""

    # How long from now; else as long as before.
    lease_seconds: int


class LeaseTake(TypedDict, total=False):
    """LeaseTake, as the contract has it."""

    # How many to take at most.
    max_leases: int
    # How long to wait while there is nothing. The answer may come sooner.
    wait_seconds: int
    lease_seconds: int
    # Only work of these kinds.
    kinds: list[WorkKind]
    # Devices that the agent serves, besides itself; one that is somebody else's agent is forbidden.
    targets: list[str]
    # Only work of these names.
    names: list[str]


class _LogSubmit(TypedDict):
    """What LogSubmit must have."""

    # The device or agent that logs.
    device_id: str
    level: LogLevel
    message: str


class LogSubmit(_LogSubmit, total=False):
    """LogSubmit, as the contract has it."""

    # Chosen by the sender; a line that comes twice under one identifier is kept once.
    log_id: str
    # When it happened; else when it was received.
    timestamp: str | datetime
    context: dict[str, Any]
    tags: dict[str, str]


class _MessageSend(TypedDict):
    """What MessageSend must have."""

    message_type: str
    payload: dict[str, Any]


class MessageSend(_MessageSend, total=False):
    """MessageSend, as the contract has it."""

    # One of the agents; else the caller is the sender.
    from_agent: str
    # Without it every agent.
    to_agents: list[str]


class _NegotiationCreate(TypedDict):
    """What NegotiationCreate must have."""

    task_type: str
    required_capabilities: list[str]


class NegotiationCreate(_NegotiationCreate, total=False):
    """NegotiationCreate, as the contract has it."""

    preferred_agents: list[str]
    constraints: Constraints


class _NodeCreate(TypedDict):
    """What NodeCreate must have."""

    name: str
    url: str


class NodeCreate(_NodeCreate, total=False):
    """NodeCreate, as the contract has it."""

    profile: str
    # Sent to the node as a bearer token. It is kept encrypted and never returned.
    auth_token: str


class NodeUpdate(TypedDict, total=False):
    """NodeUpdate, as the contract has it."""

    name: str
    url: str
    profile: str
    # It belongs to its address, and is forgotten when that changes and no other is given.
    auth_token: str


class _Participant(TypedDict):
    """What Participant must have."""

    agent_id: str


class Participant(_Participant, total=False):
    """Participant, as the contract has it."""

    role: str


class _Recovery(TypedDict):
    """What Recovery must have."""

    # Events from then on.
    since: str | datetime


class Recovery(_Recovery, total=False):
    """Recovery, as the contract has it."""

    # Events before this time; else up to now.
    until: str | datetime
    # Only what was not delivered, or everything again.
    only_failed: bool


class RetentionUpdate(TypedDict, total=False):
    """RetentionUpdate, as the contract has it."""

    telemetry_days: int | None
    rollup_days: int | None


class RetryPolicy(TypedDict, total=False):
    """How often, and how soon, a failed run is tried again."""

    max_retries: int
    backoff_multiplier: float
    initial_delay_seconds: float


class RunCancel(TypedDict, total=False):
    """RunCancel, as the contract has it."""

    reason: str


class RunStart(TypedDict, total=False):
    """RunStart, as the contract has it."""

    # Over those of the task, field by field.
    parameters: dict[str, Any]
    # Else that of the task.
    priority: Priority


class _Schedule(TypedDict):
    """What Schedule must have."""

    # Five fields, minute to day of week, in numbers.
    cron: str


class Schedule(_Schedule, total=False):
    """When a recurring task is due."""

    # The name of an IANA time zone.
    timezone: str


class SecretRotation(TypedDict, total=False):
    """SecretRotation, as the contract has it."""

    # Without it we make one, and tell it this once.
    secret: str
    # How long deliveries are signed with both secrets.
    overlap_seconds: int


class _StepContribution(TypedDict):
    """What StepContribution must have."""

    # The agent whose step it is.
    agent_id: str
    success: bool


class StepContribution(_StepContribution, total=False):
    """StepContribution, as the contract has it."""

    # Needed when the step was taken under a lease.
    fencing_token: int
    # Put where `output_to` says.
    result: dict[str, Any]
    error: str
    duration: float


class _TaskCreate(TypedDict):
    """What TaskCreate must have."""

    title: str


class TaskCreate(_TaskCreate, total=False):
    """TaskCreate, as the contract has it."""

    description: str
    type: str
    priority: Priority
    assignee: str
    parameters: dict[str, Any]
    # Tasks that come before this one.
    dependencies: list[str]
    # When it has to be finished. If it is not, it ends as `timeout`; a time that has passed already ends nothing.
    deadline: str | datetime
    schedule: Schedule
    retry_policy: RetryPolicy
    # How long it may run. The task then ends as `timeout`.
    timeout_seconds: int
    tags: dict[str, str]


class TaskScheduleUpdate(TypedDict, total=False):
    """TaskScheduleUpdate, as the contract has it."""

    schedule: Schedule
    catch_up: CatchUp
    overlap: Overlap


class TaskUpdate(TypedDict, total=False):
    """What is to be changed; `null` takes a field away."""

    title: str
    description: str | None
    status: TaskStatus
    priority: Priority
    assignee: str | None
    progress: float
    parameters: dict[str, Any]
    deadline: str | datetime | None
    schedule: Schedule | None
    retry_policy: RetryPolicy | None
    timeout_seconds: int
    tags: dict[str, str]
    notes: str | None
    result: dict[str, Any]
    error: str


class _TelemetrySubmit(TypedDict):
    """What TelemetrySubmit must have."""

    event_type: str
    data: dict[str, Any]


class TelemetrySubmit(_TelemetrySubmit, total=False):
    """TelemetrySubmit, as the contract has it."""

    # Chosen by the sender; an event that comes twice under one identifier is kept once.
    event_id: str
    # Who says it; else the caller.
    source: str
    # When it happened; else when it was received.
    timestamp: str | datetime
    tags: dict[str, str]


class _TokenRequest(TypedDict):
    """What TokenRequest must have."""

    grant_type: Literal['client_credentials', 'refresh_token']


class TokenRequest(_TokenRequest, total=False):
    """`client_credentials` exchanges an API key for a session: the key's identifier as `client_id` and its secret as
    `client_secret`, or the whole key as `client_secret`. `refresh_token` exchanges a refresh token for the next
    pair.
    """

    client_id: str
    client_secret: str
    # Scopes separated by single spaces. Without it, the session has all scopes of the key.
    scope: str
    refresh_token: str


class TokenRevocation(TypedDict):
    """TokenRevocation, as the contract has it."""

    refresh_token: str


class _Trigger(TypedDict):
    """What Trigger must have."""

    # Events of these types run the task.
    types: list[EventType]


class Trigger(_Trigger, total=False):
    """Trigger, as the contract has it."""

    # Only events about this item.
    subject: str
    # Only events whose data have these fields with these values.
    data: dict[str, Any]


class _WebhookCreate(TypedDict):
    """What WebhookCreate must have."""

    url: str
    # Only events of these types.
    types: list[EventType]


class WebhookCreate(_WebhookCreate, total=False):
    """WebhookCreate, as the contract has it."""

    # Only events about this item.
    subject: str
    description: str
    # Without it we make one, and tell it this once.
    secret: str
    enabled: bool


class WebhookTest(TypedDict):
    """WebhookTest, as the contract has it."""

    # The kind of event to send an example of.
    type: EventType


class WebhookUpdate(TypedDict, total=False):
    """WebhookUpdate, as the contract has it."""

    url: str
    types: list[EventType]
    subject: str
    description: str
    enabled: bool


class WorkflowCancel(TypedDict, total=False):
    """WorkflowCancel, as the contract has it."""

    reason: str


class _WorkflowCreate(TypedDict):
    """What WorkflowCreate must have."""

    name: str
    steps: list[WorkflowStep]


class WorkflowCreate(_WorkflowCreate, total=False):
    """WorkflowCreate, as the contract has it."""

    description: str
    # What every run begins with.
    parameters: dict[str, Any]
    tags: dict[str, str]


class WorkflowStart(TypedDict, total=False):
    """WorkflowStart, as the contract has it."""

    # Over those of the workflow, field by field.
    parameters: dict[str, Any]
    priority: Priority
    # Where the run is sent when it has ended.
    callback_url: str
    tags: dict[str, str]


class _WorkflowStep(TypedDict):
    """What WorkflowStep must have."""

    step_id: str
    task_type: str


class WorkflowStep(_WorkflowStep, total=False):
    """One step. It is done by the named agent, or by one that has all the capabilities."""

    title: str
    agent_id: str
    capabilities: list[str]
    # A text that is just the name of an earlier step stands for its result.
    parameters: dict[str, Any]
    # Steps that come before this one.
    depends_on: list[str]
    # What becomes of the run when the step fails for good. Steps behind it are skipped either way.
    on_failure: Literal['fail', 'continue']
    timeout_seconds: int
    retry_policy: RetryPolicy


class WorkflowUpdate(TypedDict, total=False):
    """WorkflowUpdate, as the contract has it."""

    name: str
    description: str
    steps: list[WorkflowStep]
    parameters: dict[str, Any]
    tags: dict[str, str]
