"""Webhooks, as the GGI specification prints them, and what is sent to those that were made here."""

from collections.abc import Mapping
from typing import Any

import orjson

from generated.models import ggi
from handlers.core.calls import Call
from handlers.core.clock import Moment
from handlers.core.events import Logged
from handlers.core.projection import iso_seconds
from handlers.core.telling import EVERY_TYPE, Examples, Telling
from handlers.core.webhooks import NewWebhook, Webhook
from handlers.dialects.ggi.mapping import EVENT, WEBHOOK
from handlers.dialects.ggi.streams import shown

_STREAM = "ggiEvents"


async def create_webhook(call: Call, body: ggi.WebhookCreate, idempotency_key: str | None) -> ggi.Webhook:
    """Have events sent to an address."""
    wanted = NewWebhook("ggi", body.url, _types_of(body.events), body.secret)
    hook, _ = await call.core.webhooks.create(call.principal, wanted, idempotency_key=idempotency_key)
    return _shown(hook)


async def list_webhooks(call: Call, limit: int, offset: int) -> ggi.WebhookList:
    """One page of the webhooks, and how many there are."""
    hooks = await call.core.webhooks.page(call.principal, limit, offset=offset)
    total = await call.core.webhooks.count(call.principal)
    return ggi.WebhookList(webhooks=[_shown(hook) for hook in hooks], total=total, limit=limit, offset=offset)


async def get_webhook(call: Call, webhook_id: str) -> ggi.Webhook:
    """One webhook."""
    return _shown(await call.core.webhooks.get(call.principal, webhook_id))


async def delete_webhook(call: Call, webhook_id: str) -> ggi.WebhookDeleted:
    """End a webhook."""
    gone = await call.core.deliveries.delete(call.principal, webhook_id)
    return ggi.WebhookDeleted(status="deleted", webhook_id=gone.id)


def telling(examples: Examples) -> Telling:
    """How webhooks that were made here are told of events."""

    def example(type: str, event_id: str, at: Moment) -> bytes:
        printed = examples(_STREAM, EVENT.word_of(type, type))
        if printed is None:
            raise LookupError(f"The contract prints no example of {type}")
        return orjson.dumps(_envelope(type, event_id, at, printed))

    return Telling(EVENT.values, _told, example)


def _told(logged: Logged) -> bytes:
    event = logged.event
    return orjson.dumps(_envelope(event.type, event.id, event.at, shown(logged).model_dump(exclude_unset=True)))


def _envelope(type: str, event_id: str, at: Moment, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": event_id, "type": EVENT.word_of(type, type), "created_at": iso_seconds(at), "data": data}


def _shown(hook: Webhook) -> ggi.Webhook:
    events = list(dict.fromkeys(EVENT.word_of(type, type) for type in hook.kinds))
    status = "failing" if hook.consecutive_failures else "active"
    return WEBHOOK.show(ggi.Webhook, hook, events=events, status=status if hook.enabled else "disabled")


def _types_of(events: list[str]) -> list[str]:
    """The core's types of events for the words of this dialect."""
    if EVERY_TYPE in events:
        return [EVERY_TYPE]
    return [type for word in events for type in EVENT.all_of(word) or ()]
