"""What of a request goes into the audit log, and when: the one place where HTTP tells the core who did what.

Anything that changes something, is denied, or logs somebody in is told before it is answered; reads are counted. What
is open to everybody (the contract, the probes) and paths that do not exist are no access to anything.
"""

from dataclasses import replace
from typing import Any

from adapters.http.operations import Operation
from adapters.http.replies import Reply
from adapters.http.requests import Request
from adapters.http.sockets import Channel
from handlers.core.audit import Audit
from handlers.core.audit_entries import Entry
from handlers.core.audit_words import READ, event_type_of
from handlers.core.errors import Refusal
from handlers.core.principals import ANONYMOUS, Principal
from handlers.core.tallies import Read, Tallies

_COUNTED = ("telemetry", "telemetry_batch")
_OPENED = 101
_DENIALS = {"unauthenticated": 401, "forbidden": 403}


class Account:
    """How an operation is accounted for, compiled when the server starts.

    Telemetry and heartbeats (`x-audit: counted`) are written as often as others read, and say themselves who sent them
    when: they are counted like reads. What was done in a tenant that the path names is told in that tenant's log; who
    was not let in is told of in their own.
    """

    __slots__ = ("is_change", "is_open", "read", "tenant_in")

    def __init__(self, operation: Operation) -> None:
        event_type = event_type_of(operation.id, operation.method)
        is_read = event_type == READ
        self.read = Read(operation.id, operation.method, event_type)
        self.is_open = is_read and operation.scopes is None
        self.is_change = not is_read and operation.category not in _COUNTED and not operation.is_counted
        self.tenant_in = operation.tenant_in


class Witness:
    """Tells the audit log of requests."""

    def __init__(self, audit: Audit, tallies: Tallies) -> None:
        self._audit = audit
        self._tallies = tallies
        self._channels: dict[str, Read] = {}

    def check(self, account: Account) -> None:
        """Refuse, before it is made, a change that could not be told of."""
        if account.is_change:
            self._audit.check()

    async def done(self, request: Request, account: Account, reply: Reply) -> None:
        """Tell of a request that was carried out and is about to be answered."""
        who = _let_in(request, account)
        if request.call is not None and request.call.denied is not None:
            await self._audit.record(self._entry(request, account.read, request.call.denied, who))
        elif account.is_change:
            await self._audit.record(self._entry(request, account.read, reply.status, who, reply))
        elif not account.is_open:
            self._count(request, account.read, reply.status, who)

    def opened(self, request: Request, account: Account, status: int) -> None:
        """Tell of a stream that begins."""
        if not account.is_open:
            self._count(request, account.read, status)

    async def listens(self, request: Request, channel: Channel) -> None:
        """Tell of a WebSocket that begins, or that its caller's scopes do not reach."""
        read = self._channels.setdefault(channel.id, Read(channel.id, request.method, READ))
        if all(map(request.principal.may, channel.scopes)):
            self._count(request, read, _OPENED)
        else:
            await self._audit.record(self._entry(request, read, 403))

    async def turned_away(self, request: Request, channel: Channel, refusal: Refusal) -> None:
        """Tell of a WebSocket that nobody we know has asked for, or somebody in a tenant that is not theirs."""
        status = _DENIALS.get(refusal.kind)
        if status is not None:
            await self._audit.attempt(self._denied(request, Read(channel.id, request.method, READ), status))

    async def refused(self, request: Request, status: int) -> None:
        """Tell of a request that is about to be refused. Only a defect of ours may have changed something."""
        await self._audit.attempt(self._refused(request, status))

    async def _refused(self, request: Request, status: int) -> None:
        account = request.account
        if account is None or (account.is_open and status not in (401, 403)):
            return
        if status in (401, 403) or (status == 500 and account.is_change):
            await self._denied(request, account.read, status)
        else:
            self._count(request, account.read, status)

    async def _denied(self, request: Request, read: Read, status: int) -> None:
        await self._audit.record(self._entry(request, read, status))

    def _count(self, request: Request, read: Read, status: int, who: Principal | None = None) -> None:
        agent = request.headers.get(b"user-agent")
        who = who or request.principal or ANONYMOUS
        self._tallies.add(read, who, request.values, status, request.peer, agent, request.id)

    def _entry(
        self, request: Request, read: Read, status: int, who: Principal | None = None, reply: Reply | None = None
    ) -> Entry:
        values: Any = request.values or {}
        call = request.call
        noted = dict(call.noted) if call is not None and call.noted else {}
        if "agent_id" in values:
            noted.setdefault("agent", values["agent_id"])
        return Entry(
            who=who or request.principal or ANONYMOUS,
            event_type=read.event_type,
            operation=read.operation,
            method=read.method,
            status=status,
            request_id=request.id,
            peer=request.peer,
            user_agent=request.headers.get(b"user-agent", b"").decode("latin-1"),
            resource=_made(reply) or next(reversed(values.values()), None),
            is_change=status < 400 or status >= 500,
            noted=noted,
        )


def _let_in(request: Request, account: Account) -> Principal:
    """Who has done something, in the tenant where they have done it, or on whose behalf it was asked."""
    who = (request.call and request.call.subject) or request.principal or ANONYMOUS
    return who if account.tenant_in is None else replace(who, tenant=request.values[account.tenant_in])


def _made(reply: Reply | None) -> str | None:
    """What a request has made: the last word of the path where it is found."""
    for name, value in reply.headers if reply is not None else ():
        if name == b"location":
            return value.rpartition(b"/")[2].decode("latin-1")
    return None
