"""Tasks in the words of `ggi`."""

from handlers.core.lifecycle import STATUSES, Task
from handlers.core.projection import ISO_SECONDS, Choices, Words

STATUS = Choices(STATUSES, running="in_progress")
TASK = Words(
    Task,
    ISO_SECONDS,
    names={"task_id": "id", "progress_percent": "progress", "estimated_duration_seconds": "estimate_seconds"},
    codecs={"status": STATUS.codec},
)
