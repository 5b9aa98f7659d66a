"""What `v2`'s event stream and its WebSocket say, and what the WebSocket hears."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from generated.channels import CHANNELS, VERSION
from generated.models import shared, v2
from handlers.core.alerting import Alert
from handlers.core.calls import Call, StreamItem
from handlers.core.clock import new_id, system_clock
from handlers.core.command_lives import Command
from handlers.core.conversations import Conversation
from handlers.core.cursors import closed, place_in
from handlers.core.errors import Conflict, Failure
from handlers.core.events import Event, Gap, Logged, cursor_in
from handlers.core.frames import Frame
from handlers.core.lifecycle import Task
from handlers.core.log_lines import Line
from handlers.core.offering import Offering
from handlers.core.presence import Agent
from handlers.core.principals import Principal
from handlers.core.projection import iso_milliseconds
from handlers.core.reports import Report
from handlers.core.taking import Wish
from handlers.core.tongues import Said, Tongue, kind_of
from handlers.core.work import Claimed, Lease
from handlers.dialects.v2 import commands, leases
from handlers.dialects.v2.errors import render
from handlers.dialects.v2.mapping import AGENT, ALERT, FRAME, LINE, REPORT, TASK

_CHANNEL = next(channel for channel in CHANNELS if channel.key == "v2Stream")
_WORK = "work:take"
_TOPIC_OF = {kind: name for name, topic in _CHANNEL.topics.items() for kind in topic["types"]}


def events(logged: Logged) -> StreamItem:
    """What has happened, with the item as it is after it."""
    return StreamItem(logged.event.type, shown(logged), logged.name)


def shown(logged: Logged) -> Any:
    """An event as all of `v2` tells it."""
    return event_of(logged.event, cursor=closed(logged.cursor))


def event_of(event: Event, **placed: str) -> Any:
    """An event, with its item in the words of `v2`; `placed` says where it stands."""
    model, show = _ITEMS[event.type if event.type in _ITEMS else kind_of(event.type)]
    at = iso_milliseconds(event.at)
    return model(event_id=event.id, type=event.type, created_at=at, data=show(event.data), **placed)


def gap(lost: Gap) -> StreamItem:
    """Events that this client has lost."""
    return StreamItem("gap", shared.Gap(missed=lost.missed))


def visible(who: Principal) -> frozenset[str]:
    """The types of the events that somebody's scopes let them see."""
    return frozenset(kind for kind, name in _TOPIC_OF.items() if who.may(_CHANNEL.topics[name]["scope"]))


async def welcome(socket: Conversation) -> StreamItem:
    """The first message."""
    payload = v2.WelcomePayload(
        version=VERSION,
        heartbeat_interval_seconds=_CHANNEL.bounds["heartbeat_seconds"],
        cursor=closed(socket.feed.end),
    )
    return _message(v2.Welcome, "welcome", _own_name(socket.clock()), socket.clock(), payload=payload)


def send_event(logged: Logged) -> StreamItem:
    """An event, to those who have subscribed to its topic."""
    event = logged.event
    topic = _TOPIC_OF[event.type]
    return _message(v2.StreamEvent, "event", logged.name, event.at, topic=topic, payload=shown(logged))


def send_gap(lost: Gap) -> StreamItem:
    """Lost events."""
    now = system_clock()
    return _message(v2.StreamGap, "gap", _own_name(now), now, payload=v2.GapPayload(missed=lost.missed))


async def subscribe(socket: Conversation, said: v2.Subscribe) -> StreamItem:
    """Tell of topics from now on, or from behind a cursor."""
    asked = said.payload
    filters = asked.filters.model_dump(exclude_unset=True) if asked.filters else {}
    after = place_in(asked.cursor, field="payload.cursor", location="body")
    socket.subscribe({topic: topic for topic in asked.topics}, filters, after, strict=False)
    return _subscribed(socket, said.id, after)


async def unsubscribe(socket: Conversation, said: v2.Unsubscribe) -> StreamItem:
    """Tell no more of topics."""
    for topic in said.payload.topics:
        socket.feed.unsubscribe(topic)
    return _subscribed(socket, said.id)


