"""The server put together, and time: what is due is done, seen in every dialect, and made good after an outage."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from handlers.app import build
from handlers.core.collections import APPOINTMENTS, TASKS
from handlers.settings import Settings
from tests.adapters.documents.stores import Clock
from tests.serving import ADMIN_KEY, HASHER, Connect, Running, eventually

HOUR = 3_600_000
# How each dialect makes a task with a time limit of a minute and begins to work on it, and what it says at the end.
LIMITED = {
    "v1": ("/v1/tasks", {"name": "n", "type": "t", "timeout_seconds": 60}, {"status": "running"}, "timeout"),
    "v2": ("/v2/tasks", {"title": "n", "timeout_seconds": 60}, {"status": "in_progress"}, "timeout"),
    "lexos": ("/api/tasks", {"task_type": "t", "timeout": 60}, {"status": "running"}, "failed"),
    "ggi": ("/tasks", {"name": "n", "type": "t"}, {"status": "in_progress"}, "timeout"),
}
Start = Callable[[], Running]


@pytest.fixture
def clock() -> Clock:
    """The time that the server sees."""
    return Clock()


@pytest.fixture
def start(settings: Settings, clock: Clock) -> Iterator[Start]:
    """Starts servers with that time, each over the same data, one after the other."""
    started: list[Running] = []

    def begin() -> Running:
        started.append(Running(build(settings, hasher=HASHER, clock=clock)).start())
        return started[-1]

    yield begin
    for running in started:
        running.stop()


def wake(server: Running) -> None:
    """Have the engine look now: its sleep goes by a clock that has stood still."""
    server._loop.call_soon_threadsafe(server.nexus.parts.agenda.expect, 0)


def made(client: httpx.Client, dialect: str) -> str:
    """A task that has begun."""
    path, body, begun, _ = LIMITED[dialect]
    created = client.post("/api/agents/agent_1/task" if dialect == "lexos" else path, json=body)
    assert created.status_code == 201, created.text
    identifier = created.json()["task_id"]
    assert client.patch(f"{path}/{identifier}", json=begun).status_code == 200
    return identifier


def statuses(client: httpx.Client, identifier: str) -> list[str]:
    """What every dialect says of a task."""
    return [client.get(f"{path}/{identifier}").json()["status"] for path, *_ in LIMITED.values()]


def test_a_task_runs_out_of_time_in_every_dialect(start: Start, connect: Connect, clock: Clock) -> None:
    """Whichever dialect has set a limit, or left it at an hour, all say how it ended, and lists find it there."""
    server = start()
    client = connect(server, ADMIN_KEY)
    tasks = {dialect: made(client, dialect) for dialect in LIMITED}
    clock.advance(60_000)
    wake(server)
    ends = [end for *_, end in LIMITED.values()]
    for dialect in ("v1", "v2", "lexos"):
        assert eventually(lambda dialect=dialect: statuses(client, tasks[dialect]) == ends)
    assert statuses(client, tasks["ggi"]) == ["running", "in_progress", "running", "in_progress"]
    clock.advance(HOUR)
    wake(server)
    assert eventually(lambda: statuses(client, tasks["ggi"]) == ends)
    for path, *_, end in LIMITED.values():
        page = client.get(path, params={"status": end}).json()
        assert {task["task_id"] for task in page.get("tasks", page.get("data"))} == set(tasks.values())
    said = client.get(f"/v2/tasks/{tasks['v1']}").json()
    assert said["error"] == "The task ran for longer than 60 seconds"
    assert client.patch(f"/v2/tasks/{tasks['v1']}", json={"status": "completed"}).status_code == 409


def test_what_came_due_during_an_outage_is_made_good(start: Start, connect: Connect, clock: Clock) -> None:
    """A server that was down while a deadline passed and a schedule was due sees to both as soon as it is up."""
    server = start()
    client = connect(server, ADMIN_KEY)
    soon = httpx.URL("/v2/tasks")
    deadline = "2100-01-01T00:00:00.000Z"
    late = client.post(soon, json={"title": "late", "deadline": deadline}).json()["task_id"]
    hourly = {"title": "hourly", "type": "scheduled", "schedule": {"cron": "0 * * * *"}}
    waiting = client.post(soon, json=hourly).json()
    server.stop()
    clock.advance(100 * 366 * 24 * HOUR)
    client = connect(start(), ADMIN_KEY)
    assert eventually(lambda: client.get(f"/v2/tasks/{late}").json()["status"] == "timeout")
    assert eventually(lambda: client.get(f"/v2/tasks/{waiting['task_id']}").json()["next_run"] > "2101")
    assert client.get(f"/v2/tasks/{waiting['task_id']}").json()["status"] == "scheduled"


def test_the_engine_is_told_of_new_moments(start: Start, connect: Connect) -> None:
    """A task that a request gives a moment has the engine awake in time, not at its next look a minute later."""
    server = start()
    expected: list[Any] = []
    server.nexus.core.tasks._expect = expected.append
    begun = made(connect(server, ADMIN_KEY), "v1")
    held = server.wait(server.nexus.core.tasks._documents.get(TASKS, "t_default", begun))
    assert expected == [None, held["due_at"]]


def test_what_is_done_is_counted(start: Start, connect: Connect, clock: Clock) -> None:
    """The sweep of a new server and a task that ran out of time are in the figures; the engine is among the parts."""
    server = start()
    client = connect(server, ADMIN_KEY)
    made(client, "v2")
    clock.advance(60_000)
    wake(server)
    wanted = ('nexus_due_acted_total{what="tasks"} 1.0', 'nexus_due_late_seconds_count{what="sweep"} 2.0')
    assert eventually(lambda: all(line in client.get("/metrics").text for line in wanted))
    assert client.get("/readyz").json()["parts"] == {"documents": "ok", "scheduler": "ok"}
    assert len(server.wait(server.nexus.parts.agenda._documents.due(APPOINTMENTS, 2**62, 10))) == 1
