"""Webhooks and their deliveries, and what is sent to those that were made here."""

import orjson

from generated.models import shared, v2
from handlers.core.calls import Call
from handlers.core.clock import Moment
from handlers.core.deliveries import Delivery
from handlers.core.delivery_log import DeliveryFilter
from handlers.core.events import Logged
from handlers.core.projection import iso_milliseconds, read_iso
from handlers.core.telling import Examples, Telling
from handlers.core.webhooks import NewWebhook, Webhook
from handlers.dialects.v2.mapping import (
    DELIVERY,
    EVENT_TYPES,
    RECOVERY,
    WEBHOOK,
    page_of,
    position_of,
)
from handlers.dialects.v2.streams import shown
from handlers.dialects.v2.versions import tag_of, version_of

_STREAM = "v2Events"
_MORE = ("subject", "description")


async def create_webhook(
    call: Call, body: v2.WebhookCreate, idempotency_key: str | None
) -> tuple[v2.Webhook, dict[str, str]]:
    """Have events sent to an address."""
    given = body.model_dump(exclude_unset=True)
    more = {name: given[name] for name in _MORE if name in given}
    wanted = NewWebhook("v2", body.url, list(body.types), body.secret, body.enabled, more)
    return _tagged(call, *await call.core.webhooks.create(call.principal, wanted, idempotency_key=idempotency_key))


async def list_webhooks(call: Call, enabled: bool | None, limit: int, cursor: str | None) -> v2.WebhookPage:
    """One page of the webhooks, and where the next one begins."""
    found = await call.core.webhooks.page(call.principal, limit + 1, enabled=enabled, after=position_of(cursor))
    return page_of(v2.WebhookPage, found, limit, lambda hook: _shown(call, hook))


async def get_webhook(call: Call, webhook_id: str) -> tuple[v2.Webhook, dict[str, str]]:
    """One webhook, without its secret."""
    return _tagged(call, await call.core.webhooks.get(call.principal, webhook_id))


async def update_webhook(
    call: Call, webhook_id: str, body: v2.WebhookUpdate, if_match: str | None
) -> tuple[v2.Webhook, dict[str, str]]:
    """Change some fields of a webhook, if it is still the one that the caller has read."""
    given = body.model_dump(exclude_unset=True)
    if "types" in given:
        given["kinds"] = given.pop("types")
    changed = await call.core.webhooks.change(call.principal, webhook_id, given, version=version_of(if_match))
    return _tagged(call, changed)


async def delete_webhook(call: Call, webhook_id: str, if_match: str | None) -> v2.WebhookDeleted:
    """End a webhook, if it is still the one that the caller has read."""
    gone = await call.core.deliveries.delete(call.principal, webhook_id, version=version_of(if_match))
    return v2.WebhookDeleted(webhook_id=gone.id, status="deleted")


async def rotate_secret(
    call: Call, webhook_id: str, body: v2.SecretRotation | None, if_match: str | None
) -> tuple[v2.Webhook, dict[str, str]]:
    """Sign with another secret."""
    wanted, version = body or v2.SecretRotation(), version_of(if_match)
    webhooks, overlap = call.core.webhooks, wanted.overlap_seconds
    return _tagged(call, *await webhooks.rotate(call.principal, webhook_id, wanted.secret, overlap, version=version))


async def send_example(call: Call, webhook_id: str, body: v2.WebhookTest) -> v2.Delivery:
    """Send an example of an event."""
    return _delivery(await call.core.deliveries.send_example(call.principal, webhook_id, body.type))


async def list_deliveries(
    call: Call,
    webhook_id: str,
    status: str | None,
    type: str | None,
    event_id: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> v2.DeliveryPage:
    """One page of the deliveries, and where the next one begins."""
    wanted = DeliveryFilter(status, type, event_id, _moment(since), _moment(until))
    found = await call.core.deliveries.page(call.principal, webhook_id, wanted, limit + 1, position_of(cursor))
    return page_of(v2.DeliveryPage, found, limit, _delivery)


async def get_delivery(call: Call, webhook_id: str, delivery_id: str) -> v2.Delivery:
    """One delivery, with the event that is sent."""
    delivery, logged = await call.core.deliveries.get(call.principal, webhook_id, delivery_id)
    if logged is not None:
        return DELIVERY.show(v2.Delivery, delivery, event=shown(logged))
    example = call.core.webhooks.example("v2", delivery.type, delivery.event_id, delivery.at)
    return DELIVERY.show(v2.Delivery, delivery, event=orjson.loads(example))


async def redeliver(call: Call, webhook_id: str, delivery_id: str) -> v2.Delivery:
    """Send an event once more."""
    return _delivery(await call.core.deliveries.redeliver(call.principal, webhook_id, delivery_id))


async def recover_deliveries(call: Call, webhook_id: str, body: v2.Recovery) -> v2.RecoveryStarted:
    """Send what was missed."""
    recovery = await call.core.recovering.recover(
        call.principal, webhook_id, read_iso(body.since), _moment(body.until), only_failed=body.only_failed
    )
    gap = {} if recovery.gap is None else {"gap": shared.Gap(missed=recovery.gap.missed)}
    return RECOVERY.show(v2.RecoveryStarted, recovery, **gap)


def telling(examples: Examples) -> Telling:
    """How webhooks that were made here are told of events."""

    def example(type: str, event_id: str, at: Moment) -> bytes:
        printed = examples(_STREAM, type)
        if printed is None:
            raise LookupError(f"The contract prints no example of {type}")
        return orjson.dumps({**printed, "event_id": event_id, "type": type, "created_at": iso_milliseconds(at)})

    return Telling(EVENT_TYPES, _told, example)


def _told(logged: Logged) -> bytes:
    return shown(logged).model_dump_json(exclude_unset=True).encode()


def _tagged(call: Call, hook: Webhook, secret: str | None = None) -> tuple[v2.Webhook, dict[str, str]]:
    return _shown(call, hook, secret), tag_of(hook.version)


def _shown(call: Call, hook: Webhook, secret: str | None = None) -> v2.Webhook:
    told = {} if secret is None else {"secret": secret}
    return WEBHOOK.show(v2.Webhook, hook, types=call.core.webhooks.types_of(hook), enabled=hook.enabled, **told)


def _delivery(delivery: Delivery) -> v2.Delivery:
    return DELIVERY.show(v2.Delivery, delivery)


def _moment(text: str | None) -> Moment | None:
    return None if text is None else read_iso(text)
