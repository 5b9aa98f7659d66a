"""What `v1`'s event stream says."""

from generated.models import shared, v1
from handlers.core.calls import StreamItem
from handlers.core.lifecycle import Task
from handlers.core.ports import Event, Gap
from handlers.dialects.v1.mapping import TASK


def events(event: Event, task: Task) -> StreamItem:
    """A change of a task."""
    return StreamItem(event.type, TASK.show(v1.TaskEvent, task), event.id.replace("_", "-", 1))


def gap(lost: Gap) -> StreamItem:
    """Events that this client has lost."""
    return StreamItem("gap", shared.Gap(missed=lost.missed))
