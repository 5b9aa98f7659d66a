"""The caller."""

from generated.models import mesh
from handlers.core.calls import Call
from handlers.dialects.mesh.mapping import KEY, TENANT, shown_user


async def get_me(call: Call, x_tenant_id: str | None) -> mesh.Me:
    """The user of a session or the API key, and the tenant in which they act."""
    profile = await call.core.identity.profile(call.principal)
    who, known = profile.who, {}
    if profile.tenant is not None:
        known["tenant"] = TENANT.show(mesh.Tenant, profile.tenant)
    if who.session is None and profile.key is not None:
        known["key"] = KEY.show(mesh.Key, profile.key)
    else:
        known["user"] = shown_user(profile.user)
    credential = "apiKey" if "key" in known else "session"
    return mesh.Me(credential=credential, scopes=sorted(who.scopes), **known)
