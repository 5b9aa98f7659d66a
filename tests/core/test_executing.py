"""Work that a plugin does, over fakes: taken once whoever reads the log, kept, lost and given back as by anybody."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from handlers.core import executing
from handlers.core.collections import COMMANDS
from handlers.core.errors import Unavailable, Unprocessable
from handlers.core.events import Event, Logged
from handlers.core.executing import Executing
from handlers.core.plugins import Plugin, Work
from handlers.core.principals import Principal
from handlers.core.slots import Slot
from tests.core.test_consuming import until
from tests.core.working import ANN, World
from tests.fakes import MemoryDocuments

AGENT = "plugin-stage"


class AwayNowAndThen(MemoryDocuments):
    """A store that does not answer for a while."""

    is_away = False
    trouble: Exception = Unavailable("Not now")
    refusals = 0

    async def write(self, *given: Any, **more: Any) -> Any:
        """Write, or not."""
        if self.is_away or self.refusals:
            self.refusals = max(0, self.refusals - 1)
            raise self.trouble
        return await super().write(*given, **more)


class Stage:
    """A plugin whose one command goes on until it is let go, and who does it."""

    def __init__(self, lease_seconds: float = 30) -> None:
        self.plugin = Plugin("stage", capabilities=["acting"], max_concurrent=2)
        self.plugin.lease_seconds = lease_seconds
        self.plugin.command("act")(self._act)
        self.begun: list[str] = []
        self.stopped: list[str] = []
        self.curtain = asyncio.Event()

    async def _act(self, work: Work) -> dict[str, Any]:
        self.begun.append(work.item_id)
        try:
            await self.curtain.wait()
        except asyncio.CancelledError:
            self.stopped.append(work.item_id)
            raise
        return {"tenant": work.tenant}


class Process:
    """One of the processes in which the plugin is."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.world = world
        self.said: list[str] = []
        parts = (world.agents, world.registration, world.leases, world.taking, world.log)
        self.executing = Executing(stage.plugin, *parts, lambda body: {"read": len(body)}, self._say)

    async def read(self, after: int = 0) -> None:
        """Read the log once more, behind a place."""
        told = [Logged(event, "fake", place, 1) for place, event in enumerate(self.world.documents.told, 1)]
        await self.executing.consume(told[after:])

    def lose(self, event: Event) -> None:
        """Hear an event of a lease."""
        self.executing._lose(Logged(event, "fake", 1, 1))

    def _say(self, event: str, **facts: Any) -> None:
        self.said.append(event)


@pytest.fixture
def world() -> World:
    """A world without agents."""
    return World()


@pytest.fixture
def stage() -> Stage:
    """A plugin."""
    return Stage()


async def act(world: World, **given: Any) -> str:
    """A command for the plugin."""
    return (await world.issue(**{"target": AGENT, "type": "act", **given})).id


def has_ended(world: World, command: str) -> Callable[[], bool]:
    """Whether it was told that a command has ended."""
    return lambda: any(event.type == "command.completed" and event.subject == command for event in world.documents.told)


async def test_work_is_taken_once_however_often_the_log_is_read(world: World, stage: Stage) -> None:
    """Two processes that read the same events, again and again, do each command once, and so much at once."""
    commands = [await act(world) for _ in range(3)]
    processes = [Process(world, stage), Process(world, stage)]
    for _ in range(2):
        await asyncio.gather(*(process.read() for process in processes))
    await until(lambda: len(stage.begun) == 2)
    stage.curtain.set()
    await until(lambda: world.told().count("command.completed") >= 2)
    await processes[0].read()
    await until(lambda: world.told().count("command.completed") == 3)
    assert sorted(stage.begun) == sorted(commands)
    after = await world.commands.get(ANN, commands[0])
    assert (after.status, after.attempt, after.agent) == ("completed", 1, AGENT)


async def test_a_tenant_without_work_has_no_agent(world: World, stage: Stage) -> None:
    """What is over when the log is read makes nothing, and nothing is made for other commands."""
    over, other = await act(world), await act(world, target="somebody")
    await world.commands.cancel(ANN, over, None)
    await Process(world, stage).read()
    assert not any(event.type.startswith("ai.agent") for event in world.documents.told)
    assert (await world.commands.get(ANN, other)).status == "pending"


async def test_the_agent_is_what_the_plugin_says(world: World, stage: Stage) -> None:
    """Known once however much it does; a new version of the plugin says it anew."""
    stage.curtain.set()
    for _ in range(2):
        await act(world, service="acting", target=None)
        await Process(world, stage).read()
    assert [event.type for event in world.documents.told].count("ai.agent.registered") == 1
    stage.plugin.capabilities = ("acting", "singing")
    await act(world)
    await Process(world, stage).read()
    assert (await world.agents.get(ANN, AGENT)).names == ["acting", "singing"]


