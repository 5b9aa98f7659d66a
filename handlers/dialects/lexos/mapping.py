"""Tasks in the words of `lexos`: few statuses, times in seconds, progress from 0 to 1."""

from handlers.core.projection import EPOCH_SECONDS, RATIO, Choices, Field, Projection

STATUS = Choices(
    {
        "pending": "queued",
        "scheduled": "queued",
        "blocked": "queued",
        "running": "running",
        "completed": "completed",
        "failed": "failed",
        "timeout": "failed",
        "cancelled": "cancelled",
    }
)

SUBMIT = Projection(
    (
        Field("task_type", "type"),
        Field("parameters", "parameters"),
        Field("priority", "priority"),
        Field("timeout", "timeout_seconds"),
    )
)
TASK = Projection(
    (
        Field("task_id", "id"),
        Field("agent_id", "assigned_to"),
        Field("user_id", "created_by"),
        Field("task_type", "type"),
        Field("status", "status", STATUS.codec),
        Field("priority", "priority"),
        Field("parameters", "parameters"),
        Field("progress", "progress", RATIO),
        Field("result", "result"),
        Field("created_at", "created_at", EPOCH_SECONDS),
        Field("started_at", "started_at", EPOCH_SECONDS),
        Field("completed_at", "completed_at", EPOCH_SECONDS),
        Field("error", "error"),
    )
)
PROGRESS = Projection(
    (
        Field("task_id", "id"),
        Field("progress", "progress", RATIO),
        Field("status", "status", STATUS.codec),
        Field("current_step", "notes"),
        Field("result", "result"),
    )
)
