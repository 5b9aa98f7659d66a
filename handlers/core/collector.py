"""The one collector through which all telemetry goes to the store, whatever brought it.

What arrives while a bulk is being written goes into the next one, together; each caller is answered when their own
documents are on disk. Bounded: what finds no room is refused whole, and nothing of it is kept. A document that is there
already is answered as it was the first time, if it says the same.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core.errors import Conflict, Duplicate, Refusal, Unavailable
from handlers.core.groups import in_groups
from handlers.core.ports import Collection, Document, Documents

BULK = 1000
_BULKS_AT_ONCE = 4
_READ_AT_ONCE = 50
FINGERPRINT = "fingerprint"
Hear = Callable[[Collection, str, Sequence[Document]], None]
# Why documents are not ready, by their identifiers.
Unready = Mapping[str, Unavailable]
Prepare = Callable[[Collection, str, Sequence[Document]], Coroutine[Any, Any, Unready]]
Say = Callable[..., None]


@dataclass(slots=True)
class Stored:
    """A document that is on disk, and whether it came there now or was there already."""

    document: Document
    is_new: bool


Outcome = Stored | Refusal


@dataclass(slots=True)
class CollectorFigures:
    """How many documents were stored, were there already, and wait."""

    stored: int = 0
    repeated: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What one caller has brought."""

    documents: Sequence[Document]
    answer: asyncio.Future[list[Outcome]]


class _Lane:
    """The parcels of one collection and tenant; one bulk of them is written at a time."""

    def __init__(self, collection: Collection, tenant: str) -> None:
        self.collection = collection
        self.tenant = tenant
        self.waiting: deque[_Parcel] = deque()

    def take(self) -> list[_Parcel]:
        """The next parcels that make a bulk."""
        taken = [self.waiting.popleft()]
        size = len(taken[0].documents)
        while self.waiting and size + len(self.waiting[0].documents) <= BULK:
            taken.append(self.waiting.popleft())
            size += len(taken[-1].documents)
        return taken


