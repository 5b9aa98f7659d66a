"""What `lexos` tells over WebSockets, and what it hears there."""

import asyncio
from contextlib import suppress
from typing import Any

from generated.models import lexos, shared
from handlers.core.calls import StreamItem
from handlers.core.clock import system_clock
from handlers.core.conversations import Conversation
from handlers.core.errors import Failure, Refusal
from handlers.core.events import EventFilter, Gap, Logged, cursor_in
from handlers.core.following import follow_task
from handlers.core.lifecycle import EVENT_TYPES, Task
from handlers.core.presence import TOLD_STATUS, Agent
from handlers.core.tongues import Said, Tongue, kind_of
from handlers.dialects.lexos.errors import render
from handlers.dialects.lexos.mapping import AGENT_STATUS, TASK

_PAUSE_SECONDS = 5.0


async def task(socket: Conversation, task_id: str) -> StreamItem:
    """One task: as it is, then each change, until it is finished."""
    life = await follow_task(socket, task_id)
    return _progress(life.task, life.place)


async def resume(socket: Conversation, said: lexos.ResumeMessage) -> None:
    """Tell the changes behind an event again."""
    socket.entries.resume(cursor_in(said.data.last_event_id))


async def monitoring(socket: Conversation) -> StreamItem:
    """The whole system: as it is, now and every few seconds, and each change of the tenant's tasks and agents."""
    socket.feed.subscribe("monitoring", EventFilter(EVENT_TYPES | TOLD_STATUS))
    socket.begin(_watch(socket))
    return await _overview(socket)


async def resume_monitoring(socket: Conversation, said: lexos.ResumeMessage) -> None:
    """Tell the changes behind an event again."""
    await resume(socket, said)


async def _watch(socket: Conversation) -> None:
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        with suppress(Refusal):  # a part is away for a while
            await socket.say(await _overview(socket))


async def _overview(socket: Conversation) -> StreamItem:
    seen = await socket.call.core.system.overview(socket.call.principal)
    data = lexos.SystemStatusData(
        gpu_utilization=seen.gpu_percent,
        active_tasks=seen.running,
        agent_status={name: AGENT_STATUS.codec.show(status) for name, status in seen.agents.items()},
    )
    return _message(lexos.SystemStatusMessage, "system_status", data, socket.clock() // 1000)


def _update(logged: Logged) -> StreamItem:
    """A change of a task, or of an agent."""
    at, named = logged.event.at // 1000, {"id": logged.name}
    if kind_of(logged.event.type) == "task":
        data = TASK.show(lexos.TaskUpdateData, Task.of(logged.event.data))
        return _message(lexos.TaskUpdateMessage, "task_update", data, at, **named)
    return _message(lexos.AgentStatusMessage, "agent_status", _presence(logged.event.data), at, **named)


def _presence(told: dict[str, Any]) -> lexos.AgentStatusData:
    agent = Agent.of(told)
    work = {"current_task": told["current_work"]} if "current_work" in told else {}
    return lexos.AgentStatusData(agent_id=agent.id, status=AGENT_STATUS.codec.show(agent.status), **work)


def _gap(lost: Gap) -> StreamItem:
    return _message(lexos.GapMessage, "gap", shared.Gap(missed=lost.missed), system_clock() // 1000)


def _message(model: Any, type: str, data: Any, at: int, **named: str) -> StreamItem:
    return StreamItem(type, model(type=type, data=data, timestamp=at, **named), named.get("id"))


def _changed(logged: Logged) -> StreamItem:
    return _progress(Task.of(logged.event.data), logged.name)


def _as_it_is(present: Task) -> StreamItem:
    return _progress(present)


def _progress(present: Task, name: str | None = None) -> StreamItem:
    data = TASK.show(lexos.TaskProgressData, present)
    named = {} if name is None else {"id": name}
    return StreamItem("task_progress", lexos.TaskProgress(type="task_progress", data=data, **named), name)


def _refuse(failure: Failure, said: Said) -> StreamItem:
    return StreamItem("error", lexos.ErrorMessage(type="error", data=render(failure)))


TASK_SOCKET = Tongue("lexosTask", _changed, _as_it_is, _refuse, task)
MONITORING_SOCKET = Tongue("lexosMonitoring", _update, _gap, _refuse, monitoring)
