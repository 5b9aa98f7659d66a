"""What RabbitMQ asks, answered in its words. A denial is a success to it, and told to the audit log as what it is."""

from collections.abc import Awaitable, Callable

from generated.models import v2
from handlers.core.audit_words import LOGIN
from handlers.core.calls import Call
from handlers.core.errors import Forbidden, RateLimited, Unauthenticated
from handlers.core.principals import Principal

_ALLOW, _DENY = "allow", "deny"


async def check_user(call: Call, body: v2.BrokerUser) -> str:
    """Whether somebody may log in."""
    call.tries(body.username)
    try:
        call.acts_for(await call.core.brokerage.log_in(body.username, body.password or ""))
    except Unauthenticated:
        call.denies(401, event_type=LOGIN)
        return _DENY
    except RateLimited:
        return _DENY
    return _ALLOW


async def check_vhost(call: Call, body: v2.BrokerVhost) -> str:
    """Whether a connection may be opened."""
    call.note(details={"address": body.ip} if body.ip else None)
    return await _judged(call, body.username, lambda _: call.core.brokerage.enter(body.vhost))


async def check_resource(call: Call, body: v2.BrokerResource) -> str:
    """Whether a queue or an exchange may be used."""
    call.note(resource=body.name, details={"permission": body.permission})
    use = call.core.brokerage.use
    return await _judged(call, body.username, lambda who: use(who, body.resource, body.name, body.permission))


async def check_topic(call: Call, body: v2.BrokerTopic) -> str:
    """Whether a routing key may be used."""
    call.note(resource=body.name, details={"permission": body.permission, "routing_key": body.routing_key})
    route = call.core.brokerage.route
    return await _judged(call, body.username, lambda who: route(who, body.name, body.permission, body.routing_key))


async def _judged(call: Call, name: str, check: Callable[[Principal], Awaitable[None]]) -> str:
    """The verdict on somebody who has logged in before."""
    try:
        who = await call.core.brokerage.user(name)
        call.acts_for(who)
        await check(who)
    except Unauthenticated:
        call.denies(401)
    except Forbidden:
        call.denies(403)
    else:
        return _ALLOW
    return _DENY
