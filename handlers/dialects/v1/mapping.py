"""Tasks in the words of `v1`."""

from handlers.core.lifecycle import STATUSES
from handlers.core.projection import ISO_MILLISECONDS, Choices, Field, Projection

STATUS = Choices({status: status for status in STATUSES})

CREATED = Projection(
    (
        Field("task_id", "id"),
        Field("name", "name"),
        Field("status", "status", STATUS.codec),
        Field("created_at", "created_at", ISO_MILLISECONDS),
        Field("next_run", "next_run", ISO_MILLISECONDS),
    )
)
EVENT = Projection(
    (
        Field("task_id", "id"),
        Field("name", "name"),
        Field("status", "status", STATUS.codec),
        Field("progress", "progress"),
        Field("result", "result"),
    )
)
TASK = Projection(
    (
        Field("task_id", "id"),
        Field("name", "name"),
        Field("description", "description"),
        Field("type", "type"),
        Field("status", "status", STATUS.codec),
        Field("progress", "progress"),
        Field("schedule", "schedule"),
        Field("next_run", "next_run", ISO_MILLISECONDS),
        Field("parameters", "parameters"),
        Field("dependencies", "dependencies"),
        Field("retry_policy", "retry_policy"),
        Field("timeout_seconds", "timeout_seconds"),
        Field("tags", "tags"),
        Field("result", "result"),
        Field("error", "error"),
        Field("created_at", "created_at", ISO_MILLISECONDS),
        Field("updated_at", "updated_at", ISO_MILLISECONDS),
        Field("started_at", "started_at", ISO_MILLISECONDS),
        Field("completed_at", "completed_at", ISO_MILLISECONDS),
    )
)
