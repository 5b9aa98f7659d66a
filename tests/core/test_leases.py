"""Work is taken by one at a time, kept by renewals, lost by the clock, and finished by whoever holds it."""

import asyncio
from typing import Any

import pytest

from handlers.core import commands
from handlers.core.audience import Audience
from handlers.core.collections import AGENTS, COMMANDS
from handlers.core.commands import NewCommand
from handlers.core.errors import Conflict, Forbidden, IdempotencyMismatch, NotFound, Unavailable, Unprocessable
from handlers.core.ports import Update
from handlers.core.slots import FILLED_MILLISECONDS, Slot
from handlers.core.taking import Wish
from handlers.core.work import Holder, LeaseLost, Outcome, granted
from tests.core.test_prospects import CountingDocuments
from tests.core.working import ANN, BOB, World, claim
from tests.fakes import Clock, MemoryDocuments

RETRY = {"max_retries": 2, "initial_delay_seconds": 10, "backoff_multiplier": 2}


@pytest.fixture
async def world() -> World:
    """A world with one agent that does one thing at a time."""
    made = World()
    await made.agent("agent_a")
    return made


async def test_a_command_is_taken_done_and_told_of(world: World) -> None:
    """One command from its submission to its end, with every event that tells of it."""
    command = await world.issue(parameters={"version": "v1"})
    (lease,) = await world.take()
    assert (lease.work["input"], lease.token, lease.status) == ({"version": "v1"}, 1, "held")
    done = await world.leases.complete(ANN, claim(lease), {"message": "Done"}, 20)
    assert done.status == "completed"
    after = await world.commands.get(ANN, command.id)
    assert (after.status, after.success, after.result, after.duration) == ("completed", True, {"message": "Done"}, 20)
    assert world.told() == [
        "command.submitted", "command.started", "lease.granted", "command.completed", "lease.released",
    ]  # fmt: skip


async def test_what_is_urgent_comes_first_and_then_what_is_old(world: World) -> None:
    """The order of a queue is by priority, and by age within it."""
    await world.agent("agent_b", most=9)
    ids = {}
    for priority in ("normal", "low", "normal", "urgent", "high"):
        world.clock.advance(1)
        ids[(await world.issue("agent_b", priority=priority)).id] = priority
    taken = await world.take("agent_b", most=9)
    assert [ids[lease.work["command_id"]] for lease in taken] == ["urgent", "high", "normal", "normal", "low"]
    assert taken[2].work["created_at"] < taken[3].work["created_at"]


async def test_an_agent_gets_no_more_than_it_may_hold(world: World) -> None:
    """However many ask in its name at once, an agent holds as much as it may, and one more when one is done."""
    await world.agent("agent_b", most=3)
    for _ in range(8):
        await world.issue("agent_b")
    rounds = await asyncio.gather(*(world.take("agent_b", most=2) for _ in range(6)))
    taken = [lease for leases in rounds for lease in leases]
    assert len(taken) == len({lease.id for lease in taken}) == 3
    assert await world.take("agent_b") == []
    await world.leases.complete(ANN, claim(taken[0]), None, None)
    assert len(await world.take("agent_b", most=5)) == 1


async def test_a_full_agent_is_told_so_at_once() -> None:
    """Asking for more than it may hold costs one look at the queue and one at each slot."""
    clock = Clock()
    world = World(CountingDocuments(clock), clock)
    await world.agent("agent_a", most=3)
    for _ in range(9):
        await world.issue()
    assert len(await world.take(most=3)) == 3
    world.documents.pages, before = 0, world.documents.gets
    assert await world.take(most=3) == []
    assert (world.documents.pages, world.documents.gets - before) == (1, 6)


async def test_one_command_has_one_holder(world: World) -> None:
    """Of several agents that can do the same, one gets it."""
    names = [await world.agent(f"agent_{n}", capabilities=[{"name": "paint"}]) for n in range(5)]
    await world.issue(None, service="paint")
    rounds = await asyncio.gather(*(world.take(name) for name in names))
    assert sorted(map(len, rounds)) == [0, 0, 0, 0, 1]


