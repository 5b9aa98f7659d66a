# Generated from specs/ by `make generate`. Do not edit.
"""The model that carries each message's payload, by the message's name."""

from typing import Any

from generated.models import ggi, lexos, shared, v1, v2

PAYLOADS: dict[str, Any] = {
    'ggi.gap': shared.Gap,
    'ggi.task': ggi.TaskEvent,
    'lexos.task_progress': lexos.TaskProgress,
    'v1.gap': shared.Gap,
    'v1.task': v1.TaskEvent,
    'v2.gap': shared.Gap,
    'v2.task': v2.TaskEvent,
}
