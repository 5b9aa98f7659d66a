"""What `ggi`'s event stream and its telemetry say, and what the telemetry hears."""

import json
from typing import Any

from generated.models import ggi, shared
from handlers.core.alerting import Alert
from handlers.core.calls import StreamItem
from handlers.core.clock import system_clock
from handlers.core.command_lives import Command
from handlers.core.conversations import Conversation
from handlers.core.errors import Failure
from handlers.core.events import Gap, Logged
from handlers.core.frames import Frame
from handlers.core.lifecycle import Task
from handlers.core.log_lines import Line
from handlers.core.presence import Agent
from handlers.core.projection import iso_seconds
from handlers.core.tongues import Said, Tongue, by_kind, name_in
from handlers.dialects.ggi.commands import result_of
from handlers.dialects.ggi.errors import render
from handlers.dialects.ggi.mapping import AGENT, ALERT, COMMAND, EVENT, LOG, METRICS, TASK


def events(logged: Logged) -> StreamItem:
    """What has happened."""
    type = logged.event.type
    return StreamItem(EVENT.word_of(type, type), shown(logged), logged.name)


def agent_events(logged: Logged) -> StreamItem:
    """A change of an agent."""
    return events(logged)


def command_events(logged: Logged) -> StreamItem:
    """A change of a command."""
    return events(logged)


def alert_events(logged: Logged) -> StreamItem:
    """A value that has passed a threshold."""
    return events(logged)


def metrics_events(logged: Logged) -> StreamItem:
    """What was measured."""
    return events(logged)


def gap(lost: Gap) -> StreamItem:
    """Events that this client has lost."""
    return StreamItem("gap", shared.Gap(missed=lost.missed))


async def subscribe(socket: Conversation, said: ggi.Subscribe) -> StreamItem | None:
    """Tell of channels from now on."""
    for name, channel, filters in _named(said):
        socket.subscribe({name: channel}, filters, strict=False)
    return _confirmed(socket, said)


async def unsubscribe(socket: Conversation, said: ggi.Unsubscribe) -> StreamItem | None:
    """Tell no more of channels; without filters, of none of their subscriptions."""
    asked = {name for name, _, _ in _named(said)}
    for name in socket.feed.names:
        if name in asked or (said.filters is None and json.loads(name)[0] in said.channels):
            socket.feed.unsubscribe(name)
    return _confirmed(socket, said)


def telemetry(logged: Logged) -> StreamItem:
    """Metrics or a log entry, to those who have subscribed to them."""
    model, data = _told(logged)
    channel = "metrics" if model is ggi.MetricsMessage else "logs"
    at = iso_seconds(logged.event.data["at"])
    return StreamItem(channel, model(channel=channel, data=data, timestamp=at))


def _named(said: ggi.Subscribe | ggi.Unsubscribe) -> list[tuple[str, str, dict[str, str]]]:
    """Each channel with its filters, and what the subscription to them is called."""
    filters = {} if said.filters is None else said.filters.model_dump(exclude_unset=True)
    return [(json.dumps([channel, filters], sort_keys=True), channel, filters) for channel in said.channels]


def _confirmed(socket: Conversation, said: ggi.Subscribe | ggi.Unsubscribe) -> StreamItem | None:
    """What the socket follows now, for a message that has a name."""
    if said.message_id is None:
        return None
    each = [json.loads(name) for name in socket.feed.names]
    known = [
        ggi.TelemetrySubscription(channel=channel, **({"filters": ggi.TelemetryFilters(**filters)} if filters else {}))
        for channel, filters in each
    ]
    now = iso_seconds(socket.clock())
    data = ggi.SubscriptionState(subscriptions=known)
    message = ggi.SubscriptionsMessage(channel="subscriptions", data=data, timestamp=now, message_id=said.message_id)
    return StreamItem("subscriptions", message)


def _lost(lost: Gap) -> StreamItem:
    now = iso_seconds(system_clock())
    return StreamItem("gap", ggi.TelemetryGap(channel="gaps", data=shared.Gap(missed=lost.missed), timestamp=now))


def _refuse(failure: Failure, said: Said) -> StreamItem:
    name = name_in(said, "message_id")
    named = {} if name is None else {"message_id": name}
    now = iso_seconds(failure.at)
    return StreamItem("error", ggi.TelemetryError(channel="errors", data=render(failure).error, timestamp=now, **named))


def _metrics(logged: Logged) -> ggi.MetricsRecord:
    return METRICS.show(ggi.MetricsRecord, Frame.of(logged.event.data))


def _streamed_metrics(logged: Logged) -> tuple[Any, Any]:
    frame = Frame.of(logged.event.data)
    return ggi.MetricsMessage, ggi.StreamedMetrics(**{**frame.metrics, "agent_id": frame.device})


def _streamed_log(logged: Logged) -> tuple[Any, Any]:
    return ggi.LogEntryMessage, LOG.show(ggi.StreamedLog, Line.of(logged.event.data))


def _task(logged: Logged) -> ggi.TaskEvent:
    return TASK.show(ggi.TaskEvent, Task.of(logged.event.data))


def _alert(logged: Logged) -> ggi.AlertEvent:
    return ALERT.show(ggi.AlertEvent, Alert.of(logged.event.data))


def _agent(logged: Logged) -> ggi.AgentEvent:
    return AGENT.show(ggi.AgentEvent, Agent.of(logged.event.data))


def _command(logged: Logged) -> ggi.CommandEvent:
    """A command; of one that went well it is told that it was a `success`."""
    command = Command.of(logged.event.data)
    well = {"status": "success"} if command.success else {}
    return COMMAND.show(ggi.CommandEvent, command, **well, **result_of(command))


# What an event tells of, as all of `ggi` shows it.
shown = by_kind(
    {
        "task": _task,
        "command": _command,
        "ai.agent": _agent,
        "telemetry.alert": _alert,
        "telemetry.frame": _metrics,
    }
)
_told = by_kind({"telemetry.frame": _streamed_metrics, "telemetry.log": _streamed_log})
STREAM = Tongue("ggiEvents", events, gap)
TELEMETRY = Tongue("ggiTelemetry", telemetry, _lost, _refuse)
