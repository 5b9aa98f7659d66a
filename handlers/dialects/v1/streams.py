"""What `v1`'s event stream and its WebSocket say, and what the WebSocket hears."""

from generated.models import shared, v1
from handlers.core.alerting import Alert
from handlers.core.calls import StreamItem
from handlers.core.clock import new_id, system_clock
from handlers.core.command_lives import Command
from handlers.core.conversations import Conversation
from handlers.core.errors import Failure
from handlers.core.events import Gap, Logged, cursor_in
from handlers.core.frames import Frame
from handlers.core.lifecycle import Task
from handlers.core.presence import Agent
from handlers.core.projection import iso_milliseconds
from handlers.core.tongues import Said, Tongue, by_kind, name_in
from handlers.dialects.v1.commands import accepted, facts_of, target_of, wanted
from handlers.dialects.v1.errors import render
from handlers.dialects.v1.mapping import AGENT, ALERT, COMMAND, EVENT, FRAME, TASK


def events(logged: Logged) -> StreamItem:
    """What has happened."""
    type = logged.event.type
    return StreamItem(EVENT.word_of(type, type), _shown(logged), _name(logged))


def agent_events(logged: Logged) -> StreamItem:
    """An agent that comes or goes."""
    return events(logged)


def command_events(logged: Logged) -> StreamItem:
    """A change of a command."""
    return events(logged)


def alert_events(logged: Logged) -> StreamItem:
    """A value that has passed a threshold."""
    return events(logged)


def frame_events(logged: Logged) -> StreamItem:
    """A frame that was received."""
    return events(logged)


def gap(lost: Gap) -> StreamItem:
    """Events that this client has lost."""
    return StreamItem("gap", shared.Gap(missed=lost.missed))


def updates(logged: Logged) -> StreamItem:
    """What has happened, to those who have subscribed to it."""
    event, item = logged.event, events(logged)
    return _message(_message_of(logged), event.type, item.id, event.at, item.data)


def agent_updates(logged: Logged) -> StreamItem:
    """An agent that comes or goes, to those who have subscribed to it."""
    return updates(logged)


def command_updates(logged: Logged) -> StreamItem:
    """A change of a command, to those who have subscribed to it."""
    return updates(logged)


def telemetry_updates(logged: Logged) -> StreamItem:
    """A frame, to those who have subscribed to it."""
    return updates(logged)


async def subscribe(socket: Conversation, said: v1.SubscribeMessage) -> StreamItem:
    """Tell of a channel from now on, under the identifier of the message."""
    asked = said.payload
    filters = asked.filters.model_dump(exclude_unset=True) if asked.filters else {}
    socket.subscribe({said.id: asked.channel}, filters, strict=True)
    return _message(v1.SubscribedMessage, "subscribed", said.id, socket.clock(), asked)


async def unsubscribe(socket: Conversation, said: v1.UnsubscribeMessage) -> StreamItem:
    """Tell no more of it."""
    socket.feed.unsubscribe(said.payload.subscription_id)
    return _message(v1.UnsubscribedMessage, "unsubscribed", said.id, socket.clock(), said.payload)


async def resume(socket: Conversation, said: v1.ResumeMessage) -> StreamItem:
    """Go on behind an event."""
    socket.feed.resume(cursor_in(said.payload.last_event_id))
    return _message(v1.ResumedMessage, "resumed", said.id, socket.clock(), said.payload)


async def send_command(socket: Conversation, said: v1.SendCommandMessage) -> StreamItem:
    """Have a command executed; its result follows on this connection."""
    call = socket.call
    socket.check_room()
    asked = wanted(said.payload.model_dump(exclude_unset=True))
    command = await call.core.commands.issue(call.principal, asked)
    call.note(resource=command.id)
    socket.begin(command_results(socket, command))
    return _message(v1.CommandAcceptedMessage, "command.accepted", said.id, socket.clock(), accepted(command))


async def command_results(socket: Conversation, command: Command) -> None:
    """Tell how a command of this connection has ended, when it has."""
    call, seconds = socket.call, command.timeout_seconds + 1
    done = await call.core.commands.followed(call.principal, command.id, seconds, call.audience)
    if done.is_over and socket.say is not None:
        now = socket.clock()
        payload = COMMAND.show(v1.SocketCommandResult, done, **facts_of(done))
        await socket.say(_message(v1.CommandResultMessage, "command.result", new_id("msg", now, "-"), now, payload))


async def ping(socket: Conversation, said: v1.PingMessage) -> StreamItem:
    """Say that the server is there."""
    return StreamItem("pong", v1.PongMessage(type="pong", id=said.id, timestamp=iso_milliseconds(socket.clock())))


def _socket_gap(lost: Gap) -> StreamItem:
    now = system_clock()
    return _message(v1.GapMessage, "gap", new_id("gap", now, "-"), now, gap(lost).data)


def _refuse(failure: Failure, said: Said) -> StreamItem:
    name = name_in(said, "id") or new_id("msg", failure.at, "-")
    return _message(v1.ErrorMessage, "error", name, failure.at, render(failure).error)


def _message(model: type, kind: str, name: str, at: int, payload: object) -> StreamItem:
    return StreamItem(kind, model(type=kind, id=name, timestamp=iso_milliseconds(at), payload=payload), name)


def _name(logged: Logged) -> str:
    return logged.name.replace("_", "-", 1)


def _task(logged: Logged) -> v1.TaskEvent:
    return TASK.show(v1.TaskEvent, Task.of(logged.event.data))


def _alert(logged: Logged) -> v1.AlertEvent:
    return ALERT.show(v1.AlertEvent, Alert.of(logged.event.data))


def _agent(logged: Logged) -> v1.AgentEvent:
    return AGENT.show(v1.AgentEvent, Agent.of(logged.event.data))


def _command(logged: Logged) -> v1.CommandEvent:
    command = Command.of(logged.event.data)
    return COMMAND.show(v1.CommandEvent, command, target=target_of(command), **facts_of(command))


def _frame(logged: Logged) -> v1.FrameEvent:
    return FRAME.show(v1.FrameEvent, Frame.of(logged.event.data))


_shown = by_kind(
    {
        "task": _task,
        "command": _command,
        "ai.agent": _agent,
        "telemetry.alert": _alert,
        "telemetry.frame": _frame,
    }
)
_message_of = by_kind(
    {
        "task": lambda _: v1.TaskMessage,
        "command": lambda _: v1.CommandMessage,
        "ai.agent": lambda _: v1.AgentMessage,
        "telemetry.alert": lambda _: v1.AlertMessage,
        "telemetry.frame": lambda _: v1.FrameMessage,
    }
)
STREAM = Tongue("v1Events", events, gap)
SOCKET = Tongue("v1Socket", updates, _socket_gap, _refuse)
