"""A kill -9 of servers and of RabbitMQ, while agents take their work from queues: nothing lost, nothing done twice."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import RabbitNode, private_rabbitmq
from scripts.serving import API_KEY, Served
from tests.events.agents import AmqpAgent, opened
from tests.faults.test_whole_kill import Part, ended
from tests.faults.test_work_kill import LEASE_SECONDS, STAGE, WORK_SECONDS, Fleet, Grant, _ended, _kill_and_start

_ANSWER_SECONDS = 2


class QueueFleet(Fleet):
    """The same agents, each of whose processes reads the agent's queue."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        super().__init__(client)
        self._url = url

    async def _work(self, agent: str) -> None:
        """Read, and begin anew when the connection is lost; the driver cancels whoever waits for a dead channel."""
        while not self._is_over:
            try:
                await self._read(agent)
            except (*CONNECTION_EXCEPTIONS, TimeoutError):
                await asyncio.sleep(0.2)
            except asyncio.CancelledError:
                if asyncio.current_task().cancelling():
                    raise

    async def _read(self, agent: str) -> None:
        process = await opened(self._url, agent)
        try:
            await process.channel.set_qos(prefetch_count=1)
            await process.read()
            while not self._is_over and not process.channel.is_closed:
                with suppress(TimeoutError):
                    message = await asyncio.wait_for(process.heard.get(), 0.5)
                    if message.type == "work.offer":
                        await self._take_offer(process, json.loads(message.body), agent)
        finally:
            await process.close()

    async def _take_offer(self, process: AmqpAgent, offer: dict[str, Any], agent: str) -> None:
        mine = {"lease_id": offer["lease_id"], "fencing_token": offer["fencing_token"]}
        until = time.monotonic() + LEASE_SECONDS
        accepting = process.say("work.accept", **mine, lease_seconds=LEASE_SECONDS)
        if not (await asyncio.wait_for(accepting, _ANSWER_SECONDS))["accepted"]:
            return
        grant = Grant(offer["fencing_token"], agent, until, time.monotonic())
        self.grants[offer["work"]["command_id"]].append(grant)
        try:
            await asyncio.sleep(WORK_SECONDS)
            await self._tell_result(process, offer["work"]["command_id"], mine, grant)
        finally:
            grant.ended = min(time.monotonic(), max(grant.until, grant.began))

    async def _tell_result(self, process: AmqpAgent, command: str, mine: dict[str, Any], grant: Grant) -> None:
        """Say that it is done, until that is heard or the lease is over, on whatever connection there is."""
        while time.monotonic() < grant.until:
            try:
                saying = process.say("work.result", **mine, result={"by": grant.agent})
                answer = await asyncio.wait_for(saying, _ANSWER_SECONDS)
            except (*CONNECTION_EXCEPTIONS, TimeoutError):
                await asyncio.sleep(0.2)
                with suppress(*CONNECTION_EXCEPTIONS):
                    process = await opened(self._url, grant.agent)
                continue
            if answer["accepted"]:
                assert command not in self.done, "A command was done twice"
                self.done.add(command)
            return


@contextmanager
def parts(folder: Path) -> Iterator[tuple[list[Served], RabbitNode]]:
    """Two servers over MongoDB's wire protocol and RabbitMQ."""
    with ExitStack() as opened_parts:
        store = opened_parts.enter_context(private_mongo_wire(folder / "mongo"))
        broker = opened_parts.enter_context(private_rabbitmq(folder / "rabbitmq"))
        servers = []
        for name in ("one", "other"):
            (folder / name).mkdir()
            servers.append(Served(folder / name, database_url=store.url, amqp_url=broker.url))
            opened_parts.enter_context(ended(servers[-1]))
        yield servers, broker


async def test_a_kill_costs_no_work_in_queues(tmp_path: Path) -> None:
    """Every acknowledged command ends once, as done; it was never held by two processes at once."""
    with parts(tmp_path) as (servers, broker):
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(base_url=servers[0].url, headers=headers, timeout=20) as client:
            fleet = QueueFleet(client, broker.url)
            await fleet.register()
            fleet.start()
            victims: list[Part] = [servers[0], broker, servers[1]]
            for victim in victims:
                await fleet.until(STAGE)
                await asyncio.to_thread(_kill_and_start, victim)
            await fleet.until(STAGE)
            statuses = await _ended(client, fleet)
            await fleet.ended()
    assert set(statuses.values()) == {"completed"}
    for grants in fleet.grants.values():
        for one, other in pairwise(sorted(grants, key=lambda grant: grant.token)):
            assert one.token < other.token, "Two processes held the same lease"
            assert one.ended <= other.began, "Two processes held the work at once"