async def resume(socket: Conversation, said: v2.Resume) -> StreamItem:
    """Go on behind a place."""
    point: Mapping[str, Any] = said.payload.model_dump(exclude_unset=True)
    after = cursor_in(point.get("last_event_id")) or place_in(
        point.get("cursor"), field="payload.cursor", location="body"
    )
    socket.feed.resume(after)
    return _subscribed(socket, said.id, after)


async def ready_for_work(socket: Conversation, said: v2.LeaseReady) -> StreamItem:
    """Offer an agent work from now on, in place of what was offered it here before."""
    call, asked = socket.call, said.payload
    call.note(resource=asked.agent_id)
    agent = await call.core.leases.agent(call.principal, asked.agent_id)
    held = await call.core.leases.held_by(agent)
    if asked.max_leases and agent.id not in socket.offering:
        socket.check_room()
    present = socket.offering.pop(agent.id, None)
    if present is not None:
        present[1].cancel()
    if asked.max_leases:
        kinds = None if asked.kinds is None else tuple(asked.kinds)
        wish = Wish(asked.max_leases, asked.lease_seconds, kinds)
        offering = Offering(call.core.taking, call.core.log, call.principal, agent.id, wish, socket.clock)
        task = socket.begin(offering.run(partial(offer_lease, socket), partial(lose_lease, socket)))
        task.add_done_callback(partial(_forget, socket, agent.id))
        socket.offering[agent.id] = offering, task
        socket.scopes.add(_WORK)
    payload = v2.LeaseListPayload(
        agent_id=agent.id, max_leases=asked.max_leases, leases=[leases.shown(lease) for lease in held]
    )
    return _message(v2.LeaseWaiting, "lease.waiting", said.id, socket.clock(), payload=payload)


async def offer_lease(socket: Conversation, lease: Lease) -> None:
    """Work for an agent that waits here."""
    now = socket.clock()
    await socket.say(_message(v2.LeaseOffer, "lease.offer", _own_name(now), now, payload=leases.shown(lease)))


async def lose_lease(socket: Conversation, lease: Lease, reason: str) -> None:
    """An agent has lost what it held."""
    now = socket.clock()
    payload = v2.LostPayload(agent_id=lease.agent, lease_id=lease.id, reason=reason)
    await socket.say(_message(v2.LeaseLost, "lease.lost", _own_name(now), now, payload=payload))


async def accept_lease(socket: Conversation, said: v2.LeaseAccept) -> StreamItem:
    """Take what was offered."""
    call, asked = _noted(socket, said)
    offering = _offering(socket, asked.agent_id)
    try:
        lease = await call.core.taking.accept(call.principal, asked.agent_id, asked.lease_id, offering.seconds)
    except BaseException:
        offering.answered(asked.lease_id)
        raise
    offering.taken(lease.id, lease.token)
    return _state(socket, said.id, lease)


async def decline_lease(socket: Conversation, said: v2.LeaseDecline) -> StreamItem:
    """Leave what was offered to others: it is not offered here again before somebody has had it."""
    call, asked = _noted(socket, said)
    offering = _offering(socket, asked.agent_id)
    lease = await call.core.taking.offered(call.principal, asked.agent_id, asked.lease_id, offering.seconds)
    offering.answered(asked.lease_id, declined=True)
    return _state(socket, said.id, lease)


async def renew_lease(socket: Conversation, said: v2.RenewLease) -> StreamItem:
    """Put off the end of a lease."""
    call, asked = _noted(socket, said)
    return _state(socket, said.id, await call.core.leases.renew(call.principal, _claimed(asked), asked.lease_seconds))


async def report_progress(socket: Conversation, said: v2.ReportProgress) -> StreamItem:
    """Say how far the work has come; the lease is renewed."""
    call, asked = _noted(socket, said)
    work = call.core.leases.progress(call.principal, _claimed(asked), asked.progress, asked.message, renew=True)
    return _state(socket, said.id, await work)


async def complete_lease(socket: Conversation, said: v2.CompleteLease) -> StreamItem:
    """The work is done."""
    call, asked = _noted(socket, said)
    work = call.core.leases.complete(call.principal, _claimed(asked), asked.result, asked.duration)
    return _state(socket, said.id, await work)