async def test_a_lease_that_ran_out_is_lost_and_the_command_ends(world: World) -> None:
    """Without a retry policy, who is not heard of any more ends the command; its result comes too late."""
    command = await world.issue()
    (lease,) = await world.take(seconds=10)
    world.clock.advance(10_000)
    with pytest.raises(LeaseLost):
        await world.leases.complete(ANN, claim(lease), {}, None)
    await world.attend()
    after = await world.commands.get(ANN, command.id)
    assert (after.status, after.success) == ("timeout", False)
    assert "lease.expired" in world.told()


async def test_within_the_retry_policy_it_is_offered_again(world: World) -> None:
    """A lost lease leads to another with a greater token, after a pause; the first holder's result is refused."""
    command = await world.issue(retry_policy=RETRY)
    (first,) = await world.take(seconds=10)
    world.clock.advance(10_000)
    await world.attend()
    assert (await world.commands.get(ANN, command.id)).status == "pending"
    assert await world.take() == []
    world.clock.advance(10_000)
    await world.attend()
    (second,) = await world.take()
    assert (second.token, second.work["attempt"]) == (2, 2)
    with pytest.raises(LeaseLost) as refused:
        await world.leases.complete(ANN, claim(first), {}, None)
    assert refused.value.details["fencing_token"] == 2
    assert (await world.leases.complete(ANN, claim(second), {}, None)).status == "completed"


async def test_tries_come_to_an_end(world: World) -> None:
    """After so many failures as the policy admits, the command has failed."""
    command = await world.issue(retry_policy=RETRY)
    for pause in (10_000, 20_000, 0):
        (lease,) = await world.take()
        await world.leases.fail(ANN, claim(lease), "No luck", None, retryable=True)
        world.clock.advance(pause)
        await world.attend()
    after = await world.commands.get(ANN, command.id)
    assert (after.status, after.error, after.attempt) == ("failed", "No luck", 3)


async def test_what_cannot_be_retried_is_not(world: World) -> None:
    """A failure that says so ends the command at once."""
    command = await world.issue(retry_policy=RETRY)
    (lease,) = await world.take()
    await world.leases.fail(ANN, claim(lease), "Never", {"code": 7}, retryable=False)
    after = await world.commands.get(ANN, command.id)
    assert (after.status, after.result) == ("failed", {"code": 7})


async def test_work_is_given_back_without_counting_as_tried(world: World) -> None:
    """Released work waits as long as it is told to, and then it is the first try again."""
    await world.issue()
    (lease,) = await world.take()
    assert (await world.leases.release(ANN, claim(lease), 5)).status == "released"
    assert await world.take() == []
    world.clock.advance(5_000)
    await world.attend()
    assert world.told()[-1] == "lease.offered"
    (again,) = await world.take()
    assert (again.work["attempt"], again.token) == (1, 2)


async def test_renewals_and_progress_put_off_the_end(world: World) -> None:
    """A holder that is heard of keeps its lease, but never behind the deadline."""
    command = await world.issue(timeout_seconds=60)
    (lease,) = await world.take(seconds=20)
    world.clock.advance(15_000)
    renewed = await world.leases.renew(ANN, claim(lease), 30)
    assert renewed.expires_at == world.clock.now + 30_000
    world.clock.advance(15_000)
    moved = await world.leases.progress(ANN, claim(lease), 50, "Half", renew=False)
    assert (moved.progress, moved.expires_at) == (50, renewed.expires_at)
    moved = await world.leases.progress(ANN, claim(lease), 60, "More", renew=True)
    assert moved.expires_at == command.deadline
    assert world.told().count("command.progress") == 2


async def test_a_result_said_twice_is_answered_twice(world: World) -> None:
    """The same word again is answered as the first; another word is refused."""
    await world.issue()
    (lease,) = await world.take()
    first = await world.leases.complete(ANN, claim(lease), {"a": 1}, None)
    assert await world.leases.complete(ANN, claim(lease), {"a": 1}, None) == first
    with pytest.raises(LeaseLost):
        await world.leases.complete(ANN, claim(lease), {"a": 2}, None)


