"""Sessions for people, as the LexOS documentation prints them."""

from generated.models import lexos
from handlers.core.calls import Call


async def login(call: Call, body: lexos.Login) -> lexos.Session:
    """Open a session."""
    session = await call.core.identity.log_in(body.username, body.password)
    user = session.user
    return lexos.Session(
        success=True,
        token=session.token,
        user=lexos.SessionUser(
            user_id=user["id"],
            username=user["username"],
            role=user["role"],
            security_level=user["security_level"],
            agent_access_level=user["agent_access_level"],
        ),
        expires_at=session.expires_at,
    )
