"""Work submitted to an agent, as the LexOS documentation prints it."""

from typing import Any

from generated.models import lexos
from handlers.core.calls import Call
from handlers.core.executions import told
from handlers.core.lifecycle import Task
from handlers.core.tasks import Filter
from handlers.dialects.lexos.mapping import STATUS, TASK

_QUEUED = ("pending",)


async def submit_task(call: Call, agent_id: str, body: lexos.TaskSubmit) -> lexos.TaskSubmitted:
    """Queue a task for an agent. A task has no name here, so it goes by its type."""
    given = TASK.read(body.model_dump(exclude_unset=True))
    task = await call.core.tasks.create(call.principal, {**given, "name": given["type"], "assigned_to": agent_id})
    ahead = await call.core.tasks.count(call.principal, Filter(_QUEUED, agent_id))
    return lexos.TaskSubmitted(
        success=True,
        task_id=task.id,
        agent_id=agent_id,
        status=STATUS.codec.show(task.status),
        estimated_completion=task.created_at // 1000 + task.estimate_seconds,
        queue_position=max(ahead, 1),
    )


async def list_tasks(call: Call, status: str | None, agent_id: str | None, limit: int, offset: int) -> lexos.TaskList:
    """One page of the tasks that agree with the filters, and how many there are."""
    wanted = Filter(STATUS.all_of(status), agent_id)
    tasks = await call.core.tasks.page(call.principal, wanted, limit, offset)
    total = await call.core.tasks.count(call.principal, wanted)
    return lexos.TaskList(
        tasks=[_shown(task) for task in tasks],
        total=total,
        limit=limit,
        offset=offset,
        has_more=offset + len(tasks) < total,
    )


async def get_task(call: Call, task_id: str) -> lexos.Task:
    """One task."""
    return _shown(await call.core.tasks.get(call.principal, task_id))


async def update_task(call: Call, task_id: str, body: lexos.TaskUpdate) -> lexos.Task:
    """Change some fields of a task."""
    given = TASK.read(body.model_dump(exclude_unset=True))
    return _shown(told(call, await call.core.tasks.update(call.principal, task_id, given)))


async def cancel_task(call: Call, task_id: str) -> lexos.TaskCancelled:
    """Cancel and remove a task."""
    task = await call.core.tasks.delete(call.principal, task_id)
    return lexos.TaskCancelled(success=True, task_id=task.id, status="cancelled")


def _shown(task: Task) -> lexos.Task:
    missing: dict[str, Any] = {"agent_id": "", "error": None}
    if task.execution_seconds is not None:
        missing["execution_time"] = task.execution_seconds
    return TASK.show_whole(lexos.Task, task, missing)
