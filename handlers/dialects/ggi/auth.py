"""Sessions of people, renewed and ended, as the GGI specification prints them."""

from generated.models import ggi
from handlers.core.calls import Call
from handlers.core.credentials import ACCESS_PREFIX
from handlers.core.sessions import ACCESS_SECONDS, Session
from handlers.dialects.ggi.mapping import USER, address_of


async def log_in_with_google(call: Call, body: ggi.GoogleLogin) -> ggi.Session:
    """A session for somebody whom Google knows."""
    return _shown(call.came_in(await call.core.google.sign_in(body.id_token)))


async def refresh_session(call: Call, body: ggi.SessionRefresh) -> ggi.Session:
    """The next tokens of a session."""
    return _shown(call.came_in(await call.core.identity.sessions.refresh(body.refresh_token)))


async def revoke_session(call: Call, body: ggi.SessionRevocation) -> ggi.SessionRevoked:
    """End a session, if there is one."""
    await call.core.identity.sessions.end_by(body.refresh_token)
    return ggi.SessionRevoked(status="revoked")


def _shown(session: Session) -> ggi.Session:
    return ggi.Session(
        access_token=ACCESS_PREFIX + session.token,
        refresh_token=session.refresh_token,
        expires_in=ACCESS_SECONDS,
        user=USER.show(ggi.SessionUser, session.user, email=address_of(session.user)),
    )
