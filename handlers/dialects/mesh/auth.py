"""Users and their sessions."""

from generated.models import mesh
from handlers.core.calls import Call
from handlers.core.sessions import ACCESS_SECONDS, REFRESH_DAYS, Session
from handlers.dialects.mesh.mapping import shown_user


async def register(call: Call, body: mesh.Registration) -> mesh.Session:
    """A new user, and their first session."""
    session = call.came_in(await call.core.identity.register(body.email, body.password, body.displayName))
    call.note(resource=session.user.id)
    return _shown(session)


async def log_in(call: Call, body: mesh.Login) -> mesh.Session:
    """A session for an address and its password."""
    call.tries(body.email)
    session = await call.core.identity.log_in(body.email, body.password, refresh_days=REFRESH_DAYS)
    return _shown(call.came_in(session))


async def refresh_session(call: Call, body: mesh.Refresh) -> mesh.Session:
    """The next tokens of a session."""
    return _shown(call.came_in(await call.core.identity.sessions.refresh(body.refreshToken)))


async def log_out(call: Call, body: mesh.Logout) -> mesh.LoggedOut:
    """End a session, if there is one."""
    await call.core.identity.sessions.end_by(body.refreshToken)
    return mesh.LoggedOut(status="revoked")


def _shown(session: Session) -> mesh.Session:
    return mesh.Session(
        accessToken=session.token,
        refreshToken=session.refresh_token,
        expiresIn=ACCESS_SECONDS,
        user=shown_user(session.user),
    )
