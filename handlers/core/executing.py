"""Work that is done in this process, by the functions of a plugin: taken as any agent takes it.

A plugin is an agent of the server's own, in every tenant that has work for it: its record is made when there is some,
and nobody waits for its heartbeats. Where there is something to take it learns from the log, which one worker reads on
at a time; the place in the log moves when the work is taken, and not before there is room for it, so that another
worker reads on meanwhile where this one is full. Whoever dies loses its leases, and that is an event, too.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from handlers.core.agents import Agents
from handlers.core.command_lives import KIND
from handlers.core.doing import Doing, Read, Say
from handlers.core.ending import ended
from handlers.core.errors import Conflict, NotFound, Unavailable
from handlers.core.events import AnyOf, EventLog, Logged
from handlers.core.hearing import Hearing
from handlers.core.leases import Leases
from handlers.core.plugins import Plugin
from handlers.core.principals import Principal
from handlers.core.registration import Registration
from handlers.core.relevance import LOSSES, Relevant
from handlers.core.taking import Taking, Wish
from handlers.core.work import Lease, queue_of

TYPE = "plugin"
_MOST = 64  # in one process, whatever each tenant may have
_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS, _FAREWELL_SECONDS = 8.0, 3.0


class Executing:
    """Does the work of one plugin in one process."""

    def __init__(
        self,
        plugin: Plugin,
        agents: Agents,
        registration: Registration,
        leases: Leases,
        taking: Taking,
        log: EventLog,
        read: Read,
        say: Say,
    ) -> None:
        self._plugin = plugin
        self._agents = agents
        self._registration = registration
        self._leases = leases
        self._taking = taking
        self._read = read
        self._say = say
        self._described = described(plugin)
        self._queues = (plugin.agent_id, *(queue_of(None, name) for name in plugin.capabilities))
        self._relevant = Relevant(frozenset(self._queues), plugin.agent_id)
        self._wish = Wish(kinds=(KIND,), names=tuple(plugin.commands), seconds=plugin.lease_seconds)
        self._hearing = Hearing(log, AnyOf(LOSSES), self._lose, lambda: None, say)
        self._running: dict[asyncio.Task[None], Doing] = {}
        self._takings: set[asyncio.Task[tuple[int, int]]] = set()
        self._counting = asyncio.Lock()
        self._owed: set[str] = set()
        self._displaced: set[str] = set()
        self._servings: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._is_stopping = False

    def begin(self) -> None:
        """Hear of leases that are lost."""
        self._hearing.begin()

    async def consume(self, events: Sequence[Logged]) -> None:
        """Take what there may be by some events, as far as there is room for it: in all tenants, whatever one says."""
        found = (logged.event.tenant for logged in events if self._relevant.admits(logged))
        problems = [problem for tenant in dict.fromkeys(found) if (problem := await self._served(tenant))]
        if problems:
            raise problems[0]

    async def close(self) -> None:
        """Take nothing more, let what runs end for a while, and give back the rest."""
        self._is_stopping = True
        for serving in list(self._servings):
            serving.cancel()
        if self._takings:
            await asyncio.wait(self._takings, timeout=_PATIENCE_SECONDS)
        for patience in (_PATIENCE_SECONDS, _FAREWELL_SECONDS):
            if self._running:
                await asyncio.wait(set(self._running), timeout=patience)
            for doing in list(self._running.values()):
                doing.release()
        await ended(*self._running)
        await self._hearing.close()

    async def _served(self, tenant: str) -> Exception | None:
        """What came in the way of taking what waits in a tenant."""
        try:
            await self._serve(Principal(self._plugin.agent_id, tenant, frozenset()))
        except Exception as problem:  # noqa: BLE001 - it is raised when all have been served
            return problem
        return None

    async def _serve(self, who: Principal) -> None:
        """Take what waits in a tenant, until nothing does or the agent holds as much as it may."""
        most = taken = 1
        while 0 < most == taken and await self._is_there(who):
            await self._room()
            most, taken = await self._unbroken(who)
        if most and not taken and await self._is_haunted(who):
            raise Unavailable("There is no room, for somebody who died has taken it")

    async def _serve_again(self, tenant: str) -> None:
        """Take what there was no room for here: of a function that outlives its lease no event says when it ends."""
        while (problem := await self._served(tenant)) is not None:
            self._say("plugin_waits", agent=self._plugin.agent_id, tenant=tenant, problem=repr(problem))
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _room(self) -> None:
        """Wait until something more can be done here, for whatever tenant; for ever in who stops."""
        while self._is_stopping or len(self._running) >= _MOST:
            self._freed.clear()
            await self._freed.wait()

    async def _unbroken(self, who: Principal) -> tuple[int, int]:
        """Take work and begin with it, also if nobody waits for that any more: what was granted is held."""
        taking = asyncio.ensure_future(self._take(who))
        self._takings.add(taking)
        taking.add_done_callback(self._forget)
        return await asyncio.shield(taking)

    async def _take(self, who: Principal) -> tuple[int, int]:
        """Take as much as there is room for here; how much that was, and how much was taken."""
        async with self._counting:
            most = self._room_for(who.tenant)
            if not most:
                self._owed.add(who.tenant)
                return 0, 0
            asked = asyncio.get_running_loop().time()
            leases = await self._taking.take(who, self._plugin.agent_id, replace(self._wish, most=most))
            for lease in leases:
                self._begin(who, lease, asked)
        return most, len(leases)

    def _room_for(self, tenant: str) -> int:
        """How much more of a tenant's can be done here; what has lost its lease and goes on takes room as well."""
        running = sum(doing.tenant == tenant for doing in self._running.values())
        return max(0, min(_MOST - len(self._running), self._plugin.max_concurrent - running))

    async def _is_there(self, who: Principal) -> bool:
        """Whether the agent is known in a tenant as the plugin says; where there is work for it, it becomes so."""
        try:
            present = await self._agents.get(who, self._plugin.agent_id)
        except NotFound:
            if not await self._taking.waits(who.tenant, self._queues):
                return False
        else:
            if present.owner == who.id and all(getattr(present, name) == said for name, said in self._described):
                return True
        try:
            await self._registration.register(who, {"id": self._plugin.agent_id, **dict(self._described)})
        except Conflict:
            if who.tenant not in self._displaced:
                self._say("plugin_displaced", agent=self._plugin.agent_id, tenant=who.tenant)
            self._displaced.add(who.tenant)
            return False
        self._displaced.discard(who.tenant)
        return True

    async def _is_haunted(self, who: Principal) -> bool:
        """Whether something waits and has no room because of work that nobody holds: of its end no event would tell.

        Where nothing waits nobody tries to take a slot, and only who does finds that one is empty.
        """
        try:
            agent = await self._agents.get(who, self._plugin.agent_id)
        except NotFound:
            return False
        is_full = len(agent.leases) >= agent.max_concurrent_tasks
        is_awaiting = is_full and await self._leases.slots.is_awaiting(agent)
        return is_awaiting and bool(await self._taking.offers(who, agent, self._wish))

    def _begin(self, who: Principal, lease: Lease, asked: float) -> None:
        function = self._plugin.commands[lease.work["name"]].function
        doing = Doing(self._leases, who, lease, asked, function, self._read, self._say)
        if self._is_stopping:
            doing.release()
        task = asyncio.create_task(doing.run())
        self._running[task] = doing
        task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[None]") -> None:
        doing = self._running.pop(task)
        self._freed.set()
        if task.cancelled():
            return  # by who ends this process
        for tenant in [tenant for tenant in self._owed if self._room_for(tenant)]:
            self._owed.discard(tenant)
            self._aside(self._serve_again(tenant))
        if task.exception() is not None:
            self._say("plugin_broken", agent=self._plugin.agent_id, id=doing.work.item_id, exc_info=task.exception())

    def _aside(self, serving: Coroutine[Any, Any, None]) -> None:
        """Serve beside whoever reads the log; nobody does so who stops."""
        if self._is_stopping:
            serving.close()
            return
        task = asyncio.create_task(serving)
        self._servings.add(task)
        task.add_done_callback(self._servings.discard)

    def _forget(self, taking: "asyncio.Task[tuple[int, int]]") -> None:
        self._takings.discard(taking)
        if not taking.cancelled():
            taking.exception()  # whoever still waits is told; who does not need not be

    def _lose(self, entry: Logged) -> None:
        """Stop what is not ours any more: it was cancelled, its time was up, or somebody else may have it."""
        event = entry.event
        if event.data["agent"] == self._plugin.agent_id:
            for doing in list(self._running.values()):
                if doing.is_under(event.tenant, event.data["id"], event.data["token"]):
                    doing.lose()


def described(plugin: Plugin) -> Sequence[tuple[str, Any]]:
    """What its agent is, as whoever registers one says it."""
    said: Mapping[str, Any] = {
        "name": plugin.name,
        "type": TYPE,
        "description": plugin.description,
        "capabilities": [{"name": name} for name in dict.fromkeys(plugin.capabilities)],
        "resources": {"max_concurrent_tasks": plugin.max_concurrent},
        "is_hosted": True,
    }
    return [(name, value) for name, value in said.items() if value is not None]