class Collector:
    """Gathers documents and writes them in bulks. `capacity` is how many may wait.

    `before` is called with documents before they are written, and is waited for; what it cannot do refuses them.
    """

    def __init__(
        self, documents: Documents, say: Say, *, before: Prepare | None = None, capacity: int = 10_000
    ) -> None:
        self._documents = documents
        self._before = before
        self._say = say
        self._capacity = capacity
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._turns: deque[_Lane] = deque()
        self._writing: set[asyncio.Task[None]] = set()
        self._preparing: list[Prepare] = []
        self._listeners: list[Hear] = []
        self._is_closed = False
        self._is_woken = False
        self.figures = CollectorFigures()

    def prepare(self, make_ready: Prepare) -> None:
        """Have somebody make ready what is on disk before its callers are answered; they are waited for.

        They get also what was there already, for whoever stored it may have died before. What they cannot make ready
        is refused to its caller, and is looked at again when it is sent again.
        """
        self._preparing.append(make_ready)

    def listen(self, hear: Hear) -> None:
        """Have somebody in this process told of new documents when they are on disk; they may not wait for anything."""
        self._listeners.append(hear)

    async def put(self, collection: Collection, tenant: str, documents: Sequence[Document]) -> list[Outcome]:
        """Store documents of a tenant; return what came of each when those that were taken are on disk."""
        if not documents:
            return []
        if self._is_closed:
            raise Unavailable("The server stops")
        if self.figures.waiting and self.figures.waiting + len(documents) > self._capacity:
            raise Unavailable("Too much telemetry waits for the disk")
        parcel = _Parcel(documents, asyncio.get_running_loop().create_future())
        self._enqueue(collection, tenant, parcel)
        return await parcel.answer

    async def close(self) -> None:
        """Write what was taken, and take nothing more."""
        self._is_closed = True
        while self._lanes:
            self._begin()
            await asyncio.sleep(0)
            if self._writing:
                await asyncio.wait(self._writing)

    def _enqueue(self, collection: Collection, tenant: str, parcel: _Parcel) -> None:
        self.figures.waiting += len(parcel.documents)
        place = (collection.name, tenant)
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._lanes[place] = _Lane(collection, tenant)
            self._turns.append(lane)
        lane.waiting.append(parcel)
        if not self._is_woken:  # whatever else this turn of the loop brings goes into the same bulk
            self._is_woken = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._is_woken = False
        while self._turns and len(self._writing) < _BULKS_AT_ONCE:
            task = asyncio.create_task(self._write(self._turns.popleft()))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, lane: _Lane) -> None:
        """Write a bulk of a lane, and let the lane wait for its next turn, behind the others."""
        parcels = lane.take()
        try:
            await self._store(lane, parcels)
        finally:
            self.figures.waiting -= sum(len(parcel.documents) for parcel in parcels)
            if lane.waiting:
                self._turns.append(lane)
            else:
                del self._lanes[lane.collection.name, lane.tenant]
            asyncio.get_running_loop().call_soon(self._begin)

    async def _store(self, lane: _Lane, parcels: Sequence[_Parcel]) -> None:
        """Write parcels together, and answer for each of them."""
        try:
            outcomes = await self._outcomes(lane, [one for parcel in parcels for one in parcel.documents])
        except Unavailable as refusal:
            for parcel in parcels:
                _refuse(parcel, Unavailable(refusal.message, retry_after=refusal.retry_after))
        except Exception as problem:  # noqa: BLE001 - a defect of ours, which is not to cost others their documents
            await self._isolate(lane, parcels, problem)
        else:
            _settle(parcels, outcomes)

    async def _isolate(self, lane: _Lane, parcels: Sequence[_Parcel], problem: Exception) -> None:
        """Write each parcel by itself: what the store cannot take may be in one of them only."""
        if len(parcels) == 1:
            self._say("telemetry_failed", problem=repr(problem), what=lane.collection.name)
            _refuse(parcels[0], problem)
            return
        for parcel in parcels:
            await self._store(lane, [parcel])

    async def _outcomes(self, lane: _Lane, documents: list[Document]) -> list[Outcome]:
        if self._before is not None:
            await self._before(lane.collection, lane.tenant, documents)
        verdicts = await self._documents.insert_many(lane.collection, lane.tenant, documents)
        repeats = any(verdicts)
        new = [one for one, verdict in zip(documents, verdicts, strict=True) if not verdict] if repeats else documents
        unready = await self._made_ready(lane, new)
        self._tell(lane, new)
        if not repeats:
            return _answers(_stored(new), unready)
        outcomes = await self._all_of(lane, list(zip(documents, verdicts, strict=True)))
        again = [one.document for one in outcomes if isinstance(one, Stored) and not one.is_new]
        return _answers(outcomes, {**unready, **await self._made_ready(lane, again)})

    async def _all_of(self, lane: _Lane, pairs: Sequence[tuple[Document, Duplicate | None]]) -> list[Outcome]:
        return await in_groups((self._outcome(lane, *pair) for pair in pairs), _READ_AT_ONCE)

    async def _made_ready(self, lane: _Lane, stored: Sequence[Document]) -> Unready:
        """Have everybody make documents ready, whatever becomes of the others; why some are not."""
        if not stored:
            return {}
        found = await asyncio.gather(*(self._prepared(make_ready, lane, stored) for make_ready in self._preparing))
        return {name: refusal for unready in found for name, refusal in unready.items()}

    async def _prepared(self, make_ready: Prepare, lane: _Lane, stored: Sequence[Document]) -> Unready:
        try:
            return await make_ready(lane.collection, lane.tenant, stored)
        except Unavailable as refusal:
            return refusing(stored, refusal)
        except Exception as problem:  # noqa: BLE001 - a defect of ours, and what is stored is stored
            self._say("telemetry_unready", problem=repr(problem), what=lane.collection.name)
            return {}

    def _tell(self, lane: _Lane, new: Sequence[Document]) -> None:
        self.figures.stored += len(new)
        for hear in self._listeners if new else ():
            try:
                hear(lane.collection, lane.tenant, new)
            except Exception as problem:  # noqa: BLE001 - what is stored is stored, whoever cannot hear of it
                self._say("telemetry_unheard", problem=repr(problem), what=lane.collection.name)

    async def _outcome(self, lane: _Lane, document: Document, verdict: Duplicate | None) -> Outcome:
        if verdict is None:
            return Stored(document, is_new=True)
        try:
            known = await self._documents.get(lane.collection, lane.tenant, document["id"])
        except Unavailable as refusal:
            return refusal
        if known is None:
            return Unavailable("Another item of this identifier has just ended")
        if known.get(FINGERPRINT) is None or known[FINGERPRINT] != document.get(FINGERPRINT):
            return Conflict("This identifier or idempotency key came with another request", id=document["id"])
        self.figures.repeated += 1
        return Stored(known, is_new=False)


def refusing(documents: Sequence[Document], refusal: Unavailable) -> Unready:
    """Why none of these documents is ready: to each its own refusal, for each has another caller."""
    return {one["id"]: Unavailable(refusal.message, retry_after=refusal.retry_after) for one in documents}


def _answers(outcomes: list[Outcome], unready: Unready) -> list[Outcome]:
    """What came of documents, if those are refused that are not ready."""
    if not unready:
        return outcomes
    return [unready.get(one.document["id"], one) if isinstance(one, Stored) else one for one in outcomes]


def _stored(documents: Sequence[Document]) -> list[Outcome]:
    return [Stored(document, is_new=True) for document in documents]


def _settle(parcels: Sequence[_Parcel], outcomes: Sequence[Outcome]) -> None:
    """Answer each caller who still waits."""
    place = 0
    for parcel in parcels:
        until = place + len(parcel.documents)
        if not parcel.answer.done():
            parcel.answer.set_result(list(outcomes[place:until]))
        place = until


def _refuse(parcel: _Parcel, problem: Exception) -> None:
    if not parcel.answer.done():
        parcel.answer.set_exception(problem)
