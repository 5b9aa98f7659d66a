"""Work offered in queues, over fakes: to those who read, as much as they have room for, and at a bounded cost."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from handlers.core import queued_offers
from handlers.core.agent_queues import A_SECOND, Depth, Withdrawal
from handlers.core.collections import PLATFORM, TENANTS
from handlers.core.errors import Unavailable
from handlers.core.events import Logged
from handlers.core.ports import Insert
from handlers.core.queued_offers import QueuedOffers
from handlers.core.work import Lease, Outcome, lease_id
from tests.core.test_consuming import until
from tests.core.working import ANN, BOB, World, claim

PAINT = [{"name": "paint"}]
ONCE = {"max_retries": 3, "initial_delay_seconds": 0, "backoff_multiplier": 1}


class Queues:
    """Queues of agents, and how many read each."""

    def __init__(self) -> None:
        self.readers: dict[str, int] = {}
        self.there: set[str] = set()
        self.asked: list[str] = []
        self.offered: list[Lease] = []
        self.withdrawn: list[Withdrawal] = []
        self.waiting: dict[str, int] = {}
        self.trouble = 0
        self.is_full = False
        self.is_away = False

    async def look(self, tenant: str, agent: str) -> Depth:
        """How a queue is; it is there from now on."""
        await asyncio.sleep(0)
        if self.trouble:
            self.trouble -= 1
            raise Unavailable("Away")
        self.asked.append(agent)
        self.there.add(agent)
        return Depth(self.waiting.get(agent, 0), self.readers.get(agent, 0))

    async def remove(self, tenant: str, agent: str) -> None:
        """It is gone."""
        self.there.discard(agent)
        self.readers.pop(agent, None)

    async def offer(self, tenant: str, lease: Lease) -> bool:
        """Keep an offer, if there is room."""
        self._check()
        if not self.is_full:
            self.offered.append(lease)
        return not self.is_full

    async def withdraw(self, tenant: str, withdrawal: Withdrawal) -> bool:
        """Keep a withdrawal."""
        self._check()
        self.withdrawn.append(withdrawal)
        return True

    def _check(self) -> None:
        if self.is_away:
            raise Unavailable("Away")

    @property
    def offers(self) -> list[tuple[str, str, int]]:
        """To whom what was offered, and under which token."""
        return [(lease.agent, lease.work["command_id"], lease.token) for lease in self.offered]


class Server:
    """A server that offers work, and how far it has read the log."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.queues = Queues()
        self.said: list[str] = []
        self.is_mine = True
        self.offers = QueuedOffers(
            world.documents,
            world.agents,
            world.taking,
            self.queues,
            world.clock,
            lambda event, **facts: self.said.append(event),
            lambda: self.is_mine,
        )
        self._place = 0

    def events(self) -> Sequence[Logged]:
        """What has happened since this was asked last."""
        told = [Logged(event, "fake", place, 1) for place, event in enumerate(self.world.documents.told, 1)]
        self._place, news = len(told), told[self._place :]
        return news

    async def read(self) -> None:
        """Read on in the log."""
        await self.offers.consume(self.events())


@pytest.fixture
def world() -> World:
    """A world."""
    return World()


@pytest.fixture
def server(world: World) -> Server:
    """A server."""
    return Server(world)


async def test_an_agent_has_a_queue_while_it_is_there(world: World, server: Server) -> None:
    """It is made when the agent is registered, and gone when that is removed, however late the log is read."""
    await world.agent("agent_a")
    await server.read()
    assert server.queues.there == {"agent_a"}
    await world.agents.delete(ANN, "agent_a")
    await world.agent("agent_b")
    await world.agents.delete(ANN, "agent_b")
    await world.agent("agent_b")
    await server.read()
    assert server.queues.there == {"agent_b"}