async def test_cancellation_takes_the_lease_away(world: World) -> None:
    """Who holds a cancelled command is told so whatever it says, and has room for other work."""
    command = await world.issue()
    (lease,) = await world.take()
    assert (await world.commands.cancel(ANN, command.id, "Wrong")).reason == "Wrong"
    with pytest.raises(LeaseLost) as refused:
        await world.leases.renew(ANN, claim(lease), None)
    assert refused.value.details["status"] == "cancelled"
    assert (await world.commands.cancel(ANN, command.id, "Other")).reason == "Wrong"
    await world.issue()
    assert len(await world.take()) == 1


async def test_what_has_ended_is_not_cancelled(world: World) -> None:
    """A command that has ended otherwise stays as it ended."""
    command = await world.issue()
    (lease,) = await world.take()
    await world.leases.complete(ANN, claim(lease), None, None)
    with pytest.raises(Conflict):
        await world.commands.cancel(ANN, command.id, None)


async def test_after_a_night_there_is_what_is_still_due(world: World) -> None:
    """What has run out of time has ended, although nobody was there; the rest comes in order."""
    short = await world.issue(timeout_seconds=60)
    longs = []
    for _ in range(2):
        world.clock.advance(1)
        longs.append(await world.issue(timeout_seconds=86_400))
    world.clock.advance(8 * 3600 * 1000)
    assert await world.take(names=("other",)) == []
    (first,) = await world.take()
    assert first.work["command_id"] == longs[0].id
    await world.attend()
    assert (await world.commands.get(ANN, short.id)).status == "timeout"


async def test_an_agent_takes_its_own_work(world: World) -> None:
    """Another's agent is forbidden, an unknown one not found, and nobody takes for a registered target of another."""
    await world.agent("agent_b", owner=BOB)
    with pytest.raises(Forbidden):
        await world.take("agent_b")
    with pytest.raises(NotFound):
        await world.take("agent_c")
    with pytest.raises(Forbidden):
        await world.take("agent_a", targets=("agent_b",))
    command = await world.issue("agent_b")
    with pytest.raises(Forbidden):
        await world.commands.report(ANN, command.id, None)


async def test_a_gateway_takes_the_work_of_its_devices(world: World) -> None:
    """What waits for a device that is no agent itself is taken by the agent that names it."""
    await world.issue("device-7")
    assert await world.take() == []
    (lease,) = await world.take(targets=("device-7",))
    assert lease.agent == "agent_a"


async def test_the_first_to_report_holds_what_nobody_has_registered(world: World) -> None:
    """A device without an agent reports by itself: the first holds the command, the others are refused."""
    command = await world.issue("device-7")
    assert (await world.commands.report(ANN, command.id, None)).status == "running"
    with pytest.raises(LeaseLost):
        await world.commands.report(BOB, command.id, Outcome("completed", {}))
    done = await world.commands.report(ANN, command.id, Outcome("completed", {"a": 1}))
    assert done.status == "completed"
    assert await world.commands.report(ANN, command.id, Outcome("completed", {"a": 1})) == done
    with pytest.raises(Conflict):
        await world.commands.report(ANN, command.id, Outcome("failed", error="No"))


async def test_a_report_at_once_has_begun_too(world: World) -> None:
    """Whoever reports the result of a command that nobody had taken has taken and ended it."""
    command = await world.issue("device-7")
    done = await world.commands.report(BOB, command.id, Outcome("failed", error="No"))
    assert (done.status, done.agent, done.attempt) == ("failed", "device-7", 1)
    assert world.told() == ["command.submitted", "command.started", "command.failed"]
    assert [told.data["status"] for told in world.documents.told[-3:]] == ["pending", "running", "failed"]


