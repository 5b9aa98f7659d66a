"""What webhooks are sent: from an event to its deliveries, from a delivery to a signed request, and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

from handlers.core.clock import Clock, Moment
from handlers.core.collections import DELIVERIES, PLATFORM, WEBHOOKS
from handlers.core.deliveries import new_delivery
from handlers.core.errors import Stale
from handlers.core.events import Event, Logged
from handlers.core.outgoing import Answer, Parcel, TargetClosed, TargetGone
from handlers.core.ports import Document, Documents, Position, Query, Update
from handlers.core.shapes import read_as
from handlers.core.signing import signed
from handlers.core.telling import Tellings
from handlers.core.webhooks import KIND, OFF, ON, Webhook, Webhooks, webhooks_of

PATIENCE_MILLISECONDS = 3 * 24 * 3600 * 1000
_GONE = 410
_PAGE = 100
_TRIES = 16
_FRESH_MILLISECONDS = 1_000

Wake = Callable[[str, str, str], Awaitable[None]]


class WebhookPosts:
    """Consumes the log of events for webhooks, and is the `Recipient` of their deliveries."""

    def __init__(self, documents: Documents, webhooks: Webhooks, tellings: Tellings, wake: Wake, clock: Clock) -> None:
        self._documents = documents
        self._webhooks = webhooks
        self._tellings = tellings
        self._wake = wake
        self._clock = clock

    async def consume(self, events: Sequence[Logged]) -> None:
        """Make the deliveries of some events. One that is there already stays as it is."""
        hooks = await self._listening({logged.event.tenant for logged in events})
        wanted = [(logged, hook) for logged in events for hook in hooks if self.is_for(hook, logged.event)]
        wanted.sort(key=lambda pair: pair[0].event.tenant)
        for tenant, pairs in groupby(wanted, key=lambda pair: pair[0].event.tenant):
            await self._insert(tenant, list(pairs))

    def is_for(self, hook: Webhook, event: Event) -> bool:
        """Whether a webhook is told of an event."""
        known = event.type in self._tellings[hook.dialect].types
        return known and hook.within == event.tenant and hook.wants(event)

    def delivery(self, hook: Webhook, logged: Logged) -> Document:
        """The delivery of an event to a webhook."""
        event = logged.event
        kept = {"event": vars(event), "cursor": logged.cursor}
        return new_delivery(KIND, hook.id, event.id, event.type, event.at, self._clock(), **kept)

    async def pack(self, delivery: Document) -> Parcel:
        """The signed request of a delivery, as the webhook is now."""
        record = await self._documents.get(WEBHOOKS, PLATFORM, delivery["target"])
        if record is None or record["within"] != delivery["tenant"]:
            raise TargetGone
        if record["state"] == OFF and not delivery["is_test"]:
            raise TargetClosed("The webhook is switched off")
        body = self._body(record["dialect"], delivery)
        secrets = self._webhooks.secrets_of(record)
        headers = signed(body, delivery["event_id"], self._clock() // 1000, secrets)
        return Parcel(record["url"], {"Content-Type": "application/json", **headers}, body)

    async def hear(self, delivery: Document, answer: Answer, at: Moment) -> None:
        """Note how a webhook fares. An example that was sent says nothing of that."""
        if delivery["is_test"]:
            return
        for _ in range(_TRIES):
            record = await self._documents.get(WEBHOOKS, PLATFORM, delivery["target"])
            changes = None if record is None else _after(record, answer, at)
            if record is None or not changes:
                return
            expected = {name: record.get(name) for name in ("consecutive_failures", "state")}
            try:
                await self._documents.write(Update(WEBHOOKS, PLATFORM, record["id"], expected, changes))
            except Stale:
                continue
            return

    def _body(self, dialect: str, delivery: Document) -> bytes:
        telling = self._tellings[dialect]
        if delivery["is_test"]:
            return telling.example(delivery["type"], delivery["event_id"], delivery["at"])
        return telling.tell(logged_in(delivery))

    async def _listening(self, tenants: set[str]) -> list[Webhook]:
        """The webhooks of some tenants that are switched on, as they are now: a new one misses nothing."""
        return [read_as(Webhook, record) for record in await self._all(webhooks_of(tuple(sorted(tenants))))]

    async def _all(self, query: Query) -> list[Document]:
        found: list[Document] = []
        after: Position | None = None
        while page := await self._documents.page(query, _PAGE, after=after):
            found += page
            if len(page) < _PAGE:
                break
            after = Position(page[-1]["created_at"], page[-1]["id"])
        return found

    async def _insert(self, tenant: str, pairs: Sequence[tuple[Logged, Webhook]]) -> None:
        """Have the deliveries of a tenant safe, then have them seen to."""
        for start in range(0, len(pairs), _PAGE):
            some = [self.delivery(hook, logged) for logged, hook in pairs[start : start + _PAGE]]
            await self._documents.insert_many(DELIVERIES, tenant, some)
        targets = dict.fromkeys(hook.id for _, hook in pairs)
        await asyncio.gather(*(self._wake(tenant, KIND, target) for target in targets))


def logged_in(delivery: Document) -> Logged:
    """The event that a delivery holds, in its place in the log."""
    epoch, _, offset = delivery["cursor"].partition(".")
    return Logged(Event(**delivery["event"]), epoch, int(offset), 0)


def _after(record: Document, answer: Answer, at: Moment) -> dict[str, Any]:
    """What an answer makes of a webhook. One that was told a moment ago, and is well, is not written again."""
    if answer.is_taken:
        is_fresh = at - record.get("last_delivery_at", 0) < _FRESH_MILLISECONDS
        if is_fresh and not record["consecutive_failures"]:
            return {}
        return {"consecutive_failures": 0, "failing_since": None, "last_error": None, "last_delivery_at": at}
    since = record.get("failing_since", at)
    failures = record["consecutive_failures"] + 1
    changes = {"consecutive_failures": failures, "failing_since": since, "last_error": answer.problem}
    if record["state"] == ON and (answer.status == _GONE or at - since >= PATIENCE_MILLISECONDS):
        reason = "The address is gone" if answer.status == _GONE else "It could not be delivered to for three days"
        off = {"state": OFF, "disabled_reason": reason, "updated_at": at, "version": record["version"] + 1}
        return {**changes, **off}
    return changes
