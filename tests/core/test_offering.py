"""Work offered over a connection, over fakes: again after trouble, in bounds, and not for ever what is not wanted."""

import asyncio
from typing import Any

import pytest

from handlers.core import offering as offerings
from handlers.core.errors import NotFound, Unavailable
from handlers.core.offering import Offering
from handlers.core.slots import Slot
from handlers.core.taking import Wish
from handlers.core.work import Lease, lease_id
from tests.core.test_consuming import Log, until
from tests.core.working import ANN, World, claim


class Line:
    """A connection over which an agent is offered work."""

    def __init__(self, world: World, most: int = 3) -> None:
        self.log = Log(world.documents)
        self.offers: list[Lease] = []
        self.offering = Offering(world.taking, self.log, ANN, "agent_a", Wish(most=most), world.clock)

    def begin(self) -> "asyncio.Task[None]":
        """Connect."""

        async def offer(lease: Lease) -> None:
            self.offers.append(lease)

        async def lose(lease: Lease, reason: str) -> None:
            """Nothing is lost here."""

        return asyncio.create_task(self.offering.run(offer, lose))


@pytest.fixture
def world() -> World:
    """A world."""
    return World()


async def end(task: "asyncio.Task[None]") -> None:
    """Let a connection go."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_trouble_at_the_beginning_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is away when an agent says that it is ready does not keep it from work for good."""
    monkeypatch.setattr(offerings, "_PAUSE_SECONDS", 0.01)
    await world.agent("agent_a", most=3)
    await world.issue()
    line, get, trouble = Line(world), world.documents.get, [Unavailable("Away"), Unavailable("Still away")]

    async def troubled(*what: Any) -> Any:
        if trouble:
            raise trouble.pop()
        return await get(*what)

    world.documents.get = troubled
    task = line.begin()
    await until(lambda: line.offers != [])
    await end(task)


async def test_an_agent_that_is_gone_is_offered_nothing_more(world: World) -> None:
    """The offers end, and say why."""
    await world.agent("agent_a")
    line = Line(world)
    task = line.begin()
    await asyncio.sleep(0.02)
    await world.agents.delete(ANN, "agent_a")
    line.offering.answered("lease_none")
    with pytest.raises(NotFound):
        async with asyncio.timeout(5):
            await task


async def test_what_is_declined_is_remembered_while_it_waits(world: World) -> None:
    """It is not offered here again, and forgotten when somebody has it; what they give back is offered here, too."""
    await world.agent("agent_a", most=3, capabilities=[{"name": "paint"}])
    await world.agent("agent_b", capabilities=[{"name": "paint"}])
    await world.issue(None, service="paint")
    line = Line(world)
    task = line.begin()
    await until(lambda: len(line.offers) == 1)
    line.offering.answered(line.offers[0].id, declined=True)
    await world.issue("somebody")
    await asyncio.sleep(0.05)
    assert len(line.offers) == len(line.offering._declined) == 1
    (lease,) = await world.take("agent_b")
    line.offering.answered("lease_none")
    await until(lambda: not line.offering._declined)
    await world.leases.release(ANN, claim(lease), 0)
    await until(lambda: len(line.offers) == 2)
    await end(task)


async def test_what_this_process_has_placed_is_offered_before_the_log_tells(world: World) -> None:
    """So is what there is room for again, and what is given back; a process knows what it does itself."""
    await world.agent("agent_a", most=1)
    line = Line(world)
    line.log = world.log  # which tells nothing
    line.offering = Offering(world.taking, world.log, ANN, "agent_a", Wish(most=1), world.clock)
    task = line.begin()
    await asyncio.sleep(0.02)
    first = await world.issue()
    world.clock.advance(1)
    second = await world.issue()
    await until(lambda: len(line.offers) == 1)
    lease = await accepted(world, line)
    await asyncio.sleep(0.02)
    assert [offer.id for offer in line.offers] == [lease_id({"id": first.id})]
    await world.leases.complete(ANN, claim(lease), None, None)
    await until(lambda: len(line.offers) == 2)
    assert line.offers[1].id == lease_id({"id": second.id})
    lease = await accepted(world, line)
    await world.leases.release(ANN, claim(lease), 0)
    await until(lambda: len(line.offers) == 3)
    await end(task)
    await world.issue()
    assert not world.leases.early._waiting


