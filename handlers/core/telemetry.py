"""Telemetry: taken in, read and listed. What is measured, said or told goes through one collector, once each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.core.clock import Clock, Moment
from handlers.core.collections import DEVICES, FRAMES, LOG_LINES, REPORTS, UNROLLED
from handlers.core.collector import Collector, Outcome
from handlers.core.devices import Devices
from handlers.core.duties import Duty
from handlers.core.errors import NotFound, Refusal
from handlers.core.frames import Frame, NewFrame
from handlers.core.intake import Intake, Naming, check_depth
from handlers.core.log_lines import Line, NewLine, has_words
from handlers.core.ports import Collection, Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import forget
from handlers.core.redaction import Redaction
from handlers.core.reports import NewReport, Report
from handlers.core.retention import Kept, Retention
from handlers.core.rolling import Rolling
from handlers.core.scanning import scan
from handlers.core.unrolled import Unrolled

New = NewFrame | NewLine | NewReport
_FRAME = Naming("frame")
_NAMINGS = {NewFrame: _FRAME, NewLine: Naming("log"), NewReport: Naming("tev")}
Say = Callable[..., None]
_ROLLING_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Sought:
    """Which items a list shows: of a time, with all of these tags, and with what an index tells (`where`)."""

    where: dict[str, str | tuple[str, ...]]
    since: Moment | None = None
    until: Moment | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list, newest first, and the place behind which there may be more."""

    items: list[Any]
    behind: Position | None


