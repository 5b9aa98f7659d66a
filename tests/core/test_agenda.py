"""The engine of all that is due: who acts, when, how often, and what becomes of failures, outages and the end."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from handlers.core.agenda import Agenda
from handlers.core.clock import Moment
from handlers.core.duties import Duty
from handlers.core.errors import Unavailable
from handlers.core.ports import Change, Collection, Document, Insert, Update
from tests.fakes import NOON, Clock, MemoryDocuments

DUES = Collection("dues", due="due_at")
CHORES = Collection("chores", due="due_at")
MINUTE = 60_000


class Deeds:
    """An action that remembers what it was asked to do, and says when it is due again."""

    def __init__(self, again: Callable[[Document], Moment | None] = lambda document: None) -> None:
        self.done: list[str] = []
        self._again = again

    async def __call__(self, document: Document) -> Moment | None:
        """Remember it."""
        await asyncio.sleep(0)
        self.done.append(document["id"])
        return self._again(document)


class Said:
    """What the engine has told the log."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, **facts: Any) -> None:
        """Remember it."""
        self.lines.append((event, facts))

    @property
    def events(self) -> list[str]:
        """What was said, without the facts."""
        return [event for event, _ in self.lines]


class WaveringDocuments(MemoryDocuments):
    """A store that can be away, wholly or only for writes."""

    is_away = False
    takes_writes = True

    async def due(self, collection: Collection, until: int, limit: int) -> list[Document]:
        """What is due, if anybody answers."""
        if self.is_away:
            raise Unavailable("The store is away")
        return await super().due(collection, until, limit)

    async def write(self, change: Change) -> Document:
        """A change, if anybody takes it."""
        if self.is_away or not self.takes_writes:
            raise Unavailable("The store is away")
        return await super().write(change)


@pytest.fixture
def said() -> Said:
    """The log."""
    return Said()


@pytest.fixture
def documents(clock: Clock) -> WaveringDocuments:
    """The store."""
    return WaveringDocuments(clock)


async def put(documents: MemoryDocuments, *moments: int, tenant: str = "t") -> list[str]:
    """Documents that are due then."""
    present = len(documents.all_of(DUES, tenant))
    names = [f"due_{present + number:03}" for number in range(len(moments))]
    for name, moment in zip(names, moments, strict=True):
        await documents.write(Insert(DUES, tenant, {"id": name, "due_at": moment}))
    return names


def moments(documents: MemoryDocuments) -> list[Moment | None]:
    """When what is there is due."""
    return [document.get("due_at") for document in documents.all_of(DUES, "t")]


async def look(agenda: Agenda) -> float:
    """One look, and all that follows from it."""
    pause = await agenda.look()
    await agenda.settle()
    return pause


@pytest.mark.parametrize("ends", [True, False])
async def test_what_is_due_is_done_once(documents: WaveringDocuments, clock: Clock, said: Said, ends: bool) -> None:
    """What is due now is acted on, whichever tenant's it is, and what is due later waits; what is done is over."""
    await put(documents, NOON - 5, NOON, NOON + 1)
    await put(documents, NOON - 1, tenant="other")
    deeds, agenda = Deeds(), Agenda(documents, clock, said)
    agenda.take(Duty(DUES, deeds, ends=ends))
    assert await look(agenda) == 0
    assert sorted(deeds.done) == ["due_000", "due_000", "due_001"]
    assert await look(agenda) == 0.001
    assert len(deeds.done) == 3
    assert moments(documents) == ([NOON + 1] if ends else [None, None, NOON + 1])
    assert agenda.figures.acted == {"dues": 3}
    assert (agenda.figures.late["dues"].count, agenda.figures.late["dues"].total) == (3, 0.006)


