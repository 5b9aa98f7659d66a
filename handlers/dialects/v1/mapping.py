"""Tasks and API keys in the words of `v1`."""

from handlers.core.keys import ApiKey
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.projection import ISO_MILLISECONDS, Choices, Words

STATUS = Choices(STATUSES)
TASK = Words(Task, ISO_MILLISECONDS, names={"task_id": "id"}, codecs={"status": STATUS.codec})
KEY = Words(ApiKey, ISO_MILLISECONDS, names={"key_id": "id", "name": "label"})
