"""Sessions for people, as the LexOS documentation prints them."""

from generated.models import lexos
from handlers.core.calls import Call
from handlers.dialects.lexos.mapping import shown_with_levels


async def login(call: Call, body: lexos.Login) -> lexos.Session:
    """Open a session."""
    call.tries(body.username)
    session = call.came_in(await call.core.identity.log_in(body.username, body.password))
    return lexos.Session(
        success=True,
        token=session.token,
        user=shown_with_levels(lexos.SessionUser, session.user),
        expires_at=session.expires_at,
    )


async def logout(call: Call) -> lexos.LoggedOut:
    """End the caller's session."""
    await call.core.identity.log_out(call.principal)
    return lexos.LoggedOut(success=True, status="logged_out")
