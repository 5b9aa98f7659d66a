"""Tasks, in the dialect that we recommend."""

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.executions import told
from handlers.core.lifecycle import Task
from handlers.core.tasks import Filter
from handlers.dialects.v2.mapping import STATUS, TASK, page_of, position_of
from handlers.dialects.v2.versions import tag_of, version_of


async def create_task(call: Call, body: v2.TaskCreate, idempotency_key: str | None) -> tuple[v2.Task, dict[str, str]]:
    """Create a task."""
    given = TASK.read({"type": body.type, **body.model_dump(exclude_unset=True)})
    return _tagged(await call.core.tasks.create(call.principal, given, idempotency_key=idempotency_key))


async def list_tasks(
    call: Call,
    status: str | None,
    assignee: str | None,
    priority: str | None,
    type: str | None,
    tags: list[str] | None,
    include: str | None,
    limit: int,
    cursor: str | None,
) -> v2.TaskPage:
    """One page of the tasks that agree with the filters, and where the next one begins."""
    wanted = Filter(STATUS.all_of(status), assignee, priority, type, tuple(tags or ()))
    tasks = await call.core.tasks.follow(
        call.principal, wanted, limit + 1, position_of(cursor), with_deleted=include is not None
    )
    return page_of(v2.TaskPage, tasks, limit, _shown)


async def get_task(call: Call, task_id: str) -> tuple[v2.Task, dict[str, str]]:
    """One task, with its entity tag."""
    return _tagged(await call.core.tasks.get(call.principal, task_id))


async def update_task(
    call: Call, task_id: str, body: v2.TaskUpdate, if_match: str | None
) -> tuple[v2.Task, dict[str, str]]:
    """Change some fields of a task, if it is still the one that the caller has read."""
    given = TASK.read(body.model_dump(exclude_unset=True))
    return _tagged(
        told(call, await call.core.tasks.update(call.principal, task_id, given, version=version_of(if_match)))
    )


async def delete_task(call: Call, task_id: str, if_match: str | None) -> v2.TaskDeleted:
    """Cancel and remove a task, if it is still the one that the caller has read."""
    task = await call.core.tasks.delete(call.principal, task_id, version=version_of(if_match))
    return v2.TaskDeleted(task_id=task.id, status="deleted")


def _tagged(task: Task) -> tuple[v2.Task, dict[str, str]]:
    return _shown(task), tag_of(task.version)


def _shown(task: Task) -> v2.Task:
    return TASK.show(v2.Task, task)
