"""Tasks in the words of `lexos`: few statuses, times in seconds, progress from 0 to 1."""

from handlers.core.lifecycle import STATUSES, Task
from handlers.core.projection import EPOCH_SECONDS, RATIO, Choices, Words

STATUS = Choices(STATUSES, pending="queued", scheduled="queued", blocked="queued", timeout="failed")
TASK = Words(
    Task,
    EPOCH_SECONDS,
    names={
        "task_id": "id",
        "agent_id": "assigned_to",
        "user_id": "created_by",
        "task_type": "type",
        "timeout": "timeout_seconds",
        "current_step": "notes",
    },
    codecs={"status": STATUS.codec, "progress": RATIO},
)
