"""The methods of the service: `Submit` answers one batch, `Stream` any number in the order in which they come.

A stream has few batches in hand; while they are too many, or their sender does not read the answers, nothing more is
read, which the sender feels as flow control. What has come meanwhile is stored together. Whatever ends a stream, what
was read before it is answered first, and nothing behind it is taken.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import grpc
import structlog

from adapters.grpc.intake import Batch, Intake
from adapters.grpc.site import GrpcSite
from adapters.grpc.statuses import STATUSES, Internal, Silent, trailers
from adapters.grpc.visits import Visit
from handlers.core.collector import BULK
from handlers.core.ending import ended
from handlers.core.errors import Refusal, Unavailable
from handlers.core.tallies import Read

IN_HAND = 8
_VERB = "POST"  # as every call of gRPC is
_log = structlog.get_logger()
# What a stream has read: a batch, why it ends, or None when its sender has said all.
Inbox = asyncio.Queue[Batch | Refusal | None]


class Methods:
    """Serves calls. `service` is the name of the service in the contract."""

    def __init__(self, site: GrpcSite, service: str) -> None:
        self._site = site
        self._intake = Intake(site)
        self._submitting = Read(f"{service}/Submit", _VERB, site.event_type)
        self._streaming = Read(f"{service}/Stream", _VERB, site.event_type)

    async def submit(self, _: Any, context: Any) -> bytes:
        """One batch. It is read here, for gRPC itself waits for it without end, whoever the caller is."""
        async with self._visit(context, self._submitting) as visit:
            await self._intake.welcome(visit)
            message = await self._first(visit)
            batch = self._intake.read(visit, b"" if message is grpc.aio.EOF else message, perf_counter())
            (answer,) = await self._intake.store(visit, [batch])
            self._site.witness.done(visit, self._submitting, batch.began)
        return answer

    async def stream(self, _: Any, context: Any) -> None:
        """Any number of batches. To open it counts for the first of them."""
        async with self._visit(context, self._streaming) as visit:
            await self._intake.welcome(visit)
            async with self._site.seat(visit.principal):
                with self._site.open_streams():
                    await self._converse(visit)

    async def _converse(self, visit: Visit) -> None:
        inbox: Inbox = asyncio.Queue(IN_HAND)
        feeding = asyncio.create_task(self._feed(visit, inbox))
        try:
            await self._answer(visit, inbox)
        finally:
            await ended(feeding)

    @asynccontextmanager
    async def _visit(self, context: Any, read: Read) -> AsyncIterator[Visit]:
        """A call, which ends with a status whatever happens."""
        began = perf_counter()
        visit = Visit(context, self._site.proxies)
        await context.send_initial_metadata((("x-request-id", visit.id),))
        try:
            yield visit
        except Refusal as refusal:
            await self._refuse(visit, read, refusal, began)
        except (grpc.aio.AbortError, grpc.aio.UsageError):
            raise
        except Exception:  # noqa: BLE001 - a defect of ours; the caller is told nothing of it
            _log.exception("call_failed", request_id=visit.id, operation=read.operation)
            await self._refuse(visit, read, Internal(), began)

    async def _refuse(self, visit: Visit, read: Read, refusal: Refusal, began: float) -> None:
        await self._site.witness.refused(visit, read, refusal, began)
        await visit.context.abort(STATUSES[refusal.kind], refusal.message, trailers(refusal))

    async def _feed(self, visit: Visit, inbox: Inbox) -> None:
        """Read until the sender has said all, is refused, or the server stops; what comes last says which."""
        reading = asyncio.create_task(self._read(visit, inbox))
        stopping = asyncio.create_task(self._site.stopping.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            end = reading.result() if reading.done() else Unavailable("The server stops")
        finally:
            await ended(reading, stopping)
        await inbox.put(end)

    async def _read(self, visit: Visit, inbox: Inbox) -> Refusal | None:
        try:
            message, counts = await self._first(visit), False
            while message is not grpc.aio.EOF:
                await inbox.put(await self._intake.take(visit, message, counts=counts))
                message, counts = await visit.context.read(), True
        except Refusal as refusal:
            return refusal
        except grpc.aio.UsageError:
            return None
        except Exception:  # noqa: BLE001 - a defect of ours; the caller is told nothing of it
            _log.exception("call_failed", request_id=visit.id, operation=self._streaming.operation)
            return Internal()
        return None

    async def _first(self, visit: Visit) -> Any:
        """The first message; a call that is open costs, and so nobody holds one for nothing."""
        seconds = self._site.patience_seconds
        try:
            async with asyncio.timeout(seconds):
                return await visit.context.read()
        except TimeoutError:
            raise Silent(seconds) from None

    async def _answer(self, visit: Visit, inbox: Inbox) -> None:
        """Answer what is read, as much together as has come, until the end; then say why, if it is a refusal."""
        last: Batch | Refusal | None = await inbox.get()
        while isinstance(last, Batch):
            group, last = _together(last, inbox)
            for batch, answer in zip(group, await self._intake.store(visit, group), strict=True):
                await visit.context.write(answer)
                self._site.witness.done(visit, self._streaming, batch.began)
            if last is group[-1]:
                last = await inbox.get()
        if last is not None:
            raise last


def _together(first: Batch, inbox: Inbox) -> tuple[list[Batch], Batch | Refusal | None]:
    """Batches of one caller that are here and make a bulk, and what came last: one of them, or what follows."""
    group, size, last = [first], len(first.frames), first
    while size < BULK and not inbox.empty():
        last = inbox.get_nowait()
        if not isinstance(last, Batch) or last.who != first.who:
            break
        group.append(last)
        size += len(last.frames)
    return group, last
