"""The runner for agents, against a real server: what it takes, what comes of it, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nexus_client import Agent, AsyncNexusClient, Failed, Happening, Work, errors

from tests.serving import Running

_SECONDS = 20


class Diary:
    """What an agent has told, and whether it has told something yet."""

    def __init__(self, agent: Agent) -> None:
        self.told: list[Happening] = []
        self._news = asyncio.Event()
        agent.listen(self._write)

    def _write(self, happening: Happening) -> None:
        self.told.append(happening)
        self._news.set()

    @property
    def words(self) -> list[str]:
        """What has happened, in a word each."""
        return [happening.what for happening in self.told]

    async def until(self, what: str, times: int = 1) -> Happening:
        """The happening of this name, when there were so many."""
        async with asyncio.timeout(_SECONDS):
            while self.words.count(what) < times:
                self._news.clear()
                await self._news.wait()
        return [happening for happening in self.told if happening.what == what][times - 1]


@pytest.fixture
def make(shared_server: Running, key: str) -> Callable[..., Agent]:
    """Makes agents of the test's tenant, who are quick."""

    def made(agent_id: str = "worker", **options: Any) -> Agent:
        chosen = {"lease_seconds": 20, "wait_seconds": 1, "grace_seconds": 10, **options}
        return Agent(agent_id, api_key=key, base_url=shared_server.url, **chosen)

    return made


@asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[Diary]:
    """The agent at work, until the block ends."""
    diary = Diary(agent)
    task = asyncio.ensure_future(agent.serve())
    try:
        await diary.until("registered")
        yield diary
    finally:
        agent.stop()
        async with asyncio.timeout(_SECONDS):
            await task


async def command(nexus: AsyncNexusClient, name: str = "deploy.app", **parameters: Any) -> str:
    """The identifier of a fresh command for the agent."""
    wanted: Any = {"command_type": name, "target": "worker", "parameters": parameters}
    return (await nexus.commands.execute(wanted)).command_id


async def test_work_is_done(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """A command reaches the function of its type; progress and result reach who has asked."""
    agent = make()

    @agent.command("deploy.app")
    async def deploy(work: Work) -> dict[str, Any]:
        await work.progress(40, "Uploading")
        return {"message": f"Deployed {work.input['version']}", "attempt": work.attempt}

    async with serving(agent) as diary:
        identifier = await command(async_nexus, version="v1")
        done = await async_nexus.commands.wait_for_completion(identifier, timeout=_SECONDS)
        await diary.until("completed")
    assert (done.status, done.result) == ("completed", {"message": "Deployed v1", "attempt": 1})
    assert diary.words == ["registered", "taken", "progress", "completed", "stopped"]
    assert done.duration is not None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Failed("no such version", retryable=False), "no such version"),
        (ValueError("broken"), "ValueError: broken"),
        (None, "list"),
    ],
)
async def test_what_goes_wrong_is_told(
    make: Callable[..., Agent], async_nexus: AsyncNexusClient, error: Exception | None, said: str
) -> None:
    """An exception, or a result that is no object, fails the work in its own words."""
    agent = make()

    @agent.command()
    async def fail(work: Work) -> Any:
        if error is not None:
            raise error
        return [work.name]

    async with serving(agent):
        identifier = await command(async_nexus)
        ended = await async_nexus.commands.wait_for_completion(identifier, timeout=_SECONDS)
    assert ended.status == "failed"
    assert said in ended.error


