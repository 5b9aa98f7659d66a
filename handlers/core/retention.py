"""How long what is measured and told is kept: the server's word, or a tenant's own within the server's bound."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.core.clock import Clock, Moment
from handlers.core.collections import PLATFORM, TENANTS
from handlers.core.errors import NotFound, Stale, Unprocessable
from handlers.core.ports import Document, Documents, Update
from handlers.core.principals import Principal

# What another server has changed is known after so long.
_KNOWN_MILLISECONDS = 1_000
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Kept:
    """For how many days after they arrived items are kept, and the hourly sums of frames: those at least as long."""

    telemetry_days: int
    rollup_days: int


class Retention:
    """What holds for each tenant; `kept` for one that has not chosen, `most` is what one may choose.

    A choice is for what arrives from then on: each item has its end from its beginning.
    """

    def __init__(self, documents: Documents, clock: Clock, kept: Kept, *, most: int) -> None:
        self._documents = documents
        self._clock = clock
        self._kept = kept
        self._most = most
        self._known: dict[str, tuple[Moment, Kept]] = {}

    async def of(self, tenant: str) -> Kept:
        """What holds for a tenant."""
        now, (read_at, kept) = self._clock(), self._known.get(tenant, (None, self._kept))
        if read_at is not None and now - read_at < _KNOWN_MILLISECONDS:
            return kept
        return self._learned(tenant, await self._documents.get(TENANTS, PLATFORM, tenant) or {})

    async def change(self, who: Principal, given: Mapping[str, int | None]) -> Kept:
        """Choose for the caller's tenant; None takes a choice back."""
        for name, days in given.items():
            if days is not None and days > self._most:
                raise Unprocessable(f"This server keeps nothing longer than {self._most} days", field=name)
        try:
            record = await self._documents.write(Update(TENANTS, PLATFORM, who.tenant, {"deleted_at": None}, given))
        except Stale as exc:
            raise NotFound("tenant", who.tenant) from exc
        return self._learned(who.tenant, record)

    def _learned(self, tenant: str, record: Document) -> Kept:
        days = record.get("telemetry_days") or self._kept.telemetry_days
        kept = Kept(days, max(days, record.get("rollup_days") or self._kept.rollup_days))
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[tenant] = (self._clock(), kept)
        return kept
