"""WebSockets over the wire: one task, as it is and as it changes, and the codes that close."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as dial

import generated
from adapters.http.contract import Contract
from handlers.app import Nexus
from handlers.core.collections import API_KEYS, PLATFORM
from handlers.core.credentials import key_id
from handlers.core.errors import Unavailable
from handlers.core.ports import Delete
from tests.conformity import ALWAYS
from tests.serving import ADMIN_KEY, Connect, Running, eventually

EVENTS = Contract(json.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes()))
PAYLOAD = EVENTS.validator({"$ref": "#/channels/lexosTask/messages/progress/payload"})


@contextmanager
def following(server: Running, identifier: str, key: str, *, header: bool = False) -> Iterator[ClientConnection]:
    """A socket that follows a task."""
    address = f"ws://{server.address}/ws/tasks/{identifier}"
    headers = {"Authorization": f"Bearer {key}"} if header else {}
    with dial(address if header else f"{address}?token={key}", additional_headers=headers) as socket:
        yield socket


def said(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message = json.loads(socket.recv(timeout=20))
    assert not list(PAYLOAD.iter_errors(message))
    assert message["type"] == "task_progress"
    return message["data"]


def closed(socket: ClientConnection) -> tuple[int, str]:
    """The code and the reason that close a socket."""
    with pytest.raises(ConnectionClosed) as close:
        socket.recv(timeout=20)
    return close.value.rcvd.code, close.value.rcvd.reason


@pytest.mark.parametrize("header", [False, True])
def test_a_task_is_followed_to_its_end(client: httpx.Client, shared_server: Running, key: str, header: bool) -> None:
    """First the task as it is, then each change, then 1000; the token comes in the query or in the header."""
    identifier = create(client)
    client.patch(f"/api/tasks/{identifier}", json={"progress": 0.25})
    with following(shared_server, identifier, key, header=header) as socket:
        assert said(socket) == {"task_id": identifier, "progress": 0.25, "status": "queued"}
        client.patch(f"/tasks/{identifier}", json={"status": "in_progress", "notes": "Processing data..."})
        expected = {"task_id": identifier, "progress": 0.25, "status": "running", "current_step": "Processing data..."}
        assert said(socket) == expected
        client.patch(f"/v2/tasks/{identifier}", json={"status": "completed", "result": {"title": "x"}})
        assert said(socket) == {**expected, "progress": 1, "status": "completed", "result": {"title": "x"}}
        assert closed(socket) == (1000, "")


def test_a_finished_task_is_told_and_closed(client: httpx.Client, shared_server: Running, key: str) -> None:
    """Whoever comes late sees how it ended."""
    identifier = create(client)
    client.patch(f"/api/tasks/{identifier}", json={"status": "failed", "error": "no net"})
    with following(shared_server, identifier, key) as socket:
        assert said(socket)["status"] == "failed"
        assert closed(socket)[0] == 1000


def test_a_deletion_ends_what_follows(client: httpx.Client, shared_server: Running, key: str) -> None:
    """A follower learns that the task was cancelled."""
    identifier = create(client)
    with following(shared_server, identifier, key) as socket:
        said(socket)
        client.delete(f"/api/tasks/{identifier}")
        assert said(socket)["status"] == "cancelled"
        assert closed(socket)[0] == 1000


@pytest.mark.parametrize("token", ["", "nobody", "nexus_sk_live_000000000000_guess", "%C3%A9"])
def test_a_caller_nobody_knows_is_closed(client: httpx.Client, shared_server: Running, token: str) -> None:
    """A token that is not accepted closes with 4000."""
    with following(shared_server, create(client), token) as socket:
        assert closed(socket) == (4000, "Invalid or missing credentials")


def test_a_caller_without_the_scope_is_closed(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """A role that may not read tasks closes with 1008."""
    with following(shared_server, create(client), shared_server.key_for("observer", tenant)) as socket:
        assert closed(socket) == (1008, "This needs the scope task:read")


@pytest.mark.parametrize("identifier", ["task_none", "x" * 500, "%ff", "a%2Fb"])
def test_an_unknown_task_is_closed(shared_server: Running, key: str, identifier: str) -> None:
    """A task that is not there, or not for this caller, closes with 1008, or is refused over HTTP if it is no text."""
    try:
        with following(shared_server, identifier, key) as socket:
            code, reason = closed(socket)
    except InvalidStatus as refused:
        assert refused.response.status_code == 400
        return
    assert code == 1008
    assert len(reason.encode()) <= 123


def test_another_tenants_task_is_unknown(client: httpx.Client, shared_server: Running) -> None:
    """Tenants do not know of each other's tasks."""
    with following(shared_server, create(client), shared_server.key_for("admin", "t_other")) as socket:
        assert closed(socket)[0] == 1008


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/ws/nothing", 404, "NOT_FOUND"),
        ("/ws/tasks/", 404, "NOT_FOUND"),
        ("/ws/tasks/task_1?other=1", 400, "INVALID_REQUEST"),
        ("/ws/tasks/task_1?token=a&token=b", 400, "INVALID_REQUEST"),
        ("/ws/tasks/task_1?token=%ff", 400, "INVALID_REQUEST"),
    ],
)
def test_a_wrong_handshake_is_answered_over_http(shared_server: Running, path: str, status: int, code: str) -> None:
    """What is no socket of ours is answered as any request is, in the dialect of the path."""
    with pytest.raises(InvalidStatus) as refused:
        dial(f"ws://{shared_server.address}{path}")
    answer = refused.value.response
    assert answer.status_code == status
    assert json.loads(answer.body)["code"] == code
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS


def test_a_server_that_stops_says_so(serve: Any, connect: Connect) -> None:
    """A stop closes with 1001, and the client comes back."""
    server = serve()
    with following(server, create(connect(server, ADMIN_KEY)), ADMIN_KEY) as socket:
        said(socket)
        server.stop()
        assert closed(socket) == (1001, "The server stops")


def test_a_client_that_leaves_is_forgotten(serve: Any, connect: Connect) -> None:
    """A closed socket listens no more; it is counted with its code."""
    server = serve()
    with following(server, create(connect(server, ADMIN_KEY)), ADMIN_KEY) as socket:
        said(socket)
        assert len(server.nexus.core.log.tail) == 1
    assert eventually(lambda: len(server.nexus.core.log.tail) == 0)
    labels = {"operation": "lexos.streams.task", "status": "1000"}
    registry = server.nexus.site.observer.registry
    assert eventually(lambda: registry.get_sample_value("nexus_http_requests_total", labels) == 1)


@pytest.mark.parametrize("failure", [Unavailable("The store does not answer"), RuntimeError("swordfish")])
def test_a_failure_of_ours_closes_as_ours(serve: Any, connect: Connect, failure: Exception) -> None:
    """A store that does not answer, or a defect, closes with 1011 and tells nothing of the cause."""

    async def fail(*_: Any, **__: Any) -> None:
        raise failure

    def adapt(nexus: Nexus) -> None:
        broken = type("Broken", (), {"get": fail})()
        nexus.site.core = replace(nexus.core, tasks=broken)

    with following(serve(adapt), "task_1", ADMIN_KEY) as socket:
        code, reason = closed(socket)
    assert code == 1011
    assert "swordfish" not in reason


@pytest.mark.parametrize("failure", [Unavailable("The store does not answer"), RuntimeError("swordfish")])
def test_an_unreachable_store_is_not_a_wrong_token(serve: Any, failure: Exception) -> None:
    """A caller who cannot be looked up is not told that their token is wrong."""

    async def fail(*_: object) -> None:
        raise failure

    def adapt(nexus: Nexus) -> None:
        nexus.site.authenticate = fail

    with following(serve(adapt), "task_1", ADMIN_KEY) as socket:
        assert closed(socket)[0] == 1011


def create(client: httpx.Client) -> str:
    """A task."""
    return client.post("/api/agents/web_agent/task", json={"task_type": "web_scrape"}).json()["task_id"]


def test_a_revoked_key_closes_its_socket(client: httpx.Client, shared_server: Running, key: str) -> None:
    """A socket lives no longer than the token that opened it."""
    identifier = client.post("/v2/tasks", json={"title": "followed"}).json()["task_id"]
    with following(shared_server, identifier, key) as socket:
        said(socket)
        change = Delete(API_KEYS, PLATFORM, key_id(key))
        shared_server.wait(shared_server.nexus.core.tasks._documents.write(change))
        assert closed(socket)[0] == 4000