async def test_a_slot_that_nothing_fills_is_found_when_it_is_missed(world: World) -> None:
    """A taker that died between its slot and the work's record keeps nobody from working for long."""
    lost = {"id": "s", "kind": "command", "work": "cmd_gone", "token": 1, "since": world.clock.now}
    await world.agents.change(ANN.tenant, "agent_a", lambda agent: {"leases": [lost]})
    await world.issue()
    assert await world.take() == []
    world.clock.advance(FILLED_MILLISECONDS)
    assert len(await world.take()) == 1


async def test_what_was_granted_in_front_of_trouble_is_told() -> None:
    """Whoever has taken one piece of work learns of it though the store fails at the next, and at giving back slots."""
    store = FailingDocuments()
    world = World(store)
    await world.agent("agent_b", most=3)
    for _ in range(3):
        await world.issue("agent_b")
    store.writes_left = 1  # three slots, and no command
    with pytest.raises(Unavailable):
        await world.take("agent_b", most=3)
    world.clock.advance(FILLED_MILLISECONDS)
    store.writes_left = 2  # likewise, and one command
    (lease,) = await world.take("agent_b", most=3)
    assert lease.status == "held"
    store.writes_left = 99
    world.clock.advance(FILLED_MILLISECONDS)
    assert len(await world.take("agent_b", most=3)) == 2


class FailingDocuments(MemoryDocuments):
    """A store that makes so many changes, and no more."""

    writes_left = 99

    async def write(self, *given: Any, **more: Any) -> Any:
        """Write, or not."""
        self.writes_left -= 1
        if self.writes_left < 0:
            raise Unavailable("Not now")
        return await super().write(*given, **more)


async def test_a_repeated_request_gets_the_same_leases(world: World) -> None:
    """The same key gets the same leases, another wish under it is refused."""
    await world.agent("agent_b", most=5)
    for _ in range(3):
        await world.issue("agent_b")
    first = await world.taking.take(ANN, "agent_b", Wish(most=2), key="k")
    assert await world.taking.take(ANN, "agent_b", Wish(most=2), key="k") == first
    with pytest.raises(IdempotencyMismatch):
        await world.taking.take(ANN, "agent_b", Wish(most=1), key="k")
    assert len(await world.take("agent_b", most=5)) == 1


async def test_a_waiting_command_ends_at_its_deadline(world: World) -> None:
    """Whoever waits for a command that nobody takes is answered with its timeout."""
    command = await world.issue("nobody", timeout_seconds=1)
    world.clock.advance(1_000)
    after = await world.commands.awaited(ANN, command.id, 5, Audience())
    assert after.status == "timeout"


async def test_a_removed_agent_has_lost_what_it_held(world: World) -> None:
    """Its work is offered to others at once within the retry policy, else it has ended; its holder is refused."""
    await world.agent("agent_b", most=3, capabilities=[{"name": "paint"}])
    again = await world.issue(None, service="paint", retry_policy={**RETRY, "initial_delay_seconds": 0})
    once = await world.issue("agent_b")
    leases = await world.take("agent_b", most=3)
    await world.agents.delete(ANN, "agent_b")
    await world.attend_agents()
    assert (await world.commands.get(ANN, once.id)).status == "timeout"
    assert world.told().count("lease.expired") == 2
    with pytest.raises(NotFound):
        await world.leases.complete(ANN, claim(leases[0]), {}, None)
    await world.agent("agent_c", capabilities=[{"name": "paint"}])
    (lease,) = await world.take("agent_c")
    assert (lease.work["command_id"], lease.token) == (again.id, 2)
    await world.attend_agents()
    assert (await world.commands.get(ANN, again.id)).status == "running"


async def test_who_takes_a_removed_agents_name_takes_nothing_with_it(world: World) -> None:
    """Nobody ends in the name what its former owner has taken, and that is over soon; what is taken anew is kept."""
    command = await world.issue()
    (lease,) = await world.take()
    await world.agents.delete(ANN, "agent_a")
    await world.agent("agent_a", owner=BOB)
    with pytest.raises(LeaseLost):
        await world.leases.complete(BOB, claim(lease), {"whose": "Bob's"}, None)
    other = await world.issue()
    assert len(await world.take(who=BOB)) == 1
    await world.attend_agents()
    assert (await world.commands.get(ANN, command.id)).status == "timeout"
    assert (await world.commands.get(ANN, other.id)).status == "running"


