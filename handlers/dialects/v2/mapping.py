"""Tasks, API keys and the audit log in the words of `v2`, and places in its lists."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from handlers.core.audit_entries import Recorded
from handlers.core.errors import Unprocessable
from handlers.core.keys import ApiKey
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.ports import Position
from handlers.core.projection import ISO_MILLISECONDS, Choices, Words

STATUS = Choices(STATUSES, running="in_progress")
TASK = Words(
    Task,
    ISO_MILLISECONDS,
    names={"task_id": "id", "title": "name", "assignee": "assigned_to"},
    codecs={"status": STATUS.codec},
)
KEY = Words(ApiKey, ISO_MILLISECONDS, names={"key_id": "id", "created_by": "user", "rate_limits": "limits"})
AUDIT = Words(
    Recorded,
    ISO_MILLISECONDS,
    names={"audit_id": "id", "actor": "user", "agent_id": "agent", "resource_id": "resource", "ip_address": "peer"},
)
Item = TypeVar("Item", Task, ApiKey, Recorded)
Page = TypeVar("Page")
_PLACE = re.compile(rb"([0-9a-f]{12})\.([A-Za-z0-9][A-Za-z0-9_.:-]{0,127})")


def page_of(model: Callable[..., Page], found: Sequence[Item], limit: int, show: Callable[[Item], Any]) -> Page:
    """One page of a list, from what was found when one item more than its limit was asked for."""
    data = [show(item) for item in found[:limit]]
    if len(found) <= limit:
        return model(data=data, has_more=False)
    return model(data=data, has_more=True, next_cursor=cursor_behind(found[limit - 1]))


def cursor_behind(record: Task | ApiKey | Recorded) -> str:
    """The place behind an item in a list, as letters that say nothing to anybody else."""
    return urlsafe_b64encode(f"{record.created_at:012x}.{record.id}".encode()).rstrip(b"=").decode()


def position_of(cursor: str | None) -> Position | None:
    """The place that a cursor names."""
    if cursor is None:
        return None
    place = _PLACE.fullmatch(_opened(cursor))
    if place is None:
        raise Unprocessable("This cursor was not given by a list", field="cursor", location="query")
    return Position(int(place[1], 16), place[2].decode())


def _opened(cursor: str) -> bytes:
    """The bytes in a cursor; none in one that cannot be read."""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        return b""
