"""Heartbeats over fakes: few of them are written, none that matters is lost, and several workers agree."""

from collections.abc import Sequence

import pytest

from handlers.core.collections import AGENTS
from handlers.core.errors import Forbidden, NotFound
from handlers.core.events import Event
from handlers.core.ports import Change, Document
from handlers.core.presence import Agent
from tests.core.test_agents import ALPHA, GUEST, OTHER, House
from tests.core.test_consuming import until
from tests.fakes import Clock, MemoryDocuments

BEAT = 30_000


class CountingDocuments(MemoryDocuments):
    """A store that counts what is done to agents."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.writes = self.reads = 0

    async def write(self, change: Change, events: Sequence[Event] = ()) -> Document:
        """Count, and make the change."""
        self.writes += change.collection is AGENTS
        return await super().write(change, events)

    async def get(self, collection: object, tenant: str, identifier: str) -> Document | None:
        """Count, and read."""
        self.reads += collection is AGENTS
        return await super().get(collection, tenant, identifier)


@pytest.fixture
def documents(clock: Clock) -> CountingDocuments:
    """The store."""
    return CountingDocuments(clock)


@pytest.fixture
async def house(documents: CountingDocuments, clock: Clock) -> House:
    """One worker, and an agent that it has heard."""
    house = House(documents, clock)
    await house.registration.register(GUEST, ALPHA)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
    documents.writes = documents.reads = 0
    return house


async def stored(house: House) -> Agent:
    """The agent as the store has it."""
    return Agent.of(await house.agents.record(GUEST.tenant, ALPHA["id"]))


async def test_every_second_beat_that_says_nothing_new_is_written(
    house: House, documents: CountingDocuments, clock: Clock
) -> None:
    """Of twenty beats ten are written, the others cost the store nothing, and the agent is never late."""
    for _ in range(20):
        clock.advance(BEAT)
        before = documents.reads
        await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
        assert documents.reads - before <= 1
        await house.heartbeats.flush()
        await house.look()
    assert documents.writes == 10
    assert documents.types == ["ai.agent.registered", "ai.agent.status_changed"]


async def test_what_is_remembered_is_read(house: House, documents: CountingDocuments, clock: Clock) -> None:
    """Who reads the agent sees its last beat, though the store has not been told."""
    clock.advance(BEAT)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle", "resource_usage": {"memory_mb": 7}})
    assert documents.writes == 0
    seen = await house.agents.get(GUEST, ALPHA["id"])
    assert (seen.last_seen, seen.resource_usage) == (clock.now, {"memory_mb": 7})


async def test_news_are_written_at_once(house: House, documents: CountingDocuments, clock: Clock) -> None:
    """Another status or load is in the store when the agent is answered."""
    clock.advance(1000)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "busy"})
    assert (await stored(house)).status == "busy"
    clock.advance(1000)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "busy", "reported_tasks": 1})
    assert (await stored(house)).load_percent == 50


async def test_a_last_beat_is_written_before_it_is_missed(
    house: House, documents: CountingDocuments, clock: Clock
) -> None:
    """An agent that falls silent behind a beat that was only remembered is late from that one on."""
    clock.advance(BEAT)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
    last = clock.now
    clock.advance(2 * BEAT - BEAT // 4)
    await house.heartbeats.flush()
    assert (await stored(house)).heard_at == last
    await house.look()
    assert (await stored(house)).status == "idle"
    clock.now = last + 2 * BEAT + BEAT // 4
    await house.look()
    assert (await stored(house)).status == "degraded"


async def test_who_is_due_is_judged_by_all_that_was_heard(house: House, clock: Clock) -> None:
    """Where nobody has told the store in time, the worker that acts does so first."""
    clock.advance(BEAT)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
    clock.advance(BEAT + BEAT // 4)
    await house.look()
    assert (await stored(house)).status == "idle"
    assert (await stored(house)).heard_at == clock.now - BEAT - BEAT // 4


async def test_a_worker_that_stops_tells_all_that_it_knows(house: House, clock: Clock) -> None:
    """Nothing that was remembered is lost with a process that ends in peace."""
    house.heartbeats.start()
    clock.advance(BEAT)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle", "resource_usage": {"memory_mb": 7}})
    await house.heartbeats.close()
    agent = await stored(house)
    assert (agent.heard_at, agent.resource_usage) == (clock.now, {"memory_mb": 7})


async def test_a_killed_worker_makes_nobody_late(house: House, documents: CountingDocuments, clock: Clock) -> None:
    """What a worker remembered is gone with it; the next beat, wherever it arrives, comes in time."""
    clock.advance(BEAT)
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
    other = House(documents, clock)
    for _ in range(3):
        clock.advance(BEAT)
        await other.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
        await other.look()
    assert documents.types == ["ai.agent.registered", "ai.agent.status_changed"]


async def test_what_another_worker_does_is_known_at_once(
    house: House, documents: CountingDocuments, clock: Clock
) -> None:
    """An agent that another worker has removed is not heard any more, though it was remembered here."""
    house.heartbeats.start()
    other = House(documents, clock)
    documents.hear = house.log.tail.add
    await other.agents.delete(GUEST, ALPHA["id"])
    await until(lambda: house.pulses.of((GUEST.tenant, ALPHA["id"])) is None)
    with pytest.raises(NotFound):
        await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
    await house.heartbeats.close()


async def test_nobody_speaks_for_anothers_agent(house: House) -> None:
    """A beat from somebody else is refused, whether the agent is remembered or not, and changes nothing."""
    for forget in (False, True):
        if forget:
            house.pulses.clear()
        with pytest.raises(Forbidden):
            await house.heartbeats.beat(OTHER, ALPHA["id"], {"said": "error"})
    assert (await stored(house)).status == "idle"


async def test_an_agent_that_was_offline_is_back_with_its_next_beat(house: House, clock: Clock) -> None:
    """What it says is heard at once, and it is up from then on."""
    clock.advance(10 * BEAT)
    await house.look()
    assert (await stored(house)).status == "offline"
    pulse = await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})
    assert (pulse.status, (await stored(house)).up_since) == ("idle", clock.now)


@pytest.mark.parametrize("doubts_first", [True, False])
async def test_what_is_heard_of_an_agent_takes_no_doubt_away(
    house: House, documents: CountingDocuments, clock: Clock, doubts_first: bool
) -> None:
    """A lost lease is told though its loss made the agent idle, whichever of the two this worker hears of first."""
    house.heartbeats.start()
    other = House(documents, clock)
    documents.hear = house.log.tail.add
    key, said = (GUEST.tenant, ALPHA["id"]), {"said": "idle", "lost_leases": []}
    expired = Event("evt_1", "lease.expired", GUEST.tenant, "lease_x", clock.now, {"agent": ALPHA["id"]}, 2)
    if doubts_first:
        documents.tell([expired])
        await until(lambda: house.pulses.of(key).is_doubted)
    await other.agents.change(*key, lambda _: {"lost_leases": ["lease_x"], "resource_usage": {}})
    known = await stored(house)
    documents.tell([Event("evt_2", "ai.agent.status_changed", GUEST.tenant, ALPHA["id"], clock.now, known.told(), 3)])
    await until(lambda: house.pulses.of(key).version == known.version)
    if not doubts_first:
        documents.tell([expired])
        await until(lambda: house.pulses.of(key).is_doubted)
    assert (await house.heartbeats.beat(GUEST, ALPHA["id"], said)).lost == ("lease_x",)
    await house.heartbeats.close()


async def test_what_is_heard_hides_no_lost_lease_that_is_known(
    house: House, documents: CountingDocuments, clock: Clock
) -> None:
    """A worker that has read of a lost lease, for a beat that could not be told it, knows of it until it is told."""
    house.heartbeats.start()
    other = House(documents, clock)
    await other.agents.change(GUEST.tenant, ALPHA["id"], lambda _: {"lost_leases": ["lease_x"]})
    await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "error"})
    await other.agents.change(GUEST.tenant, ALPHA["id"], lambda _: {"resource_usage": {}})
    house.pulses.learn(Agent.of((await stored(house)).told()))
    beat = await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "error", "lost_leases": []})
    assert beat.lost == ("lease_x",)
    await house.heartbeats.close()


async def test_a_lost_lease_is_told_with_the_next_beat(
    house: House, documents: CountingDocuments, clock: Clock
) -> None:
    """Whoever was told that another worker has lost one asks the store, tells of it, and then has told of it."""
    house.heartbeats.start()
    other = House(documents, clock)
    documents.hear = house.log.tail.add
    await other.agents.change(GUEST.tenant, ALPHA["id"], lambda _: {"lost_leases": ["lease_x"]})
    said = {"said": "idle", "lost_leases": []}
    assert (await house.heartbeats.beat(GUEST, ALPHA["id"], said)).lost == ()
    documents.tell([Event("evt_1", "lease.expired", GUEST.tenant, "lease_x", clock.now, {"agent": ALPHA["id"]}, 2)])
    await until(lambda: house.pulses.of((GUEST.tenant, ALPHA["id"])).is_doubted)
    assert (await house.heartbeats.beat(GUEST, ALPHA["id"], {"said": "idle"})).lost == ()
    assert (await house.heartbeats.beat(GUEST, ALPHA["id"], said)).lost == ("lease_x",)
    assert (await house.heartbeats.beat(GUEST, ALPHA["id"], said)).lost == ()
    await house.heartbeats.close()
