"""One alert, from the first value for which its rule holds until another may be raised: its record and its steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from handlers.core.alert_rules import Rule
from handlers.core.clock import Moment, new_id
from handlers.core.events import Event
from handlers.core.lifecycle import labels_of
from handlers.core.ports import Document
from handlers.core.shapes import read_as

# Before it fires: nothing was missed yet, or the condition has not held for long enough.
WATCHED, PENDING = "watched", "pending"
FIRING, ACKNOWLEDGED, RESOLVED = "firing", "acknowledged", "resolved"
RAISED = (FIRING, ACKNOWLEDGED)
EVENT_TYPES = {
    FIRING: "telemetry.alert",
    ACKNOWLEDGED: "telemetry.alert.acknowledged",
    RESOLVED: "telemetry.alert.resolved",
}
# Looked at again soon after it was raised, when all workers know of it, and now and then from then on: what a worker
# has missed, because it did not know of the alert yet, is made up for.
SOON, LATER = 5_000, 300_000
_SECOND = 1000
_CLOSED: Mapping[str, None] = {"open_key": None, "opened_at": None, "kept_since": None, "due_at": None}


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that has fired. `measured_at` is when its value was measured, `cool_until` when another may follow."""

    id: str
    rule: str
    device: str
    alert_type: str
    severity: str
    status: str
    operator: str
    threshold: float
    value: float
    tags: dict[str, str]
    fired_at: Moment
    updated_at: Moment
    measured_at: Moment
    version: int
    metric: str | None = None
    acknowledged_at: Moment | None = None
    acknowledged_by: str | None = None
    resolved_at: Moment | None = None
    cool_until: Moment | None = None
    note: str | None = None
    history: list[Document] = field(default_factory=list)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Alert":
        """The alert in a document."""
        return read_as(cls, document)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one frame says of a metric: the value, when it was measured and when it arrived, and the device's tags."""

    value: float
    at: Moment
    received_at: Moment
    tags: Mapping[str, str]


_TOLD = tuple(known.name for known in fields(Alert) if known.name != "history")


def told_of(record: Document, type: str) -> Event:
    """What is told of an alert as it is now."""
    at = record["updated_at"]
    return Event(new_id("evt", at), type, record["tenant"], record["id"], at, told(record), record["version"])


def told(record: Mapping[str, Any]) -> Document:
    """An alert as events tell of it; its tags are labels, too, as those of a frame, by which events are told apart."""
    labels = labels_of(record.get("tags") or {})
    known = {name: record[name] for name in _TOLD if record.get(name) is not None}
    return {**known, **({"labels": labels} if labels else {})}


def events_between(before: Document, after: Document) -> list[Event]:
    """What a step is told as; some tell nothing."""
    same = before.get("status") == after["status"]
    return [] if same or after["status"] not in EVENT_TYPES else [told_of(after, EVENT_TYPES[after["status"]])]


def key_of(rule: str, device: str) -> str:
    """What only one alert of a rule and a device has at a time."""
    return f"{rule} {device}"


def begun(
    rule: Rule, device: str, status: str, since: Moment, arrived_at: Moment, due_at: Moment, now: Moment
) -> Document:
    """The record of an alert that may fire some time: it is due when it has to be seen whether it does."""
    opened = {} if status == WATCHED else {"opened_at": now}
    return {
        "id": new_id("alert", now),
        "rule": rule.id,
        "device": device,
        "status": status,
        "open_key": key_of(rule.id, device),
        "kept_since": now,
        "since": since,
        "arrived_at": arrived_at,
        "due_at": due_at,
        "version": 1,
        **opened,
    }


def fired(rule: Rule, device: str, reading: Reading, now: Moment) -> dict[str, Any]:
    """What it sets to fire."""
    condition = rule.judge
    marks = {"severity": rule.severity, "rule": rule.id, "device": device, "type": rule.alert_type}
    metric = {} if rule.metric is None else {"metric": rule.metric}
    return {
        "alert_type": rule.alert_type,
        "severity": rule.severity,
        "status": FIRING,
        "operator": condition.operator,
        "threshold": condition.bound,
        "value": reading.value,
        "measured_at": reading.at,
        "tags": dict(reading.tags),
        "marks": [f"{name}:{value}" for name, value in marks.items()],
        "cooldown": rule.cooldown_seconds * _SECOND,
        "opened_at": now,
        "fired_at": now,
        "updated_at": now,
        "history": [{"status": FIRING, "at": now, "value": reading.value}],
        "due_at": now + SOON,
        **metric,
    }


def acknowledged(present: Document, by: str, note: str | None, now: Moment) -> dict[str, Any]:
    """What it sets to acknowledge; a second time only the note."""
    noted = {} if note is None else {"note": note}
    if present["status"] == ACKNOWLEDGED:
        return {**noted, "updated_at": now} if noted else {}
    step = {"status": ACKNOWLEDGED, "at": now, "by": by, **noted}
    return {
        "status": ACKNOWLEDGED,
        "acknowledged_at": now,
        "acknowledged_by": by,
        "updated_at": now,
        "history": [*present["history"], step],
        **noted,
    }


def resolved(
    present: Document,
    now: Moment,
    *,
    value: float | None = None,
    at: Moment | None = None,
    by: str | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """What it sets to resolve: by a value that was measured at a moment, by somebody, or because its rule is gone."""
    known = {"by": by, "value": value, "note": note}
    step = {"status": RESOLVED, "at": now, **{name: told for name, told in known.items() if told is not None}}
    shown = {"value": value, "measured_at": at, "note": note}
    until = now + present["cooldown"]
    return {
        "status": RESOLVED,
        "resolved_at": now,
        "cool_until": until,
        "updated_at": now,
        "history": [*present["history"], step],
        "due_at": until,
        **{name: told for name, told in shown.items() if told is not None},
    }


def closed(until: Moment) -> dict[str, Any]:
    """What it sets when another alert may be raised: this one is of the past, and kept until a moment."""
    return {**_CLOSED, "expires_at": until}
