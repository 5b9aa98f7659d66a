"""Requests for work that may come twice: the second is answered as the first was, by whichever process.

What a request has got stands in its record, and before that in the agent's slots, under the request's own name: so a
process that dies between the two leaves nothing that the repetition would not find.
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

from handlers.core.audience import Audience
from handlers.core.clock import Clock
from handlers.core.collections import TAKINGS
from handlers.core.errors import Conflict, Duplicate, IdempotencyMismatch, Stale
from handlers.core.leases import Leases
from handlers.core.ports import Document, Documents, Insert, Update
from handlers.core.presence import Agent
from handlers.core.principals import Principal
from handlers.core.work import Lease

_REMEMBERED_MILLISECONDS = 24 * 3600 * 1000
_BUSY_MILLISECONDS = 40_000  # longer than anybody waits
# Takes work, with this name in the slots.
Take = Callable[[str], Awaitable[list[Lease]]]


class Takings:
    """What is known of requests with keys."""

    def __init__(self, documents: Documents, leases: Leases, clock: Clock) -> None:
        self._documents = documents
        self._leases = leases
        self._clock = clock

    async def once(
        self, who: Principal, agent: Agent, asked: str, key: str, take: Take, audience: Audience
    ) -> list[Lease]:
        """What a request with this key has got, or gets now; `asked` tells it from others.

        Who has left without anything was told nothing: the repetition is answered anew.
        """
        owned = sha256(f"{who.id} {agent.id} {key}".encode()).hexdigest()
        known = await self._begun(who, asked, owned, key)
        if known is not None and "leases" in known:
            return [Lease(**lease) for lease in known["leases"]]
        held = await self._leases.held_by(agent, key=owned)
        try:
            taken = held or await take(owned)
        except BaseException:
            await self._remember(who, owned, {"busy_until": 0})
            raise
        is_told = bool(taken) or not audience.has_left
        said = {"leases": [lease.document() for lease in taken]} if is_told else {"busy_until": 0}
        await self._remember(who, owned, said)
        return taken

    async def _begun(self, who: Principal, asked: str, owned: str, key: str) -> Document | None:
        """What is known of a request with this key, if there was one; from now on it is known that there is."""
        now = self._clock()
        busy = {"busy_until": now + _BUSY_MILLISECONDS}
        record = {"id": owned, "fingerprint": asked, "expires_at": now + _REMEMBERED_MILLISECONDS, **busy}
        try:
            await self._documents.write(Insert(TAKINGS, who.tenant, record))
        except Duplicate:
            known = await self._documents.get(TAKINGS, who.tenant, owned) or record
            if known["fingerprint"] != asked:
                raise IdempotencyMismatch(key) from None
            if "leases" not in known and not await self._adopted(who, known, busy):
                raise Conflict("A request with this idempotency key is being answered", idempotency_key=key) from None
            return known
        return None

    async def _adopted(self, who: Principal, known: Document, busy: Mapping[str, Any]) -> bool:
        """Whether a request that nobody answers any more may be answered by us."""
        if known["busy_until"] > self._clock():
            return False
        expected = {"busy_until": known["busy_until"]}
        try:
            await self._documents.write(Update(TAKINGS, who.tenant, known["id"], expected, busy))
        except Stale:
            return False
        return True

    async def _remember(self, who: Principal, owned: str, facts: Mapping[str, Any]) -> None:
        try:
            await self._documents.write(Update(TAKINGS, who.tenant, owned, {}, facts))
        except Stale:
            return  # a day is over
