"""An agent: a program that registers, takes work under leases, does it, and says what came of it."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any, Callable
from uuid import uuid4

from . import models
from .clients import AsyncNexusClient
from .errors import Conflict, NotFound
from .holding import Handler, Holding
from .journal import Happening, Journal
from .persisting import persist

_FAREWELL_SECONDS = 5.0
_OTHERS_SECONDS = 5


class Agent:
    """Runs functions for work: `command`, `task`, `step`, `ai_request` and `collaboration_step` name what they do.

    It holds `max_concurrent` leases at most, each for `lease_seconds` between two renewals. When it is told to stop,
    what runs may end within `grace_seconds`; the rest is given back. What else is given describes it to others.
    """

    def __init__(
        self,
        agent_id: str,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        name: str | None = None,
        capabilities: Iterable[str] = (),
        targets: Iterable[str] = (),
        max_concurrent: int = 1,
        lease_seconds: int = 30,
        wait_seconds: int = 10,
        grace_seconds: float = 20.0,
        **described: Any,
    ) -> None:
        if max_concurrent < 1:
            raise ValueError("max_concurrent is at least 1")
        self.agent_id = agent_id
        self.journal = Journal(agent_id)
        self._reach = {"api_key": api_key, "base_url": base_url}
        self._described = {
            "agent_id": agent_id,
            "name": name or agent_id,
            "capabilities": [{"name": capability} for capability in capabilities],
            "resources": {"max_concurrent_tasks": max_concurrent},
            **described,
        }
        self._targets = list(targets)
        self._max = max_concurrent
        self._lease_seconds = lease_seconds
        self._wait_seconds = wait_seconds
        self._grace = grace_seconds
        self._handlers: dict[tuple[str, str | None], Handler] = {}
        self._running: dict[asyncio.Task[None], Holding] = {}
        self._is_away = False
        self._begin_anew()

    def command(self, name: str | None = None) -> Callable[[Handler], Handler]:
        """Do commands of this type with a function; without a name, of all types that no other function does."""
        return self._doing("command", name)

    def task(self, name: str | None = None) -> Callable[[Handler], Handler]:
        """Do runs of tasks of this type with a function."""
        return self._doing("task_run", name)

    def step(self, name: str | None = None) -> Callable[[Handler], Handler]:
        """Do steps of workflows of this type with a function."""
        return self._doing("workflow_step", name)

    def ai_request(self, name: str | None = None) -> Callable[[Handler], Handler]:
        """Answer requests for assistance of this type with a function."""
        return self._doing("ai_request", name)

    def collaboration_step(self, name: str | None = None) -> Callable[[Handler], Handler]:
        """Contribute to collaborations with a function."""
        return self._doing("collaboration_step", name)

    def listen(self, hear: Callable[[Happening], None]) -> Callable[[Happening], None]:
        """Tell a function everything that happens."""
        return self.journal.listen(hear)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; a second one ends the patience with what runs."""
        asyncio.run(self._run())

    async def serve(self) -> None:
        """Work until `stop`, in a loop of the caller's; not at all if that was said before."""
        try:
            async with AsyncNexusClient(**self._reach, retry_delay=0.2) as client:  # type: ignore[arg-type]
                self._client = client
                if await self._unless_stopped(self._register()) is not None:
                    await self._work()
        finally:
            self._begin_anew()
        self.journal.tell("stopped")

    def stop(self) -> None:
        """Take no more work, end what runs, and return from `serve`; called again, give back what runs at once."""
        if self._stopping.is_set():
            self._forced.set()
            self._give_back()
        self._stopping.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":  # loops there cannot be told of signals
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
        await self.serve()

    def _begin_anew(self) -> None:
        self._stopping, self._forced, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def _doing(self, kind: str, name: str | None) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            if not asyncio.iscoroutinefunction(handler):
                raise TypeError(f"{handler!r} is not an async function")
            if (kind, name) in self._handlers:
                raise ValueError(f"There is a function for {kind} {name or ''} already")
            self._handlers[kind, name] = handler
            return handler

        return keep

    async def _register(self) -> models.Agent:
        """Make ourselves known, as soon as the server is there."""
        known = await persist(lambda: self._client.agents.register(self._described), self._away)  # type: ignore[arg-type]
        self.journal.tell("registered")
        return known

    async def _work(self) -> None:
        """Beat and take work until we are to stop, or may not go on; in any case what runs is brought to an end."""
        beating, taking = asyncio.ensure_future(self._beat()), asyncio.ensure_future(self._take())
        try:
            await asyncio.wait({beating, taking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            await asyncio.gather(asyncio.wait({taking}), self._wind_down())
            await self._wind_down()
            beating.cancel()
            await asyncio.wait({beating})
        for ended in (beating, taking):
            if not ended.cancelled() and ended.exception() is not None:
                raise ended.exception()  # type: ignore[misc]

    async def _beat(self) -> None:
        """Say that we are here, as often as the server wants."""
        while True:
            try:
                heard = await persist(lambda: self._client.agents.send_heartbeat(self.agent_id))
            except NotFound:
                await self._register()
                continue
            for holding in list(self._running.values()):
                if holding.work.lease.lease_id in heard.lost_leases:
                    holding.lose()
            await asyncio.sleep(heard.heartbeat_interval_seconds)

    async def _take(self) -> None:
        """Take as much work as there is room for, for as long as we are not to stop."""
        while not self._stopping.is_set():
            self._room.clear()
            free = self._max - len(self._running)
            if free <= 0:
                await self._unless_stopped(self._room.wait())
                continue
            try:
                leases = await self._taken(free)
            except NotFound:
                await self._unless_stopped(self._register())
                continue
            for lease in leases:
                self._begin(lease)

    async def _taken(self, free: int) -> list[models.Lease]:
        """What there is. Whoever has asked may be given work until the answer comes, so it is heard when we stop, too.

        A repeated question has the same key, so that what was given and not heard of is not lost.
        """
        key = f"take-{uuid4().hex}"
        asking = asyncio.ensure_future(persist(lambda: self._asked(free, key), self._away))
        try:
            await self._any_of(asking, self._stopping.wait())
            if not asking.done() and not self._is_away:
                await self._any_of(asking, self._forced.wait(), timeout=self._wait_seconds + 1)
            listed = asking.result() if asking.done() else None
        finally:
            asking.cancel()
            await asyncio.wait({asking})
        self._is_away = False
        return listed.data if listed is not None else []

    async def _asked(self, free: int, key: str) -> models.LeaseList | None:
        """One question. It is put again while the server still answers the first of its kind, or has died over it."""
        wish: Any = {"max_leases": free, "wait_seconds": self._wait_seconds, "lease_seconds": self._lease_seconds}
        wish.update(self._wanted())
        until = time.monotonic() + self._wait_seconds + _FAREWELL_SECONDS
        while time.monotonic() < until and not self._stopping.is_set():
            with suppress(Conflict):
                return await self._client.leases.take(self.agent_id, wish, idempotency_key=key)
            await asyncio.sleep(0.5)
        return None

    def _wanted(self) -> Mapping[str, Any]:
        """Only what there are functions for."""
        kinds, names = ({part[index] for part in self._handlers} for index in (0, 1))
        wanted: dict[str, Any] = {"kinds": sorted(map(str, kinds))} if kinds else {}
        if names and None not in names:
            wanted["names"] = sorted(map(str, names))
        return {**wanted, **({"targets": self._targets} if self._targets else {})}

    def _begin(self, lease: models.Lease) -> None:
        work = lease.work
        handler = self._handlers.get((work.kind, work.name)) or self._handlers.get((work.kind, None))
        holding = Holding(self._client, lease, handler or _nobody, self.journal)
        task = asyncio.ensure_future(holding.run())
        self._running[task] = holding
        task.add_done_callback(self._end)
        if handler is None or self._stopping.is_set():
            self._loop.call_soon(holding.release, 0 if handler else _OTHERS_SECONDS)

    def _end(self, task: asyncio.Task[None]) -> None:
        holding = self._running.pop(task)
        self._room.set()
        if not task.cancelled() and task.exception() is not None:
            self.journal.tell("refused", holding.work, str(task.exception()))

    async def _wind_down(self) -> None:
        """Let what runs end, for a while; give back the rest."""
        for patience in (self._grace, _FAREWELL_SECONDS + 1):
            if self._running:
                await asyncio.wait(set(self._running), timeout=patience)
                self._give_back()
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(set(self._running))

    def _give_back(self) -> None:
        for holding in list(self._running.values()):
            holding.release()

    async def _unless_stopped(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What comes of something; None if we are to stop before."""
        doing = asyncio.ensure_future(work)
        try:
            await self._any_of(doing, self._stopping.wait())
            return doing.result() if doing.done() else None
        finally:
            doing.cancel()
            await asyncio.wait({doing})

    async def _any_of(
        self,
        doing: asyncio.Future[Any],
        event: Coroutine[Any, Any, Any],
        timeout: float | None = None,
    ) -> None:
        """Return when something is done, or an event has come, or the time is up."""
        coming = asyncio.ensure_future(event)
        await asyncio.wait({doing, coming}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        coming.cancel()

    def _away(self, error: Exception) -> None:
        self._is_away = True
        self.journal.tell("away", detail=str(error))


async def _nobody(work: Any) -> None:
    """Stands in for a function that there is not, until the work is given back."""
    await asyncio.Event().wait()
