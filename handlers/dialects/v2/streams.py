"""What `v2`'s event stream says."""

from generated.models import shared, v2
from handlers.core.calls import StreamItem
from handlers.core.lifecycle import Task
from handlers.core.ports import Event, Gap
from handlers.core.projection import iso_milliseconds
from handlers.dialects.v2.mapping import TASK


def events(event: Event, task: Task) -> StreamItem:
    """A change of a task, with the task."""
    data = v2.TaskEvent(
        event_id=event.id, type=event.type, created_at=iso_milliseconds(event.at), data=TASK.show(v2.Task, task)
    )
    return StreamItem(event.type, data, event.id)


def gap(lost: Gap) -> StreamItem:
    """Events that this client has lost."""
    return StreamItem("gap", shared.Gap(missed=lost.missed))
