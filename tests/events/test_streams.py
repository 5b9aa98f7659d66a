"""Events as they go over AMQP: what the contract describes, and enough for a server to know the item again."""

from pathlib import Path
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

import generated
from adapters.http.contract import Contract
from handlers.core import alerting, presence
from handlers.core.announcing import event_of
from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS
from handlers.core.events import Event
from handlers.core.frames import measured
from handlers.core.lifecycle import CANCELLED_DELETED, DELETED, STATUSES, Task, due_of, labels_of
from handlers.core.presence import Agent
from handlers.events import streams

EVENTS = Contract(orjson.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes()))
PAYLOAD = EVENTS.validator({"$ref": "#/channels/amqpEvents/messages/event/payload"})
MARK = EVENTS.validator({"$ref": "#/channels/amqpEventLog/messages/mark/payload"})
_TEXT = st.text(max_size=20)
_IDENTIFIERS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,20}", fullmatch=True)
_JSON = st.dictionaries(_TEXT, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), max_size=3)
_MOMENTS = st.integers(0, 4_000_000_000_000)
_SCHEDULES = st.fixed_dictionaries({"cron": st.just("0 2 * * *")}, optional={"timezone": st.just("Europe/Rome")})


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Any task that can be stored."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "description": _TEXT, "assigned_to": _IDENTIFIERS, "deadline": _MOMENTS, "schedule": _SCHEDULES,
        "next_run": _MOMENTS, "notes": _TEXT, "result": _JSON, "error": _TEXT, "started_at": _MOMENTS,
        "completed_at": _MOMENTS, "deleted_at": _MOMENTS, "parameters": _JSON,
        "late_at": _MOMENTS, "running_since": _MOMENTS,
        "retry_policy": st.just({"max_retries": 3, "backoff_multiplier": 2.5, "initial_delay_seconds": 60}),
        "dependencies": st.lists(_IDENTIFIERS, max_size=3), "progress": st.integers(0, 100) | st.floats(0, 100),
    }  # fmt: skip
    tags = draw(st.dictionaries(st.sampled_from("abc"), _TEXT, max_size=3))
    task = Task(
        id=draw(_IDENTIFIERS),
        tenant=draw(_TEXT),
        name=draw(st.text(min_size=1, max_size=20)),
        type=draw(st.text(min_size=1, max_size=20)),
        status=draw(st.sampled_from(STATUSES)),
        state=draw(st.sampled_from([*STATUSES, DELETED, CANCELLED_DELETED])),
        created_by=draw(_IDENTIFIERS),
        created_at=draw(_MOMENTS),
        updated_at=draw(_MOMENTS),
        version=draw(st.integers(1, 2**53)),
        estimate_seconds=draw(st.integers(0, 10**6)),
        priority=draw(st.sampled_from(["low", "normal", "high"])),
        timeout_seconds=draw(st.just(DEFAULT_TIMEOUT_SECONDS) | st.integers(1, 86_400)),
        tags=tags,
        labels=labels_of(tags),
        **draw(st.fixed_dictionaries({}, optional=optional)),
    )
    task.due_at = due_of(task)
    return task


@given(tasks(), st.sampled_from(["task.created", "task.cancelled"]))
def test_what_is_read_is_what_was_told(task: Task, kind: str) -> None:
    """Any task survives the way through `v2`'s words and back, whole; what goes beside them stays small."""
    told = Event("evt_01k9f3x2m8", kind, task.tenant, task.id, task.updated_at, task.document(), task.version)
    body, beside = streams.events(told)
    payload = orjson.loads(body)
    assert streams.read_event(payload, orjson.loads(orjson.dumps(beside)), task.tenant) == told
    assert PAYLOAD.is_valid(payload), list(PAYLOAD.iter_errors(payload))
    assert len(orjson.dumps(beside)) < 200


