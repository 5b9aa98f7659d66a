"""What the audit log says of a task that has been carried out."""

from handlers.core.audit_words import EXECUTION
from handlers.core.calls import Call
from handlers.core.lifecycle import Task

_ENDED = ("completed", "failed", "timeout")


def told(call: Call, task: Task) -> Task:
    """The task; if this request has ended it, the audit log is told how. A finished task changes no more."""
    if task.status in _ENDED:
        details = {
            "task_id": task.id,
            "task_type": task.type,
            "success": task.status == "completed",
            "execution_time": task.execution_seconds,
        }
        known = {name: value for name, value in details.items() if value is not None}
        call.note(event_type=EXECUTION, agent=task.assigned_to, details=known)
    return task
