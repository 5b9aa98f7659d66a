"""Tasks in the words of `ggi`."""

from handlers.core.projection import ISO_SECONDS, Choices, Field, Projection

STATUS = Choices(
    {
        "scheduled": "scheduled",
        "pending": "pending",
        "running": "in_progress",
        "blocked": "blocked",
        "completed": "completed",
        "failed": "failed",
        "cancelled": "cancelled",
        "timeout": "timeout",
    }
)

_SUMMARY = (
    Field("task_id", "id"),
    Field("name", "name"),
    Field("status", "status", STATUS.codec),
    Field("progress_percent", "progress"),
    Field("assigned_to", "assigned_to"),
)
SUMMARY = Projection(_SUMMARY)
TASK = Projection(
    (
        *_SUMMARY,
        Field("type", "type"),
        Field("priority", "priority"),
        Field("parameters", "parameters"),
        Field("dependencies", "dependencies"),
        Field("deadline", "deadline", ISO_SECONDS),
        Field("notes", "notes"),
        Field("result", "result"),
        Field("error", "error"),
    )
)
TIMELINE = Projection(
    (
        Field("created_at", "created_at", ISO_SECONDS),
        Field("started_at", "started_at", ISO_SECONDS),
        Field("completed_at", "completed_at", ISO_SECONDS),
    )
)
