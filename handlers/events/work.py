"""What agents say over AMQP of the work that they are offered: they take it, keep it, and tell what came of it.

The routing key names the agent. Where the broker vouches for the user (`user_id`), that key speaks, with the rights
that it has now; a user of the operator's speaks as the agent's owner. What nobody vouches for is refused where keys log
in: the broker remembers whom it let use a routing key, and the agent may have another owner by now. Where it does not
ask about keys, whoever it lets use the routing key speaks as the owner.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from generated.errors import ERRORS
from generated.models import amqp
from handlers.core.brokerage import word_of
from handlers.core.calls import Call
from handlers.core.credentials import is_key_id
from handlers.core.errors import Forbidden, NotFound, Refusal
from handlers.core.inbound import Inbound, Reply
from handlers.core.presence import owner_of
from handlers.core.principals import Principal, check_scopes
from handlers.core.projection import iso_milliseconds
from handlers.core.taking import DEFAULT_SECONDS
from handlers.core.work import HELD, Claimed, Lease, fingerprint

Do = Callable[[Principal, Claimed], Awaitable[Lease]]


async def accept(call: Call, said: amqp.WorkAccept, message: Inbound) -> Reply:
    """Take what was offered. What would be answered elsewhere is another message, whatever its name."""
    seconds = said.lease_seconds or DEFAULT_SECONDS
    name = fingerprint(message.name, message.fields.get("reply_to"))
    return await _answered(
        call, said, message, lambda who, claimed: call.core.accepting.accept(who, claimed, seconds, name)
    )


async def renew(call: Call, said: amqp.WorkRenew, message: Inbound) -> Reply:
    """Put off the end of a lease."""
    return await _answered(
        call, said, message, lambda who, claimed: call.core.leases.renew(who, claimed, said.lease_seconds)
    )


async def report_progress(call: Call, said: amqp.WorkProgress, message: Inbound) -> Reply:
    """Say how far the work has come."""

    def do(who: Principal, claimed: Claimed) -> Awaitable[Lease]:
        return call.core.leases.progress(who, claimed, said.progress, said.message, renew=said.renew)

    return await _answered(call, said, message, do)


async def submit_result(call: Call, said: amqp.WorkResult, message: Inbound) -> Reply:
    """The work is done."""
    return await _answered(
        call, said, message, lambda who, claimed: call.core.leases.complete(who, claimed, said.result, said.duration)
    )


async def report_failure(call: Call, said: amqp.WorkFailure, message: Inbound) -> Reply:
    """The work has failed."""

    def do(who: Principal, claimed: Claimed) -> Awaitable[Lease]:
        return call.core.leases.fail(who, claimed, said.error, said.details, retryable=said.retryable)

    return await _answered(call, said, message, do)


async def release(call: Call, said: amqp.WorkRelease, message: Inbound) -> Reply:
    """Give work back undone, whether it was taken or only offered."""
    return await _answered(
        call, said, message, lambda who, claimed: call.core.accepting.give_back(who, claimed, said.delay_seconds)
    )


async def _answered(call: Call, said: Any, message: Inbound, do: Do) -> Reply:
    """Do what is said, and tell what came of it."""
    call.note(agent=unquote(message.source), resource=said.lease_id)
    who, agent = await _speaker(call, message)
    call.subject = who
    return Reply(_taken(await do(who, Claimed(agent, said.lease_id, said.fencing_token))))


async def _speaker(call: Call, message: Inbound) -> tuple[Principal, str]:
    """Who speaks, and for which agent."""
    agent = unquote(message.source)
    if word_of(agent) != message.source:
        raise NotFound("agent", message.source)
    if message.user is None and call.core.brokerage.is_asked:
        raise Forbidden("Publish with `user_id`, for which RabbitMQ vouches")
    if message.user is None or not is_key_id(message.user):
        return owner_of(await call.core.agents.get(call.principal, agent)), agent
    who = call.subject = await call.core.identity.verification.by_key(message.user)
    check_scopes(who, tuple(call.principal.scopes))
    if who.tenant != call.principal.tenant:
        raise Forbidden("This key is for another tenant")
    return who, agent


def _taken(lease: Lease) -> amqp.WorkAnswer:
    until = {"expires_at": iso_milliseconds(lease.expires_at)} if lease.status == HELD else {}
    return amqp.WorkAnswer(lease_id=lease.id, accepted=True, status=lease.status, fencing_token=lease.token, **until)


def refuse(said: Any, refusal: Refusal) -> Reply:
    """Why it was not taken, and how the sender's own lease has ended, if that is known."""
    details = dict(refusal.details)
    is_theirs = details.get("fencing_token") == said.fencing_token and details.get("status") not in (None, HELD)
    ended = {"status": details["status"]} if is_theirs else {}
    error = amqp.Refusal(code=ERRORS["v2"][refusal.kind].code, message=refusal.message, details=details)
    answer = amqp.WorkAnswer(lease_id=said.lease_id, accepted=False, error=error, **ended)
    return Reply(answer, refusal.message)
