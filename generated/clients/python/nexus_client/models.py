# Generated from specs/ by `make generate`. Do not edit.
"""What is answered. A field that is not there is None."""

from __future__ import annotations

from typing import Any, Literal, Union

from .records import Record

AgentStatus = Literal['registered', 'idle', 'busy', 'degraded', 'error', 'offline']

Aggregation = Literal['avg', 'min', 'max', 'sum', 'count', 'p50', 'p95', 'p99']

AiStatus = Literal['pending', 'assigned', 'running', 'completed', 'failed', 'timeout', 'cancelled']

AlertStatus = Literal['firing', 'acknowledged', 'resolved']

CatchUp = Literal['none', 'last', 'all']

CollaborationStatus = Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled']

CommandCategory = Literal['system', 'service', 'data', 'diagnostic', 'custom']

CommandStatus = Literal['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled']

DeliveryStatus = Literal['pending', 'delivered', 'failed']

Event = Union['TaskEvent', 'TaskRunEvent', 'FrameEvent', 'TelemetryEntryEvent', 'LogEvent', 'AlertEvent', 'CommandEvent', 'WorkflowEvent', 'WorkflowRunEvent', 'WorkflowStepEvent', 'AgentEvent', 'AiRequestEvent', 'CollaborationEvent', 'MessageEvent', 'LeaseEvent', 'WebhookEvent']

EventType = Literal['task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted', 'task.run.created', 'task.run.started', 'task.run.completed', 'task.run.failed', 'task.run.cancelled', 'task.run.timeout', 'task.run.skipped', 'task.run.missed', 'telemetry.frame', 'telemetry.event', 'telemetry.log', 'telemetry.alert', 'telemetry.alert.acknowledged', 'telemetry.alert.resolved', 'command.submitted', 'command.started', 'command.progress', 'command.completed', 'command.failed', 'command.timeout', 'command.cancelled', 'workflow.created', 'workflow.updated', 'workflow.deleted', 'workflow.run.created', 'workflow.run.started', 'workflow.run.completed', 'workflow.run.failed', 'workflow.run.cancelled', 'workflow.step.started', 'workflow.step.completed', 'workflow.step.failed', 'workflow.step.skipped', 'workflow.step.cancelled', 'workflow.step.timeout', 'ai.agent.registered', 'ai.agent.updated', 'ai.agent.status_changed', 'ai.agent.offline', 'ai.agent.deleted', 'ai.task.created', 'ai.task.assigned', 'ai.task.started', 'ai.task.progress', 'ai.task.completed', 'ai.task.failed', 'ai.task.timeout', 'ai.task.cancelled', 'collaboration.created', 'collaboration.started', 'collaboration.updated', 'collaboration.completed', 'collaboration.failed', 'collaboration.timeout', 'collaboration.cancelled', 'collaboration.message', 'lease.granted', 'lease.expired', 'lease.released', 'lease.offered', 'webhook.disabled']

FindingSeverity = Literal['critical', 'high', 'medium', 'low', 'info']

Health = Literal['operational', 'degraded', 'down']

LeaseStatus = Literal['offered', 'held', 'completed', 'failed', 'released', 'expired', 'cancelled']

LogLevel = Literal['debug', 'info', 'warning', 'error', 'critical']

Operator = Literal['gt', 'gte', 'lt', 'lte', 'eq', 'ne', 'absent']

Overlap = Literal['skip', 'queue', 'cancel_running', 'allow']

Priority = Literal['low', 'normal', 'high', 'urgent']

RunStatus = Literal['pending', 'in_progress', 'completed', 'failed', 'cancelled', 'timeout', 'skipped', 'missed']

RunTrigger = Literal['manual', 'schedule', 'backfill', 'event', 'dependency', 'retry']

Scope = Literal['telemetry:read', 'telemetry:write', 'alert:write', 'command:read', 'command:execute', 'task:read', 'task:write', 'agent:read', 'ai:coordinate', 'work:take', 'event:read', 'webhook:read', 'webhook:write', 'key:read', 'key:write', 'tenant:write', 'user:read', 'user:write', 'audit:read', 'system:read', 'admin']

Severity = Literal['info', 'warning', 'critical']

StepStatus = Literal['waiting', 'pending', 'running', 'completed', 'failed', 'skipped', 'cancelled', 'timeout']

TaskEventType = Literal['task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted']

TaskStatus = Literal['scheduled', 'pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled', 'timeout']

WorkKind = Literal['command', 'task_run', 'workflow_step', 'ai_request', 'collaboration_step']

WorkflowRunStatus = Literal['pending', 'running', 'completed', 'failed', 'cancelled']


