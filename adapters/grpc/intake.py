"""How a batch comes in, the same way in each method: its caller known, counted and allowed to, its frames judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from adapters.grpc.messages import read_batch, read_frames
from adapters.grpc.site import Frames, GrpcSite, Result
from adapters.grpc.visits import Visit
from generated.grpc.nexus_pb2 import FrameBatchResult
from handlers.core.addresses import neighbourhood
from handlers.core.calls import Call
from handlers.core.errors import InvalidRequest, Unauthenticated
from handlers.core.principals import Principal, check_scopes


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that was let in, and since when it is here."""

    name: str
    who: Principal
    frames: Frames
    began: float

    def result(self, results: Sequence[Result]) -> bytes:
        """The answer to it."""
        return FrameBatchResult(batch_id=self.name, results=results).SerializeToString()


class Intake:
    """Lets batches in, and has them stored."""

    def __init__(self, site: GrpcSite) -> None:
        self._site = site

    async def welcome(self, visit: Visit, *, counts: bool = True) -> None:
        """Know who asks and, unless that is done, count them: by themselves, or by where they come from."""
        try:
            visit.principal = await self._known(visit)
        except Exception:
            await self._count_stranger(visit)
            raise
        if counts:
            await self._count(visit.principal)
        check_scopes(visit.principal, self._site.scopes)

    async def take(self, visit: Visit, message: bytes, *, counts: bool) -> Batch:
        """A batch in a message; who has sent it is asked each time, so that a revoked key ends a stream, too."""
        began = perf_counter()
        await self.welcome(visit, counts=counts)
        return self.read(visit, message, began)

    def read(self, visit: Visit, message: bytes, began: float) -> Batch:
        """A batch of somebody who is welcome."""
        batch = read_batch(message)
        if not 0 < len(batch.frames) <= self._site.most:
            problem = f"A batch has 1 to {self._site.most} frames, and this one has {len(batch.frames)}"
            raise InvalidRequest(problem, field="frames", location="message")
        frames = self._site.judge(read_frames(batch.frames))
        return Batch(batch.batch_id, visit.principal, frames, began)

    async def store(self, visit: Visit, batches: list[Batch]) -> list[bytes]:
        """The answers to batches of one caller: stored together or, if the store takes nothing, not at all."""
        call = Call(self._site.core, batches[0].who, visit.id)
        results = await self._site.submit(call, [frame for batch in batches for frame in batch.frames])
        answers, place = [], 0
        for batch in batches:
            until = place + len(batch.frames)
            answers.append(batch.result(results[place:until]))
            place = until
        return answers

    async def _known(self, visit: Visit) -> Principal:
        token = visit.token()
        if not token:
            raise Unauthenticated
        return await self._site.authenticate(token, visit.tenant)

    async def _count(self, who: Principal) -> None:
        meter = self._site.meter
        if meter is not None:
            place = meter.limit.caller(who), meter.limit.requests_of(who)
            if meter.take(*place) is None:
                await meter.admit(*place)

    async def _count_stranger(self, visit: Visit) -> None:
        meter = self._site.meter
        if meter is not None:
            await meter.admit(neighbourhood(visit.peer), meter.limit.requests_of_strangers)