async def test_who_read_for_a_deleted_agent_reads_no_more(world: World, server: Server) -> None:
    """Not even if somebody else has the name before the log is read."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    await server.read()
    await world.agents.delete(ANN, "agent_a")
    await world.agent("agent_a", owner=BOB)
    await world.issue(who=BOB)
    await server.read()
    assert server.queues.there == {"agent_a"} and server.queues.offers == []


async def test_who_reads_is_offered_as_much_as_there_is_room_for(world: World, server: Server) -> None:
    """The most urgent first, each once, and more when there is room; who does not read is offered nothing."""
    await world.agent("agent_a", most=2)
    await world.agent("agent_b")
    server.queues.readers["agent_a"] = 1
    await world.issue("agent_b")
    late, urgent, normal = [await world.issue(priority=name) for name in ("low", "urgent", "normal")]
    for _ in range(2):
        await server.read()
        await server.offers.consume([])
    assert server.queues.offers == [("agent_a", urgent.id, 1), ("agent_a", normal.id, 1)]
    (lease,) = await world.take(most=1)
    await server.read()
    assert len(server.queues.offers) == 2
    await world.leases.complete(ANN, claim(lease), None, None)
    await server.read()
    assert server.queues.offers[2:] == [("agent_a", late.id, 1)]
    offer = server.queues.offered[0]
    assert (offer.status, offer.expires_at) == ("offered", world.clock.now + 30_000)


async def test_what_this_process_places_is_offered_before_the_log_is_read(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To those who are known to read; the log costs no second look, and no look where nothing waits."""
    await world.agent("agent_a", most=2)
    server.queues.readers["agent_a"] = 1
    await server.read()
    server.offers.begin()
    looks, offers = [], world.taking.offers

    async def counted(*what: Any) -> Any:
        looks.append(what)
        return await offers(*what)

    monkeypatch.setattr(world.taking, "offers", counted)
    command = await world.issue()
    await until(lambda: server.queues.offers == [("agent_a", command.id, 1)])
    (lease,) = await world.take()
    await world.leases.complete(ANN, claim(lease), None, None)
    await server.read()
    assert len(looks) == 1
    server.is_mine = False
    await world.issue()
    await asyncio.sleep(0.02)
    assert len(looks) == 1
    await server.offers.close()
    assert not world.leases.early._hearing


