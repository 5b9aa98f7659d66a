"""Tasks, agents, people and the audit log in the words of `lexos`: few statuses, times in seconds, shares up to 1."""

from typing import Any

from handlers.core import presence
from handlers.core.audit_entries import Recorded
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.presence import Agent
from handlers.core.projection import EPOCH_SECONDS, RATIO, Choices, Codec, Shown, Words
from handlers.core.users import User

STATUS = Choices(STATUSES, pending="queued", scheduled="queued", blocked="queued", timeout="failed")
TASK = Words(
    Task,
    EPOCH_SECONDS,
    names={
        "task_id": "id",
        "agent_id": "assigned_to",
        "user_id": "created_by",
        "task_type": "type",
        "timeout": "timeout_seconds",
        "current_step": "notes",
    },
    codecs={"status": STATUS.codec, "progress": RATIO},
)
AGENT_STATUS = Choices(presence.STATUSES, registered="inactive", idle="active", degraded="error", offline="inactive")
AGENT = Words(
    Agent,
    EPOCH_SECONDS,
    names={"agent_id": "id", "last_activity": "last_seen"},
    codecs={
        "status": AGENT_STATUS.codec,
        "last_seen": EPOCH_SECONDS,
        "capabilities": Codec(lambda known: [{"description": "", "version": "", **one} for one in known]),
    },
)
AUDIT = Words(
    Recorded,
    EPOCH_SECONDS,
    names={
        "event_id": "id",
        "user_id": "user",
        "agent_id": "agent",
        "timestamp": "created_at",
        "ip_address": "peer",
    },
)
# Ours that LexOS knows by another name, and the levels of somebody who has none of their own.
ROLE = Choices(
    ("admin", "family_member", "guest", "seedbringer", "council", "agent", "observer", "operator", "owner", "stranger"),
    seedbringer="admin",
    **dict.fromkeys(("council", "agent", "observer", "operator", "owner", "stranger"), "guest"),
)
_LEVELS = {"admin": ("ADMIN", "FULL"), "family_member": ("SAFE", "BASIC"), "guest": ("RESTRICTED", "LIMITED")}
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
USER = Words(
    User, EPOCH_SECONDS, names={"user_id": "id"}, codecs={"role": Codec(lambda role: ROLE.word_of(role, "guest"))}
)


def size_text(size: int) -> str:
    """Bytes as LexOS prints them: `2.1GB`, in powers of 1024."""
    for power, unit in enumerate(_UNITS):
        amount = round(size / 1024**power, 1)
        if amount < 1024 or unit == _UNITS[-1]:
            break
    return f"{amount:.1f}".removesuffix(".0") + unit


def levels_of(role: str) -> dict[str, str]:
    """The levels that go with a role of LexOS's."""
    return dict(zip(("security_level", "agent_access_level"), _LEVELS[role], strict=True))


def shown_with_levels(model: type[Shown], user: User, **missing: Any) -> Shown:
    """A user as one of the models that show levels; `missing` is said of what they do not have."""
    return USER.show_whole(model, user, {**levels_of(ROLE.word_of(user.role, "guest")), **missing})
