"""What the server says over AMQP, where everybody speaks `v2`; and back, for the servers themselves read it there.

What a server needs to know of an item and `v2` does not say travels beside the payload.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generated.models import amqp, v2
from handlers.core import alerting
from handlers.core.agent_queues import Withdrawal
from handlers.core.command_lives import Command
from handlers.core.events import Event
from handlers.core.frames import measured
from handlers.core.inbound import Undeliverable
from handlers.core.lifecycle import Task, due_of, labels_of
from handlers.core.ports import Document
from handlers.core.presence import Agent
from handlers.core.projection import Words, iso_milliseconds, read_iso
from handlers.core.tongues import kind_of
from handlers.core.work import Lease
from handlers.dialects.v2.mapping import AGENT, ALERT, COMMAND, FRAME, LEASE, LINE, REPORT, TASK
from handlers.dialects.v2.streams import event_of

# What `v2` says and no record keeps: it follows from the rest.
_APART = ("last_seen", "estimated_completion")
_LONGEST_DETAIL = 1000
_WHY = {field.alias or name for name, field in amqp.DeadFields.model_fields.items()}


@dataclass(frozen=True)
class _Kind:
    """A kind of item: its words in `v2`, what `v2` does not say of it, and the item in a document."""

    words: Words
    unsaid: tuple[str, ...]
    whole: Callable[[Document], Document]


def events(event: Event) -> tuple[bytes, dict[str, Any]]:
    """The payload of an event, and what goes beside it."""
    unsaid = _KINDS[kind_of(event.type)].unsaid
    beside = {name: value for name in unsaid if (value := event.data.get(name)) is not None}
    return event_of(event).model_dump_json(exclude_unset=True).encode(), beside


def log_marks() -> bytes:
    """The payload of a mark."""
    return amqp.Mark().model_dump_json().encode()


def telemetry(events: Sequence[Event]) -> bytes:
    """The payload of what came in together."""
    return v2.TelemetryBatch(events=[event_of(event) for event in events]).model_dump_json(exclude_unset=True).encode()


def read_telemetry(payload: bytes, tenant: str) -> list[Event]:
    """The events that were told so. Raises `KeyError`, `TypeError` or `ValueError` for what was not."""
    return [_telemetry_event(said, tenant) for said in json.loads(payload)["events"]]


def work_offers(lease: Lease) -> bytes:
    """The payload of an offer."""
    return LEASE.show(v2.Lease, lease).model_dump_json(exclude_unset=True).encode()


def work_withdrawals(withdrawal: Withdrawal) -> bytes:
    """The payload of what tells that an offer or a lease holds no longer."""
    said = amqp.WorkWithdrawal(
        lease_id=withdrawal.lease,
        agent_id=withdrawal.agent,
        fencing_token=withdrawal.token,
        reason=withdrawal.reason,
        created_at=iso_milliseconds(withdrawal.at),
    )
    return said.model_dump_json().encode()


def dead_letters(undeliverable: Undeliverable, queue: str, now: int, headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers of a message that cannot be taken: why, and its own; why, nobody else says."""
    return {
        **{name: value for name, value in headers.items() if name not in _WHY},
        "nexus-reason": undeliverable.reason,
        "nexus-detail": undeliverable.detail[:_LONGEST_DETAIL],
        "nexus-queue": queue,
        "nexus-died-at": now // 1000,
    }


def read_event(payload: Mapping[str, Any], beside: Mapping[str, Any], tenant: str) -> Event:
    """The event that was told so. Raises `KeyError`, `TypeError` or `ValueError` for what was not."""
    kind = _KINDS[kind_of(payload["type"])]
    said = kind.words.read({name: value for name, value in payload["data"].items() if name not in _APART})
    known = {name: beside[name] for name in kind.unsaid if name in beside}
    data = kind.whole({**said, **known, "tenant": tenant})
    at = read_iso(payload["created_at"])
    return Event(payload["event_id"], payload["type"], tenant, data["id"], at, data, data["version"])


def _task(document: Document) -> Document:
    task = Task.of({**document, "labels": labels_of(document.get("tags", {}))})
    task.due_at = due_of(task)
    return task.document()


def _agent(document: Document) -> Document:
    return Agent.of(document).told()


def _command(document: Document) -> Document:
    return Command.of({**document, "labels": labels_of(document.get("tags", {}))}).document()


def _lease(document: Document) -> Document:
    return Lease(**{name: value for name, value in document.items() if name != "tenant"}).document()


def _alert(document: Document) -> Document:
    return alerting.told(document)


_COMMAND_UNSAID = ("version", "estimate_seconds", "category", "queue", "place", "message", "callback_dialect")


def _telemetry_event(said: Mapping[str, Any], tenant: str) -> Event:
    data = _TELEMETRY[said["type"]].read(said["data"])
    labels, metrics = labels_of(data.pop("tags")), measured(data.pop("metrics", {}))
    document = {**data, **metrics, **({"labels": labels} if labels else {})}
    document.setdefault("device", document.get("source"))
    return Event(said["event_id"], said["type"], tenant, document["device"], read_iso(said["created_at"]), document)


_TELEMETRY = {"telemetry.frame": FRAME, "telemetry.log": LINE, "telemetry.event": REPORT}
_AGENT_SAID = {AGENT.fields[name] for name in v2.Agent.model_fields if name in AGENT.fields}
_AGENT_UNSAID = tuple(name for name in Agent.__dataclass_fields__ if name not in {*_AGENT_SAID, "tenant"})
_KINDS = {
    "task": _Kind(TASK, ("state", "version", "estimate_seconds", "late_at", "running_since"), _task),
    "command": _Kind(COMMAND, _COMMAND_UNSAID, _command),
    "lease": _Kind(LEASE, ("queue", "place", "version"), _lease),
    "ai.agent": _Kind(AGENT, _AGENT_UNSAID, _agent),
    "telemetry.alert": _Kind(ALERT, ("version", "measured_at", "cool_until"), _alert),
}