async def test_work_that_is_being_taken_while_its_agent_is_removed_is_not_kept(world: World) -> None:
    """A taker that is between the slot and the work loses it, too, if a little later."""
    command = await world.issue()
    slot = Slot.new("command", {"id": command.id, "token": 0}, world.clock.now)
    await world.leases.slots.reserve(await world.agents.get(ANN, "agent_a"), [slot])
    await world.agents.delete(ANN, "agent_a")
    await world.attend_agents()
    holder = Holder(ANN.id, "agent_a", 3600, slot.id)
    await world.leases.changes.make(
        world.kind, ANN.tenant, command.id, lambda record, now: granted(record, holder, now) | {"status": "running"}
    )
    world.clock.advance(FILLED_MILLISECONDS)
    await world.attend_agents()
    assert (await world.commands.get(ANN, command.id)).status == "timeout"
    assert not await world.documents.due(AGENTS, world.clock.now, 9)


async def test_a_repeated_command_is_answered_whatever_its_type_is_now(world: World) -> None:
    """What was taken once is answered again, though its type would not take it any more; another request is not."""
    await world.types.create(ANN, {"name": "own"})
    wanted = NewCommand("v2", {"type": "own", "target": "agent_a", "parameters": {"a": 1}}, {"a": 1})
    first = await world.commands.issue(ANN, wanted, idempotency_key="k")
    await world.types.update(ANN, "own", {"parameters_schema": {"required": ["b"]}})
    assert await world.commands.issue(ANN, wanted, idempotency_key="k") == first
    with pytest.raises(Unprocessable):
        await world.commands.issue(ANN, wanted, idempotency_key="l")


async def test_the_end_of_a_command_is_followed_through_trouble(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows a command learns of its end although the store was away for a while."""
    monkeypatch.setattr(commands, "_PAUSE_SECONDS", 0.01)
    command = await world.issue()
    (lease,) = await world.take()
    await world.leases.complete(ANN, claim(lease), {"a": 1}, None)
    get, trouble = world.documents.get, [Unavailable("Away"), Unavailable("Still away")]

    async def troubled(*what: Any) -> Any:
        if trouble:
            raise trouble.pop()
        return await get(*what)

    world.documents.get = troubled
    assert (await world.commands.followed(ANN, command.id, 5, Audience())).result == {"a": 1}


@pytest.mark.parametrize("begins", [True, False])
async def test_a_reported_failure_is_tried_again_like_any_other(world: World, begins: bool) -> None:
    """Whoever reports without a lease is heard like a lease's holder: within the retry policy the work waits again."""
    command = await world.issue("device-7", retry_policy={**RETRY, "max_retries": 1})
    for status in ("pending", "failed"):
        if begins:
            assert (await world.commands.report(ANN, command.id, None)).status == "running"
        failure = Outcome("failed", error=f"Before it was {status}")
        for _ in range(2):
            assert (await world.commands.report(ANN, command.id, failure)).status == status
        world.clock.advance(10_000)
        await world.attend()
    assert world.told().count("command.failed") == 1
    started = [told.data["status"] for told in world.documents.told if told.type == "command.started"]
    assert started == ["running", "running"]


async def test_a_slot_that_is_not_given_back_yet_takes_no_room_that_is_wanted(world: World) -> None:
    """The end of work is told before its slot is free: whoever asks for more than the slots leave is told the truth."""
    await world.agent("agent_a", most=2)
    command = await world.issue()
    (lease,) = await world.take()
    record = await world.documents.get(COMMANDS, ANN.tenant, command.id) or {}
    over = {"lease": {**record["lease"], "status": "completed"}, "status": "completed"}
    await world.documents.write(Update(COMMANDS, ANN.tenant, command.id, {}, over))
    agent = await world.leases.agent(ANN, lease.agent)
    assert [await world.leases.room(agent, 2, wanted=wanted) for wanted in (1, 2)] == [1, 2]
