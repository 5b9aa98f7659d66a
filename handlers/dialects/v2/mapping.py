"""Tasks in the words of `v2`."""

from handlers.core.lifecycle import Task
from handlers.core.ports import Position
from handlers.core.projection import ISO_MILLISECONDS, Choices, Field, Projection

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

TASK = Projection(
    (
        Field("task_id", "id"),
        Field("title", "name"),
        Field("description", "description"),
        Field("type", "type"),
        Field("status", "status", STATUS.codec),
        Field("priority", "priority"),
        Field("assignee", "assigned_to"),
        Field("progress", "progress"),
        Field("parameters", "parameters"),
        Field("dependencies", "dependencies"),
        Field("deadline", "deadline", ISO_MILLISECONDS),
        Field("schedule", "schedule"),
        Field("next_run", "next_run", ISO_MILLISECONDS),
        Field("retry_policy", "retry_policy"),
        Field("timeout_seconds", "timeout_seconds"),
        Field("tags", "tags"),
        Field("notes", "notes"),
        Field("result", "result"),
        Field("error", "error"),
        Field("created_by", "created_by"),
        Field("created_at", "created_at", ISO_MILLISECONDS),
        Field("updated_at", "updated_at", ISO_MILLISECONDS),
        Field("started_at", "started_at", ISO_MILLISECONDS),
        Field("completed_at", "completed_at", ISO_MILLISECONDS),
        Field("deleted_at", "deleted_at", ISO_MILLISECONDS),
    )
)


def cursor_behind(task: Task) -> str:
    """The place behind a task in a list: 12 hexadecimal digits of its time, and its identifier."""
    return f"{task.created_at:012x}.{task.id}"


def position_of(cursor: str | None) -> Position | None:
    """The place that a cursor names. Every cursor that the contract admits names one."""
    return None if cursor is None else Position(int(cursor[:12], 16), cursor[13:])