class Agent(Record):
    """A program that takes work."""

    agent_id: str
    name: str
    description: str | None
    type: str | None
    status: AgentStatus
    capabilities: list[AgentCapability]
    model: AgentModel | None
    resources: AgentResources | None
    resource_usage: AgentUsage | None
    endpoint: str | None
    # How much work it holds: its leases, or more if it says so.
    current_tasks: int
    # What the agent says, or its leases against what it can hold at most.
    load_percent: float
    tasks_completed: int | None
    tasks_failed: int | None
    average_duration: float | None
    heartbeat_interval_seconds: int
    tags: dict[str, str]
    metadata: dict[str, Any]
    registered_at: str
    updated_at: str
    last_seen: str | None

    _nested = {'capabilities': 'AgentCapability', 'model': 'AgentModel', 'resources': 'AgentResources', 'resource_usage': 'AgentUsage'}


class AgentCapability(Record):
    """AgentCapability, as the contract has it."""

    name: str
    description: str | None
    version: str | None


class AgentCounts(Record):
    """AgentCounts, as the contract has it."""

    total: int
    idle: int
    busy: int
    # Those in error too.
    degraded: int
    # Those that were never heard of too.
    offline: int


class AgentDeleted(Record):
    """AgentDeleted, as the contract has it."""

    agent_id: str
    status: Literal['deleted']


class AgentEvent(Record):
    """A change of an agent, with the agent as it is after it."""

    event_id: str
    type: Literal['ai.agent.registered', 'ai.agent.updated', 'ai.agent.status_changed', 'ai.agent.offline', 'ai.agent.deleted']
    created_at: str
    cursor: str | None
    data: Agent

    _nested = {'data': 'Agent'}


class AgentModel(Record):
    """The model that an agent thinks with."""

    name: str
    version: str | None
    provider: str | None


class AgentPage(Record):
    """AgentPage, as the contract has it."""

    data: list[Agent]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Agent'}


class AgentResources(Record):
    """What an agent can bear."""

    # How many leases it holds at most.
    max_concurrent_tasks: int | None
    memory_limit_mb: int | None


class AgentUsage(Record):
    """What an agent uses at present."""

    cpu_percent: float | None
    memory_mb: float | None


class AiRequest(Record):
    """A request to an AI agent, and what came of it."""

    request_id: str
    request_type: str
    status: AiStatus
    target_agent: str | None
    assigned_agent: str | None
    capabilities: list[str]
    preferred_agents: list[str]
    context: dict[str, Any]
    parameters: dict[str, Any]
    priority: Priority
    progress: float
    # Empty until there are any.
    findings: list[Finding]
    summary: AiSummary
    # All that the agent has answered.
    result: dict[str, Any] | None
    # How it ended, when it has.
    success: bool | None
    duration: float | None
    error: str | None
    # Why it was cancelled.
    reason: str | None
    attempt: int
    timeout_seconds: int
    callback_url: str | None
    tags: dict[str, str]
    created_by: str
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None
    estimated_completion: str | None

    _nested = {'findings': 'Finding', 'summary': 'AiSummary'}


class AiRequestEvent(Record):
    """A change of a request to an AI agent, with the request as it is after it."""

    event_id: str
    type: Literal['ai.task.created', 'ai.task.assigned', 'ai.task.started', 'ai.task.progress', 'ai.task.completed', 'ai.task.failed', 'ai.task.timeout', 'ai.task.cancelled']
    created_at: str
    cursor: str | None
    data: AiRequest

    _nested = {'data': 'AiRequest'}


class AiRequestPage(Record):
    """AiRequestPage, as the contract has it."""

    data: list[AiRequest]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'AiRequest'}


class AiSummary(Record):
    """How many findings there are of each severity, and what an agent says of it all."""

    critical: int
    high: int
    medium: int
    low: int
    info: int
    total: int
    text: str | None


class Alert(Record):
    """A rule's condition that holds, or held, on one device. It says of the rule what that was when the alert fired,
    and its tags are those of the frame that has raised it.
    """

    alert_id: str
    rule_id: str
    alert_type: str
    severity: Severity
    status: AlertStatus
    device_id: str
    metric: str | None
    operator: Operator
    # Of `absent`, the seconds of silence from which the alert fires.
    threshold: float
    # The value at the last step of the alert, not at every frame. Of `absent`, the seconds of silence.
    current_value: float
    tags: dict[str, str]
    fired_at: str
    updated_at: str
    acknowledged_at: str | None
    acknowledged_by: str | None
    resolved_at: str | None
    note: str | None


class AlertChange(Record):
    """One step in the life of an alert."""

    status: AlertStatus
    at: str
    # Who did it; nobody when it happened by itself.
    by: str | None
    value: float | None
    note: str | None


class AlertEvent(Record):
    """An alert was raised, acknowledged or resolved."""

    event_id: str
    type: Literal['telemetry.alert', 'telemetry.alert.acknowledged', 'telemetry.alert.resolved']
    created_at: str
    cursor: str | None
    data: Alert

    _nested = {'data': 'Alert'}