async def test_another_try_is_another_try(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """What fails may be tried again within the retry policy, and what makes no sense again is not."""
    agent = make()

    @agent.command()
    async def stumble(work: Work) -> dict[str, Any]:
        if work.attempt == 1:
            raise Failed("not yet")
        return {"attempt": work.attempt}

    async with serving(agent):
        policy: Any = {"max_retries": 1, "initial_delay_seconds": 0}
        wanted: Any = {"command_type": "x", "target": "worker", "retry_policy": policy}
        asked = await async_nexus.commands.execute(wanted)
        ended = await async_nexus.commands.wait_for_completion(asked.command_id, timeout=_SECONDS)
    assert ended.result == {"attempt": 2}


async def test_no_more_at_once_than_it_can_bear(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """Of six commands two run at a time, never more, and all are done."""
    agent, running, most, both = make(max_concurrent=2), 0, 0, asyncio.Barrier(2)

    @agent.command()
    async def count(_: Work) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await both.wait()
        await asyncio.sleep(0.1)
        running -= 1

    async with serving(agent) as diary:
        for _ in range(6):
            await command(async_nexus)
        await diary.until("completed", 6)
    assert most == 2


async def test_a_lease_is_renewed_while_the_work_runs(
    make: Callable[..., Agent], async_nexus: AsyncNexusClient
) -> None:
    """Work that takes longer than its lease is done once, by the first who took it."""
    agent = make(lease_seconds=5)

    @agent.command()
    async def long(work: Work) -> dict[str, Any]:
        await asyncio.sleep(6.5)
        return {"attempt": work.attempt}

    async with serving(agent) as diary:
        ended = await async_nexus.commands.wait_for_completion(await command(async_nexus), timeout=_SECONDS)
    assert ended.result == {"attempt": 1}
    assert "lost" not in diary.words


async def test_a_cancelled_command_stops(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """The function is cancelled, tidies up, and nothing more is said of the work."""
    agent, tidied = make(lease_seconds=10), asyncio.Event()

    @agent.command()
    async def endless(_: Work) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tidied.set()

    async with serving(agent) as diary:
        identifier = await command(async_nexus)
        await diary.until("taken")
        await async_nexus.commands.cancel(identifier)
        await diary.until("cancelled")
        await asyncio.wait_for(tidied.wait(), _SECONDS)
    assert (await async_nexus.commands.get_status(identifier)).status == "cancelled"
    assert diary.words == ["registered", "taken", "cancelled", "stopped"]


async def test_a_result_after_a_lost_lease_is_refused(
    make: Callable[..., Agent], async_nexus: AsyncNexusClient
) -> None:
    """Whoever has lost the lease while finishing hears that the result was not taken."""
    agent, go = make(lease_seconds=60), asyncio.Event()  # it is not renewed before the result is there

    @agent.command()
    async def slow(_: Work) -> dict[str, Any]:
        await go.wait()
        return {"by": "us"}

    async with serving(agent) as diary:
        identifier = await command(async_nexus)
        lease = (await diary.until("taken")).work.lease
        await async_nexus.leases.release("worker", lease.lease_id, {"fencing_token": 1, "delay_seconds": 60})
        go.set()
        await diary.until("refused")
    assert (await async_nexus.commands.get_status(identifier)).result is None


async def test_stopping_lets_work_end(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """What ends within the grace is done; nothing else is taken."""
    agent = make()

    @agent.command()
    async def short(_: Work) -> None:
        await asyncio.sleep(0.5)

    async with serving(agent) as diary:
        identifier = await command(async_nexus)
        await diary.until("taken")
    assert diary.words == ["registered", "taken", "completed", "stopped"]
    assert (await async_nexus.commands.get_status(identifier)).status == "completed"


async def test_stopping_gives_back_what_takes_longer(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """What does not end within the grace waits for somebody else, at once, and has not been tried."""
    agent = make(grace_seconds=0.2)

    @agent.command()
    async def endless(_: Work) -> None:
        await asyncio.Event().wait()

    async with serving(agent) as diary:
        identifier = await command(async_nexus)
        await diary.until("taken")
    left = await async_nexus.commands.get_status(identifier)
    assert (left.status, left.attempt) == ("pending", 0)
    assert diary.words == ["registered", "taken", "released", "stopped"]


async def test_what_nobody_here_does_is_left_to_others(
    make: Callable[..., Agent], async_nexus: AsyncNexusClient
) -> None:
    """Commands of other types are not taken."""
    agent = make()

    @agent.command("deploy.app")
    async def deploy(_: Work) -> None:
        """Done at once."""

    async with serving(agent) as diary:
        other = await command(async_nexus, "restart_service")
        await command(async_nexus)
        await diary.until("completed")
    assert (await async_nexus.commands.get_status(other)).status == "pending"
    assert diary.words.count("taken") == 1


async def test_an_agent_of_somebody_else_is_a_conflict(
    make: Callable[..., Agent], shared_server: Running, tenant: str
) -> None:
    """Who may not be this agent is told so, and does not go on."""
    other = shared_server.key_for("admin", tenant)
    async with AsyncNexusClient(other, shared_server.url) as stranger:
        await stranger.agents.register({"agent_id": "worker", "name": "Taken"})
    with pytest.raises(errors.Conflict):
        await make().serve()


async def test_a_removed_agent_registers_again(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """An agent that the server does not know any more makes itself known again."""
    agent = make()
    async with serving(agent) as diary:
        await async_nexus.agents.delete("worker")
        await diary.until("registered", 2)
    assert (await async_nexus.agents.get("worker")).agent_id == "worker"


async def test_who_listens_badly_disturbs_nobody(make: Callable[..., Agent], async_nexus: AsyncNexusClient) -> None:
    """A listener that fails is noted in the log, and the work goes on."""
    agent = make()
    agent.listen(lambda happening: 1 / 0)

    @agent.command()
    async def work(_: Work) -> None:
        """Done at once."""

    async with serving(agent) as diary:
        await command(async_nexus)
        await diary.until("completed")


async def test_a_key_that_is_revoked_ends_it(shared_server: Running, key: str, async_nexus: AsyncNexusClient) -> None:
    """Who is not let in any more says so instead of trying for ever."""
    scopes: Any = ["ai:coordinate"]
    made = await async_nexus.keys.create({"label": "agent", "scopes": scopes})
    agent = Agent("worker", api_key=made.key, base_url=shared_server.url, wait_seconds=1)
    diary = Diary(agent)
    task = asyncio.ensure_future(agent.serve())
    await diary.until("registered")
    await async_nexus.keys.revoke(made.key_id)
    with pytest.raises(errors.AuthenticationFailed):
        async with asyncio.timeout(_SECONDS):
            await task


def test_functions_are_asynchronous_and_have_names_of_their_own(make: Callable[..., Agent]) -> None:
    """A function that would block is refused, and so is a second one for the same work."""
    agent = make()
    with pytest.raises(TypeError, match="async"):
        agent.command("x")(lambda work: None)  # type: ignore[arg-type, return-value]

    async def twice(_: Work) -> None:
        """Nothing."""

    agent.task("x")(twice)
    with pytest.raises(ValueError, match="already"):
        agent.task("x")(twice)
    with pytest.raises(ValueError, match="at least 1"):
        make(max_concurrent=0)


async def test_an_agent_that_was_stopped_before(make: Callable[..., Agent]) -> None:
    """It does not begin; after that, and after each time, it can be at work again."""
    agent = make()
    diary = Diary(agent)
    agent.stop()
    async with asyncio.timeout(_SECONDS):
        await agent.serve()
    assert diary.words == ["stopped"]
    for _ in range(2):
        async with serving(agent) as told:
            assert told.words == ["registered"]