async def test_what_is_taken_during_a_look_is_not_offered_again(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look has found it waiting still; given back it is offered under its next token."""
    await world.agent("agent_a", most=2)
    server.queues.readers["agent_a"] = 1
    command = await world.issue()
    await server.read()
    offers = world.taking.offers

    async def slowly(*what: Any) -> Any:
        shown = await offers(*what)
        (lease,) = await world.take()
        monkeypatch.setattr(world.taking, "offers", offers)
        await server.read()
        await world.leases.release(ANN, claim(lease), 0)
        return shown

    monkeypatch.setattr(world.taking, "offers", slowly)
    await world.issue("agent_b")
    await server.offers._serve((ANN.tenant, "agent_a"), 0, anew=True)
    assert server.queues.offers == [("agent_a", command.id, 1)]
    await server.read()
    assert server.queues.offers == [("agent_a", command.id, 1), ("agent_a", command.id, 2)]


async def test_what_found_no_room_is_offered_when_there_is_some(world: World, server: Server) -> None:
    """Early, too: who ends their work here is offered the next at once."""
    await world.agent("agent_a", most=1)
    server.queues.readers["agent_a"] = 1
    await server.read()
    server.offers.begin()
    first = await world.issue()
    world.clock.advance(1)
    second = await world.issue()
    await until(lambda: len(server.queues.offers) == 1)
    (lease,) = await world.take()
    await world.leases.complete(ANN, claim(lease), None, None)
    await until(lambda: server.queues.offers == [("agent_a", first.id, 1), ("agent_a", second.id, 1)])
    await server.offers.close()


async def test_what_anybody_may_do_is_offered_to_those_who_read(world: World, server: Server) -> None:
    """When one has it, the others are told that it is taken; nobody who does not read is."""
    for name in ("agent_a", "agent_b", "agent_c"):
        await world.agent(name, capabilities=PAINT)
        server.queues.readers[name] = int(name != "agent_c")
    command = await world.issue(None, service="paint")
    await server.read()
    assert sorted(server.queues.offers) == [("agent_a", command.id, 1), ("agent_b", command.id, 1)]
    await world.take("agent_a")
    await server.read()
    name = lease_id({"id": command.id})
    assert [(one.agent, one.lease, one.token, one.reason) for one in server.queues.withdrawn] == [
        ("agent_b", name, 1, "taken")
    ]


async def test_what_is_cancelled_is_withdrawn(world: World, server: Server) -> None:
    """From who holds it, and from who was only offered it."""
    await world.agent("agent_a", most=2)
    server.queues.readers["agent_a"] = 1
    held = await world.issue()
    await world.take()
    offered = await world.issue()
    await server.read()
    for command in (held, offered):
        await world.commands.cancel(ANN, command.id, None)
    await server.read()
    assert [(one.lease, one.token, one.reason) for one in server.queues.withdrawn] == [
        (lease_id({"id": held.id}), 1, "cancelled"),
        (lease_id({"id": offered.id}), 1, "cancelled"),
    ]


@pytest.mark.parametrize(("seconds", "reason"), [(5, "expired"), (60, "timeout")])
async def test_a_lease_that_is_lost_is_withdrawn(world: World, server: Server, seconds: int, reason: str) -> None:
    """With why; what may be tried again is offered again, under the next token."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    command = await world.issue(timeout_seconds=10, retry_policy=ONCE)
    await world.take(seconds=seconds)
    await server.read()
    world.clock.advance(min(seconds, 10) * 1000)
    await world.attend()
    await server.read()
    assert [one.reason for one in server.queues.withdrawn] == [reason]
    assert server.queues.offers == ([("agent_a", command.id, 2)] if reason == "expired" else [])


async def test_what_its_last_holder_was_offered_again_is_withdrawn_from_it(world: World, server: Server) -> None:
    """That it had the work once does not mean that it has taken this offer."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    command = await world.issue()
    (lease,) = await world.take()
    await world.leases.release(ANN, claim(lease), 0)
    await server.read()
    await world.commands.cancel(ANN, command.id, None)
    await server.read()
    assert server.queues.offers == [("agent_a", command.id, 2)]
    assert [(one.token, one.reason) for one in server.queues.withdrawn] == [(2, "cancelled")]


@pytest.mark.parametrize("status", ["completed", "failed"])
async def test_what_is_reported_done_untaken_is_withdrawn(world: World, server: Server, status: str) -> None:
    """As taken, which it was by whoever says so."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    command = await world.issue()
    await server.read()
    await world.leases.report(ANN, "command", command.id, Outcome(status))
    await server.read()
    assert [(one.agent, one.token, one.reason) for one in server.queues.withdrawn] == [("agent_a", 1, "taken")]


async def test_what_could_not_be_withdrawn_is_withdrawn_when_the_events_come_again(
    world: World, server: Server
) -> None:
    """A broker that is away makes nobody believe that an offer holds."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    command = await world.issue()
    await server.read()
    await world.commands.cancel(ANN, command.id, None)
    events, server.queues.is_away = server.events(), True
    with pytest.raises(Unavailable):
        await server.offers.consume(events)
    server.queues.is_away = False
    await server.offers.consume(events)
    assert [one.reason for one in server.queues.withdrawn] == ["cancelled"]


async def test_a_withdrawal_is_sent_where_it_is_not_known_who_reads(world: World, server: Server) -> None:
    """When too much was asked already; who is known not to read is told nothing."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    await world.issue()
    (lease,) = await world.take()
    await server.read()
    world.clock.advance(300_000)
    for number in range(A_SECOND):
        await world.agent(f"agent_{number}")
        await server.offers._readers.ask(("t_one", f"agent_{number}"))
    await world.commands.cancel(ANN, lease.work["command_id"], None)
    await server.read()
    assert [one.agent for one in server.queues.withdrawn] == ["agent_a"]


async def test_an_offer_that_lapses_is_made_again(world: World, server: Server) -> None:
    """If somebody still reads."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    await world.issue()
    await server.read()
    for readers, offers in ((1, 2), (0, 2)):
        world.clock.advance(30_000)
        server.queues.readers["agent_a"] = readers
        await server.offers._look_again()
        assert len(server.queues.offers) == offers


async def test_what_nobody_takes_keeps_nothing_from_being_offered(world: World, server: Server) -> None:
    """What was never offered comes first, then what has lapsed the longest ago; what holds keeps its place."""
    await world.agent("agent_a", most=2)
    server.queues.readers["agent_a"] = 1
    issued = []
    for _ in range(5):
        world.clock.advance(1)
        issued.append((await world.issue()).id)
    first, second, third, fourth, fifth = issued
    await server.read()
    for _ in range(3):
        world.clock.advance(30_000)
        await server.offers._look_again()
    offered = [name for _, name, _ in server.queues.offers]
    rounds = [{first, second}, {third, fourth}, {fifth, first}, {second, third}]
    assert [set(offered[at : at + 2]) for at in range(0, len(offered), 2)] == rounds


async def test_who_does_not_read_the_log_offers_once(world: World, server: Server) -> None:
    """What lapses is offered again by the worker that reads it, and not by all who were asked about a queue."""
    server.is_mine = False
    await world.agent("agent_a")
    server.queues.readers["agent_a"] = 1
    await world.issue()
    server.offers.expect("t_one", "agent_a")
    for _ in range(3):
        world.clock.advance(30_000)
        await server.offers._look_again()
    assert len(server.queues.offers) == 1


async def test_what_finds_no_room_is_offered_a_little_later(world: World, server: Server) -> None:
    """A full queue costs a moment, and no work."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"], server.queues.is_full = 1, True
    await world.issue()
    await server.read()
    server.queues.is_full = False
    world.clock.advance(1_000)
    await server.offers._look_again()
    assert len(server.queues.offers) == 1