async def test_a_command_costs_no_look_where_all_else_is_offered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is heard of, that it is there, was taken, and has ended: only the first, of a strange agent."""
    await world.agent("agent_a", most=3)
    line, looks, offers = Line(world), [], world.taking.offers
    task = line.begin()
    await asyncio.sleep(0.02)

    async def counted(*what: Any) -> Any:
        looks.append(what)
        return await offers(*what)

    monkeypatch.setattr(world.taking, "offers", counted)
    for number in range(1, 4):
        await world.issue()
        await until(lambda enough=number: len(line.offers) == enough)
        lease = await accepted(world, line)
        await world.leases.progress(ANN, claim(lease), 50, None, renew=True)
        await world.leases.complete(ANN, claim(lease), None, None)
        await asyncio.sleep(0.02)
    assert len(looks) == 1
    await end(task)


async def test_what_is_offered_without_a_look_is_what_was_wished_for(world: World) -> None:
    """Nothing else, and no more than there is room for, as far as that is known."""
    await world.agent("agent_a", most=3)
    line = Line(world)
    line.offering = Offering(world.taking, line.log, ANN, "agent_a", Wish(most=2, names=("paint",)), world.clock)
    task = line.begin()
    await until(lambda: line.offering._knows_all)
    await world.issue(type="paint")
    await until(lambda: len(line.offers) == 1)
    await world.issue(type="scrub")
    lease = await accepted(world, line)
    await world.issue(type="paint")
    await until(lambda: len(line.offers) == 2)
    await world.issue(type="paint")
    await asyncio.sleep(0.02)
    assert len(line.offers) == 2
    await world.leases.complete(ANN, claim(lease), None, None)
    await until(lambda: len(line.offers) == 3)
    assert {offer.work["name"] for offer in line.offers} == {"paint"}
    await end(task)


async def test_what_is_accepted_during_a_look_is_not_offered_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look has found it waiting still."""
    await world.agent("agent_a", most=3)
    line, offers, found, goes_on = Line(world), world.taking.offers, asyncio.Event(), asyncio.Event()
    task = line.begin()
    await world.issue()
    await until(lambda: len(line.offers) == 1)

    async def slowly(*what: Any) -> Any:
        shown = await offers(*what)
        found.set()
        await goes_on.wait()
        return shown

    monkeypatch.setattr(world.taking, "offers", slowly)
    line.offering.answered("lease_none")
    await found.wait()
    lease = await accepted(world, line)
    goes_on.set()
    await asyncio.sleep(0.02)
    assert len(line.offers) == 1
    await world.leases.release(ANN, claim(lease), 0)
    await until(lambda: len(line.offers) == 2)
    await end(task)


async def test_a_slot_that_nothing_fills_takes_no_room(world: World) -> None:
    """Where room is short, the work decides: who died between slot and work keeps nobody from either."""
    await world.agent("agent_a", most=2)
    agent = await world.agents.get(ANN, "agent_a")
    await world.leases.slots.reserve(agent, [Slot("dead", "command", "cmd_none", 1, world.clock.now)])
    await world.issue()
    line = Line(world, most=1)
    task = line.begin()
    await until(lambda: len(line.offers) == 1)
    await end(task)


async def accepted(world: World, line: Line) -> Lease:
    """The last offer, accepted as a connection does."""
    lease = await world.taking.accept(ANN, "agent_a", line.offers[-1].id, 60)
    line.offering.taken(lease.id, lease.token)
    return lease


async def test_of_what_is_declined_so_much_is_remembered(world: World) -> None:
    """However much an agent does not want, a look reads no more than so much of it."""
    line = Line(world)
    for number in range(1_000):
        line.offering._offered[f"lease_{number}"] = 1, world.clock.now + 1
        line.offering.answered(f"lease_{number}", declined=True)
    assert list(line.offering._declined) == [f"lease_{number}" for number in range(800, 1_000)]


async def test_what_is_out_of_time_hides_nothing(world: World) -> None:
    """Work at the head of the queue that nobody has ended yet is ended, and what is behind it is offered."""
    await world.agent("agent_a")
    for _ in range(2):
        await world.issue(timeout_seconds=5, priority="urgent")
    world.clock.advance(5_000)
    await world.issue()
    line = Line(world, most=1)
    task = line.begin()
    await until(lambda: len(line.offers) == 1)
    assert world.told().count("command.timeout") == 2
    await end(task)
