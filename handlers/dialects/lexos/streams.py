"""What `lexos` tells over WebSockets."""

from collections.abc import AsyncIterator

from generated.models import lexos
from handlers.core.calls import Call, StreamItem
from handlers.core.following import follow_task
from handlers.core.lifecycle import Task
from handlers.dialects.lexos.mapping import TASK


async def task(call: Call, task_id: str) -> AsyncIterator[StreamItem]:
    """One task: as it is, then each change, until it is finished."""
    return await follow_task(call.core.feed, call.core.tasks, call.principal, task_id, _progress)


def _progress(task: Task) -> StreamItem:
    data = TASK.show(lexos.TaskProgressData, task)
    return StreamItem("task_progress", lexos.TaskProgress(type="task_progress", data=data))
