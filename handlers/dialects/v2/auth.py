"""Sessions for API keys."""

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.sessions import ACCESS_SECONDS


async def create_token(call: Call, body: v2.TokenRequest) -> v2.Token:
    """A session for an API key, or the next tokens of one."""
    session = call.came_in(await call.core.identity.grant(**body.model_dump()))
    return v2.Token(
        access_token=session.token,
        token_type="Bearer",  # noqa: S106 - a kind of token, not a token
        expires_in=ACCESS_SECONDS,
        refresh_token=session.refresh_token,
        scope=" ".join(sorted(session.principal.scopes)),
    )


async def revoke_session(call: Call, body: v2.TokenRevocation) -> v2.TokenRevoked:
    """End a session, if there is one."""
    await call.core.identity.sessions.end_by(body.refresh_token)
    return v2.TokenRevoked(status="revoked")
