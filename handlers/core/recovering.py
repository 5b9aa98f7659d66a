"""Recoveries: what a webhook has missed in a time is sent again, in the order in which it happened."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.core.appointments import Appointments
from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import APPOINTMENTS, DELIVERIES, PLATFORM
from handlers.core.deliveries import DELIVERED, FAILED, again
from handlers.core.errors import Conflict, NotFound, Stale, Unprocessable
from handlers.core.events import EventLog, Gap, cursor_of, place_of
from handlers.core.ports import Document, Documents, Position, Query, Update
from handlers.core.principals import Principal
from handlers.core.webhook_posts import Wake, WebhookPosts
from handlers.core.webhooks import KIND, Webhook, Webhooks

RECOVERY = "webhook-recovery"
_BITE = 100
_BITES = 20
_STRETCH = 200


@dataclass(frozen=True, slots=True)
class Recovery:
    """What is sent again: what happened in this time. A gap says that the log no longer reaches back as far."""

    webhook: str
    since: Moment
    until: Moment
    only_failed: bool
    gap: Gap | None = None


class Recovering:
    """Has deliveries made of what was missed, piece by piece, whoever asked long gone."""

    def __init__(
        self,
        documents: Documents,
        webhooks: Webhooks,
        posts: WebhookPosts,
        log: EventLog,
        appointments: Appointments,
        clock: Clock,
        wake: Wake,
    ) -> None:
        self._documents = documents
        self._webhooks = webhooks
        self._posts = posts
        self._log = log
        self._appointments = appointments
        self._clock = clock
        self._wake = wake
        appointments.take(RECOVERY, self._recover)

    async def recover(
        self, who: Principal, webhook: str, since: Moment, until: Moment | None, *, only_failed: bool
    ) -> Recovery:
        """Have sent again what was missed in a time."""
        hook, now = await self._webhooks.get(who, webhook), self._clock()
        end = now if until is None else until
        if since > now:
            raise Unprocessable("Nothing has happened in the future yet", field="since")
        if end <= since:
            raise Unprocessable("This ends before it begins", field="until")
        if not hook.enabled:
            raise Conflict("The webhook is switched off", id=webhook)
        wanted = Recovery(webhook, since, end, only_failed, await self._gap(since))
        payload = {"tenant": who.tenant, "webhook": webhook, "since": since, "until": end, "only_failed": only_failed}
        await self._appointments.make(RECOVERY, new_id(webhook, now), now, payload)
        return wanted

    async def _gap(self, since: Moment) -> Gap | None:
        """Whether the log has lost something that happened since then; None if it has not."""
        if place_of(await self._log.oldest())[1] <= 0:
            return None
        oldest = await self._log.read(None, None, 1)
        return Gap(0) if not oldest.entries or oldest.entries[0].event.at > since else None

    async def _recover(self, appointment: Document) -> Moment | None:
        """Go on with a recovery: first what there is a record of, then what the log has beside that."""
        wanted = appointment["payload"]
        for _ in range(_BITES):
            try:
                hook = await self._webhooks.of(wanted["tenant"], wanted["webhook"])
            except NotFound:
                return None
            if not hook.enabled:
                return None
            step = self._known if "cursor" not in wanted else self._missed
            following = await step(wanted, hook)
            await self._wake(wanted["tenant"], KIND, hook.id)
            if following is None:
                return None
            wanted = following
            await self._documents.write(Update(APPOINTMENTS, PLATFORM, appointment["id"], {}, {"payload": wanted}))
        return self._clock()

    async def _known(self, wanted: Mapping[str, Any], hook: Webhook) -> dict[str, Any]:
        """Have some of the deliveries that are over made again."""
        statuses = (FAILED,) if wanted["only_failed"] else (FAILED, DELIVERED)
        where = {"target": hook.id, "status": statuses}
        query = Query(DELIVERIES, wanted["tenant"], "created_at", where, descending=False, since=wanted["since"])
        place = wanted.get("place")
        found = await self._documents.page(query, _BITE, after=None if place is None else Position(*place))
        for record in found:
            if wanted["since"] <= record["at"] < wanted["until"] and not record["is_test"]:
                await self._again(record)
        if len(found) < _BITE:
            return {**wanted, "cursor": None}
        return {**wanted, "place": [found[-1]["created_at"], found[-1]["id"]]}

    async def _missed(self, wanted: Mapping[str, Any], hook: Webhook) -> dict[str, Any] | None:
        """Have deliveries made of some events of the log; None when it was read to its end."""
        epoch, head = place_of(self._log.newest())
        stretch = await self._log.read(wanted["tenant"], wanted["cursor"], _STRETCH)
        missed = [
            self._posts.delivery(hook, logged)
            for logged in stretch.entries
            if wanted["since"] <= logged.event.at < wanted["until"] and self._posts.is_for(hook, logged.event)
        ]
        if missed:
            await self._documents.insert_many(DELIVERIES, wanted["tenant"], missed)
        if stretch.reached >= head:
            return None
        return {**wanted, "cursor": cursor_of(epoch, stretch.reached)}

    async def _again(self, record: Document) -> None:
        update = again(record["at"], self._clock())
        with suppress(Stale):
            expected = {"status": record["status"]}
            await self._documents.write(Update(DELIVERIES, record["tenant"], record["id"], expected, update))
