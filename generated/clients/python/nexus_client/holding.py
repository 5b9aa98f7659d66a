# Generated from specs/ by `make generate`. Do not edit.
"""Does one piece of work under its lease: renews it, stops when it is lost, and sends what comes of the work.

The lease is over when its time is up, by our own clock too: while the server cannot be reached nobody may do the work
for longer than the server was promised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import Any, Callable

from . import models
from .clients import AsyncNexusClient
from .errors import Conflict, NotFound
from .faults import ApiError, NexusError
from .journal import Journal
from .persisting import is_passing, persist
from .working import Failed, Work

Handler = Callable[[Work], Awaitable[Any]]
_MARGIN = 0.9  # of a lease's time: what the network takes may be gone of it when it is granted
_OFTEN = 4  # renewals within the time of a lease
_SELDOM_SECONDS = 10.0
_LONGEST_ERROR = 10_000
_FAREWELL_SECONDS = 5.0


class Holding:
    """A lease, and the function that does its work."""

    def __init__(self, client: AsyncNexusClient, lease: models.Lease, handler: Handler, journal: Journal) -> None:
        self.work = Work(lease, self._progress)
        self._client = client
        self._lease = lease
        self._handler = handler
        self._journal = journal
        self._until = time.monotonic() + lease.lease_seconds * _MARGIN
        self._began = time.monotonic()
        self._ended: str | None = None
        self._delay = 0
        self._doing: asyncio.Future[Any] | None = None

    async def run(self) -> None:
        """Do the work and say what came of it."""
        self._journal.tell("taken", self.work)
        self._doing = asyncio.ensure_future(self._handler(self.work))
        keeping = asyncio.ensure_future(self._keep())
        try:
            await asyncio.wait({self._doing})
            await self._conclude(self._doing)
        finally:
            self._doing.cancel()
            keeping.cancel()
            await asyncio.wait({self._doing, keeping})

    def lose(self, why: str = "lost", detail: str = "") -> None:
        """Stop the work: it is not ours any more."""
        if self._ended is None:
            self._ended = why
            self._journal.tell(why, self.work, detail)
            self._stop()

    def release(self, delay_seconds: int = 0) -> None:
        """Stop the work and give it back undone; it is not offered again before that many seconds."""
        if self._ended is None and self._doing is not None and not self._doing.done():
            self._ended, self._delay = "released", delay_seconds
            self._stop()

    def _stop(self) -> None:
        if self._doing is not None:
            self._doing.cancel()

    async def _keep(self) -> None:
        """Renew the lease until somebody stops us, or it is lost."""
        pause = min(self._lease.lease_seconds / _OFTEN, _SELDOM_SECONDS)
        while self._ended is None:
            await asyncio.sleep(min(pause, max(0.0, self._until - time.monotonic())))
            try:
                await asyncio.wait_for(self._said(self._renew), max(0.0, self._until - time.monotonic()))
            except asyncio.TimeoutError:
                pass  # and so the time is up
            except NexusError as error:
                self.lose("lost", str(error))
            if time.monotonic() >= self._until:
                self.lose("lost", "the server was not reached while the lease lasted")

    async def _renew(self) -> None:
        await self._client.leases.renew(*self._names, {"fencing_token": self._lease.fencing_token})

    async def _progress(self, percent: float, message: str | None) -> None:
        body: dict[str, Any] = {"fencing_token": self._lease.fencing_token, "progress": percent}
        if message is not None:
            body["message"] = message

        async def report() -> None:
            await self._client.leases.report_progress(*self._names, body)  # type: ignore[arg-type]

        await self._said(report)
        if self._ended is None:
            self._journal.tell("progress", self.work, f"{percent:g} % {message or ''}".rstrip())
        await asyncio.sleep(0)  # here the work stops, if it has just been lost

    async def _said(self, say: Callable[[], Awaitable[None]]) -> None:
        """Say something that renews the lease, and hear whether we have it still."""
        asked = time.monotonic()
        try:
            await say()
        except (Conflict, NotFound) as error:
            await self._tell_loss(error)
        except NexusError as error:
            if isinstance(error, ApiError) and not is_passing(error):
                raise
        else:
            self._until = asked + self._lease.lease_seconds * _MARGIN

    async def _tell_loss(self, error: ApiError) -> None:
        """Find out how the lease was lost."""
        status = "expired"
        with suppress(NexusError):
            status = (await self._client.leases.get(*self._names)).status
        self.lose("cancelled" if status == "cancelled" else "lost", error.message)

    async def _conclude(self, done: asyncio.Future[Any]) -> None:
        """Send what came of the work."""
        if self._ended == "released":
            await self._give_back()
        elif self._ended is None:
            error = asyncio.CancelledError("The function was cancelled") if done.cancelled() else done.exception()
            await (self._complete(done.result()) if error is None else self._fail(error))

    async def _complete(self, result: Any) -> None:
        if result is not None and not isinstance(result, Mapping):
            await self._fail(Failed(f"The function gave {type(result).__name__}, no dict", retryable=False))
            return
        body: dict[str, Any] = {"duration": round((time.monotonic() - self._began) * 1000)}
        body.update({} if result is None else {"result": dict(result)})
        try:
            await self._submit("completed", self._client.leases.complete, body)
        except (TypeError, ValueError) as error:
            await self._fail(Failed(f"The result cannot be sent: {error}", retryable=False))
        except ApiError as error:
            await self._fail(Failed(f"The result was not taken: {error}", retryable=False))

    async def _fail(self, error: BaseException) -> None:
        said = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
        body: dict[str, Any] = {"error": said[:_LONGEST_ERROR] or "Failed"}
        body["retryable"] = getattr(error, "retryable", True) is True
        details = getattr(error, "details", None)
        if isinstance(error, Failed) and details:
            body["details"] = dict(details)
        await self._submit("failed", self._client.leases.fail, body, said)

    async def _submit(
        self, what: str, send: Callable[..., Awaitable[Any]], body: dict[str, Any], detail: str = ""
    ) -> None:
        """Send how it ended, until somebody hears it. A result that comes too late is refused, and told."""
        body["fencing_token"] = self._lease.fencing_token
        try:
            await persist(lambda: send(*self._names, body), self._away)
        except (Conflict, NotFound) as error:
            self._ended = "refused"
            self._journal.tell("refused", self.work, error.message)
        else:
            self._ended = what
            self._journal.tell(what, self.work, detail)

    async def _give_back(self) -> None:
        body: Any = {"fencing_token": self._lease.fencing_token, "delay_seconds": self._delay}
        release = self._client.leases.release
        try:
            await asyncio.wait_for(persist(lambda: release(*self._names, body)), _FAREWELL_SECONDS)
        except (NexusError, asyncio.TimeoutError) as error:
            self._journal.tell("lost", self.work, f"it could not be given back: {error or type(error).__name__}")
        else:
            self._journal.tell("released", self.work)

    def _away(self, error: Exception) -> None:
        self._journal.tell("away", self.work, f"{error}; what came of it is kept until the server is back")

    @property
    def _names(self) -> tuple[str, str]:
        return self._lease.agent_id, self._lease.lease_id
