"""Tasks, commands, agents, telemetry, people and webhooks in the words of `ggi`."""

from handlers.core import presence
from handlers.core.alerting import Alert
from handlers.core.command_lives import STATUSES as COMMAND_STATUSES
from handlers.core.command_lives import Command
from handlers.core.frames import Frame
from handlers.core.google import ROLES
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.log_lines import Line
from handlers.core.negotiations import Negotiation
from handlers.core.presence import Agent
from handlers.core.projection import ISO_SECONDS, NAMES, Choices, Codec, Words
from handlers.core.users import User
from handlers.core.webhooks import Webhook

STATUS = Choices(STATUSES, running="in_progress")
TASK = Words(
    Task,
    ISO_SECONDS,
    names={"task_id": "id", "progress_percent": "progress", "estimated_duration_seconds": "estimate_seconds"},
    codecs={"status": STATUS.codec},
)
COMMAND_STATUS = Choices(COMMAND_STATUSES, pending="queued", running="in_progress")
COMMAND = Words(
    Command,
    ISO_SECONDS,
    names={"command_id": "id", "agent_id": "target", "command": "type", "eta_seconds": "estimate_seconds"},
    codecs={"status": COMMAND_STATUS.codec},
)
AGENT_STATUS = Choices(presence.STATUSES, registered="active", idle="active", busy="active", error="degraded")
AGENT = Words(
    Agent,
    ISO_SECONDS,
    names={"agent_id": "id", "last_seen": "last_seen"},
    codecs={
        "status": AGENT_STATUS.codec,
        "previous_status": AGENT_STATUS.codec,
        "capabilities": NAMES,
        "last_seen": ISO_SECONDS,
    },
)
ALERT = Words(Alert, ISO_SECONDS, names={"alert_id": "id", "agent_id": "device", "current_value": "value"})
NEGOTIATION = Words(Negotiation, ISO_SECONDS, names={"negotiation_id": "id"})
USER = Words(
    User,
    ISO_SECONDS,
    codecs={"role": Codec(lambda role: role if role in ROLES else "seedbringer" if role == "admin" else "observer")},
)
# The events that this dialect has words for.
EVENT = Choices(
    (
        *("task.created", "task.updated", "task.started", "task.completed", "task.failed", "task.cancelled"),
        *("task.deleted", "command.submitted", "command.started", "command.completed", "command.failed"),
        *("command.timeout", "command.cancelled", "ai.agent.registered", "ai.agent.status_changed", "ai.agent.offline"),
        *("ai.agent.deleted", "ai.task.assigned", "ai.task.completed", "telemetry.frame", "telemetry.alert"),
    ),
    **{
        "command.timeout": "command.failed",
        "ai.agent.registered": "agent.registered",
        "ai.agent.status_changed": "agent.status_changed",
        "ai.agent.offline": "agent.offline",
        "ai.agent.deleted": "agent.deregistered",
    },
)
WEBHOOK = Words(Webhook, ISO_SECONDS, names={"webhook_id": "id"})
# Who measures or logs is an agent here.
METRICS = Words(
    Frame,
    ISO_SECONDS,
    names={"metric_id": "id", "agent_id": "device", "timestamp": "at", "stored_at": "received_at"},
)
LOG = Words(
    Line, ISO_SECONDS, names={"log_id": "id", "agent_id": "device", "timestamp": "at", "stored_at": "received_at"}
)


def address_of(user: User) -> str:
    """The address of somebody who may have none: then one that reaches nobody."""
    return user.email or f"{user.username}@users.invalid"
