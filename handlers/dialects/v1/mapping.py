"""Tasks in the words of `v1`."""

from handlers.core.lifecycle import STATUSES, Task
from handlers.core.projection import ISO_MILLISECONDS, Choices, Words

STATUS = Choices(STATUSES)
TASK = Words(Task, ISO_MILLISECONDS, names={"task_id": "id"}, codecs={"status": STATUS.codec})
