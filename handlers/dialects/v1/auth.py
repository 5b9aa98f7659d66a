"""Tokens for API keys."""

from generated.models import v1
from handlers.core.calls import Call
from handlers.core.sessions import ACCESS_SECONDS


async def create_token(call: Call, body: v1.TokenRequest) -> v1.Token:
    """A session for an API key, or the next tokens of one."""
    session = call.came_in(await call.core.identity.grant(**body.model_dump()))
    return v1.Token(
        access_token=session.token,
        token_type="Bearer",  # noqa: S106 - a kind of token, not a token
        expires_in=ACCESS_SECONDS,
        refresh_token=session.refresh_token,
        scope=" ".join(sorted(session.principal.scopes)),
    )


async def revoke_token(call: Call, body: v1.TokenRevoke) -> v1.TokenRevoked:
    """End a session, if there is one."""
    await call.core.identity.sessions.end_by(body.refresh_token)
    return v1.TokenRevoked(status="revoked")