class AlertHistory(Record):
    """All steps in the life of an alert, the oldest first."""

    alert_id: str
    data: list[AlertChange]

    _nested = {'data': 'AlertChange'}


class AlertPage(Record):
    """AlertPage, as the contract has it."""

    data: list[Alert]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Alert'}


class AlertRule(Record):
    """What raises alerts."""

    rule_id: str
    name: str
    description: str | None
    metric: str | None
    condition: Condition
    alert_type: str
    severity: Severity
    device_id: str | None
    tags: dict[str, str]
    cooldown_seconds: int
    enabled: bool
    created_by: str
    created_at: str
    updated_at: str

    _nested = {'condition': 'Condition'}


class AlertRuleDeleted(Record):
    """AlertRuleDeleted, as the contract has it."""

    rule_id: str
    status: Literal['deleted']


class AlertRulePage(Record):
    """AlertRulePage, as the contract has it."""

    data: list[AlertRule]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'AlertRule'}


class AssignedAgent(Record):
    """AssignedAgent, as the contract has it."""

    agent_id: str
    role: Literal['primary', 'secondary']
    capabilities_matched: list[str]
    # What speaks for it.
    reasons: list[str] | None


class AuditEntry(Record):
    """Who did what, when and from where. Entries never change."""

    audit_id: str
    event_type: str
    outcome: Literal['success', 'denied', 'failed']
    # The user, whose API key it was if `details.key` names one; nobody where nobody was known.
    actor: str | None
    agent_id: str | None
    # The operation of this contract, the message of the event contract, or the method of gRPC.
    operation: str | None
    # What it was done to.
    resource_id: str | None
    request_id: str | None
    ip_address: str | None
    user_agent: str | None
    details: dict[str, Any]
    created_at: str


class AuditPage(Record):
    """AuditPage, as the contract has it."""

    data: list[AuditEntry]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'AuditEntry'}


class BackfillStarted(Record):
    """BackfillStarted, as the contract has it."""

    task_id: str
    since: str
    until: str
    # Due times that have a run now.
    runs_created: int
    # Due times that had one already.
    runs_present: int


class BatchError(Record):
    """Why one item was not taken, in the words of this dialect's errors."""

    code: str
    message: str
    details: dict[str, Any]


class BatchItemResult(Record):
    """BatchItemResult, as the contract has it."""

    # The place of the item in the batch, from 0.
    index: int
    # `duplicate` means that it was there already, which is as good.
    status: Literal['accepted', 'duplicate', 'rejected']
    # The identifier that the item has now.
    id: str | None
    error: BatchError | None

    _nested = {'error': 'BatchError'}


class BatchResult(Record):
    """What became of each item, in the order in which they came. What is accepted is on disk."""

    accepted: int
    duplicates: int
    rejected: int
    results: list[BatchItemResult]

    _nested = {'results': 'BatchItemResult'}


class BulkTaskResult(Record):
    """BulkTaskResult, as the contract has it."""

    task_id: str
    done: bool
    # The task's status now.
    status: TaskStatus | None
    # The run that was made.
    run_id: str | None
    error: BatchError | None

    _nested = {'error': 'BatchError'}


class BulkTasksDone(Record):
    """What became of each task, in the order in which they were named."""

    done: int
    refused: int
    results: list[BulkTaskResult]

    _nested = {'results': 'BulkTaskResult'}


class Capacity(Record):
    """Capacity, as the contract has it."""

    total_bytes: int
    used_bytes: int
    used_percent: float


class Collaboration(Record):
    """Several agents at one task, with a context that they share."""

    collaboration_id: str
    task_description: str
    negotiation_id: str | None
    status: CollaborationStatus
    agents: list[Participant]
    steps: list[CollaborationStep]
    # What was given and what the steps have put there.
    shared_context: dict[str, Any]
    progress: float
    # How it ended, when it has.
    success: bool | None
    error: str | None
    # Why it was cancelled.
    reason: str | None
    timeout_seconds: int
    tags: dict[str, str]
    created_by: str
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None

    _nested = {'agents': 'Participant', 'steps': 'CollaborationStep'}


class CollaborationEvent(Record):
    """A change of a collaboration, with the collaboration as it is after it."""

    event_id: str
    type: Literal['collaboration.created', 'collaboration.started', 'collaboration.updated', 'collaboration.completed', 'collaboration.failed', 'collaboration.timeout', 'collaboration.cancelled']
    created_at: str
    cursor: str | None
    data: Collaboration

    _nested = {'data': 'Collaboration'}


class CollaborationPage(Record):
    """CollaborationPage, as the contract has it."""

    data: list[Collaboration]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Collaboration'}


