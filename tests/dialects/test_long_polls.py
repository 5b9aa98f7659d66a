"""Clients that leave while they wait: nothing is waited for, taken or kept for somebody who is not there any more."""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from handlers.app import Nexus
from tests.serving import ADMIN_KEY, Connect, Running, a_second_later, eventually, heard
from tests.workers import registered

AGENT = "ai_agent_001"
LEASES = f"/v2/agents/{AGENT}/leases"
TAKE = "v2.leases.take_leases"
Leave = Callable[[socket.socket], None]


def reset(connection: socket.socket) -> None:
    """Leave as a process does that dies with something unread."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def fall_silent(connection: socket.socket) -> None:
    """Say that nothing more will be said, and listen on."""
    connection.shutdown(socket.SHUT_WR)


@contextmanager
def asking(server: Running, key: str, method: str, path: str, body: object = None, **more: str) -> Iterator[Any]:
    """A connection on which a request is being answered."""
    raw = b"" if body is None else json.dumps(body).encode()
    headers = {"Host": "nexus", "Authorization": f"Bearer {key}", "Content-Length": str(len(raw)), **more}
    if raw:
        headers["Content-Type"] = "application/json"
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\n" + raw)
        yield connection


def issue(client: httpx.Client) -> str:
    """A command for the agent."""
    answer = client.post("/v2/commands", json={"command_type": "deploy.app", "target": AGENT})
    assert answer.status_code == 202, answer.text
    return answer.json()["command_id"]


def tried(client: httpx.Client, command: str) -> tuple[str, int]:
    """Where a command stands, and how often it was taken."""
    found = client.get(f"/v2/commands/{command}").json()
    return found["status"], found["attempt"]


@pytest.mark.parametrize("leave", [socket.socket.close, reset, fall_silent])
@pytest.mark.parametrize("keyed", [{}, {"Idempotency-Key": "a-key"}])
def test_nothing_is_taken_for_who_has_left(
    shared_server: Running, client: httpx.Client, key: str, leave: Leave, keyed: dict[str, str]
) -> None:
    """Work that comes after a waiting agent has left is left to whoever asks next, by the same key, too."""
    registered(shared_server, key, AGENT)
    with asking(shared_server, key, "POST", LEASES, {"wait_seconds": 30}, **keyed) as connection:
        time.sleep(0.3)
        leave(connection)
        time.sleep(0.3)
        command = issue(client)
        assert a_second_later(lambda: tried(client, command) == ("pending", 0))
    (lease,) = client.post(LEASES, json={"wait_seconds": 30}, headers=keyed).json()["data"]
    assert (lease["work"]["command_id"], lease["fencing_token"]) == (command, 1)


@pytest.fixture
def slow(serve: Callable[..., Running]) -> Running:
    """A server that has an answer to one who takes work, and sends it when they have left."""

    def hold_up(nexus: Nexus) -> None:
        done = nexus.site.witness.done

        async def late(request: Any, *rest: Any) -> None:
            await done(request, *rest)
            if request.operation_id == TAKE:
                await request.left.wait()

        nexus.site.witness.done = late

    return serve(hold_up)


@pytest.mark.parametrize("leave", [socket.socket.close, reset, fall_silent])
def test_what_was_taken_for_who_has_left_is_given_back(slow: Running, connect: Connect, leave: Leave) -> None:
    """Who leaves between the grant and its answer holds nothing: it is offered again at once, as if never taken."""
    client = connect(slow, ADMIN_KEY)
    registered(slow, ADMIN_KEY, AGENT)
    command = issue(client)
    with asking(slow, ADMIN_KEY, "POST", LEASES, {"wait_seconds": 30}) as connection:
        assert eventually(lambda: tried(client, command) == ("running", 1))
        leave(connection)
        assert eventually(lambda: tried(client, command) == ("pending", 0))
        assert connection.fileno() < 0 or heard(connection) == b""
    assert client.get(LEASES).json()["data"] == []


def test_who_has_a_key_finds_what_it_was_not_told_of(slow: Running, connect: Connect) -> None:
    """The lease stays: whoever repeats the request gets it, and nobody else has it meanwhile."""
    client = connect(slow, ADMIN_KEY)
    registered(slow, ADMIN_KEY, AGENT)
    command, keyed = issue(client), {"Idempotency-Key": "a-key"}
    for _ in range(2):
        with asking(slow, ADMIN_KEY, "POST", LEASES, {}, **keyed) as connection:
            assert eventually(lambda: tried(client, command) == ("running", 1))
            reset(connection)
        assert a_second_later(lambda: tried(client, command) == ("running", 1))
    (held,) = client.get(LEASES).json()["data"]
    assert (held["fencing_token"], held["work"]["command_id"]) == (1, command)


WAITS = [
    ("GET", "/v2/commands/{command}?wait=30", None, 200),
    ("GET", "/v2/events?types=command.completed&wait=30", None, 200),
    ("POST", "/v1/commands/execute", {"command": "x", "target": {"device_id": "d"}}, 202),
    ("POST", LEASES, {"wait_seconds": 30, "names": ["nothing.of.the.kind"]}, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), WAITS, ids=[wait[1].split("?")[0] for wait in WAITS])
def test_who_will_say_nothing_more_does_not_wait(
    shared_server: Running, client: httpx.Client, key: str, method: str, path: str, body: object, status: int
) -> None:
    """One rule for all that waits: who ends their side is told at once how it is, if they still listen."""
    registered(shared_server, key, AGENT)
    asked = path.format(command=issue(client))
    with asking(shared_server, key, method, asked, body) as connection:
        with suppress(TimeoutError):
            connection.settimeout(0.5)
            assert not connection.recv(1), "It did not wait at all"
        began = time.monotonic()
        fall_silent(connection)
        answer = heard(connection, silence=20)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert time.monotonic() - began < 10
