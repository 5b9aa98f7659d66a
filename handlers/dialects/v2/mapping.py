"""What `v2` calls tasks, commands, leases, agents, telemetry, webhooks and all else; and places in its lists."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

from generated.models import v2
from handlers.core.alert_rules import Rule
from handlers.core.alerting import Alert
from handlers.core.audit_entries import Recorded
from handlers.core.command_lives import STATUSES as COMMAND_STATUSES
from handlers.core.command_lives import Command
from handlers.core.command_types import CommandType
from handlers.core.cursors import closed, opened
from handlers.core.deliveries import Delivery
from handlers.core.errors import Unprocessable
from handlers.core.frames import Frame
from handlers.core.keys import ApiKey
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.log_lines import Line
from handlers.core.negotiations import Negotiation
from handlers.core.node_registry import Node
from handlers.core.ports import Position
from handlers.core.presence import Agent
from handlers.core.projection import ISO_MILLISECONDS, Choices, Codec, Words, iso_milliseconds, read_iso
from handlers.core.recovering import Recovery
from handlers.core.reports import Report
from handlers.core.vitals import Server
from handlers.core.webhooks import Webhook
from handlers.core.work import Lease

STATUS = Choices(STATUSES, running="in_progress")
TASK = Words(
    Task,
    ISO_MILLISECONDS,
    names={"task_id": "id", "title": "name", "assignee": "assigned_to"},
    codecs={"status": STATUS.codec},
)
COMMAND_STATUS = Choices(COMMAND_STATUSES)
COMMAND = Words(
    Command,
    ISO_MILLISECONDS,
    names={"command_id": "id", "command_type": "type", "agent_id": "agent"},
)
COMMAND_TYPE = Words(CommandType, ISO_MILLISECONDS, names={"command_type": "name"})
_WORK_TIMES = ("deadline", "created_at")
LEASE = Words(
    Lease,
    ISO_MILLISECONDS,
    names={"lease_id": "id", "agent_id": "agent", "fencing_token": "token", "lease_seconds": "seconds"},
    codecs={
        "work": Codec(
            lambda work: {**work, **{name: iso_milliseconds(work[name]) for name in _WORK_TIMES}},
            lambda work: {**work, **{name: read_iso(work[name]) for name in _WORK_TIMES}},
        )
    },
)
KEY = Words(ApiKey, ISO_MILLISECONDS, names={"key_id": "id", "created_by": "user", "rate_limits": "limits"})
AGENT = Words(
    Agent,
    ISO_MILLISECONDS,
    names={"agent_id": "id", "last_seen": "last_seen"},
    codecs={"last_seen": ISO_MILLISECONDS},
)
AUDIT = Words(
    Recorded,
    ISO_MILLISECONDS,
    names={"audit_id": "id", "actor": "user", "agent_id": "agent", "resource_id": "resource", "ip_address": "peer"},
)
EVENT_TYPES = frozenset(get_args(get_args(v2.EventType.__value__)[0]))
WEBHOOK = Words(Webhook, ISO_MILLISECONDS, names={"webhook_id": "id"})
DELIVERY = Words(
    Delivery,
    ISO_MILLISECONDS,
    names={"delivery_id": "id", "webhook_id": "target"},
    codecs={"attempts": Codec(lambda tried: [{**attempt, "at": iso_milliseconds(attempt["at"])} for attempt in tried])},
)
RULE = Words(Rule, ISO_MILLISECONDS, names={"rule_id": "id", "device_id": "device", "alert_type": "type"})
ALERT = Words(
    Alert,
    ISO_MILLISECONDS,
    names={"alert_id": "id", "rule_id": "rule", "device_id": "device", "current_value": "value"},
)
FRAME = Words(Frame, ISO_MILLISECONDS, names={"frame_id": "id", "device_id": "device", "timestamp": "at"})
LINE = Words(Line, ISO_MILLISECONDS, names={"log_id": "id", "device_id": "device", "timestamp": "at"})
REPORT = Words(Report, ISO_MILLISECONDS, names={"event_id": "id", "event_type": "type", "timestamp": "at"})
NEGOTIATION = Words(Negotiation, ISO_MILLISECONDS, names={"negotiation_id": "id"})
NODE = Words(Node, ISO_MILLISECONDS, names={"node_id": "id"})
SERVER = Words(Server, ISO_MILLISECONDS, names={"server_id": "id", "version": "release"})
RECOVERY = Words(Recovery, ISO_MILLISECONDS, names={"webhook_id": "webhook"})
Item = TypeVar("Item", Task, Command, Agent, ApiKey, Recorded, Webhook, Delivery, Rule, Negotiation)
Page = TypeVar("Page")
_MOMENT = re.compile(rb"(-?[0-9]{1,15})\.([A-Za-z0-9][A-Za-z0-9_.:-]{0,127})")
_NAME = re.compile(rb"=([A-Za-z0-9][A-Za-z0-9_.:-]{0,127})")
_NAMED = re.compile(rb"([A-Za-z0-9][A-Za-z0-9_.:-]{0,127})=([!-~]([ -~]{0,126}[!-~])?)")
_PLACE = re.compile(rb"([0-9a-f]{12})\.([A-Za-z0-9][A-Za-z0-9_.:-]{0,127})")


def page_of(model: Callable[..., Page], found: Sequence[Item], limit: int, show: Callable[[Item], Any]) -> Page:
    """One page of a list, from what was found when one item more than its limit was asked for."""
    data = [show(item) for item in found[:limit]]
    if len(found) <= limit:
        return model(data=data, has_more=False)
    return model(data=data, has_more=True, next_cursor=cursor_behind(found[limit - 1]))


def cursor_behind(record: Item) -> str:
    """The place behind an item in a list, as letters that say nothing to anybody else."""
    return closed(f"{record.created_at:012x}.{record.id}")


def moment_behind(place: Position) -> str:
    """The place behind an item in a list by time, which may lie before the epoch."""
    return closed(f"{place.value}.{place.id}")


def moment_of(cursor: str | None) -> Position | None:
    """The place in a list by time that a cursor names."""
    if cursor is None:
        return None
    place = _MOMENT.fullmatch(opened(cursor))
    if place is None:
        raise Unprocessable("This cursor was not given by a list", field="cursor", location="query")
    return Position(int(place[1]), place[2].decode())


def name_of(cursor: str | None) -> str | None:
    """The name in a list by name that a cursor names."""
    if cursor is None:
        return None
    name = _NAME.fullmatch(opened(cursor))
    if name is None:
        raise Unprocessable("This cursor was not given by a list", field="cursor", location="query")
    return name[1].decode()


def name_behind(name: str) -> str:
    """The place behind an item in a list by name."""
    return closed(f"={name}")


def named_place_behind(place: Position) -> str:
    """The place behind an item in a list by a name that says nothing of its identifier."""
    return closed(f"{place.id}={place.value}")


def named_place_of(cursor: str | None) -> Position | None:
    """The place in such a list that a cursor names."""
    if cursor is None:
        return None
    place = _NAMED.fullmatch(opened(cursor))
    if place is None:
        raise Unprocessable("This cursor was not given by a list", field="cursor", location="query")
    return Position(place[2].decode(), place[1].decode())


def position_of(cursor: str | None) -> Position | None:
    """The place that a cursor names."""
    if cursor is None:
        return None
    place = _PLACE.fullmatch(opened(cursor))
    if place is None:
        raise Unprocessable("This cursor was not given by a list", field="cursor", location="query")
    return Position(int(place[1], 16), place[2].decode())
