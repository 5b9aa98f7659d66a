"""A kill -9 of what posts work to endpoints: no command is lost, none ends twice, nothing is posted to two at once."""

import asyncio
import math
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from handlers.core.command_lives import ENDS
from scripts.mongo_wire import private_mongo_wire
from scripts.rabbitmq import private_rabbitmq
from scripts.serving import API_KEY, Served
from tests.faults.test_whole_kill import ended
from tests.receivers import Received, Receiver

AGENTS, MOST, WORK_SECONDS, BACKLOG, STAGE = 2, 3, 0.05, 12, 12
AT_ONCE, LATER, UNWILLING = "at once", "later", "unwilling"
DONE, TAKEN, REFUSED = 200, 202, 503
_POSTED, _GIVEN_BACK = "posted", "given back"
SETTLED = {httpx.codes.OK, httpx.codes.CONFLICT, httpx.codes.NOT_FOUND}
_SECONDS = 180  # a machine that is busy takes as long as it takes
Kill = Callable[[], None]


@dataclass
class Grant:
    """What an endpoint's journal says of work that was posted to it: under which token, and how long it was at it."""

    agent: str
    command: str
    lease: str
    token: int
    began: float
    ended: float = math.inf


class Endpoint:
    """An agent that is posted its work, does it as the work says, and keeps a journal.

    Who answers cannot know whether anybody is there to hear it: each says by the lease, too, what it has answered. And
    whoever has taken work in its name may die before that is posted: it gives back what it holds and knows nothing of.
    """

    def __init__(self, agent: str, client: httpx.AsyncClient) -> None:
        self.agent = agent
        self.journal: list[Grant] = []
        self.receiver = Receiver(self._take, lambda _: orjson.dumps({"success": True, "output": agent}))
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._saying: list[Future[None]] = []
        self._fates: dict[tuple[str, int], str] = {}

    async def register(self) -> None:
        """Make it known."""
        able = {"capabilities": [{"name": "paint"}], "resources": {"max_concurrent_tasks": MOST}}
        body = {"agent_id": self.agent, "name": "n", "endpoint": self.receiver.url, **able}
        (await self._client.post("/v2/agents", json=body)).raise_for_status()

    async def look(self) -> None:
        """Give back, for ever, what was held at two looks and has not come."""
        missed: set[tuple[str, int]] = set()
        while True:
            with suppress(httpx.HTTPError):
                listed = await self._client.get(f"/v2/agents/{self.agent}/leases")
                held = {(one["lease_id"], one["fencing_token"]) for one in listed.raise_for_status().json()["data"]}
                missing = {one for one in held if self._fates.get(one) != _POSTED}
                for lease, token in missing & missed:
                    if self._fates.setdefault((lease, token), _GIVEN_BACK) == _GIVEN_BACK:
                        path = f"/v2/agents/{self.agent}/leases/{lease}/release"
                        await self._client.post(path, json={"fencing_token": token})
                missed = missing
            await asyncio.sleep(1)

    async def settled(self) -> None:
        """Return when all that was answered was heard."""
        await asyncio.gather(*map(asyncio.wrap_future, self._saying))

    def _take(self, received: Received) -> int:
        work = received.json
        lease, token = work["lease_id"], work["fencing_token"]
        if self._fates.setdefault((lease, token), _POSTED) != _POSTED:
            return REFUSED
        grant = Grant(self.agent, work["command_id"], lease, token, time.monotonic())
        self.journal.append(grant)
        status = _answer(work["parameters"]["manner"], grant.token)
        if status == DONE:
            time.sleep(WORK_SECONDS)
        if status != TAKEN:
            grant.ended = time.monotonic()
        self._saying.append(asyncio.run_coroutine_threadsafe(self._say_again(grant, status), self._loop))
        return status

    async def _say_again(self, grant: Grant, status: int) -> None:
        """Say by the lease what was answered, until that is heard."""
        verb, said = ("release", {}) if status == REFUSED else ("complete", {"result": {"output": self.agent}})
        path = f"/v2/agents/{self.agent}/leases/{grant.lease}/{verb}"
        heard = None
        while heard not in SETTLED:
            await asyncio.sleep(4 * WORK_SECONDS)
            with suppress(httpx.HTTPError):
                heard = (await self._client.post(path, json={"fencing_token": grant.token, **said})).status_code
        grant.ended = min(grant.ended, time.monotonic())


def _answer(manner: str, token: int) -> int:
    """How work is answered; what is unwelcome at first is done the next time."""
    return {AT_ONCE: DONE, LATER: TAKEN, UNWILLING: REFUSED if token == 1 else DONE}[manner]


