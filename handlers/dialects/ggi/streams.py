"""What `ggi`'s event stream says."""

from generated.models import ggi, shared
from handlers.core.calls import StreamItem
from handlers.core.lifecycle import Task
from handlers.core.ports import Event, Gap
from handlers.dialects.ggi.mapping import TASK


def events(event: Event, task: Task) -> StreamItem:
    """A change of a task."""
    return StreamItem(event.type, TASK.show(ggi.TaskEvent, task), event.id)


def gap(lost: Gap) -> StreamItem:
    """Events that this client has lost."""
    return StreamItem("gap", shared.Gap(missed=lost.missed))