class CollaborationStep(Record):
    """CollaborationStep, as the contract has it."""

    step: int
    agent: str
    action: str
    parameters: dict[str, Any] | None
    input_from: str | None
    output_to: str | None
    status: StepStatus
    # That of the present lease, shown to its holder only.
    fencing_token: int | None
    result: dict[str, Any] | None
    error: str | None
    duration: float | None
    started_at: str | None
    completed_at: str | None


class Command(Record):
    """Something that one agent or device is to do once."""

    command_id: str
    command_type: str
    target: str | None
    service: str | None
    parameters: dict[str, Any]
    status: CommandStatus
    # How it ended, when it has.
    success: bool | None
    duration: float | None
    result: dict[str, Any] | None
    error: str | None
    priority: Priority
    progress: float
    # How often it was taken, this time included.
    attempt: int
    # Who holds it or held it last.
    agent_id: str | None
    timeout_seconds: int
    retry_policy: RetryPolicy | None
    callback_url: str | None
    tags: dict[str, str]
    # Why it was cancelled.
    reason: str | None
    created_by: str
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None
    # When it counts as lost.
    deadline: str | None
    estimated_completion: str | None

    _nested = {'retry_policy': 'RetryPolicy'}


class CommandEvent(Record):
    """A change of a command, with the command as it is after it."""

    event_id: str
    type: Literal['command.submitted', 'command.started', 'command.progress', 'command.completed', 'command.failed', 'command.timeout', 'command.cancelled']
    created_at: str
    cursor: str | None
    data: Command

    _nested = {'data': 'Command'}


class CommandPage(Record):
    """CommandPage, as the contract has it."""

    data: list[Command]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Command'}


class CommandType(Record):
    """A kind of command, and what its parameters must look like."""

    command_type: str
    description: str | None
    category: CommandCategory
    parameters_schema: dict[str, Any]
    # What a command has that names no timeout.
    timeout_seconds: int
    # Every tenant has it and none can change it.
    built_in: bool
    created_at: str | None
    updated_at: str | None


class CommandTypeDeleted(Record):
    """CommandTypeDeleted, as the contract has it."""

    command_type: str
    status: Literal['deleted']


class CommandTypePage(Record):
    """CommandTypePage, as the contract has it."""

    data: list[CommandType]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'CommandType'}


class Component(Record):
    """A part of the server: `documents`, without which it is `down`, or one without which it is `degraded`, the
    `broker` where there is one and the `scheduler`.
    """

    name: Literal['documents', 'broker', 'scheduler']
    status: Health
    # How long it took to answer, in milliseconds.
    latency: float | None
    message: str | None


class Condition(Record):
    """When an alert fires, and when it is over."""

    operator: Operator
    threshold: float | None
    # How far a value must come back behind the threshold before the alert is over, so that one that wavers about it
    # raises one alert. With `gt` 80 and 5 an alert fires above 80 and is over at 75.
    hysteresis: float | None
    # How long it must hold, from the arrival of the first value for which it does: no value may come in between for
    # which it does not. Of `absent`, how long nothing is heard.
    for_seconds: int | None


class Constraints(Record):
    """What every assigned agent must keep, by the tasks and commands that were for it; one that has done nothing yet
    passes.
    """

    max_latency_ms: float | None
    min_accuracy: float | None
    max_load_percent: float | None


class Delivery(Record):
    """One event on its way to one webhook."""

    delivery_id: str
    webhook_id: str
    event_id: str
    type: EventType
    status: DeliveryStatus
    is_test: bool
    attempts: list[DeliveryAttempt]
    next_attempt_at: str | None
    # What is sent. Lists leave it out.
    event: Event | None
    created_at: str
    updated_at: str

    _nested = {'attempts': 'DeliveryAttempt', 'event': 'Event'}


class DeliveryAttempt(Record):
    """DeliveryAttempt, as the contract has it."""

    at: str
    duration: float
    status_code: int | None
    # Why there was no answer.
    error: str | None


class DeliveryPage(Record):
    """DeliveryPage, as the contract has it."""

    data: list[Delivery]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Delivery'}


class Device(Record):
    """Whoever has sent a frame or a line of a log. Devices need no registration."""

    device_id: str
    # `offline` when nothing was heard for five minutes.
    status: Literal['online', 'offline']
    # Those of the last frame.
    tags: dict[str, str]
    # The names that it has sent.
    metrics: list[str]
    first_seen: str
    last_seen: str


class DevicePage(Record):
    """DevicePage, as the contract has it."""

    data: list[Device]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Device'}


class EventPage(Record):
    """EventPage, as the contract has it."""

    data: list[Event]
    # Whether there is more at this moment.
    has_more: bool
    # Where to go on. It is there when there is no more too.
    next_cursor: str
    # The log no longer reaches back to the cursor.
    gap: Gap | None

    _nested = {'data': 'Event', 'gap': 'Gap'}


