"""Agents, people, tenants, their members and API keys in the words of `mesh`."""

from generated.models import mesh
from handlers.core import presence
from handlers.core.keys import ApiKey
from handlers.core.members import Member
from handlers.core.presence import Agent
from handlers.core.projection import ISO_MILLISECONDS, Choices, Words
from handlers.core.tenants import Tenant
from handlers.core.users import User

PHASE = Choices(
    presence.STATUSES,
    registered="Pending",
    idle="Running",
    busy="Running",
    degraded="Degraded",
    error="Failed",
    offline="Offline",
)
AGENT = Words(
    Agent,
    ISO_MILLISECONDS,
    names={
        "name": "id",
        "phase": "status",
        "nodeAck": "is_confirmed",
        "lastSyncedAt": "synced_at",
        "message": "node_message",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
    },
    codecs={"status": PHASE.codec},
)
USER = Words(User, ISO_MILLISECONDS, names={"displayName": "full_name"})
TENANT = Words(
    Tenant,
    ISO_MILLISECONDS,
    names={
        "crName": "cr_name",
        "displayName": "display_name",
        "namespace": "cr_name",
        "nodeProfile": "node_profile",
        "nodeUrl": "node_url",
        "createdAt": "created_at",
    },
)
MEMBER = Words(
    Member,
    ISO_MILLISECONDS,
    names={"userId": "user", "tenantId": "within", "displayName": "full_name", "createdAt": "created_at"},
)
KEY = Words(
    ApiKey,
    ISO_MILLISECONDS,
    names={
        "hash": "id",
        "tenantId": "within",
        "createdAt": "created_at",
        "expiresAt": "expires_at",
        "lastUsedAt": "last_used_at",
    },
)


def shown_user(user: User) -> mesh.User:
    """A user; who gave no name to be shown by is called as their address begins."""
    address = user.email or user.username
    return USER.show_whole(mesh.User, user, {"email": address, "displayName": address.partition("@")[0]})
