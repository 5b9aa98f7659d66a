"""Tasks and people in the words of `ggi`."""

from handlers.core.google import ROLES
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.projection import ISO_SECONDS, Choices, Codec, Words
from handlers.core.users import User

STATUS = Choices(STATUSES, running="in_progress")
TASK = Words(
    Task,
    ISO_SECONDS,
    names={"task_id": "id", "progress_percent": "progress", "estimated_duration_seconds": "estimate_seconds"},
    codecs={"status": STATUS.codec},
)
USER = Words(
    User,
    ISO_SECONDS,
    codecs={"role": Codec(lambda role: role if role in ROLES else "seedbringer" if role == "admin" else "observer")},
)


def address_of(user: User) -> str:
    """The address of somebody who may have none: then one that reaches nobody."""
    return user.email or f"{user.username}@users.invalid"