class Finding(Record):
    """One thing that an agent has found. It may say more than is named here."""

    severity: FindingSeverity
    message: str
    category: str | None
    file: str | None
    line: int | None
    suggestion: str | None


class Frame(Record):
    """What a device has measured at one moment."""

    frame_id: str
    device_id: str
    timestamp: str
    metrics: dict[str, bool | float | str | list[Any] | dict[str, Any]]
    tags: dict[str, str]
    metadata: dict[str, Any]
    received_at: str


class FrameEvent(Record):
    """A frame was received."""

    event_id: str
    type: Literal['telemetry.frame']
    created_at: str
    cursor: str | None
    data: Frame

    _nested = {'data': 'Frame'}


class FramePage(Record):
    """FramePage, as the contract has it."""

    data: list[Frame]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Frame'}


class Gap(Record):
    """Events are missing here, because the log no longer has them or is another one than it was."""

    # How many; 0 when nobody knows.
    missed: int


class Gpu(Record):
    """Gpu, as the contract has it."""

    model: str
    memory_total_bytes: int
    memory_used_bytes: int
    used_percent: float
    temperature_celsius: float | None


class Hardware(Record):
    """The machine of the server that answers."""

    cpu_cores: int
    cpu_percent: float
    load_average: list[float]
    memory: Capacity
    disk: Capacity
    gpus: list[Gpu]

    _nested = {'memory': 'Capacity', 'disk': 'Capacity', 'gpus': 'Gpu'}


class HeartbeatReceived(Record):
    """HeartbeatReceived, as the contract has it."""

    agent_id: str
    status: AgentStatus
    # When to send the next one.
    heartbeat_interval_seconds: int
    # Whether there is something to take.
    pending_work: bool
    # Leases that the agent held at its last heartbeat and has lost since; their work is not to be finished.
    lost_leases: list[str]
    received_at: str


class Key(Record):
    """An API key, without its secret."""

    key_id: str
    label: str
    scopes: list[Scope]
    rate_limits: dict[str, int]
    created_by: str
    created_at: str
    updated_at: str
    expires_at: str | None
    # To the minute.
    last_used_at: str | None


class KeyCreated(Record):
    """A new API key with its secret, which is told this once."""

    key_id: str
    # The whole key: send it as `Authorization: Bearer …`. It is not kept.
    key: str
    label: str
    scopes: list[Scope]
    rate_limits: dict[str, int]
    created_by: str
    created_at: str
    updated_at: str
    expires_at: str | None


class KeyPage(Record):
    """KeyPage, as the contract has it."""

    data: list[Key]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Key'}


class KeyRevoked(Record):
    """KeyRevoked, as the contract has it."""

    key_id: str
    status: Literal['revoked']


class LatestMetrics(Record):
    """The last value of each metric of a device."""

    device_id: str
    metrics: dict[str, LatestValue]
    last_seen: str

    _nested = {'metrics': 'LatestValue'}


class LatestValue(Record):
    """LatestValue, as the contract has it."""

    # A value of any JSON type, as it was sent.
    value: Any
    timestamp: str


class Lease(Record):
    """The right of one agent to do one piece of work for a while. Nobody else has it in that time."""

    lease_id: str
    agent_id: str
    status: LeaseStatus
    fencing_token: int
    lease_seconds: int
    granted_at: str | None
    # When it is lost unless it is renewed.
    expires_at: str
    progress: float
    work: Work

    _nested = {'work': 'Work'}


class LeaseEvent(Record):
    """An agent has got a lease, lost it (`lease.expired`), or has it no more for another reason (`lease.released`, and
    its status says which); or what was put off may be taken again (`lease.offered`, with the last lease).
    """

    event_id: str
    type: Literal['lease.granted', 'lease.expired', 'lease.released', 'lease.offered']
    created_at: str
    cursor: str | None
    data: Lease

    _nested = {'data': 'Lease'}


class LeaseList(Record):
    """LeaseList, as the contract has it."""

    data: list[Lease]

    _nested = {'data': 'Lease'}


class Log(Record):
    """A line of a device's or an agent's log."""

    log_id: str
    device_id: str
    level: LogLevel
    message: str
    timestamp: str
    context: dict[str, Any]
    tags: dict[str, str]
    received_at: str


class LogEvent(Record):
    """A line of a log was received."""

    event_id: str
    type: Literal['telemetry.log']
    created_at: str
    cursor: str | None
    data: Log

    _nested = {'data': 'Log'}


class LogPage(Record):
    """LogPage, as the contract has it."""

    data: list[Log]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Log'}


