"""Tasks, as the GGI specification prints them."""

from generated.models import ggi
from handlers.core.calls import Call
from handlers.core.errors import Conflict
from handlers.core.executions import told
from handlers.core.lifecycle import Task
from handlers.core.tasks import Filter
from handlers.dialects.ggi.mapping import STATUS, TASK


async def create_task(call: Call, body: ggi.TaskCreate, idempotency_key: str | None) -> ggi.TaskCreated:
    """Create a task; the idempotency key may come in the header or in the body."""
    given = body.model_dump(exclude_unset=True)
    key = _one_key(idempotency_key, given.pop("idempotency_key", None))
    task = await call.core.tasks.create(call.principal, TASK.read(given), idempotency_key=key)
    return TASK.show(ggi.TaskCreated, task)


async def list_tasks(
    call: Call, status: str | None, assigned_to: str | None, priority: str | None, limit: int, offset: int
) -> ggi.TaskList:
    """One page of the tasks that agree with the filters, and how many there are."""
    wanted = Filter(STATUS.all_of(status), assigned_to, priority)
    tasks = await call.core.tasks.page(call.principal, wanted, limit, offset)
    total = await call.core.tasks.count(call.principal, wanted)
    shown = [TASK.show(ggi.TaskSummary, task) for task in tasks]
    return ggi.TaskList(tasks=shown, total=total, limit=limit, offset=offset)


async def get_task(call: Call, task_id: str) -> ggi.Task:
    """One task."""
    return _shown(await call.core.tasks.get(call.principal, task_id))


async def update_task(call: Call, task_id: str, body: ggi.TaskUpdate) -> ggi.Task:
    """Change some fields of a task."""
    given = TASK.read(body.model_dump(exclude_unset=True))
    return _shown(told(call, await call.core.tasks.update(call.principal, task_id, given)))


async def delete_task(call: Call, task_id: str) -> ggi.TaskDeleted:
    """Cancel and remove a task."""
    task = await call.core.tasks.delete(call.principal, task_id)
    return ggi.TaskDeleted(status="deleted", task_id=task.id)


def _shown(task: Task) -> ggi.Task:
    return TASK.show(ggi.Task, task, timeline=TASK.show(ggi.Timeline, task))


def _one_key(header: str | None, field: str | None) -> str | None:
    if header is not None and field is not None and header != field:
        raise Conflict("The header and the body name different idempotency keys")
    return header if header is not None else field
