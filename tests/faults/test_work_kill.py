"""A kill -9 of the server in mid-work: no command is lost, none ends twice, nothing is held by two at once."""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.serving import API_KEY, Served
from tests.faults.test_whole_kill import embedded, full

AGENTS, MOST, LEASE_SECONDS, WORK_SECONDS, BACKLOG, STAGE = 3, 2, 5, 0.05, 40, 10
FINAL = {"completed", "failed", "timeout", "cancelled"}
POLICY = {"max_retries": 5, "initial_delay_seconds": 0, "backoff_multiplier": 1}
_SECONDS = 90


@dataclass
class Grant:
    """What an agent's journal says of work that it was given: under which token, and from when until when it held it.

    Its own clock ends a lease no later than the server's: it counts from when it asked.
    """

    token: int
    agent: str
    until: float
    began: float
    ended: float | None = None


class Fleet:
    """Agents that can all do the same, whoever wants it done, and what each of them knows of it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._is_over = False
        self.issued: list[str] = []
        self.done: set[str] = set()
        self.grants: dict[str, list[Grant]] = defaultdict(list)

    async def register(self) -> None:
        """Make the agents known."""
        for number in range(AGENTS):
            body = {"agent_id": f"agent-{number}", "name": "n", "capabilities": [{"name": "paint"}]}
            answer = await self._client.post("/v2/agents", json={**body, "resources": {"max_concurrent_tasks": MOST}})
            answer.raise_for_status()

    def start(self) -> None:
        """Issue and work from now on until it is over, whatever happens to the server."""
        workers = (self._work(f"agent-{number}") for number in range(AGENTS) for _ in range(MOST))
        self._running = asyncio.gather(self._issue(), self._issue(), *workers)

    async def until(self, more: int) -> None:
        """Return when so many more commands were acknowledged as done."""
        wanted = len(self.done) + more
        async with asyncio.timeout(_SECONDS):
            while len(self.done) < wanted:
                assert not self._running.done(), self._running.exception()
                await asyncio.sleep(0.01)

    async def ended(self) -> None:
        """Begin nothing more, and return when all is over."""
        self._is_over = True
        await self._running

    async def _issue(self) -> None:
        body = {"command_type": "paint.it", "service": "paint", "timeout_seconds": 600, "retry_policy": POLICY}
        while not self._is_over:
            if len(self.issued) - len(self.done) < BACKLOG:
                with suppress(httpx.HTTPError):
                    answer = await self._client.post("/v2/commands", json=body)
                    self.issued.append(answer.raise_for_status().json()["command_id"])
            await asyncio.sleep(0.02)

    async def _work(self, agent: str) -> None:
        while not self._is_over:
            try:
                await self._take(agent)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)

    async def _take(self, agent: str) -> None:
        wish = {"max_leases": 1, "lease_seconds": LEASE_SECONDS, "wait_seconds": 1}
        until = time.monotonic() + LEASE_SECONDS
        answer = await self._client.post(f"/v2/agents/{agent}/leases", json=wish)
        for lease in answer.raise_for_status().json()["data"]:
            grant = Grant(lease["fencing_token"], agent, until, time.monotonic())
            self.grants[lease["work"]["command_id"]].append(grant)
            await self._do(lease, grant)
            grant.ended = min(time.monotonic(), max(grant.until, grant.began))

    async def _do(self, lease: dict[str, Any], grant: Grant) -> None:
        """Work for a moment, and say so until that is heard, or the lease is over."""
        command = lease["work"]["command_id"]
        path = f"/v2/agents/{grant.agent}/leases/{lease['lease_id']}/complete"
        said = {"fencing_token": grant.token, "result": {"by": grant.agent}}
        await asyncio.sleep(WORK_SECONDS)
        while time.monotonic() < grant.until:
            try:
                answer = await self._client.post(path, json=said)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == httpx.codes.OK:
                assert command not in self.done, "A command was done twice"
                self.done.add(command)
            return


@pytest.mark.parametrize(("shape", "kills"), [(embedded, 3), (full, 2)])
async def test_a_kill_in_mid_work_costs_no_command(tmp_path: Path, shape: Any, kills: int) -> None:
    """Every acknowledged command ends once, as done; it was never held by two agents at once."""
    with shape(tmp_path, "server") as (server, part):
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as client:
            fleet = Fleet(client)
            await fleet.register()
            fleet.start()
            for _ in range(kills):
                await fleet.until(STAGE)
                await asyncio.to_thread(_kill_and_start, part)
            await fleet.until(STAGE)
            statuses = await _ended(client, fleet)
            await fleet.ended()
    assert set(statuses.values()) == {"completed"}
    for grants in fleet.grants.values():
        for one, other in pairwise(sorted(grants, key=lambda grant: grant.token)):
            assert one.token < other.token, "Two agents held the same lease"
            assert one.ended <= other.began, "Two agents held the work at once"


def _kill_and_start(part: Served) -> None:
    part.kill()
    part.start()


async def _ended(client: httpx.AsyncClient, fleet: Fleet) -> dict[str, str]:
    """How each command that was acknowledged up to now has ended, when all have."""
    statuses: dict[str, str] = {}
    async with asyncio.timeout(_SECONDS):
        for command in list(fleet.issued):
            while statuses.get(command) not in FINAL:
                answer = await client.get(f"/v2/commands/{command}", params={"wait": 5})
                statuses[command] = answer.raise_for_status().json()["status"]
    return statuses