class Me(Record):
    """Who is calling, and what they may do."""

    id: str
    # Whether a person or a program is calling.
    kind: Literal['user', 'api_key']
    # The user's name or the key's label.
    name: str | None
    email: str | None
    # The tenant that this request acts in.
    tenant_id: str | None
    tenants: list[Membership]
    scopes: list[Scope]
    # When the credential ends.
    expires_at: str | None

    _nested = {'tenants': 'Membership'}


class Membership(Record):
    """A tenant that the caller belongs to."""

    tenant_id: str
    name: str
    # What the caller is in this tenant.
    role: str | None


class Message(Record):
    """What one agent has said to others. Messages stay for whoever comes later."""

    message_id: str
    collaboration_id: str
    from_agent: str
    to_agents: list[str]
    message_type: str
    payload: dict[str, Any]
    created_at: str


class MessageEvent(Record):
    """One agent has said something to others."""

    event_id: str
    type: Literal['collaboration.message']
    created_at: str
    cursor: str | None
    data: Message

    _nested = {'data': 'Message'}


class MessagePage(Record):
    """MessagePage, as the contract has it."""

    data: list[Message]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Message'}


class MetricSeries(Record):
    """One metric over time. Intervals without a value are left out."""

    metric: str
    device_id: str | None
    points: list[SeriesPoint]

    _nested = {'points': 'SeriesPoint'}


class Negotiation(Record):
    """Which agents have, together, all that a task needs."""

    negotiation_id: str
    task_type: str
    required_capabilities: list[str]
    preferred_agents: list[str]
    constraints: Constraints | None
    passed_over: list[PassedOver] | None
    assigned_agents: list[AssignedAgent]
    estimated_completion: str | None
    created_by: str
    created_at: str

    _nested = {'constraints': 'Constraints', 'passed_over': 'PassedOver', 'assigned_agents': 'AssignedAgent'}


class NegotiationPage(Record):
    """NegotiationPage, as the contract has it."""

    data: list[Negotiation]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Negotiation'}


class Node(Record):
    """A runtime of the tenant in which agents are deployed."""

    node_id: str
    name: str
    url: str
    profile: str
    # `unknown` has not been asked yet; one that is `offline` is asked again every minute.
    status: Literal['unknown', 'online', 'offline']
    # How many are deployed there, or removed and still to be taken from there.
    agents: int
    created_at: str
    updated_at: str
    last_seen: str | None


class NodeDeleted(Record):
    """NodeDeleted, as the contract has it."""

    node_id: str
    status: Literal['deleted']


class NodePage(Record):
    """NodePage, as the contract has it."""

    data: list[Node]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Node'}


class Participant(Record):
    """Participant, as the contract has it."""

    agent_id: str
    role: str | None


class PassedOver(Record):
    """An agent that was looked at and not assigned."""

    agent_id: str
    # What speaks against it.
    reason: str


class RecoveryStarted(Record):
    """RecoveryStarted, as the contract has it."""

    webhook_id: str
    since: str
    until: str
    only_failed: bool
    # The log no longer reaches back to that time.
    gap: Gap | None

    _nested = {'gap': 'Gap'}


class Retention(Record):
    """For how many days after its arrival telemetry is kept."""

    # Frames, lines of logs and events.
    telemetry_days: int
    # The hourly sums of frames, from which series are made; never less than the frames themselves.
    rollup_days: int


class RetryPolicy(Record):
    """How often, and how soon, a failed run is tried again."""

    max_retries: int | None
    backoff_multiplier: float | None
    initial_delay_seconds: float | None


class Schedule(Record):
    """When a recurring task is due."""

    # Five fields, minute to day of week, in numbers.
    cron: str
    # The name of an IANA time zone.
    timezone: str | None


class SeriesPoint(Record):
    """SeriesPoint, as the contract has it."""

    # Where the interval begins.
    timestamp: str
    value: float


class SeriesQuery(Record):
    """What was asked for, with the defaults filled in. Times are as they were sent."""

    metrics: list[str]
    device_id: str | None
    tags: list[str] | None
    since: str
    until: str
    aggregation: Aggregation
    interval: str
    group_by: Literal['device_id'] | None


class SeriesResult(Record):
    """SeriesResult, as the contract has it."""

    query: SeriesQuery
    series: list[MetricSeries]
    total_points: int

    _nested = {'query': 'SeriesQuery', 'series': 'MetricSeries'}


class Server(Record):
    """One process that serves."""

    server_id: str
    host: str | None
    version: str
    started_at: str
    last_seen: str


class StepRun(Record):
    """One step of one run."""

    step_id: str
    run_id: str
    workflow_id: str
    status: StepStatus
    agent_id: str | None
    progress: float
    attempt: int
    duration: float | None
    result: dict[str, Any] | None
    error: str | None
    started_at: str | None
    completed_at: str | None