class Telemetry:
    """All that is measured and told. Items are kept for so many days after they arrived, or as their tenant chooses."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        say: Say,
        redaction: Redaction,
        *,
        days: int,
        ahead: int,
        rollup_days: int = 365,
        most_days: int = 3650,
    ) -> None:
        self._documents = documents
        self._redaction = redaction
        self._intake = Intake(clock, ahead=ahead)
        self.retention = Retention(documents, clock, Kept(days, rollup_days), most=most_days)
        self.devices = Devices(documents, clock, say)
        self._rolling = Rolling(documents, self.retention, clock, say)
        unrolled = Unrolled(documents, clock, days=days)
        self.duty = Duty(UNROLLED, self._rolling.act, ends=True, most=_ROLLING_AT_ONCE)
        self.collector = Collector(documents, say, before=unrolled.note)
        self.collector.prepare(unrolled.note)
        self.collector.prepare(self.devices.see)

    async def submit(self, who: Principal, new: New, naming: Naming | None = None) -> Document:
        """Store one item; return it as it is kept, or as it was kept when it came first."""
        kept = await self.retention.of(who.tenant)
        collection, document = self._document(who, new, naming or _NAMINGS[type(new)], kept)
        (outcome,) = await self.collector.put(collection, who.tenant, [document])
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome.document

    async def submit_all(self, who: Principal, items: Sequence[New | Refusal], key: str | None = None) -> list[Outcome]:
        """Store many items; for each what came of it, and for what is refused already that.

        Where all of them come again under their caller's key, those without names of their own are known too.
        """
        kept = await self.retention.of(who.tenant)
        outcomes: dict[int, Outcome] = {}
        by_collection: dict[str, tuple[Collection, list[int], list[Document]]] = {}
        for place, item in enumerate(items):
            try:
                collection, document = self._admitted(who, item, kept, None if key is None else f"{key} {place}")
            except Refusal as refusal:
                outcomes[place] = refusal
                continue
            _, places, documents = by_collection.setdefault(collection.name, (collection, [], []))
            places.append(place)
            documents.append(document)
        for collection, places, documents in by_collection.values():
            found = await self._put(collection, who.tenant, documents)
            outcomes.update(zip(places, found, strict=True))
        return [outcomes[place] for place in range(len(items))]

    async def submit_frames(self, who: Principal, frames: Sequence[NewFrame | Refusal]) -> list[Outcome]:
        """Store frames, as `submit_all` does; where the store takes none of them, they are refused together."""
        kept = await self.retention.of(who.tenant)
        taken = [self._taken(who, frame, kept.telemetry_days) for frame in frames]
        documents = [one for one in taken if not isinstance(one, Refusal)]
        stored = iter(await self.collector.put(FRAMES, who.tenant, documents))
        return [one if isinstance(one, Refusal) else next(stored) for one in taken]

    async def frame(self, who: Principal, identifier: str) -> Frame:
        """A frame."""
        return Frame.of(await self._get(FRAMES, who, "frame", identifier))

    async def line(self, who: Principal, identifier: str) -> Line:
        """A line of a log."""
        return Line.of(await self._get(LOG_LINES, who, "log", identifier))

    async def report(self, who: Principal, identifier: str) -> Report:
        """A report."""
        return Report.of(await self._get(REPORTS, who, "event", identifier))

    async def frames(
        self, who: Principal, sought: Sought, limit: int, after: Position | None, metrics: Sequence[str] = ()
    ) -> Found:
        """Frames that have one of some metrics, and of their metrics those; without any given, all."""
        names = set(metrics)

        def has_one(document: Document) -> bool:
            return any(not names.isdisjoint(document.get(part, ())) for part in ("numbers", "others"))

        found = await self._list(FRAMES, who, sought, limit, after, has_one if names else None)
        frames = [Frame.of(document) for document in found.items]
        return replace(found, items=[_narrowed(frame, names) for frame in frames] if names else frames)

    async def lines(
        self, who: Principal, sought: Sought, limit: int, after: Position | None, text: str | None = None
    ) -> Found:
        """Lines of logs whose message has all words of a text."""
        words = (text or "").casefold().split()
        has_text = (lambda document: has_words(document, words)) if words else None
        found = await self._list(LOG_LINES, who, sought, limit, after, has_text)
        return replace(found, items=[Line.of(document) for document in found.items])

    async def reports(self, who: Principal, sought: Sought, limit: int, after: Position | None) -> Found:
        """Reports."""
        found = await self._list(REPORTS, who, sought, limit, after)
        return replace(found, items=[Report.of(document) for document in found.items])

    async def page_of_frames(self, who: Principal, sought: Sought, limit: int, offset: int) -> list[Frame]:
        """Frames by number, the newest first."""
        return [
            Frame.of(found) for found in await self._documents.page(_query(FRAMES, who, sought), limit, offset=offset)
        ]

    async def page_of_lines(self, who: Principal, sought: Sought, limit: int, offset: int) -> list[Line]:
        """Lines of logs by number, the newest first."""
        query = _query(LOG_LINES, who, sought)
        return [Line.of(found) for found in await self._documents.page(query, limit, offset=offset)]

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some of what a tenant that is no more has sent; return how much was found."""
        queries = [Query(kind, tenant, "at") for kind in (FRAMES, LOG_LINES, REPORTS)]
        queries.append(Query(DEVICES, tenant, "name"))
        found = sum([await forget(self._documents, query, most) for query in queries])
        return found + await self._rolling.forget(tenant, most)

    async def close(self) -> None:
        """Write what was taken."""
        await self.collector.close()
        await self.devices.close()

    def _admitted(
        self, who: Principal, item: New | Refusal, kept: Kept, key: str | None = None
    ) -> tuple[Collection, Document]:
        if isinstance(item, Refusal):
            raise item
        naming = _NAMINGS[type(item)] if key is None else replace(_NAMINGS[type(item)], key=key)
        return self._document(who, item, naming, kept)

    def _taken(self, who: Principal, frame: NewFrame | Refusal, days: int) -> Document | Refusal:
        """A frame as it is kept; many come at once, and each step between would cost as much as the rest."""
        if isinstance(frame, Refusal):
            return frame
        try:
            return self._intake.document(who, frame.id, _FRAME, frame.at, _content_of(frame), days=days)
        except Refusal as refusal:
            return refusal

    def _document(self, who: Principal, new: New, naming: Naming, kept: Kept) -> tuple[Collection, Document]:
        """An item as it is kept, and where."""
        collection, content = self._content(who, new)
        days = kept.telemetry_days
        return collection, self._intake.document(who, new.id, naming, new.at, content, days=days)

    def _content(self, who: Principal, new: New) -> tuple[Collection, Document]:
        """What an item says, and where that belongs."""
        if isinstance(new, NewFrame):
            return FRAMES, _content_of(new)
        if isinstance(new, NewLine):
            check_depth("context", new.context)
            return LOG_LINES, new.content(self._redaction)
        check_depth("data", new.data)
        return REPORTS, new.content(who.id)

    async def _put(self, collection: Collection, tenant: str, documents: Sequence[Document]) -> Sequence[Outcome]:
        """What came of each; where the store takes nothing, each is refused for that."""
        try:
            return await self.collector.put(collection, tenant, documents)
        except Refusal as refusal:
            return [refusal] * len(documents)

    async def _get(self, collection: Collection, who: Principal, noun: str, identifier: str) -> Document:
        document = await self._documents.get(collection, who.tenant, identifier)
        if document is None:
            raise NotFound(noun, identifier)
        return document

    async def _list(
        self,
        collection: Collection,
        who: Principal,
        sought: Sought,
        limit: int,
        after: Position | None,
        wanted: Callable[[Document], bool] | None = None,
    ) -> Found:
        labels = set(sought.labels)

        def judged(document: Document) -> bool:
            return labels <= set(document.get("labels", ())) and (wanted is None or wanted(document))

        judge = judged if labels or wanted else None
        scanned = await scan(self._documents, _query(collection, who, sought), limit, after, judge)
        behind = scanned.behind
        return Found(scanned.found, None if behind is None else Position(behind["at"], behind["id"]))


def _content_of(frame: NewFrame) -> Document:
    """What a frame says, if it does not nest too deeply."""
    content = frame.content()
    if "others" in content:
        check_depth("metrics", content["others"])
    if frame.metadata:
        check_depth("metadata", frame.metadata)
    return content


def _query(collection: Collection, who: Principal, sought: Sought) -> Query:
    return Query(collection, who.tenant, "at", sought.where, since=sought.since, until=sought.until)


def _narrowed(frame: Frame, names: set[str]) -> Frame:
    return replace(frame, metrics={name: value for name, value in frame.metrics.items() if name in names})
