"""Who belongs to a tenant, and as what."""

from generated.models import mesh
from handlers.core.calls import Call
from handlers.core.members import Member
from handlers.dialects.mesh.mapping import MEMBER


async def add_member(call: Call, id: str, body: mesh.MemberAdd) -> mesh.Member:
    """A new member: somebody who has registered."""
    return _shown(await call.core.identity.members.add(call.principal, id, body.email, body.role))


async def list_members(call: Call, id: str, limit: int, offset: int) -> list[mesh.Member]:
    """One page of a tenant's members."""
    found = await call.core.identity.members.page(call.principal, id, limit, offset=offset)
    return [_shown(member) for member in found]


async def get_member(call: Call, id: str, user: str) -> mesh.Member:
    """One member of a tenant."""
    return _shown(await call.core.identity.members.get(call.principal, id, user))


async def update_member(call: Call, id: str, user: str, body: mesh.MemberUpdate) -> mesh.Member:
    """Give a member another role."""
    return _shown(await call.core.identity.members.change(call.principal, id, user, body.role))


async def remove_member(call: Call, id: str, user: str) -> mesh.MemberRemoved:
    """End a membership."""
    member = await call.core.identity.members.remove(call.principal, id, user)
    return mesh.MemberRemoved(userId=member.user, status="removed")


def _shown(member: Member) -> mesh.Member:
    """A member; who gave no name to be shown by is called as their address begins."""
    known = {} if member.email is None else {"displayName": member.email.partition("@")[0]}
    return MEMBER.show_whole(mesh.Member, member, known)
