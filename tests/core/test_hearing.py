"""Those who keep in memory what others do hear of it in spite of any trouble, and know nothing that is not so."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from handlers.core import hearing
from handlers.core.errors import Unavailable
from handlers.core.events import Event, EventFilter, Logged, Stretch
from handlers.core.hearing import Hearing
from tests.core.test_consuming import Log, until
from tests.fakes import Clock, MemoryDocuments


class Failing(MemoryDocuments):
    """A store whose log cannot be read."""

    async def read(self, tenant: str | None, offset: int, limit: int) -> Stretch:
        """Read nothing."""
        raise Unavailable("Too many read old events")


class Hearer:
    """One that keeps the names of events, and trips over one of them."""

    def __init__(self, log: Log) -> None:
        self.known: set[str] = set()
        self.said: list[str] = []
        self.hearing = Hearing(log, EventFilter(frozenset({"x"})), self._take, self.known.clear, self._say)

    def _take(self, entry: Logged) -> None:
        if entry.event.id == "evt_bad":
            raise KeyError("agent")
        self.known.add(entry.event.id)

    def _say(self, event: str, **facts: Any) -> None:
        self.said.append(event)


@pytest.fixture
def documents(clock: Clock) -> Failing:
    """The store."""
    return Failing(clock)


@pytest.fixture
async def hearer(documents: Failing, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hearer]:
    """One that hears, and has heard something."""
    monkeypatch.setattr(hearing, "_PAUSE_SECONDS", 0)
    made = Hearer(Log(documents))
    made.hearing.begin()
    tell(documents, "evt_1")
    await until(lambda: made.known == {"evt_1"})
    yield made
    await made.hearing.close()


def tell(documents: MemoryDocuments, *names: str) -> None:
    """Have events in the log."""
    documents.tell([Event(name, "x", "t", "s", 1, {}, 1) for name in names])


async def test_a_log_that_cannot_be_read_is_followed_anew(hearer: Hearer, documents: Failing) -> None:
    """More comes at once than memory holds, and the rest cannot be read: what is known is forgotten, the next heard."""
    tell(documents, *(f"evt_{number}" for number in range(20)))
    await until(lambda: bool(hearer.said))
    await until(lambda: not hearer.known)
    await asyncio.sleep(0)
    tell(documents, "evt_new")
    await until(lambda: hearer.known == {"evt_new"})
    assert hearer.said == ["hearing_waits"]


async def test_an_event_that_nobody_can_read_costs_no_other(hearer: Hearer, documents: Failing) -> None:
    """What was known may be wrong then, and is forgotten; what comes next is heard."""
    tell(documents, "evt_bad")
    await until(lambda: hearer.said == ["hearing_waits"] and not hearer.known)
    tell(documents, "evt_new")
    await until(lambda: hearer.known == {"evt_new"})


async def test_what_is_closed_hears_nothing(hearer: Hearer, documents: Failing) -> None:
    """Nor has it any trouble."""
    await hearer.hearing.close()
    tell(documents, "evt_2")
    await asyncio.sleep(0)
    assert (hearer.known, hearer.said) == ({"evt_1"}, [])
