"""Whether there is work, over fakes: asked for only where there may be some, and none that comes is missed."""

import asyncio

import pytest

from handlers.core.ports import Collection, Document, Position, Query
from handlers.core.prospects import Prospects
from tests.core.test_consuming import Log, until
from tests.core.working import ANN, World
from tests.fakes import Clock, MemoryDocuments


class CountingDocuments(MemoryDocuments):
    """A store that counts what is read, pages of queues apart, and lets a test do something while one is read."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.pages = self.gets = 0
        self.held = asyncio.Event()
        self.held.set()

    async def get(self, collection: Collection, tenant: str, identifier: str) -> Document | None:
        """Count, and read."""
        self.gets += 1
        return await super().get(collection, tenant, identifier)

    async def page(self, query: Query, limit: int, *, after: Position | None = None, offset: int = 0) -> list[Document]:
        """Count, read, and answer when the test says so."""
        found = await super().page(query, limit, after=after, offset=offset)
        if query.order == "place":
            self.pages += 1
            await self.held.wait()
        return found


@pytest.fixture
def documents(clock: Clock) -> CountingDocuments:
    """The store."""
    return CountingDocuments(clock)


@pytest.fixture
def world(documents: CountingDocuments, clock: Clock) -> World:
    """Agents and commands over that store."""
    return World(documents, clock)


@pytest.fixture
async def prospects(world: World) -> Prospects:
    """What one process knows, as it hears it from the log."""
    log = Log(world.documents)
    world.documents.hear = log.tail.add
    made = Prospects(world.taking, log, lambda event, **facts: None)
    made.begin()
    return made


async def test_an_empty_queue_is_looked_at_once(world: World, prospects: Prospects) -> None:
    """Until something is placed there; what waits is looked for again each time, and found no more when it is taken."""
    await world.agent("agent_a")
    for _ in range(20):
        assert not await prospects.has_work(ANN.tenant, "agent_a", ("paint",))
    assert world.documents.pages == 1
    await world.issue("somebody")
    await world.issue("agent_a")
    await until(lambda: (ANN.tenant, "agent_a") not in prospects._empty)
    assert await prospects.has_work(ANN.tenant, "agent_a", ("paint",))
    assert world.documents.pages == 2
    await world.take()
    assert not await prospects.has_work(ANN.tenant, "agent_a", ("paint",))
    await prospects.close()


async def test_what_is_placed_while_the_store_is_asked_is_not_missed(world: World, prospects: Prospects) -> None:
    """An answer that was true when it was read is not remembered when it is not true any more."""
    world.documents.held.clear()
    asking = asyncio.create_task(prospects.has_work(ANN.tenant, "agent_a", ()))
    await until(lambda: world.documents.pages == 1)
    await world.issue("agent_a")
    await until(lambda: (ANN.tenant, "agent_a") not in prospects._empty)
    world.documents.held.set()
    assert not await asking
    assert await prospects.has_work(ANN.tenant, "agent_a", ())
    await prospects.close()


@pytest.mark.parametrize("late", [4, 5, 40])
async def test_what_is_out_of_time_hides_no_work(world: World, prospects: Prospects, late: int) -> None:
    """What can be taken is found behind whatever has passed its deadline together and is not ended yet."""
    for _ in range(late):
        await world.issue("agent_a", timeout_seconds=5)
    world.clock.advance(1)
    await world.issue("agent_a")
    world.clock.advance(5_000)
    assert await prospects.has_work(ANN.tenant, "agent_a", ())
    assert await prospects.has_work(ANN.tenant, "agent_a", ())
    await prospects.close()


async def test_what_is_out_of_time_is_no_work(world: World, prospects: Prospects) -> None:
    """Nobody can take what has passed its deadline, though nobody has ended it yet."""
    await world.issue("agent_a", timeout_seconds=5)
    world.clock.advance(5_000)
    assert not await prospects.has_work(ANN.tenant, "agent_a", ())
    await prospects.close()
