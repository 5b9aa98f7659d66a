"""What of the messages that are heard goes into the audit log, and when, whatever they come by.

What changes something, or was denied, is told before it is answered. What is said again and again (`x-audit: counted`)
and what only asks is counted, as reads are, by agent: of each step of some work the event log tells besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.core.audit import Audit
from handlers.core.audit_entries import Entry
from handlers.core.audit_words import READ, event_type_of
from handlers.core.calls import Call
from handlers.core.errors import Refusal
from handlers.core.tallies import Read, Tallies

_DONE, _DENIALS, _DEFECT = 200, (401, 403), 500


@dataclass(frozen=True, slots=True)
class Account:
    """How a message of the contract is accounted for. What anybody may say (`is_open`) is no access to anything."""

    read: Read
    is_change: bool
    is_open: bool


def account_of(operation: str, scope: str | None, method: str, *, is_counted: bool) -> Account:
    """How what an operation hears is accounted for."""
    event_type = event_type_of(operation, method)
    is_change = scope is not None and event_type != READ and not is_counted
    return Account(Read(operation, method, event_type), is_change, scope is None)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from, as far as its transport knows."""

    peer: str = ""
    agent: bytes | None = None


_UNKNOWN = Origin()


class Testimony:
    """Tells the audit log of messages. `statuses` are HTTP's, by the kind of a refusal: the log has one language."""

    def __init__(self, audit: Audit, tallies: Tallies, statuses: Mapping[str, int]) -> None:
        self._audit = audit
        self._tallies = tallies
        self._statuses = statuses

    def check(self, account: Account) -> None:
        """Refuse, before it is made, a change that could not be told of."""
        if account.is_change:
            self._audit.check()

    async def taken(self, account: Account, call: Call, origin: Origin = _UNKNOWN) -> None:
        """Tell of what was carried out and is about to be answered."""
        if account.is_change:
            await self._audit.record(_entry(account, call, origin, _DONE))
        elif not account.is_open:
            self._count(account, call, origin, _DONE)

    async def refused(self, account: Account, call: Call, refusal: Refusal, origin: Origin = _UNKNOWN) -> None:
        """Tell of what is about to be refused. Only a defect of ours may have changed something."""
        status = self._statuses[refusal.kind]
        if status in _DENIALS or (status == _DEFECT and account.is_change):
            await self._audit.attempt(self._audit.record(_entry(account, call, origin, status)))
        elif not account.is_open:
            self._count(account, call, origin, status)

    def _count(self, account: Account, call: Call, origin: Origin, status: int) -> None:
        noted = call.noted or {}
        resource = noted.get("agent") or noted.get("resource")
        named = None if resource is None else {"resource": resource}
        who = call.subject or call.principal
        self._tallies.add(account.read, who, named, status, origin.peer, origin.agent, call.request_id)


def _entry(account: Account, call: Call, origin: Origin, status: int) -> Entry:
    return Entry(
        who=call.subject or call.principal,
        event_type=account.read.event_type,
        operation=account.read.operation,
        method=account.read.method,
        status=status,
        request_id=call.request_id,
        peer=origin.peer,
        user_agent=(origin.agent or b"").decode("latin-1"),
        is_change=account.is_change and status in (_DONE, _DEFECT),
        noted=call.noted or {},
    )
