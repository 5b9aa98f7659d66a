"""What agents hold: the work for which their slots were taken, as far as its own record says so, too."""

from collections.abc import Mapping

from handlers.core.clock import Clock
from handlers.core.ports import Document, Documents
from handlers.core.presence import Agent
from handlers.core.slots import Slot, slots_of
from handlers.core.work import Lease, WorkKind, is_held, lease_of


class Holdings:
    """Looks whether slots are filled."""

    def __init__(self, documents: Documents, kinds: Mapping[str, WorkKind], clock: Clock) -> None:
        self._documents = documents
        self._kinds = kinds
        self._clock = clock

    async def of(self, agent: Agent, key: str | None = None) -> list[Lease]:
        """What an agent holds, the oldest first; with the key of a request, what that has taken."""
        slots = [slot for slot in slots_of(agent) if key in (None, slot.key)]
        found = [await self._lease_in(agent, slot) for slot in slots]
        leases = [lease for lease in found if lease is not None]
        return sorted(leases, key=lambda lease: (lease.granted_at or 0, lease.id))

    async def fills(self, agent: Agent, slot: Slot) -> bool | None:
        """Whether a slot's work is held for it; None while that may still come."""
        record = await self._record_in(agent, slot)
        if record is None:
            return None
        return self._is_in(agent, slot, record) or (None if record["token"] < slot.token else False)

    async def _lease_in(self, agent: Agent, slot: Slot) -> Lease | None:
        """The lease for which a slot was taken, if it is held."""
        record = await self._record_in(agent, slot)
        is_this = record is not None and self._is_in(agent, slot, record)
        return lease_of(self._kinds[slot.kind], record) if record is not None and is_this else None

    async def _record_in(self, agent: Agent, slot: Slot) -> Document | None:
        kind = self._kinds.get(slot.kind)
        return None if kind is None else await self._documents.get(kind.collection, agent.tenant, slot.work)

    def _is_in(self, agent: Agent, slot: Slot, record: Document) -> bool:
        lease = record.get("lease") or {}
        is_this = is_held(record) and lease["agent"] == agent.id and lease.get("slot") == slot.id
        return is_this and lease["expires_at"] > self._clock()