async def test_what_recurs_is_due_again(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """An action says when it is due again, and until then is left alone."""
    await put(documents, NOON)
    deeds, agenda = Deeds(lambda document: clock() + 2 * MINUTE), Agenda(documents, clock, said)
    agenda.take(Duty(DUES, deeds, ends=True))
    for times in (1, 1, 2):
        await look(agenda)
        assert len(deeds.done) == times
        clock.advance(MINUTE)
    assert documents.all_of(DUES, "t") == [{"id": "due_000", "tenant": "t", "due_at": NOON + 4 * MINUTE}]


async def test_a_moment_that_the_action_sets_counts(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """An action that changes its document's moment is not overruled by what it returns."""
    await put(documents, NOON)

    async def act(document: Document) -> Moment | None:
        await documents.write(Update(DUES, "t", document["id"], {}, {"due_at": NOON + 7}))
        return None

    agenda = Agenda(documents, clock, said)
    agenda.take(Duty(DUES, act, ends=True))
    await look(agenda)
    assert moments(documents) == [NOON + 7]


async def test_a_failure_is_tried_again_later_and_later(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """A failed action is counted, told and tried again, for ever, after pauses that double up to five minutes."""
    await put(documents, NOON)
    pauses: list[int] = []

    async def act(document: Document) -> Moment | None:
        raise ZeroDivisionError("broken")

    agenda = Agenda(documents, clock, said)
    agenda.take(Duty(DUES, act, ends=True))
    for _ in range(14):
        await look(agenda)
        [due_at] = moments(documents)
        pauses.append(due_at - clock())
        clock.now = due_at
    doubled = [min(1_000 << number, 300_000) for number in range(14)]
    assert all(0.75 * longest <= pause <= longest for pause, longest in zip(pauses, doubled, strict=True))
    assert agenda.figures.failed == {"dues": 14} and agenda.figures.acted == {}
    assert [facts["tries"] for event, facts in said.lines if event == "due_failed"] == list(range(1, 15))


async def test_a_success_forgets_the_failures(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """What was tried in vain and is done at last begins anew when it is due again."""
    await put(documents, NOON)
    answers = iter([ZeroDivisionError(), ZeroDivisionError(), NOON + MINUTE, ZeroDivisionError()])

    async def act(document: Document) -> Moment | None:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    agenda = Agenda(documents, clock, said)
    agenda.take(Duty(DUES, act))
    for _ in range(4):
        await look(agenda)
        [clock.now] = moments(documents)
    assert [facts["tries"] for event, facts in said.lines if event == "due_failed"] == [1, 2, 1]


async def test_an_action_that_hangs_loses_its_claim(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """Nothing holds a document for ever: an action that takes longer than its claim is broken off, and tried again."""
    await put(documents, NOON)

    async def act(document: Document) -> Moment | None:
        await asyncio.Event().wait()
        return None

    agenda = Agenda(documents, clock, said, claim_seconds=0.01)
    agenda.take(Duty(DUES, act))
    await look(agenda)
    assert said.events == ["due_failed"]


async def test_a_dead_workers_claim_runs_out(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """What a worker had claimed when it died is left alone until the claim is over, and then done by another one."""
    await put(documents, NOON)
    dying, deeds = Agenda(documents, clock, said), Deeds()
    begun = asyncio.Event()

    async def die(document: Document) -> Moment | None:
        begun.set()
        await asyncio.Event().wait()
        return None

    dying.take(Duty(DUES, die))
    await dying.look()
    await begun.wait()
    [claimed] = dying._acting.values()
    claimed.cancel()
    living = Agenda(documents, clock, said)
    living.take(Duty(DUES, deeds))
    clock.advance(MINUTE - 1)
    assert await look(living) == 0.001
    assert deeds.done == []
    clock.advance(1)
    await look(living)
    assert deeds.done == ["due_000"]
    assert living.figures.late["dues"].total == 60.0


async def test_no_more_than_so_many_at_once(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """However much is due, only so many things are done at a time; and all of it is done."""
    await put(documents, *range(NOON - 300, NOON))
    present, most, done = 0, 0, Counter[str]()

    async def act(document: Document) -> Moment | None:
        nonlocal present, most
        present += 1
        most = max(most, present)
        await asyncio.sleep(0)
        present -= 1
        done[document["id"]] += 1
        return None

    agenda = Agenda(documents, clock, said, most=5)
    agenda.take(Duty(DUES, act))
    while await look(agenda) == 0:
        pass
    assert most == 5
    assert len(done) == 300 and set(done.values()) == {1}


async def test_an_outage_is_waited_out(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """While the store is away the engine says that it waits, once; afterwards all is done, without a restart."""
    await put(documents, NOON)
    deeds, agenda = Deeds(), Agenda(documents, clock, said)
    agenda.take(Duty(DUES, deeds))
    documents.is_away = True
    for _ in range(3):
        assert await agenda._look_in_peace() >= 1
        with pytest.raises(Unavailable):
            await agenda.ping()
    documents.is_away, documents.takes_writes = False, False
    await look(agenda)
    assert await agenda._look_in_peace() >= 1
    with pytest.raises(Unavailable):
        await agenda.ping()
    documents.takes_writes = True
    await look(agenda)
    await agenda.ping()
    assert deeds.done == ["due_000"]
    assert said.events == ["agenda_waits", "agenda_goes_on"]


async def test_a_defect_does_not_end_the_looking(
    documents: WaveringDocuments, clock: Clock, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in a look is told, and there is a next one."""
    agenda = Agenda(documents, clock, said)
    agenda.take(Duty(DUES, Deeds()))
    with monkeypatch.context() as broken:
        broken.setattr(documents, "due", None)
        assert await agenda._look_in_peace() >= 1
    assert await agenda._look_in_peace() == 60
    assert said.events == ["agenda_waits", "agenda_goes_on"]


async def test_the_engine_sleeps_until_something_is_due(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """Alone with its store it looks when the first thing is due, or after a minute; with others, after a second."""
    alone, shared = Agenda(documents, clock, said), Agenda(documents, clock, said, is_shared=True)
    for agenda in (alone, shared):
        agenda.take(Duty(DUES, Deeds()))
    assert await look(alone) == 60
    assert 1 <= await look(shared) <= 1.05
    await put(documents, NOON + 20_000, NOON + 400)
    assert await look(alone) == 0.4
    assert 0.4 <= await look(shared) <= 0.45


async def test_an_earlier_moment_wakes_the_engine(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """What this process writes while the engine sleeps is done when it is due, not when the sleep would have ended."""
    deeds, agenda = Deeds(), Agenda(documents, clock, said)
    agenda.take(Duty(DUES, deeds))
    agenda.start()
    await rest()
    await put(documents, NOON)
    agenda.expect(NOON)
    await rest()
    assert deeds.done == ["due_000"]
    agenda.expect(NOON + 2 * MINUTE)
    assert not agenda._woken.is_set()
    await agenda.close()


async def test_a_moment_that_comes_during_a_look_is_not_slept_over(
    documents: WaveringDocuments, clock: Clock, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written after the store was asked and before the engine sleeps wakes it at once."""
    deeds, agenda = Deeds(), Agenda(documents, clock, said)
    agenda.take(Duty(DUES, deeds))
    ask = documents.due

    async def ask_and_be_late(*given: Any) -> list[Document]:
        found = await ask(*given)
        monkeypatch.setattr(documents, "due", ask)
        await put(documents, NOON)
        agenda.expect(NOON)
        return found

    monkeypatch.setattr(documents, "due", ask_and_be_late)
    agenda.start()
    await rest()
    assert deeds.done == ["due_000"]
    await agenda.close()


async def test_the_end_finishes_what_was_begun(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """At the end what has begun is finished and nothing more is begun; what is left is there for the next start."""
    await put(documents, *range(NOON - 10, NOON))
    go_on, done = asyncio.Event(), []

    async def act(document: Document) -> Moment | None:
        await go_on.wait()
        done.append(document["id"])
        return None

    agenda = Agenda(documents, clock, said, most=3)
    agenda.take(Duty(DUES, act, ends=True))
    agenda.start()
    await rest()
    closing = asyncio.create_task(agenda.close())
    await rest()
    assert not closing.done()
    go_on.set()
    await closing
    assert len(done) == 3
    assert len(documents.all_of(DUES, "t")) == 7
    agenda.start()
    await rest()
    await agenda.close()
    assert len(done) == len(set(done)) == 10


async def test_the_end_does_not_wait_for_ever(
    documents: WaveringDocuments, clock: Clock, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An action that will not end is left to whoever claims its document next."""
    monkeypatch.setattr("handlers.core.agenda._PATIENCE_SECONDS", 0.01)
    await put(documents, NOON)

    async def act(document: Document) -> Moment | None:
        await asyncio.Event().wait()
        return None

    agenda = Agenda(documents, clock, said)
    agenda.take(Duty(DUES, act, ends=True))
    agenda.start()
    await rest()
    await agenda.close()
    assert moments(documents) == [NOON + MINUTE]
    assert agenda._acting == {}


async def rest() -> None:
    """Give way until nothing more happens by itself."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_what_takes_long_keeps_nothing_waiting(documents: WaveringDocuments, clock: Clock, said: Said) -> None:
    """A duty with slots of its own fills these alone, and all of it is done without another look being waited for."""
    for number in range(300):
        await documents.write(Insert(CHORES, "t", {"id": f"chore_{number:03}", "due_at": NOON}))
    await put(documents, NOON)
    release, at_once, most = asyncio.Event(), 0, 0

    async def toil(document: Document) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await release.wait()
        at_once -= 1

    deeds, agenda = Deeds(), Agenda(documents, clock, said, most=1)
    agenda.take(Duty(CHORES, toil, ends=True, most=2))
    agenda.take(Duty(DUES, deeds))
    agenda.start()
    async with asyncio.timeout(10):
        while not deeds.done:
            await asyncio.sleep(0)
        assert at_once <= 2
        release.set()
        while documents.all_of(CHORES, "t"):
            await asyncio.sleep(0)
    await agenda.close()
    assert most == 2


async def test_what_is_made_due_while_it_is_acted_on_is_acted_on_again(
    documents: WaveringDocuments, clock: Clock, said: Said
) -> None:
    """At once: a look that finds it in hand does not leave it to the next round."""
    acting, goes_on, done = asyncio.Event(), asyncio.Event(), []

    async def act(document: Document) -> Moment | None:
        done.append(document["id"])
        acting.set()
        await goes_on.wait()
        return clock.now + MINUTE

    (name,) = await put(documents, clock.now)
    agenda = Agenda(documents, clock, said, is_shared=False)
    agenda.take(Duty(DUES, act))
    agenda.start()
    async with asyncio.timeout(20):
        await acting.wait()
        await documents.write(Update(DUES, "t", name, {}, {"due_at": clock.now}))
        agenda.expect(clock.now)
        await asyncio.sleep(0.05)
        assert done == [name]
        goes_on.set()
        while len(done) < 2:
            await asyncio.sleep(0.01)
    await agenda.close()
