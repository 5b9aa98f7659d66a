"""Heartbeats, many and cheap: most of them are remembered, and told to the store together with a later one.

The store hears of an agent at once when it says something new, and of every second heartbeat else. So no more than one
heartbeat is lost with a process, and an agent counts as late only when it missed two. What others do with an agent, a
process learns from the event log.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any

from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment
from handlers.core.ending import ended
from handlers.core.errors import Forbidden, NotFound, Unavailable
from handlers.core.events import AnyOf, EventFilter, EventLog, Logged
from handlers.core.hearing import Hearing
from handlers.core.ports import Document
from handlers.core.presence import Agent, Beat, check_owner
from handlers.core.principals import Principal
from handlers.core.pulses import Key, Pulse, Pulses
from handlers.core.relevance import LOSSES

_TOGETHER = 64
_ROUND_SECONDS = 1.0
_CHANGES = frozenset(
    f"ai.agent.{change}" for change in ("registered", "updated", "status_changed", "offline", "deleted")
)


class Heartbeats:
    """Takes heartbeats, and tells the store of them in time."""

    def __init__(self, agents: Agents, pulses: Pulses, log: EventLog, clock: Clock, say: Callable[..., None]) -> None:
        self._agents = agents
        self._pulses = pulses
        self._clock = clock
        self._say = say
        self._waiting: list[tuple[Moment, Key]] = []
        self._telling: asyncio.Task[None] | None = None
        self._hearing = Hearing(log, AnyOf((EventFilter(_CHANGES), *LOSSES)), self._learn, pulses.clear, say)

    def start(self) -> None:
        """Begin to tell the store, and to hear what others do."""
        self._hearing.begin()
        self._telling = asyncio.create_task(self._keep_telling())

    async def close(self) -> None:
        """Tell the store all."""
        await ended(self._telling)
        await self._hearing.close()
        await self._tell(self._pulses.ahead())

    async def beat(self, who: Principal, identifier: str, given: Mapping[str, Any]) -> Pulse:
        """Hear an agent, from whoever speaks for it."""
        key, now, beat = (who.tenant, identifier), self._clock(), Beat(given)
        pulse = self._pulses.of(key)
        if pulse is None or pulse.owner != who.id or not pulse.can_wait(beat, now):
            return await self._write(who, identifier, beat, now)
        if not pulse.is_ahead:
            heappush(self._waiting, (pulse.pressing_at, key))
        pulse.take(beat, now)
        return pulse

    async def attend(self, record: Document) -> Moment | None:
        """Do what is due with an agent, knowing all that was heard of it here."""
        key = (record["tenant"], record["id"])
        pulse = self._pulses.of(key)
        if pulse is not None and pulse.is_ahead:
            await self._catch_up(key)
        return await self._agents.attend(record)

    async def flush(self) -> None:
        """Tell the store what presses now."""
        now, pressing = self._clock(), []
        while self._waiting and self._waiting[0][0] <= now:
            _, key = heappop(self._waiting)
            pulse = self._pulses.of(key)
            if pulse is None or not pulse.is_ahead:
                continue
            if pulse.pressing_at <= now:
                pressing.append(key)
            else:
                heappush(self._waiting, (pulse.pressing_at, key))
        await self._tell(pressing)

    async def _write(self, who: Principal, identifier: str, beat: Beat, now: Moment) -> Pulse:
        lost: list[str] = []

        def hear(agent: Agent) -> dict[str, Any]:
            check_owner(who, agent)
            lost[:] = agent.lost_leases if "lost_leases" in beat.given else ()
            return beat.changes_of(agent, max(now, agent.heard_at or 0))

        try:
            pulse = self._pulses.hold(await self._agents.change(who.tenant, identifier, hear))
            return replace(pulse, lost=tuple(lost))
        except (NotFound, Forbidden):
            self._pulses.drop((who.tenant, identifier))
            raise

    async def _tell(self, keys: list[Key]) -> None:
        for begin in range(0, len(keys), _TOGETHER):
            await asyncio.gather(*map(self._catch_up, keys[begin : begin + _TOGETHER]))

    async def _catch_up(self, key: Key) -> None:
        """Tell the store what was heard of an agent, if that is still so."""
        pulse = self._pulses.of(key)
        if pulse is None:
            return

        def hear(agent: Agent) -> dict[str, Any]:
            if agent.owner != pulse.owner or agent.last_seen >= pulse.heard_at:
                return {}
            return pulse.beat.changes_of(agent, pulse.heard_at)

        try:
            self._pulses.learn(await self._agents.change(*key, hear))
        except NotFound:
            self._pulses.drop(key)
        except Unavailable:
            heappush(self._waiting, (self._clock() + round(_ROUND_SECONDS * 1000), key))

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(_ROUND_SECONDS)
            try:
                await self.flush()
            except Exception as problem:  # noqa: BLE001 - told, and tried again
                self._say("heartbeats_wait", problem=repr(problem))

    def _learn(self, entry: Logged) -> None:
        """Know what others have changed, or that the next heartbeat has to read it."""
        if entry.event.type in _CHANGES:
            self._pulses.learn(Agent.of(entry.event.data))
        else:
            self._pulses.doubt((entry.event.tenant, entry.event.data["agent"]))
