"""The deliveries of a webhook, as its owner sees them: listed, read, sent again, tried out, and removed with it."""

from dataclasses import dataclass

from handlers.core.appointments import Appointments
from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import DELIVERIES
from handlers.core.deliveries import PENDING, TRY_MILLISECONDS, Delivery, again, delivery_id, new_delivery
from handlers.core.errors import Conflict, NotFound, Stale, Unprocessable
from handlers.core.events import Logged
from handlers.core.ports import Document, Documents, Insert, Position, Query, Update
from handlers.core.principals import Principal
from handlers.core.records import forget
from handlers.core.shapes import read_as
from handlers.core.telling import Tellings
from handlers.core.webhook_posts import Wake, logged_in
from handlers.core.webhooks import KIND, Webhook, Webhooks, webhooks_in

REMOVAL, RESEALING = "webhook-removal", "webhook-resealing"
_BITE = 100
_BITES = 20


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries a list shows: those that agree with all that is given."""

    status: str | None = None
    type: str | None = None
    event_id: str | None = None
    since: Moment | None = None
    until: Moment | None = None


class DeliveryLog:
    """What became of the deliveries of the tenant's webhooks, and how they are sent once more."""

    def __init__(
        self,
        documents: Documents,
        webhooks: Webhooks,
        tellings: Tellings,
        appointments: Appointments,
        clock: Clock,
        wake: Wake,
    ) -> None:
        self._documents = documents
        self._webhooks = webhooks
        self._tellings = tellings
        self._appointments = appointments
        self._clock = clock
        self._wake = wake
        appointments.take(REMOVAL, self._remove)
        appointments.take(RESEALING, self._reseal)

    async def begin(self) -> None:
        """Bring secrets under the present key, if that is another than it was."""
        await self._appointments.make(RESEALING, "", self._clock())

    async def page(
        self, who: Principal, webhook: str, wanted: DeliveryFilter, limit: int, after: Position | None
    ) -> list[Delivery]:
        """One page of a webhook's deliveries, the newest first."""
        await self._webhooks.get(who, webhook)
        if wanted.event_id is not None:
            return await self._of_event(who, webhook, wanted, after)
        where = {"target": webhook, "status": wanted.status, "type": wanted.type}
        given = {name: value for name, value in where.items() if value is not None}
        query = Query(DELIVERIES, who.tenant, "created_at", given, since=wanted.since, until=wanted.until)
        return [read_as(Delivery, record) for record in await self._documents.page(query, limit, after=after)]

    async def get(self, who: Principal, webhook: str, identifier: str) -> tuple[Delivery, Logged | None]:
        """One delivery, and the event that it delivers, if it is not an example."""
        record = await self._find(who, webhook, identifier)
        return read_as(Delivery, record), None if record["is_test"] else logged_in(record)

    async def redeliver(self, who: Principal, webhook: str, identifier: str) -> Delivery:
        """Send once more, soon. One that is on its way, or nearly so, stays as it is."""
        hook = await self._webhooks.get(who, webhook)
        record = await self._find(who, webhook, identifier)
        if not hook.enabled and not record["is_test"]:
            raise Conflict("The webhook is switched off", id=webhook)
        now = self._clock()
        if record["status"] == PENDING and record["next_attempt_at"] <= now + TRY_MILLISECONDS:
            return read_as(Delivery, record)
        expected = {name: record.get(name) for name in ("status", "next_attempt_at")}
        try:
            changed = await self._documents.write(Update(DELIVERIES, who.tenant, identifier, expected, again(now, now)))
        except Stale:
            return read_as(Delivery, await self._find(who, webhook, identifier))
        await self._wake(who.tenant, KIND, webhook)
        return read_as(Delivery, changed)

    async def send_example(self, who: Principal, webhook: str, type: str) -> Delivery:
        """Send an example of an event, once."""
        hook = await self._webhooks.get(who, webhook)
        if type not in self._tellings[hook.dialect].types:
            raise Unprocessable(f"This webhook was made in {hook.dialect}, which has no word for {type}", field="type")
        now = self._clock()
        record = new_delivery(KIND, webhook, new_id("evt", now), type, now, now, is_test=True)
        made = await self._documents.write(Insert(DELIVERIES, who.tenant, record))
        await self._wake(who.tenant, KIND, webhook)
        return read_as(Delivery, made)

    async def delete(self, who: Principal, webhook: str, *, version: int | None = None) -> Webhook:
        """End a webhook, and remove what was or would have been sent to it."""
        gone = await self._webhooks.delete(who, webhook, version=version)
        await self._appointments.make(REMOVAL, webhook, self._clock(), {"tenant": who.tenant})
        return gone

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some of what a tenant that is no more has left; return how many were found."""
        hooks = await self._documents.page(webhooks_in(tenant), most)
        sent = [await forget(self._documents, _sent_to(tenant, hook["id"]), most) for hook in hooks]
        return sum(sent) or await forget(self._documents, webhooks_in(tenant), most)

    async def _find(self, who: Principal, webhook: str, identifier: str) -> Document:
        await self._webhooks.get(who, webhook)
        record = await self._documents.get(DELIVERIES, who.tenant, identifier)
        if record is None or record["target"] != webhook:
            raise NotFound("delivery", identifier)
        return record

    async def _of_event(
        self, who: Principal, webhook: str, wanted: DeliveryFilter, after: Position | None
    ) -> list[Delivery]:
        """The one delivery of an event, if it agrees with the rest of what is asked."""
        record = await self._documents.get(DELIVERIES, who.tenant, delivery_id(wanted.event_id or "", webhook))
        if record is None or after is not None:
            return []
        found = read_as(Delivery, record)
        is_asked = wanted.status in (None, found.status) and wanted.type in (None, found.type)
        is_asked = is_asked and (wanted.since is None or found.created_at >= wanted.since)
        return [found] if is_asked and (wanted.until is None or found.created_at < wanted.until) else []

    async def _remove(self, appointment: Document) -> Moment | None:
        """Remove some deliveries of a webhook that is no more."""
        query = _sent_to(appointment["payload"]["tenant"], appointment["subject"])
        for _ in range(_BITES):
            if not await forget(self._documents, query, _BITE):
                return None
        return self._clock()

    async def _reseal(self, appointment: Document) -> Moment | None:
        await self._webhooks.reseal()
        return None


def _sent_to(tenant: str, webhook: str) -> Query:
    return Query(DELIVERIES, tenant, "created_at", {"target": webhook})
