"""Tasks, commands, agents and API keys in the words of `v1`."""

from typing import get_args

from generated.models import v1
from handlers.core import presence
from handlers.core.alerting import Alert
from handlers.core.command_lives import STATUSES as COMMAND_STATUSES
from handlers.core.command_lives import Command
from handlers.core.frames import Frame
from handlers.core.keys import ApiKey
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.presence import Agent
from handlers.core.projection import ISO_MILLISECONDS, NAMES, Choices, Words

STATUS = Choices(STATUSES)
TASK = Words(Task, ISO_MILLISECONDS, names={"task_id": "id"}, codecs={"status": STATUS.codec})
COMMAND_STATUS = Choices(COMMAND_STATUSES)
COMMAND = Words(
    Command,
    ISO_MILLISECONDS,
    names={
        "command_id": "id",
        "command": "type",
        "submitted_at": "created_at",
        "estimated_completion": "deadline",
        "device_id": "target",
    },
)
# What is called otherwise here: of every end but a good one `v1` says that the command has failed.
EVENT = Choices(
    (*get_args(get_args(v1.EventType.__value__)[0]), "command.timeout", "command.cancelled"),
    **{"command.timeout": "command.failed", "command.cancelled": "command.failed"},
)
# `v1` has no word for an agent that is in error: it is not well.
AGENT_STATUS = Choices(presence.STATUSES, error="degraded")
AGENT = Words(
    Agent,
    ISO_MILLISECONDS,
    names={"agent_id": "id", "last_heartbeat_at": "heard_at"},
    codecs={"status": AGENT_STATUS.codec, "capabilities": NAMES},
)
ALERT = Words(
    Alert,
    ISO_MILLISECONDS,
    names={"alert_id": "id", "device_id": "device", "current_value": "value", "triggered_at": "fired_at"},
)
FRAME = Words(Frame, ISO_MILLISECONDS, names={"frame_id": "id", "device_id": "device", "timestamp": "at"})
KEY = Words(ApiKey, ISO_MILLISECONDS, names={"key_id": "id", "name": "label"})
