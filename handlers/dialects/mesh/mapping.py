"""People, tenants, their members and API keys in the words of `mesh`."""

from generated.models import mesh
from handlers.core.keys import ApiKey
from handlers.core.members import Member
from handlers.core.projection import ISO_MILLISECONDS, Words
from handlers.core.tenants import Tenant
from handlers.core.users import User

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
    return USER.show(mesh.User, user, email=address, displayName=address.partition("@")[0])
