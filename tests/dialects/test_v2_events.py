"""The event log as `v2` lists it: pages, cursors, filters, scopes, and waiting for what is to come."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.serving import ADMIN_KEY, Connect, eventually

EVENTS = "/v2/events"


def create(client: httpx.Client, **fields: Any) -> str:
    """A task."""
    return client.post("/v2/tasks", json={"title": "Deploy feature XYZ", **fields}).json()["task_id"]


def page(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    """A page of the log."""
    answer = client.get(EVENTS, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def subjects(found: dict[str, Any]) -> list[str]:
    """The tasks that a page tells of."""
    return [event["data"]["task_id"] for event in found["data"]]


def test_pages_leave_nothing_out_and_repeat_nothing(client: httpx.Client) -> None:
    """Page by page the whole log, the oldest first; the last cursor is good for what comes later."""
    tasks = [create(client) for _ in range(5)]
    found, asked = [], {"limit": 2}
    while True:
        part = page(client, **asked)
        found += subjects(part)
        asked["cursor"] = part["next_cursor"]
        if not part["has_more"]:
            break
    assert found == tasks
    assert page(client, **asked)["data"] == []
    tasks.append(create(client))
    assert subjects(page(client, **asked)) == tasks[-1:]


def test_a_full_page_that_is_the_last_says_so(client: httpx.Client) -> None:
    """There is more only if there is."""
    tasks = [create(client) for _ in range(2)]
    found = page(client, limit=2)
    assert (subjects(found), found["has_more"]) == (tasks, False)


def test_the_cursor_of_each_event_is_a_place(client: httpx.Client) -> None:
    """What is told with an event goes on behind it."""
    tasks = [create(client) for _ in range(3)]
    first = page(client)["data"][0]
    assert subjects(page(client, cursor=first["cursor"])) == tasks[1:]


def test_events_are_filtered(client: httpx.Client) -> None:
    """By type, by subject, by time, and by all of them."""
    first, second = create(client), create(client)
    client.patch(f"/v2/tasks/{second}", json={"status": "in_progress"})
    assert subjects(page(client, types="task.started")) == [second]
    assert subjects(page(client, subject=first)) == [first]
    assert subjects(page(client, types="task.created,task.started", subject=second)) == [second, second]
    assert page(client, types="command.completed")["data"] == []
    told = page(client)["data"]
    since = page(client, since=told[-1]["created_at"])["data"]
    until = page(client, until=told[-1]["created_at"])["data"]
    assert since[-1] == told[-1]
    assert until + since == told


def test_other_tenants_are_not_listed(client: httpx.Client, shared_server: Any, connect: Connect) -> None:
    """A log is its tenant's."""
    create(client)
    assert page(connect(shared_server, shared_server.key_for("admin", "t_elsewhere")))["data"] == []


def test_scopes_decide_what_is_seen(client: httpx.Client, client_as: Callable[[str], httpx.Client]) -> None:
    """Whoever may read events and no tasks sees none of theirs, in lists and in the stream."""
    create(client)
    assert page(client_as("observer"))["data"] == []
    assert len(page(client_as("family_member"))["data"]) == 1
    assert client_as("agent").get(EVENTS).status_code == 403


def test_a_place_in_another_log_is_a_gap(client: httpx.Client) -> None:
    """The page says that events may be missing, and begins with the oldest."""
    task = create(client)
    found = page(client, cursor="b3RoZXIuNw")  # other.7
    assert found["gap"] == {"missed": 0}
    assert subjects(found) == [task]
    assert "gap" not in page(client, cursor=found["next_cursor"])


@pytest.mark.parametrize("cursor", ["MS4", "YQ", "AAAA"])
def test_a_cursor_that_the_log_has_not_given_is_refused(client: httpx.Client, cursor: str) -> None:
    """What has the form of a cursor and is none makes no sense."""
    assert client.get(EVENTS, params={"cursor": cursor}).status_code == 422


def test_waiting_ends_with_the_first_event(
    client: httpx.Client, shared_server: Any, connect: Connect, key: str
) -> None:
    """An answer comes as soon as there is one to give; what is not wanted does not end the wait."""
    task = create(client)
    cursor = page(client)["next_cursor"]
    other = connect(shared_server, key)

    def happen() -> None:
        time.sleep(0.3)
        create(other)
        other.patch(f"/v2/tasks/{task}", json={"status": "in_progress"})

    happening = threading.Thread(target=happen)
    happening.start()
    began = time.monotonic()
    found = page(client, cursor=cursor, types="task.started", wait=20)
    assert 0.2 < time.monotonic() - began < 15
    happening.join()
    assert subjects(found) == [task]


def test_waiting_ends_with_the_time(client: httpx.Client, shared_server: Any) -> None:
    """An empty page, with a cursor, and nothing that still listens."""
    followers = len(shared_server.nexus.core.log.tail)
    began = time.monotonic()
    found = page(client, wait=1)
    assert time.monotonic() - began >= 1
    assert (found["data"], found["has_more"]) == ([], False)
    assert len(shared_server.nexus.core.log.tail) <= followers


def test_a_server_that_stops_lets_nobody_wait(serve: Any, connect: Connect) -> None:
    """Whoever waits is answered at once."""
    server = serve()
    client, answers = connect(server, ADMIN_KEY), []
    waiting = threading.Thread(target=lambda: answers.append(client.get(EVENTS, params={"wait": 30})))
    waiting.start()
    assert eventually(lambda: len(server.nexus.core.log.tail._followers.get(("t_default", None), ())) > 0)
    began = time.monotonic()
    server.stop()
    waiting.join()
    assert time.monotonic() - began < 10
    assert [answer.status_code for answer in answers] == [200]
