"""A tenant's rules as one process knows them, laid out so that a frame that is reason for nothing costs little."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field

from handlers.core.alert_rules import MOST_RULES, Rule, rules_in_force
from handlers.core.clock import Clock, Moment
from handlers.core.conditions import Condition
from handlers.core.errors import Unavailable
from handlers.core.ports import Document, Documents, Position
from handlers.core.shapes import read_as

FRESH_MILLISECONDS = 1000


class Guard:
    """A rule in force, with what it takes to judge a frame."""

    __slots__ = ("condition", "labels", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.condition: Condition = rule.judge
        self.labels = rule.labels

    def applies(self, frame: Document) -> bool:
        """Whether it is about a frame of this device with these tags."""
        if self.rule.device not in (None, frame["device"]):
            return False
        return not self.labels or self.labels <= set(frame.get("labels", ()))

    def value_in(self, frame: Document) -> float | None:
        """The value that it compares, if a frame has it and it is about that frame."""
        return frame.get("numbers", {}).get(self.rule.metric) if self.applies(frame) else None


@dataclass
class Gate:
    """The rules about one metric. Strictly between `low` and `high` none of those about every device holds."""

    low: float = float("-inf")
    high: float = float("inf")
    everyone: list[Guard] = field(default_factory=list)
    by_device: dict[str, list[Guard]] = field(default_factory=dict)

    def add(self, guard: Guard) -> None:
        """One rule more."""
        if guard.rule.device is not None:
            self.by_device.setdefault(guard.rule.device, []).append(guard)
            return
        low, high = guard.condition.calm
        self.low, self.high = max(self.low, low), min(self.high, high)
        self.everyone.append(guard)

    def met(self, device: str, value: float) -> Iterator[Guard]:
        """The rules for which a value of a device is reason for an alert; their tags are not looked at."""
        if not self.low < value < self.high:
            yield from (guard for guard in self.everyone if guard.condition.holds(value))
        if device in self.by_device:
            yield from (guard for guard in self.by_device[device] if guard.condition.holds(value))


class Rulebook:
    """The rules that are in force in one tenant, as they were at a moment."""

    def __init__(self, rules: Iterable[Rule], at: Moment) -> None:
        self.at = at
        self.guards = {rule.id: Guard(rule) for rule in rules}
        self.gates: dict[str, Gate] = {}
        self._listening: dict[str | None, list[Guard]] = {}
        for guard in self.guards.values():
            if guard.condition.is_absence:
                self._listening.setdefault(guard.rule.device, []).append(guard)
            elif guard.rule.metric is not None:
                self.gates.setdefault(guard.rule.metric, Gate()).add(guard)

    def listening_to(self, device: str) -> Iterator[Guard]:
        """The rules that want to hear a device now and then."""
        yield from self._listening.get(None, ())
        yield from self._listening.get(device, ())


class Rulebooks:
    """The books of all tenants that are heard of here, none of them older than a second while the store answers."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._books: dict[str, Rulebook] = {}
        self._reading: dict[str, asyncio.Task[Rulebook]] = {}

    async def of(self, tenant: str) -> Rulebook:
        """A tenant's book."""
        book = self._books.get(tenant)
        if book is not None and self._clock() < book.at + FRESH_MILLISECONDS:
            return book
        try:
            return await asyncio.shield(self._read_once(tenant))
        except Unavailable:
            if book is None:
                raise
            return book

    def forget(self, tenant: str) -> None:
        """Read a tenant's rules again when they are asked for next, whoever is reading them now."""
        self._books.pop(tenant, None)
        self._reading.pop(tenant, None)

    def _read_once(self, tenant: str) -> "asyncio.Task[Rulebook]":
        """All who want a book at once wait for one reading of it."""
        if tenant not in self._reading:
            self._reading[tenant] = asyncio.create_task(self._read(tenant))
        return self._reading[tenant]

    async def _in_force(self, tenant: str) -> AsyncIterator[Document]:
        """All of them: creations that do not know of each other may make more than there are to be."""
        query, after = rules_in_force(tenant), None
        while page := await self._documents.page(query, MOST_RULES, after=after):
            for record in page:
                yield record
            if len(page) < MOST_RULES:
                return
            after = Position(page[-1]["created_at"], page[-1]["id"])

    async def _read(self, tenant: str) -> Rulebook:
        me, at = asyncio.current_task(), self._clock()
        try:
            book = Rulebook([read_as(Rule, record) async for record in self._in_force(tenant)], at)
            if self._reading.get(tenant) is me:
                self._books[tenant] = book
            return book
        finally:
            if self._reading.get(tenant) is me:
                del self._reading[tenant]