class StepRunList(Record):
    """StepRunList, as the contract has it."""

    data: list[StepRun]

    _nested = {'data': 'StepRun'}


class SystemStatus(Record):
    """How the whole system is."""

    status: Health
    version: str
    environment: str
    uptime_seconds: float
    components: list[Component]
    servers: list[Server]
    agents: AgentCounts
    work: WorkCounts
    hardware: Hardware | None
    at: str

    _nested = {'components': 'Component', 'servers': 'Server', 'agents': 'AgentCounts', 'work': 'WorkCounts', 'hardware': 'Hardware'}


class Task(Record):
    """Task, as the contract has it."""

    task_id: str
    title: str
    description: str | None
    type: str
    status: TaskStatus
    priority: Priority
    assignee: str | None
    progress: float
    parameters: dict[str, Any]
    dependencies: list[str]
    deadline: str | None
    schedule: Schedule | None
    # When the schedule is due next.
    next_run: str | None
    retry_policy: RetryPolicy | None
    timeout_seconds: int
    tags: dict[str, str]
    notes: str | None
    result: dict[str, Any] | None
    error: str | None
    created_by: str
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None
    deleted_at: str | None

    _nested = {'schedule': 'Schedule', 'retry_policy': 'RetryPolicy'}


class TaskDeleted(Record):
    """TaskDeleted, as the contract has it."""

    task_id: str
    status: Literal['deleted']


class TaskEvent(Record):
    """A change of a task, with the task as it is after it."""

    event_id: str
    type: TaskEventType
    created_at: str
    cursor: str | None
    data: Task

    _nested = {'data': 'Task'}


class TaskPage(Record):
    """TaskPage, as the contract has it."""

    data: list[Task]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Task'}


class TaskRun(Record):
    """One execution of a task."""

    run_id: str
    task_id: str
    status: RunStatus
    trigger: RunTrigger
    # The event that has made the run.
    event_id: str | None
    # When the schedule was due.
    due_at: str | None
    # Those of the task with those of the run over them.
    parameters: dict[str, Any]
    agent_id: str | None
    progress: float
    attempt: int
    # How it ended, when it has.
    success: bool | None
    duration: float | None
    result: dict[str, Any] | None
    error: str | None
    created_by: str | None
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None


class TaskRunEvent(Record):
    """A run of a task has begun, ended, or did not take place."""

    event_id: str
    type: Literal['task.run.created', 'task.run.started', 'task.run.completed', 'task.run.failed', 'task.run.cancelled', 'task.run.timeout', 'task.run.skipped', 'task.run.missed']
    created_at: str
    cursor: str | None
    data: TaskRun

    _nested = {'data': 'TaskRun'}


class TaskRunPage(Record):
    """TaskRunPage, as the contract has it."""

    data: list[TaskRun]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'TaskRun'}


class TaskSchedule(Record):
    """When a task is due, and what happens when that does not fit."""

    task_id: str
    # None on a task that is not scheduled.
    schedule: Schedule | None
    catch_up: CatchUp
    overlap: Overlap
    paused: bool
    paused_at: str | None
    # The next ten due times.
    next_runs: list[str]
    updated_at: str

    _nested = {'schedule': 'Schedule'}


class TaskTrigger(Record):
    """The events that run a task of the type `event_driven`."""

    task_id: str
    types: list[EventType]
    subject: str | None
    data: dict[str, Any] | None
    updated_at: str


class TelemetryEntry(Record):
    """Something that a program has told."""

    event_id: str
    event_type: str
    source: str
    timestamp: str
    data: dict[str, Any]
    tags: dict[str, str]
    received_at: str


class TelemetryEntryEvent(Record):
    """A program has told something."""

    event_id: str
    type: Literal['telemetry.event']
    created_at: str
    cursor: str | None
    data: TelemetryEntry

    _nested = {'data': 'TelemetryEntry'}


class TelemetryEntryPage(Record):
    """TelemetryEntryPage, as the contract has it."""

    data: list[TelemetryEntry]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'TelemetryEntry'}


class Token(Record):
    """A session."""

    # Send it as `Authorization: Bearer …`.
    access_token: str
    token_type: Literal['Bearer']
    # Seconds that the access token lives.
    expires_in: int
    # Buys the next pair of tokens, once.
    refresh_token: str
    # The scopes that the session has, separated by single spaces.
    scope: str


class TokenRevoked(Record):
    """TokenRevoked, as the contract has it."""

    status: Literal['revoked']


class Webhook(Record):
    """An address that is told of events."""

    webhook_id: str
    url: str
    types: list[EventType]
    subject: str | None
    description: str | None
    enabled: bool
    disabled_reason: str | None
    consecutive_failures: int
    # Told in the answer that made it, and never again.
    secret: str | None
    # Until then deliveries are signed with the last secret too.
    old_secret_until: str | None
    created_by: str
    created_at: str
    updated_at: str
    last_delivery_at: str | None


