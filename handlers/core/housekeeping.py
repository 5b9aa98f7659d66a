"""What has to be tidied up: documents that have expired, tenants whose day of grace is over, and seals of old keys."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from handlers.core.appointments import Appointments
from handlers.core.clock import Clock, Moment
from handlers.core.collections import API_KEYS, MEMBERS, PLATFORM, TENANTS
from handlers.core.errors import Stale
from handlers.core.ports import Delete, Document, Documents, Query, Update
from handlers.core.records import forget

SWEEP, RESEALING = "sweep", "agent-resealing"
_REST_MILLISECONDS = 60_000
_SOON_MILLISECONDS = 1_000
_BITE = 100
_BITES = 50

Forget = Callable[[str, int], Awaitable[int]]
Say = Callable[..., None]


class Sweepable(Protocol):
    """What holds things for a time."""

    async def sweep(self) -> int:
        """Remove some of what has expired; return how many."""


class Sweeping:
    """Frees the space of sessions, old events and whatever else has expired; no reader has seen it since it did.

    Every minute, and every second while there is something: how fast numbers are counted depends on it.
    """

    def __init__(self, held: Sweepable, appointments: Appointments, clock: Clock) -> None:
        self._held = held
        self._appointments = appointments
        self._clock = clock
        appointments.take(SWEEP, self._act)

    async def begin(self) -> None:
        """Have it done from now on, by one of all servers at a time."""
        await self._appointments.make(SWEEP, "", self._clock())

    async def _act(self, document: Document) -> Moment:
        removed = 0
        for _ in range(_BITES):
            bite = await self._held.sweep()
            removed += bite
            if not bite:
                break
        return self._clock() + (_SOON_MILLISECONDS if removed else _REST_MILLISECONDS)


class Resealing:
    """Brings the tokens of agents under the present key, once after each start."""

    def __init__(self, reseal: Callable[[], Awaitable[int]], appointments: Appointments, clock: Clock) -> None:
        self._reseal = reseal
        self._appointments = appointments
        self._clock = clock
        appointments.take(RESEALING, self._act)

    async def begin(self) -> None:
        """Have it done."""
        await self._appointments.make(RESEALING, "", self._clock())

    async def _act(self, document: Document) -> Moment | None:
        await self._reseal()
        return None


class Purging:
    """Removes what deleted tenants leave behind. `forgetting` are the resources that keep records in each tenant.

    The audit log keeps its entries for as long as it was told to, and people who belonged to a tenant stay people.
    """

    def __init__(self, documents: Documents, forgetting: Sequence[Forget], clock: Clock, say: Say) -> None:
        self._documents = documents
        self._forgetting = (*forgetting, self._forget_keys, self._forget_members)
        self._clock = clock
        self._say = say

    async def act(self, document: Document) -> Moment | None:
        """Remove some of a tenant's records, and the tenant when none is left."""
        tenant, purge_at = document["id"], document.get("purge_at")
        if purge_at is None or purge_at > self._clock():
            return purge_at  # it was recovered
        with suppress(Stale):
            document = await self._seal(document)
            for _ in range(_BITES):
                if not sum([await forget(tenant, _BITE) for forget in self._forgetting]):
                    await self._documents.write(Delete(TENANTS, PLATFORM, tenant, {"purged_at": document["purged_at"]}))
                    self._say("tenant_removed", tenant=tenant)
                    return None
        return self._clock()  # there is more, or somebody was faster, and it is to be looked at again

    async def _seal(self, document: Document) -> Document:
        """Make sure that nobody recovers a tenant of which a part is gone."""
        if "purged_at" in document:
            return document
        expected = {"purge_at": document["purge_at"]}
        return await self._documents.write(
            Update(TENANTS, PLATFORM, document["id"], expected, {"purged_at": self._clock()})
        )

    async def _forget_keys(self, tenant: str, most: int) -> int:
        return await forget(self._documents, Query(API_KEYS, PLATFORM, "created_at", {"within": tenant}), most)

    async def _forget_members(self, tenant: str, most: int) -> int:
        return await forget(self._documents, Query(MEMBERS, PLATFORM, "created_at", {"within": tenant}), most)
