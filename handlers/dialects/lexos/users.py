"""Users, administered as the LexOS documentation prints it."""

from generated.models import lexos
from handlers.core.calls import Call
from handlers.core.clock import system_clock
from handlers.core.users import User
from handlers.dialects.lexos.mapping import ROLE, levels_of, shown_with_levels, size_text


async def list_users(call: Call, role: str | None, status: str | None, limit: int, offset: int) -> lexos.UserList:
    """One page of the tenant's users, and how many agree with the filters."""
    users, wanted = call.core.identity.users, {"roles": ROLE.all_of(role), "status": status}
    found = await users.page(call.principal, limit, offset, **wanted)
    return lexos.UserList(
        users=[await _shown(call, user) for user in found],
        total=await users.count(call.principal, **wanted),
        timestamp=system_clock() // 1000,
    )


async def create_user(call: Call, body: lexos.UserCreate) -> lexos.UserCreated:
    """A new user of the tenant."""
    given = {**levels_of(body.role), **body.model_dump(exclude_unset=True)}
    user = await call.core.identity.users.create(call.principal, given)
    return lexos.UserCreated(success=True, user_id=user.id, username=user.username, workspace_created=True)


async def get_user(call: Call, user_id: str) -> lexos.User:
    """One of the tenant's users."""
    return await _shown(call, await call.core.identity.users.get(call.principal, user_id))


async def update_user(call: Call, user_id: str, body: lexos.UserUpdate) -> lexos.User:
    """Change some fields of a user."""
    given = body.model_dump(exclude_unset=True)
    return await _shown(call, await call.core.identity.users.change(call.principal, user_id, given))


async def delete_user(call: Call, user_id: str) -> lexos.UserDeleted:
    """Remove a user."""
    user = await call.core.identity.users.delete(call.principal, user_id)
    return lexos.UserDeleted(success=True, user_id=user.id, status="deleted")


async def _shown(call: Call, user: User) -> lexos.User:
    """A user with how much they have done, and how much is kept of it."""
    kept = await call.core.tasks.kept_of(call.principal, user.id)
    known = {"email": "", "full_name": "", "total_tasks": kept.tasks, "workspace_size": size_text(kept.bytes)}
    return shown_with_levels(lexos.User, user, **known)