@st.composite
def agents(draw: st.DrawFn) -> Agent:
    """Any agent that can be stored."""
    usage = st.fixed_dictionaries({"cpu_percent": st.floats(0, 100)})
    optional: dict[str, st.SearchStrategy[Any]] = {
        "description": _TEXT, "release": _TEXT, "heard_at": _MOMENTS, "up_since": _MOMENTS, "deleted_at": _MOMENTS,
        "said": st.sampled_from(["idle", "busy", "error"]), "reported_tasks": st.integers(0, 9), "metadata": _JSON,
        "reported_load": st.floats(0, 100), "resource_usage": usage, "is_hosted": st.just(True), "synced_at": _MOMENTS,
        "previous_status": st.sampled_from(presence.STATUSES), "endpoint": st.just("https://agent.example.com/api"),
        "model": st.just({"name": "gpt-4"}), "tags": st.dictionaries(st.sampled_from("abc"), _TEXT, max_size=3),
        "capabilities": st.lists(st.fixed_dictionaries({"name": _IDENTIFIERS}), max_size=3),
        "leases": st.just([{"lease": "one"}]), "journal": st.just([{"at": 1, "level": "info", "message": "x"}]),
    }  # fmt: skip
    return Agent(
        id=draw(_IDENTIFIERS),
        tenant=draw(_TEXT),
        name=draw(st.text(min_size=1, max_size=20)),
        owner=draw(_IDENTIFIERS),
        status=draw(st.sampled_from(presence.STATUSES)),
        created_at=draw(_MOMENTS),
        registered_at=draw(_MOMENTS),
        updated_at=draw(_MOMENTS),
        version=draw(st.integers(1, 2**53)),
        heartbeat_interval_seconds=draw(st.integers(1, 3600)),
        **draw(st.fixed_dictionaries({}, optional=optional)),
    )


@given(agents(), st.sampled_from(["ai.agent.registered", "ai.agent.offline"]))
def test_an_agent_that_is_read_is_what_was_told(agent: Agent, kind: str) -> None:
    """Any agent survives the same way; its leases and its journal do not travel."""
    told = Event("evt_01k9f3x2m8", kind, agent.tenant, agent.id, agent.updated_at, agent.told(), agent.version)
    body, beside = streams.events(told)
    payload = orjson.loads(body)
    assert streams.read_event(payload, orjson.loads(orjson.dumps(beside)), agent.tenant) == told
    assert PAYLOAD.is_valid(payload), list(PAYLOAD.iter_errors(payload))
    assert {"leases", "journal"}.isdisjoint({*payload["data"], *beside})


def test_a_mark_is_what_the_contract_says() -> None:
    """It tells nothing."""
    assert not list(MARK.iter_errors(orjson.loads(streams.log_marks())))


@st.composite
def alerts(draw: st.DrawFn) -> dict[str, Any]:
    """Any alert as it is told."""
    values = st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15)
    optional = {
        "metric": st.just("cpu_usage"), "acknowledged_at": _MOMENTS, "acknowledged_by": _IDENTIFIERS,
        "resolved_at": _MOMENTS, "cool_until": _MOMENTS, "note": _TEXT,
    }  # fmt: skip
    needed = {
        "id": _IDENTIFIERS, "rule": _IDENTIFIERS, "device": _IDENTIFIERS, "alert_type": st.just("high_cpu"),
        "severity": st.sampled_from(["info", "warning", "critical"]),
        "status": st.sampled_from(["firing", "acknowledged", "resolved"]),
        "operator": st.sampled_from(["gt", "absent"]), "threshold": values, "value": values,
        "tags": st.dictionaries(st.sampled_from("abc"), _TEXT, max_size=3), "fired_at": _MOMENTS,
        "updated_at": _MOMENTS, "measured_at": _MOMENTS, "version": st.integers(1, 2**53),
    }  # fmt: skip
    return alerting.told(draw(st.fixed_dictionaries(needed, optional=optional)))


@given(alerts(), _TEXT, st.sampled_from(["telemetry.alert", "telemetry.alert.resolved"]))
def test_what_is_read_is_the_alert_that_was_told(alert: dict[str, Any], tenant: str, kind: str) -> None:
    """Any alert survives the way through `v2`'s words and back, whole."""
    told = Event("evt_01k9f3x2m8", kind, tenant, alert["id"], alert["updated_at"], alert, alert["version"])
    body, beside = streams.events(told)
    payload = orjson.loads(body)
    assert streams.read_event(payload, orjson.loads(orjson.dumps(beside)), tenant) == told
    assert PAYLOAD.is_valid(payload), list(PAYLOAD.iter_errors(payload))


def test_a_frame_is_read_as_it_was_stored() -> None:
    """Frames that servers tell each other have each value once, where filters and projections look for it."""
    stored = {
        "id": "f1", "device": "d1", "at": 1, "received_at": 2, "labels": ["env:prod"], "metadata": {"a": 1},
        **measured({"cpu": 45.5, "large": 2**70, "up": True}),
    }  # fmt: skip
    told = event_of("t", "telemetry.frame", stored)
    (read,) = streams.read_telemetry(streams.telemetry([told]), "t")
    assert read == told
