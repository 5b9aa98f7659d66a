"""One piece of work that a function of this process does, under its lease: renewed, stopped when it is lost, and ended.

It goes by the rules by which everybody holds work, and by a clock of its own besides: when the lease is over that it
knows of, the function is stopped, whether the store can be reached or not.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from typing import Any

from handlers.core.calling import Called, is_async
from handlers.core.ending import ended
from handlers.core.errors import Conflict, Forbidden, InvalidRequest, NotFound, Refusal, Unavailable
from handlers.core.leases import Leases
from handlers.core.plugins import Failed, Function, Work
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.projection import iso_milliseconds
from handlers.core.work import Claimed, Lease

# How a result is read: as what it is when it comes over HTTP, or not at all.
Read = Callable[[bytes], Any]
Say = Callable[..., None]
# What whoever has asked is told of an exception; the rest is for the server's log.
UNTOLD = "The plugin has failed; the log of the server says why"
_MARGIN = 0.9  # of a lease's time: some of it may be gone when it is heard that it was granted
_OFTEN, _SELDOM_SECONDS = 4, 10.0
_PAUSE_SECONDS = 1.0
_MOST_BYTES = 1_000_000
_LONGEST_ERROR, _LONGEST_MESSAGE = 10_000, 1_000
_LOST = (Conflict, NotFound, Forbidden)


class Doing:
    """A lease that was asked for at a moment of the loop's clock, and the function that does its work."""

    def __init__(
        self, leases: Leases, who: Principal, lease: Lease, asked: float, function: Function, read: Read, say: Say
    ) -> None:
        self._leases = leases
        self._who = who
        self._lease = lease
        self._function = function
        self._read = read
        self._say = say
        self._claimed = Claimed(lease.agent, lease.id, lease.token)
        self._until = asked + lease.seconds * _MARGIN
        self._ended: str | None = None
        self._is_told = False
        self._leave = asyncio.Event()
        self._call: Called | None = None
        self.work = _work(who.tenant, lease, self._reporter())

    async def run(self) -> None:
        """Do the work and say what came of it, or give it back when the function has ended; not before that."""
        if self._ended is None:
            self._call = Called(self._function, self.work)
            await self._be_with(self._call)
            await self._outlast(self._call)
            if self._ended == "released" and self._is_done(self._call):
                await self._conclude(self._call)
        if self._ended == "released" and not self._is_told:
            await self._tell(lambda: self._leases.release(self._who, self._claimed, 0))

    @property
    def tenant(self) -> str:
        """Whose work it is."""
        return self._who.tenant

    def is_under(self, tenant: str, lease: str, token: int) -> bool:
        """Whether it is done under this lease."""
        return (self._who.tenant, self._claimed.lease, self._claimed.token) == (tenant, lease, token)

    def lose(self) -> None:
        """Stop: it is not ours any more."""
        self._give_up("lost")

    def release(self) -> None:
        """Stop, and give it back undone."""
        self._give_up("released")

    def _give_up(self, how: str) -> None:
        if self._ended is None:
            self._ended = how
            self.work.cancelled = True
            self._leave.set()
            if self._call is not None:
                self._call.stop()

    async def _be_with(self, call: Called) -> None:
        """Keep the lease until the function has ended and that was said, or until we are to leave it."""
        keeping, leaving = asyncio.ensure_future(self._keep()), asyncio.ensure_future(self._leave.wait())
        try:
            await asyncio.wait({call.ending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if self._ended is None:
                await self._conclude(call)
        finally:
            await ended(keeping, leaving)

    def _is_done(self, call: Called) -> bool:
        """Whether the work is done that was to be given back; one that gave nothing may have left off."""
        return not self._is_told and call.problem is None and isinstance(call.ending.result(), Mapping)

    async def _outlast(self, call: Called) -> None:
        """Wait until the function has ended. One that cannot be stopped goes on, and takes up room here."""
        done, _ = await asyncio.wait({call.ending}, timeout=_PAUSE_SECONDS)
        if not done:
            self._log("plugin_goes_on", work=self.work.name)
            await asyncio.wait({call.ending})

    async def _keep(self) -> None:
        pause = min(self._lease.seconds / _OFTEN, _SELDOM_SECONDS)
        while self._ended is None:
            await asyncio.sleep(max(0.0, min(pause, self._until - _time())))
            try:
                await self._said(lambda: self._leases.renew(self._who, self._claimed, None))
            except Exception as problem:  # noqa: BLE001 - told, and tried again while there is time
                self._log("plugin_waits", problem=repr(problem))
            if _time() >= self._until:
                self.lose()

    async def _said(self, say: Callable[[], Awaitable[Any]]) -> None:
        """Say something that renews the lease; what cannot be said now is not, and the time runs on."""
        asked = _time()
        try:
            async with asyncio.timeout(max(0.0, self._until - asked)):
                await say()
        except _LOST:
            self.lose()
        except (Unavailable, TimeoutError):
            return
        else:
            self._until = asked + self._lease.seconds * _MARGIN

    async def _conclude(self, call: Called) -> None:
        """Say what came of it."""
        try:
            await self._complete(self._result(call))
        except Failed as failed:
            await self._fail(failed)

    async def _complete(self, result: Document | None) -> None:
        try:
            await self._tell(lambda: self._leases.complete(self._who, self._claimed, result, None))
        except Refusal as refusal:
            raise Failed(f"What the function gave is refused: {refusal.message}", retryable=False) from refusal

    async def _fail(self, failed: Failed) -> None:
        error, retryable = _text(str(failed), _LONGEST_ERROR) or "Failed", failed.retryable is True
        try:
            details = self._kept(failed.details)
        except Failed:
            details = None
        fail = self._leases.fail
        await self._tell(lambda: fail(self._who, self._claimed, error, details, retryable=retryable))

    def _result(self, call: Called) -> Document | None:
        """What the function has given, or why there is nothing, in words that anybody may read."""
        problem = call.problem
        if isinstance(problem, Failed):
            raise problem
        if problem is not None:
            self._log("plugin_failed", work=self.work.name, exc_info=problem)
            raise Failed(UNTOLD)
        return self._kept(call.ending.result())

    def _kept(self, given: Any) -> Document | None:
        """What a function gives, as if others had sent it."""
        if given is None:
            return None
        if not isinstance(given, Mapping):
            raise Failed(f"The function gave {type(given).__name__}, no dict", retryable=False)
        try:
            body = json.dumps(dict(given), ensure_ascii=False).encode()
            if len(body) <= _MOST_BYTES:
                return self._read(body)
        except (TypeError, ValueError, RecursionError, InvalidRequest) as problem:
            raise Failed(f"What the function gave is no JSON: {problem}", retryable=False) from problem
        raise Failed(f"What the function gave takes more than {_MOST_BYTES} bytes", retryable=False)

    async def _tell(self, say: Callable[[], Awaitable[Any]]) -> None:
        """Say how it ended, until that is heard or we are to leave it. What comes too late is refused."""
        while True:
            try:
                await say()
            except _LOST as refusal:
                self._log("plugin_too_late", problem=refusal.message)
            except Unavailable as refusal:
                self._log("plugin_waits", problem=refusal.message)
                if self._ended is None:
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                return
            self._is_told = True
            return

    def _log(self, what: str, **facts: Any) -> None:
        self._say(what, agent=self._lease.agent, tenant=self._who.tenant, id=self.work.item_id, **facts)

    def _reporter(self) -> Callable[[float, str | None], Any]:
        """How the function says how far it has come: awaited, or from its thread, which waits until it is said."""
        if is_async(self._function):
            return self._report
        loop = asyncio.get_running_loop()

        def report(percent: float, message: str | None) -> None:
            asyncio.run_coroutine_threadsafe(self._report(percent, message), loop).result()

        return report

    async def _report(self, percent: float, message: str | None) -> None:
        said, progress = None if message is None else _text(message, _LONGEST_MESSAGE), self._leases.progress
        if self._ended is None:
            await self._said(lambda: progress(self._who, self._claimed, percent, said, renew=True))
        if self._ended is not None:
            raise asyncio.CancelledError("This work is not wanted here any more")


def _work(tenant: str, lease: Lease, report: Callable[[float, str | None], Any]) -> Work:
    work = lease.work
    return Work(
        kind=work["kind"],
        name=work["name"],
        input=deepcopy(work["input"]),
        item_id=work[f"{work['kind']}_id"],
        tenant=tenant,
        attempt=work["attempt"],
        priority=work["priority"],
        created_at=iso_milliseconds(work["created_at"]),
        deadline=iso_milliseconds(work["deadline"]),
        report=report,
        service=work.get("service"),
    )


def _text(said: str, most: int) -> str:
    """So much of a text as may be kept, without what no encoding has."""
    return said[:most].encode(errors="replace").decode()


def _time() -> float:
    return asyncio.get_running_loop().time()