async def test_who_has_its_name_is_told_of_once(world: World, stage: Stage) -> None:
    """A tenant's own agent of that name has the work, and the log of the server says so once each time."""
    process = Process(world, stage)
    for _ in range(2):
        await world.agent(AGENT)
        for _ in range(2):
            await act(world)
            await process.read()
        await world.agents.delete(ANN, AGENT)
        await world.attend_agents()
        await act(world)
        await process.read()
        await world.agents.delete(ANN, AGENT)
        await world.attend_agents()
    assert process.said.count("plugin_displaced") == 2
    assert len(stage.begun) == 2


async def test_nobody_waits_for_its_heartbeats(world: World, stage: Stage) -> None:
    """A day later it is as well as ever, and nothing of it is due."""
    stage.curtain.set()
    await until(has_ended(world, await acted(world, stage)))
    world.clock.advance(24 * 3600 * 1000)
    await world.attend_agents()
    assert (await world.agents.get(ANN, AGENT)).is_available


async def acted(world: World, stage: Stage) -> str:
    """A command that was begun."""
    command = await act(world)
    await Process(world, stage).read()
    return command


async def test_a_process_that_is_full_reads_no_further(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place in the log stays in front of what there is no room for, until there is."""
    monkeypatch.setattr(executing, "_MOST", 1)
    process = Process(world, stage)
    for _ in range(2):
        await act(world)
    reading = asyncio.create_task(process.read())
    await until(lambda: len(stage.begun) == 1)
    await asyncio.sleep(0.05)
    assert not reading.done() and len(stage.begun) == 1
    stage.curtain.set()
    await asyncio.wait_for(reading, 10)
    await until(lambda: len(stage.begun) == 2)


async def test_what_stops_is_given_back_untried(world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends takes nothing more, and others have at once what it did not end in time."""
    monkeypatch.setattr(executing, "_PATIENCE_SECONDS", 0.05)
    process, command = Process(world, stage), await act(world)
    await process.read()
    await until(lambda: stage.begun == [command])
    await process.executing.close()
    assert stage.stopped == [command]
    left = await world.commands.get(ANN, command)
    assert (left.status, left.attempt, left.place is not None) == ("pending", 0, True)
    reading = asyncio.create_task(process.read())
    await asyncio.sleep(0.05)
    assert not reading.done()
    reading.cancel()


@pytest.mark.parametrize(("given", "status"), [({"done": True}, "completed"), (None, "pending")])
async def test_what_was_done_while_the_server_stopped_counts(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch, given: Any, status: str
) -> None:
    """A thread that ends behind the patience that it was given, with a result, is not done again; without, it is."""
    monkeypatch.setattr(executing, "_PATIENCE_SECONDS", 0.05)
    begun, let_go = threading.Event(), threading.Event()

    def drone(work: Work) -> Any:
        begun.set()
        while not work.cancelled:
            let_go.wait(0.01)
        return given

    stage.plugin.command("drone")(drone)
    process, command = Process(world, stage), await act(world, type="drone")
    await process.read()
    await until(begun.is_set)
    await process.executing.close()
    assert (await world.commands.get(ANN, command)).status == status


async def test_a_result_waits_for_the_store(stage: Stage) -> None:
    """What came of the work is said when the store is back, within the lease."""
    store = AwayNowAndThen()
    world = World(store)
    process, command = Process(world, stage), await act(world)
    await process.read()
    await until(lambda: stage.begun == [command])
    store.is_away = True
    stage.curtain.set()
    await until(lambda: "plugin_waits" in process.said)
    store.is_away = False
    await until(has_ended(world, command))
    assert (await world.commands.get(ANN, command)).result == {"read": len('{"tenant": "t_one"}')}


async def test_a_result_that_is_refused_is_a_failure(stage: Stage) -> None:
    """What nobody will ever take is said to have failed, and why; it is not said again and again."""
    store = AwayNowAndThen()
    world = World(store)
    process, command = Process(world, stage), await act(world)
    await process.read()
    await until(lambda: stage.begun == [command])
    store.trouble, store.refusals = Unprocessable("Not like that", field="result"), 1
    stage.curtain.set()
    await until(lambda: "command.failed" in world.told())
    left = await world.commands.get(ANN, command)
    assert (left.status, left.error) == ("failed", "What the function gave is refused: Not like that")


@pytest.mark.parametrize("trouble", [Unavailable("Not now"), RuntimeError("Never heard of")])
async def test_who_cannot_renew_stops(trouble: Exception) -> None:
    """When the lease is over by the process's own clock the function is stopped, whatever the store says."""
    store = AwayNowAndThen()
    store.trouble = trouble
    world, stage = World(store), Stage(lease_seconds=1)
    process, command = Process(world, stage), await act(world)
    await process.read()
    await until(lambda: stage.begun == [command])
    store.is_away = True
    await until(lambda: stage.stopped == [command])
    store.is_away = False
    assert (await world.commands.get(ANN, command)).status == "running"


async def test_who_has_lost_it_stops_and_is_not_heard(world: World, stage: Stage) -> None:
    """An event of that lease stops the function, that of an earlier one does not; a new holder ends the work."""
    policy = {"max_retries": 1, "initial_delay_seconds": 0, "backoff_multiplier": 1}
    first, second = Process(world, stage), Process(world, stage)
    command = await act(world, retry_policy=policy)
    await first.read()
    await until(lambda: stage.begun == [command])
    world.clock.advance(30_001)
    await world.attend()
    await second.read()
    await until(lambda: stage.begun == [command, command])
    (expired,) = (event for event in world.documents.told if event.type == "lease.expired")
    second.lose(expired)
    assert stage.stopped == []
    first.lose(expired)
    await until(lambda: stage.stopped == [command])
    stage.curtain.set()
    await until(has_ended(world, command))
    assert (await world.commands.get(ANN, command)).attempt == 2
    assert world.told().count("command.completed") == 1


async def test_a_removed_agent_does_nothing_more(world: World, stage: Stage) -> None:
    """Whose agent is taken away has lost what it held; with the next command it is there again."""
    process, command = Process(world, stage), await act(world)
    await process.read()
    await until(lambda: stage.begun == [command])
    await world.agents.delete(ANN, AGENT)
    world.clock.advance(1)
    await world.attend_agents()
    again = await act(world)
    stage.curtain.set()
    await process.read()
    await until(has_ended(world, again))
    assert (await world.commands.get(ANN, command)).status == "timeout"


async def test_room_that_a_dead_process_has_taken_is_waited_for(world: World, stage: Stage) -> None:
    """Slots without work tell of no end; the place in the log stays until they are found to be empty."""
    await haunt(world, stage)
    process = Process(world, stage)
    with pytest.raises(Unavailable):
        await process.read()
    world.clock.advance(15_001)
    await process.read()
    await until(lambda: world.told().count("command.completed") == 3)


async def test_what_cannot_be_stopped_takes_room_until_it_ends(world: World, stage: Stage) -> None:
    """Threads that have lost their lease count among what a tenant has at once; whoever waits is served behind them."""
    let_go, begun = threading.Event(), []

    def drone(work: Work) -> None:
        begun.append(work.item_id)
        let_go.wait(20)

    stage.plugin.command("drone")(drone)
    process = Process(world, stage)
    lost = [await act(world, type="drone") for _ in range(2)]
    await process.read()
    await until(lambda: sorted(begun) == sorted(lost))
    for command in lost:
        await world.commands.cancel(ANN, command, None)
    for event in world.documents.told:
        if event.type == "lease.cancelled":
            process.lose(event)
    waiting = await act(world, type="drone")
    await process.read()
    await until(lambda: process.said.count("plugin_goes_on") == 2)
    assert (sorted(begun), (await world.commands.get(ANN, waiting)).status) == (sorted(lost), "pending")
    let_go.set()
    await until(lambda: begun[2:] == [waiting])
    await until(has_ended(world, waiting))


async def test_room_that_nobody_wants_holds_up_nobody(world: World, stage: Stage) -> None:
    """Slots without work are waited for by work alone: what was cancelled meanwhile does not keep the place."""
    commands = await haunt(world, stage)
    process = Process(world, stage)
    with pytest.raises(Unavailable):
        await process.read()
    for command in commands:
        await world.commands.cancel(ANN, command, None)
    world.clock.advance(15_001)
    await process.read()


async def test_a_tenant_without_room_does_not_keep_the_others_waiting(world: World, stage: Stage) -> None:
    """All tenants of whom something was read are served before anybody is told that it has to be read again."""
    await haunt(world, stage)
    other = await act(world, who=Principal("usr_cid", "t_two", frozenset({"admin"})))
    with pytest.raises(Unavailable):
        await Process(world, stage).read()
    await until(has_ended(world, other))


async def haunt(world: World, stage: Stage) -> list[str]:
    """Commands for which there is no room, since somebody has died who took it for them."""
    stage.curtain.set()
    await until(has_ended(world, await acted(world, stage)))
    commands = [await act(world) for _ in range(2)]
    records = [await world.documents.get(COMMANDS, "t_one", command) for command in commands]
    agent = await world.agents.get(ANN, AGENT)
    await world.leases.slots.reserve(agent, [Slot.new("command", record, world.clock.now) for record in records])
    return commands