class Load:
    """Commands for whoever can do them, and the endpoints of all who can."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._is_over = False
        self.issued: list[str] = []
        self.endpoints = [Endpoint(f"agent-{number}", client) for number in range(AGENTS)]

    @property
    def journal(self) -> list[Grant]:
        """What all endpoints know."""
        return [grant for endpoint in self.endpoints for grant in endpoint.journal]

    async def start(self) -> None:
        """Register, and issue from now on, whatever happens to the server."""
        for endpoint in self.endpoints:
            await endpoint.register()
        self._issuing = asyncio.create_task(self._issue())
        self._looking = [asyncio.create_task(endpoint.look()) for endpoint in self.endpoints]

    async def until(self, more: int) -> None:
        """Return when so many more commands were posted."""
        wanted = self._posted() + more
        async with asyncio.timeout(_SECONDS):
            while self._posted() < wanted:
                assert not self._issuing.done(), self._issuing.exception()
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Issue nothing more."""
        self._is_over = True
        await self._issuing

    async def settled(self) -> None:
        """Return when all endpoints have said what they have to say."""
        for endpoint in self.endpoints:
            await endpoint.settled()
        for looking in self._looking:
            looking.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)

    async def ends(self) -> Counter[str]:
        """How often each command has ended, as the log of events says, when all have."""
        told: dict[str, str] = {}
        asked = {"types": ",".join(sorted(ENDS)), "limit": 100, "wait": 1}
        async with asyncio.timeout(_SECONDS):
            while not set(self.issued) <= set(told.values()):
                with suppress(httpx.HTTPError):
                    page = (await self._client.get("/v2/events", params=asked)).raise_for_status().json()
                    told |= {event["event_id"]: event["data"]["command_id"] for event in page["data"]}
                    asked["cursor"] = page["next_cursor"]
        return Counter(told.values())

    async def statuses(self) -> set[str]:
        """How all acknowledged commands have ended."""
        found = [await self._client.get(f"/v2/commands/{command}") for command in self.issued]
        return {answer.raise_for_status().json()["status"] for answer in found}

    def _posted(self) -> int:
        return len({grant.command for grant in self.journal})

    async def _issue(self) -> None:
        manners = cycle((AT_ONCE, LATER, AT_ONCE, UNWILLING))
        while not self._is_over:
            if len(self.issued) - self._posted() < BACKLOG:
                body = {"command_type": "paint.it", "service": "paint", "parameters": {"manner": next(manners)}}
                with suppress(httpx.HTTPError):
                    answer = await self._client.post("/v2/commands", json={**body, "timeout_seconds": 600})
                    self.issued.append(answer.raise_for_status().json()["command_id"])
            await asyncio.sleep(0.02)


@contextmanager
def embedded(folder: Path) -> Iterator[tuple[Served, Kill]]:
    """A server with its own parts, which is killed and started again."""
    server = Served(folder, allow_private_targets="true")

    def kill() -> None:
        server.kill()
        server.start()

    with ended(server):
        yield server, kill


@contextmanager
def two_workers(folder: Path) -> Iterator[tuple[Served, Kill]]:
    """Two workers over MongoDB's wire protocol and RabbitMQ; the one that is longest there is killed."""
    with private_mongo_wire(folder / "mongo") as store, private_rabbitmq(folder / "rabbitmq") as broker:
        shape = {"database_url": store.url, "amqp_url": broker.url, "workers": "2"}
        server = Served(folder, **shape, allow_private_targets="true")
        with ended(server):
            yield server, partial(_kill_a_worker, server)


def _kill_a_worker(server: Served) -> None:
    """The supervisor has a new one take its place; the other goes on meanwhile."""
    supervisor = server.process.pid
    eldest = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()[0]
    os.kill(int(eldest), signal.SIGKILL)


@pytest.mark.parametrize("shape", [embedded, two_workers])
async def test_a_kill_in_mid_push_costs_no_command(tmp_path: Path, shape: Any) -> None:
    """Every acknowledged command ends once, as done; each lease was posted once, and none while another was held."""
    with shape(tmp_path) as (server, kill), ExitStack() as receiving:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20) as client:
            load = Load(client)
            for endpoint in load.endpoints:
                receiving.enter_context(endpoint.receiver)
            await load.start()
            for _ in range(2):
                await load.until(STAGE)
                await asyncio.to_thread(kill)
            await load.until(STAGE)
            await load.end()
            ends, statuses = await load.ends(), await load.statuses()
            await load.settled()
    assert set(ends.values()) == {1} and statuses == {"completed"}
    assert max(endpoint.receiver.most_at_once for endpoint in load.endpoints) <= MOST
    check_held_by_one(load.journal)


def check_held_by_one(journal: list[Grant]) -> None:
    """Hold the journals of all endpoints against each other."""
    posted = defaultdict(list)
    for grant in journal:
        posted[grant.command].append(grant)
    assert any(len(grants) > 1 for grants in posted.values()), "Nothing was offered twice, so that nothing is shown"
    for grants in posted.values():
        for one, other in pairwise(sorted(grants, key=lambda grant: grant.token)):
            assert one.token < other.token, "One lease was posted twice"
            assert one.ended <= other.began, "Two agents held the work at once"