async def fail_lease(socket: Conversation, said: v2.FailLease) -> StreamItem:
    """The work has failed."""
    call, asked = _noted(socket, said)
    retryable = asked.retryable
    work = call.core.leases.fail(call.principal, _claimed(asked), asked.error, asked.details, retryable=retryable)
    return _state(socket, said.id, await work)


async def release_lease(socket: Conversation, said: v2.ReleaseLease) -> StreamItem:
    """Give work back undone."""
    call, asked = _noted(socket, said)
    work = call.core.leases.release(call.principal, _claimed(asked), asked.delay_seconds)
    return _state(socket, said.id, await work)


async def ping(socket: Conversation, said: v2.Ping) -> StreamItem:
    """Say that the server is there."""
    return _message(v2.Pong, "pong", said.id, socket.clock())


def _subscribed(socket: Conversation, name: str, after: str | None = None) -> StreamItem:
    payload = v2.SubscribedPayload(topics=socket.feed.names, cursor=closed(after or socket.feed.end))
    return _message(v2.Subscribed, "subscribed", name, socket.clock(), payload=payload)


def _offering(socket: Conversation, agent: str) -> Offering:
    """Who offers work to an agent here."""
    if agent not in socket.offering:
        raise Conflict("This agent has not said `lease.ready` here", agent_id=agent)
    return socket.offering[agent][0]


def _forget(socket: Conversation, agent: str, task: Any) -> None:
    """Know that an agent is offered no work any more, if that was not begun anew meanwhile."""
    if agent in socket.offering and socket.offering[agent][1] is task:
        del socket.offering[agent]


def _noted(socket: Conversation, said: Any) -> tuple[Call, Any]:
    """What an agent says of a lease; the audit log is to know of which."""
    socket.call.note(agent=said.payload.agent_id, resource=said.payload.lease_id)
    return socket.call, said.payload


def _claimed(asked: Any) -> Claimed:
    return Claimed(asked.agent_id, asked.lease_id, asked.fencing_token)


def _state(socket: Conversation, name: str, lease: Lease) -> StreamItem:
    return _message(v2.LeaseState, "lease.state", name, socket.clock(), payload=leases.shown(lease))


def _refuse(failure: Failure, said: Said) -> StreamItem:
    given = said.get("id")
    name = given if isinstance(given, str) and 0 < len(given) <= 128 else _own_name(failure.at)
    return _message(v2.StreamError, "error", name, failure.at, payload=render(failure).error)


def _message(model: type, kind: str, name: str, at: int, **rest: Any) -> StreamItem:
    return StreamItem(kind, model(type=kind, id=name, timestamp=iso_milliseconds(at), **rest), name)


def _own_name(now: int) -> str:
    return new_id("srv", now)


def _task(data: Mapping[str, Any]) -> v2.Task:
    return TASK.show(v2.Task, Task.of(data))


def _agent(data: Mapping[str, Any]) -> v2.Agent:
    return AGENT.show(v2.Agent, Agent.of(data))


def _command(data: Mapping[str, Any]) -> v2.Command:
    return commands.shown(Command.of(data))


def _lease(data: Mapping[str, Any]) -> v2.Lease:
    return leases.shown(Lease(**data))


def _alert(data: Mapping[str, Any]) -> v2.Alert:
    return ALERT.show(v2.Alert, Alert.of(data))


# How the items of events are shown, by their kind.
_ITEMS: Mapping[str, tuple[Any, Callable[[Mapping[str, Any]], Any]]] = {
    "task": (v2.TaskEvent, _task),
    "command": (v2.CommandEvent, _command),
    "lease": (v2.LeaseEvent, _lease),
    "ai.agent": (v2.AgentEvent, _agent),
    "telemetry.alert": (v2.AlertEvent, _alert),
    "telemetry.frame": (v2.FrameEvent, lambda data: FRAME.show(v2.Frame, Frame.of(data))),
    "telemetry.log": (v2.LogEvent, lambda data: LINE.show(v2.Log, Line.of(data))),
    "telemetry.event": (v2.TelemetryEntryEvent, lambda data: REPORT.show(v2.TelemetryEntry, Report.of(data))),
}
STREAM = Tongue("v2Events", events, gap)
SOCKET = Tongue("v2Stream", send_event, send_gap, _refuse, welcome)