class WebhookDeleted(Record):
    """WebhookDeleted, as the contract has it."""

    webhook_id: str
    status: Literal['deleted']


class WebhookEvent(Record):
    """A webhook was switched off, because it could not be delivered to for too long."""

    event_id: str
    type: Literal['webhook.disabled']
    created_at: str
    cursor: str | None
    data: Webhook

    _nested = {'data': 'Webhook'}


class WebhookPage(Record):
    """WebhookPage, as the contract has it."""

    data: list[Webhook]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Webhook'}


class Work(Record):
    """What is to be done."""

    kind: WorkKind
    # The type of the command, task, step or request.
    name: str
    title: str | None
    # The parameters.
    input: dict[str, Any]
    # Results of earlier steps, or what was given along.
    context: dict[str, Any] | None
    service: str | None
    command_id: str | None
    task_id: str | None
    workflow_id: str | None
    run_id: str | None
    step_id: str | None
    request_id: str | None
    collaboration_id: str | None
    priority: Priority
    # Which try this is, from 1.
    attempt: int
    # When the work counts as lost whatever the lease says.
    deadline: str | None
    # The trace that the work belongs to, as W3C Trace Context has it.
    traceparent: str | None
    created_at: str


class WorkCounts(Record):
    """Commands, runs, steps and requests of the tenant."""

    waiting: int
    running: int
    # Of all that is kept.
    completed: int
    # Of all that is kept, what came too late among it.
    failed: int


class Workflow(Record):
    """Steps and the order between them. It is run any number of times."""

    workflow_id: str
    name: str
    description: str | None
    # Grows with every change; a run keeps the one that it began with.
    revision: int
    steps: list[WorkflowStep]
    parameters: dict[str, Any]
    tags: dict[str, str]
    created_by: str
    created_at: str
    updated_at: str

    _nested = {'steps': 'WorkflowStep'}


class WorkflowDeleted(Record):
    """WorkflowDeleted, as the contract has it."""

    workflow_id: str
    status: Literal['deleted']


class WorkflowEvent(Record):
    """A change of a workflow, with the workflow as it is after it."""

    event_id: str
    type: Literal['workflow.created', 'workflow.updated', 'workflow.deleted']
    created_at: str
    cursor: str | None
    data: Workflow

    _nested = {'data': 'Workflow'}


class WorkflowPage(Record):
    """WorkflowPage, as the contract has it."""

    data: list[Workflow]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'Workflow'}


class WorkflowRun(Record):
    """One execution of a workflow."""

    run_id: str
    workflow_id: str
    name: str
    revision: int
    status: WorkflowRunStatus
    progress: float
    parameters: dict[str, Any]
    priority: Priority
    steps: list[StepRun]
    # How it ended, when it has.
    success: bool | None
    duration: float | None
    error: str | None
    # Why it was cancelled.
    reason: str | None
    callback_url: str | None
    tags: dict[str, str]
    created_by: str
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None
    estimated_completion: str | None

    _nested = {'steps': 'StepRun'}


class WorkflowRunEvent(Record):
    """A change of a run of a workflow, with the run as it is after it."""

    event_id: str
    type: Literal['workflow.run.created', 'workflow.run.started', 'workflow.run.completed', 'workflow.run.failed', 'workflow.run.cancelled']
    created_at: str
    cursor: str | None
    data: WorkflowRun

    _nested = {'data': 'WorkflowRun'}


class WorkflowRunPage(Record):
    """WorkflowRunPage, as the contract has it."""

    data: list[WorkflowRun]
    has_more: bool
    next_cursor: str | None

    _nested = {'data': 'WorkflowRun'}


class WorkflowStep(Record):
    """One step. It is done by the named agent, or by one that has all the capabilities."""

    step_id: str
    title: str | None
    task_type: str
    agent_id: str | None
    capabilities: list[str] | None
    # A text that is just the name of an earlier step stands for its result.
    parameters: dict[str, Any] | None
    # Steps that come before this one.
    depends_on: list[str] | None
    # What becomes of the run when the step fails for good. Steps behind it are skipped either way.
    on_failure: Literal['fail', 'continue'] | None
    timeout_seconds: int | None
    retry_policy: RetryPolicy | None

    _nested = {'retry_policy': 'RetryPolicy'}


class WorkflowStepEvent(Record):
    """A change of a step of a run, with the step as it is after it."""

    event_id: str
    type: Literal['workflow.step.started', 'workflow.step.completed', 'workflow.step.failed', 'workflow.step.skipped', 'workflow.step.cancelled', 'workflow.step.timeout']
    created_at: str
    cursor: str | None
    data: StepRun

    _nested = {'data': 'StepRun'}