async def test_what_could_not_be_offered_is_not_held_for_offered(world: World, server: Server) -> None:
    """A broker that is away costs a moment, too."""
    await world.agent("agent_a")
    server.queues.readers["agent_a"], server.queues.is_away = 1, True
    await world.issue()
    await server.read()
    server.queues.is_away = False
    world.clock.advance(1_000)
    await server.offers._look_again()
    assert len(server.queues.offers) == 1


async def test_who_begins_to_read_soon_is_noticed(world: World, server: Server) -> None:
    """Work that waits unread is looked at again less and less often, and after half a minute no more."""
    await world.agent("agent_a")
    await world.issue()
    await server.read()
    server.queues.asked.clear()
    for _ in range(60):
        world.clock.advance(1_000)
        await server.offers._look_again()
    assert len(server.queues.asked) == 5
    server.queues.readers["agent_a"] = 1
    server.offers.expect("t_one", "agent_a")
    world.clock.advance(300)
    await server.offers._look_again()
    assert len(server.queues.offers) == 1


async def test_questions_are_bounded(world: World, server: Server) -> None:
    """However many agents have work and do not read; those who do are known, and not asked about."""
    for number in range(A_SECOND + 20):
        await world.agent(f"agent_{number}")
    server.queues.readers["agent_0"] = 1
    await world.issue("agent_0")
    server.offers.expect("t_one", "agent_0")
    server.events()
    world.clock.advance(1_000)
    await server.offers._look_again()
    world.clock.advance(1_000)
    server.queues.asked.clear()
    for number in range(1, A_SECOND + 20):
        await world.issue(f"agent_{number}")
    await world.leases.complete(ANN, claim((await world.take("agent_0"))[0]), None, None)
    await world.issue("agent_0")
    await server.read()
    assert len(server.queues.asked) == A_SECOND // 2 and "agent_0" not in server.queues.asked
    assert len(server.queues.offers) == 2
    for _ in range(4):
        world.clock.advance(1_000)
        await server.offers._look_again()
    assert {f"agent_{number}" for number in range(1, A_SECOND + 20)} <= set(server.queues.asked)


async def test_one_that_is_looked_at_again_anyway_is_not_asked_about(world: World, server: Server) -> None:
    """However much work comes for it; who is known to read is offered all of it at once."""
    await world.agent("agent_a", most=9)
    await server.read()
    server.queues.asked.clear()
    for _ in range(3):
        await world.issue()
        await server.read()
    assert server.queues.asked == []
    server.queues.readers["agent_a"] = 1
    world.clock.advance(1_000)
    await server.offers._look_again()
    await world.issue()
    await server.read()
    assert (len(server.queues.asked), len(server.queues.offers)) == (1, 4)


async def test_trouble_with_one_place_is_nobody_elses(world: World, server: Server) -> None:
    """It is looked at again; the log is read on."""
    await world.agent("agent_a")
    await server.read()
    server.queues.readers["agent_a"], server.queues.trouble = 1, 1
    await world.issue()
    await server.read()
    for offers in (0, 1):
        world.clock.advance(1_000)
        await server.offers._look_again()
        assert len(server.queues.offers) == offers


async def test_all_agents_are_looked_at_in_rounds(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the one worker that reads the log: what waits for who has come back without a word is offered."""
    monkeypatch.setattr(queued_offers, "_TICK_SECONDS", 0.001)
    await world.documents.write(Insert(TENANTS, PLATFORM, {"id": "t_one", "created_at": 1}))
    for name in ("agent_a", "agent_b"):
        await world.agent(name)
        await world.issue(name)
        server.queues.readers[name] = 1
    server.queues.waiting["agent_b"] = 1
    server.is_mine = False
    server.offers.begin()
    await asyncio.sleep(0.05)
    assert server.queues.asked == []
    server.is_mine = True
    await until(lambda: {"agent_a", "agent_b"} <= set(server.queues.asked))
    await server.offers.close()
    assert [offer[0] for offer in server.queues.offers] == ["agent_a"] and server.said == []
