"""The caller."""

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.projection import iso_milliseconds
from handlers.core.tenants import Belonging


async def get_me(call: Call) -> v2.Me:
    """Who is calling, where they may act, and what they may do."""
    profile = await call.core.identity.profile(call.principal)
    who, user, key = profile.who, profile.user, profile.key
    known = {
        "name": key.label if key else user.full_name or user.username,
        "email": None if key else user.email,
        "tenant_id": who.tenant or None,
        "expires_at": None if who.expires_at is None else iso_milliseconds(who.expires_at),
    }
    return v2.Me(
        id=key.id if key else user.id,
        kind="api_key" if key else "user",
        tenants=[_membership(belonging) for belonging in profile.belongings],
        scopes=sorted(who.scopes),
        **{name: value for name, value in known.items() if value is not None},
    )


def _membership(belonging: Belonging) -> v2.Membership:
    role = {} if belonging.role is None else {"role": belonging.role}
    return v2.Membership(tenant_id=belonging.tenant.id, name=belonging.tenant.display_name, **role)
