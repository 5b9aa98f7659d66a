"""Tasks with schedules, retries and tags, as the v1 specification prints them."""

from generated.models import v1
from handlers.core.calls import Call
from handlers.core.executions import told
from handlers.core.lifecycle import Task
from handlers.core.tasks import Filter
from handlers.dialects.v1.mapping import STATUS, TASK


async def create_task(call: Call, body: v1.TaskCreate) -> v1.TaskCreated:
    """Create a task; one with a schedule waits for its next run."""
    given = TASK.read(body.model_dump(exclude_unset=True))
    task = await call.core.tasks.create(call.principal, given, separator="-")
    return TASK.show(v1.TaskCreated, task)


async def list_tasks(
    call: Call, status: str | None, type: str | None, tags: list[str] | None, limit: int, offset: int
) -> v1.TaskList:
    """One page of the tasks that agree with the filters, and how many there are."""
    wanted = Filter(STATUS.all_of(status), type=type, labels=tuple(tags or ()))
    tasks = await call.core.tasks.page(call.principal, wanted, limit, offset)
    total = await call.core.tasks.count(call.principal, wanted)
    return v1.TaskList(tasks=[_shown(task) for task in tasks], total=total, limit=limit, offset=offset)


async def get_task(call: Call, task_id: str) -> v1.Task:
    """One task."""
    return _shown(await call.core.tasks.get(call.principal, task_id))


async def update_task(call: Call, task_id: str, body: v1.TaskUpdate) -> v1.Task:
    """Change some fields of a task."""
    given = TASK.read(body.model_dump(exclude_unset=True))
    return _shown(told(call, await call.core.tasks.update(call.principal, task_id, given)))


async def delete_task(call: Call, task_id: str) -> v1.TaskDeleted:
    """Cancel and remove a task."""
    task = await call.core.tasks.delete(call.principal, task_id)
    return v1.TaskDeleted(task_id=task.id, status="deleted")


def _shown(task: Task) -> v1.Task:
    return TASK.show(v1.Task, task)
